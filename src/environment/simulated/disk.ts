/**
 * The state of a simulated disk: what the page cache holds, what is durable, and what a power loss
 * leaves of the difference. See file-system.ts.
 */

import { unreachable } from '../../core/types/assert.js';

/** What power loss tears: the unit that a disk writes as a whole. */
export const SECTOR_BYTES = 512;

/** What power loss leaves of data that no sync covered. */
export type PowerLossKeeps = 'nothing' | 'drawn' | 'everything';

/** Uniform in [0, bound). */
export type Draw = (bound: number) => number;

interface Sectors {
  readonly numbers: ReadonlySet<number>;
  /** File length when the sync was called. */
  readonly size: number;
}

/** A sync under way: what it will make durable, as it was when the sync was called. */
export interface RunningSync extends Sectors {
  readonly content: ReadonlyMap<number, Uint8Array>;
}

export interface Inode {
  content: Uint8Array;
  size: number;
  durable: Uint8Array;
  durableSize: number;
  /** Sectors written since the last sync was called. */
  dirty: Set<number>;
  running: RunningSync[];
  /** A fault of the disk changed bytes of it behind the back of whoever wrote it. */
  rotten: boolean;
}

/** Names changed together: the new inode, or null for a name that is gone. */
export type NameChange = readonly (readonly [path: string, inode: Inode | null])[];

export interface State {
  names: Map<string, Inode>;
  durableNames: Map<string, Inode>;
  /** Changes of names that are not durable, oldest first. */
  changes: NameChange[];
  directories: Set<string>;
}

export function emptyState(): State {
  return { names: new Map(), durableNames: new Map(), changes: [], directories: new Set() };
}

export function emptyInode(): Inode {
  return {
    content: new Uint8Array(0),
    size: 0,
    durable: new Uint8Array(0),
    durableSize: 0,
    dirty: new Set(),
    running: [],
    rotten: false,
  };
}

export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function touches(change: NameChange, directory: string): boolean {
  return change.some(([path]) => directoryOf(path) === directory || path === directory);
}

export function applyChange(names: Map<string, Inode>, change: NameChange): void {
  for (const [path, inode] of change) {
    if (inode === null) {
      names.delete(path);
    } else {
      names.set(path, inode);
    }
  }
}

function grown(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) {
    return bytes;
  }
  const larger = new Uint8Array(Math.max(size, bytes.length * 2, SECTOR_BYTES));
  larger.set(bytes);
  return larger;
}

export function writeInto(inode: Inode, position: number, bytes: Uint8Array): void {
  if (bytes.length === 0) {
    return;
  }
  const end = position + bytes.length;
  inode.content = grown(inode.content, end);
  inode.content.set(bytes, position);
  for (let s = Math.floor(position / SECTOR_BYTES); s * SECTOR_BYTES < end; s++) {
    inode.dirty.add(s);
  }
  inode.size = Math.max(inode.size, end);
}

export function truncateInode(inode: Inode, length: number): void {
  if (length < inode.size) {
    inode.content.fill(0, length, inode.size);
  }
  inode.content = grown(inode.content, length);
  const from = Math.min(length, inode.size);
  const to = Math.max(length, inode.size);
  inode.size = length;
  for (let s = Math.floor(from / SECTOR_BYTES); s * SECTOR_BYTES < to; s++) {
    inode.dirty.add(s);
  }
}

function sectorOf(bytes: Uint8Array, sector: number): Uint8Array {
  const copy = new Uint8Array(SECTOR_BYTES);
  copy.set(bytes.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES));
  return copy;
}

export function startSync(inode: Inode): RunningSync {
  const content = new Map<number, Uint8Array>();
  for (const sector of inode.dirty) {
    content.set(sector, sectorOf(inode.content, sector));
  }
  const running: RunningSync = { numbers: inode.dirty, size: inode.size, content };
  inode.dirty = new Set();
  inode.running.push(running);
  return running;
}

/** A sync that begins and ends in one moment: nothing can come between, so nothing is copied aside. */
export function syncAtOnce(inode: Inode): void {
  if (inode.running.length > 0) {
    finishSync(inode, startSync(inode));
    return;
  }
  for (const sector of inode.dirty) {
    const from = sector * SECTOR_BYTES;
    inode.durable = grown(inode.durable, from + SECTOR_BYTES);
    inode.durable.set(inode.content.subarray(from, from + SECTOR_BYTES), from);
  }
  inode.dirty.clear();
  // Also wipes what a sector held behind the end of the content.
  setDurableSize(inode, inode.size);
}

export function finishSync(inode: Inode, running: RunningSync): void {
  if (!inode.running.includes(running)) {
    // A younger sync has ended already and took this one along.
    return;
  }
  // An older sync that is still under way had to write the same device before this one ended.
  while (inode.running.length > 0) {
    const oldest = inode.running.shift()!;
    for (const [sector, bytes] of oldest.content) {
      putSector(inode, sector, bytes);
    }
    setDurableSize(inode, oldest.size);
    if (oldest === running) {
      return;
    }
  }
}

export function abandonSync(inode: Inode, running: RunningSync): void {
  inode.running = inode.running.filter((other) => other !== running);
  for (const sector of running.numbers) {
    inode.dirty.add(sector);
  }
}

function putSector(inode: Inode, sector: number, bytes: Uint8Array): void {
  inode.durable = grown(inode.durable, (sector + 1) * SECTOR_BYTES);
  inode.durable.set(bytes, sector * SECTOR_BYTES);
}

function setDurableSize(inode: Inode, size: number): void {
  inode.durable = grown(inode.durable, size);
  inode.durable.fill(0, size);
  inode.durableSize = size;
}

export function* inodesOf(state: State): Generator<Inode> {
  const seen = new Set<Inode>();
  for (const names of [state.names, state.durableNames]) {
    for (const inode of names.values()) {
      if (!seen.has(inode)) {
        seen.add(inode);
        yield inode;
      }
    }
  }
}

export function copyState(state: State): State {
  const copies = new Map<Inode, Inode>();
  const copyOf = (inode: Inode): Inode => {
    let copy = copies.get(inode);
    if (copy === undefined) {
      copy = {
        ...inode,
        content: inode.content.slice(),
        durable: inode.durable.slice(),
        dirty: new Set(inode.dirty),
        running: [...inode.running],
      };
      copies.set(inode, copy);
    }
    return copy;
  };
  const names = new Map<string, Inode>();
  const durableNames = new Map<string, Inode>();
  for (const [path, inode] of state.names) {
    names.set(path, copyOf(inode));
  }
  for (const [path, inode] of state.durableNames) {
    durableNames.set(path, copyOf(inode));
  }
  const changes = state.changes.map((change) =>
    change.map(([path, inode]) => [path, inode === null ? null : copyOf(inode)] as const),
  );
  return { names, durableNames, changes, directories: new Set(state.directories) };
}

export function afterPowerLoss(
  state: State,
  draw: Draw,
  keeps: PowerLossKeeps,
  writtenBack: ((path: string) => boolean) | null = null,
): State {
  const copy = copyState(state);
  // Names reach the disk in order: those of files that are there take the others along.
  const kept = drawKept(copy.changes.length, draw, writtenBack === null ? keeps : 'everything');
  for (const change of copy.changes.slice(0, kept)) {
    applyChange(copy.durableNames, change);
  }
  const seen = new Set<Inode>();
  // In the order of the paths: what is drawn must not depend on the history of a Map.
  for (const path of [...copy.durableNames.keys()].sort()) {
    const inode = copy.durableNames.get(path)!;
    if (!seen.has(inode)) {
      seen.add(inode);
      tear(inode, draw, writtenBack?.(path) === true ? 'everything' : keeps);
    }
  }
  return {
    names: new Map(copy.durableNames),
    durableNames: copy.durableNames,
    changes: [],
    directories: withParents(copy.directories, copy.durableNames.keys()),
  };
}

/** A file whose name came back is somewhere: also in a directory that had another name. */
function withParents(directories: Set<string>, paths: Iterable<string>): Set<string> {
  for (const path of paths) {
    for (let at = directoryOf(path); at !== '' && at !== '.'; at = directoryOf(at)) {
      directories.add(at);
    }
  }
  return directories;
}

/** How much of `bound` is kept. */
function drawKept(bound: number, draw: Draw, keeps: PowerLossKeeps): number {
  switch (keeps) {
    case 'nothing':
      return 0;
    case 'drawn':
      return draw(bound + 1);
    case 'everything':
      return bound;
    default:
      return unreachable(keeps);
  }
}

/**
 * How much of a change of its size a file keeps. Journals write sizes as a whole: most often it is all or
 * nothing, whatever became of the sectors. (Drawn evenly, the last batch of a log would all but always be
 * cut short, and no torn one would ever look whole.)
 */
function keptChange(bound: number, draw: Draw, keeps: PowerLossKeeps): number {
  const journaled = keeps === 'drawn' && draw(3) > 0;
  return journaled ? bound * draw(2) : drawKept(bound, draw, keeps);
}

/** Leaves of a file what the disk may hold after power loss. */
function tear(inode: Inode, draw: Draw, keeps: PowerLossKeeps): void {
  const unsynced = new Set(inode.dirty);
  for (const running of inode.running) {
    for (const sector of running.numbers) {
      unsynced.add(sector);
    }
  }
  if (unsynced.size > 0) {
    const { durableSize } = inode;
    const change = inode.size - durableSize;
    const size = durableSize + Math.sign(change) * keptChange(Math.abs(change), draw, keeps);
    for (const sector of [...unsynced].sort((a, b) => a - b)) {
      if (drawKept(1, draw, keeps) === 1) {
        putSector(inode, sector, sectorOf(inode.content, sector));
      }
    }
    setDurableSize(inode, size);
  }
  inode.content = inode.durable.slice();
  inode.size = inode.durableSize;
  inode.dirty = new Set();
  inode.running = [];
}

/** Bytes of a file, by position, that a fault of the disk leaves alone. */
export type Spared = (position: number) => boolean;

/** Flips some bits of one sector, in the page cache and on the disk. */
export function rotSector(inode: Inode, sector: number, draw: Draw, spared: Spared): void {
  const from = sector * SECTOR_BYTES;
  const length = Math.min(SECTOR_BYTES, inode.size - from);
  const exposed: number[] = [];
  for (let at = from; at < from + length; at++) {
    if (!spared(at)) {
      exposed.push(at);
    }
  }
  const hit = new Set<number>();
  for (let flips = 1 + draw(4); flips > 0 && exposed.length > 0; flips--) {
    hit.add(exposed[draw(exposed.length)]!);
  }
  for (const at of hit) {
    const mask = 1 << draw(8);
    inode.content[at] = inode.content[at]! ^ mask;
    if (at < inode.durable.length) {
      inode.durable[at] = inode.durable[at]! ^ mask;
    }
  }
  inode.rotten = true;
}

/**
 * The disk writes what was meant for one sector into another: that one holds `bytes` from its start on,
 * in the page cache (as if it had been dropped and read again) and on the disk.
 */
export function overwriteSector(
  inode: Inode,
  sector: number,
  bytes: Uint8Array,
  spared: Spared,
): void {
  const from = sector * SECTOR_BYTES;
  const length = Math.min(SECTOR_BYTES, bytes.length, inode.size - from);
  for (let i = 0; i < length; i++) {
    const at = from + i;
    if (!spared(at)) {
      inode.content[at] = bytes[i]!;
      if (at < inode.durable.length) {
        inode.durable[at] = bytes[i]!;
      }
    }
  }
  inode.rotten = true;
}

/** How much of a write of `length` bytes at `position` lies in its first sector. */
export function firstSectorPart(position: number, length: number): number {
  return Math.min(length, SECTOR_BYTES - (position % SECTOR_BYTES));
}

/** Of a write, what would lie in its first sector (up to that sector's end) does not get there. */
export function missedSector(inode: Inode, position: number, bytes: Uint8Array): Uint8Array {
  const length = firstSectorPart(position, bytes.length);
  const astray = bytes.slice(0, length);
  const before = new Uint8Array(length);
  before.set(inode.content.subarray(position, Math.min(position + length, inode.size)));
  writeInto(inode, position, before);
  writeInto(inode, position + length, bytes.subarray(length));
  inode.rotten = true;
  return astray;
}
