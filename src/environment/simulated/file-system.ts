/**
 * Files in memory that forget like a disk. Each file has what the page cache holds and what is
 * durable; each directory has names that are there and names that are durable. A kill keeps the page
 * cache. Power loss keeps of every sector (512 bytes) written since the last sync either the old or
 * the new bytes, as drawn, some file length between the old and the new, and of the changes of names
 * since the last directory sync a prefix: they reach the disk in order, as in a journal.
 *
 * Making a directory is durable at once (a simplification: nothing is lost that a file in it would
 * not lose by its own name).
 */

import { assert } from '../../core/types/assert.js';
import { FileError, type FileHandle, type FileSystem } from '../environment.js';
import {
  abandonSync,
  afterPowerLoss,
  applyChange,
  copyState,
  type Draw,
  directoryOf,
  emptyInode,
  emptyState,
  finishSync,
  firstSectorPart,
  type Inode,
  inodesOf,
  missedSector,
  type NameChange,
  overwriteSector,
  type PowerLossKeeps,
  rotSector,
  SECTOR_BYTES,
  type Spared,
  type State,
  startSync,
  syncAtOnce,
  touches,
  truncateInode,
  writeInto,
} from './disk.js';

export interface SimulatedFileOptions {
  /** Runs `complete` after the time a sync takes: the host's scheduler, faults included. */
  readonly scheduleSync: (complete: () => void) => void;
}

/** Faults that are on until they are taken away. */
export interface FileFaults {
  /** Writes that would let the files grow beyond this many more bytes fail with ENOSPC. */
  freeBytes: number | null;
  /** Every sync fails with this code (EIO). */
  failSync: string | null;
  /** Every write fails with this code, after half of its first part was written. */
  failWrite: string | null;
  /** Every read fails with this code. */
  failRead: string | null;
  /** The next write to one of these files goes astray, once. */
  misdirect: Misdirection | null;
}

/** A sector that is written into the place of another. */
export interface Misdirection {
  readonly concerns: (path: string) => boolean;
  /** Chooses among the sectors of all files concerned. */
  readonly draw: Draw;
  /** A part of a write that is shorter than this stays where it belongs. */
  readonly leastBytes: number;
  /** Of the file that is hit, what keeps its bytes. */
  readonly sparedOf: (victim: string) => Spared;
  /** It happened: what was meant for `path` now lies in `victim`, from `position` on. */
  readonly done: (path: string, victim: string, position: number) => void;
}

/** As on most file systems. */
const LONGEST_NAME = 255;

export class SimulatedFileSystem implements FileSystem {
  readonly faults: FileFaults = {
    freeBytes: null,
    failSync: null,
    failWrite: null,
    failRead: null,
    misdirect: null,
  };
  /** Called before everything that changes files or makes them durable: a place to crash at. */
  beforeChange: (() => void) | null = null;
  /** Called after a file got another name: a place to crash at, too. */
  renamed: ((from: string, to: string) => void) | null = null;
  private readonly options: SimulatedFileOptions;
  private state: State = emptyState();
  /** After a crash: what the next incarnation will find. Until then the old one writes on in vain. */
  private survivors: State | null = null;
  /** Rises with each restart; handles and syncs of older incarnations mean nothing. */
  private incarnation = 0;
  private open_ = new Map<FileHandle, { readonly path: string; readonly inode: Inode }>();
  private nextHandle = 1;
  private locks = new Set<string>();
  private readonly removals = new Map<string, number>();

  constructor(options: SimulatedFileOptions) {
    this.options = options;
  }

  // ------------------------------------------------------------------------------- for the host

  /**
   * The machine stops here. The running step goes on with files that nobody will see again, until
   * `restart`. `power`: the page cache is lost too, and `draw` says what of it had reached the disk.
   */
  crash(options: {
    readonly power: boolean;
    readonly draw: Draw;
    /** What power loss keeps of unsynced data; as drawn if missing. */
    readonly keeps?: PowerLossKeeps;
    /** Files that the kernel had written back by then, with all names; nothing of them is lost. */
    readonly writtenBack?: ((path: string) => boolean) | null;
  }): void {
    if (this.survivors === null) {
      const { power, draw, keeps, writtenBack } = options;
      this.survivors = power
        ? afterPowerLoss(this.state, draw, keeps ?? 'drawn', writtenBack)
        : copyState(this.state);
    }
  }

  /** After a crash: the disk is taken out, and the next incarnation finds an empty one. */
  replaceDisk(): void {
    assert(this.survivors !== null, 'the disk of a running node is taken out');
    this.survivors = emptyState();
  }

  /** The files as the crash left them (or as they are), for a new incarnation of the node. */
  restart(): void {
    this.state = this.survivors ?? this.state;
    this.survivors = null;
    this.incarnation++;
    for (const inode of inodesOf(this.state)) {
      // Syncs of a killed process were in the kernel's hands; without an answer they prove nothing.
      for (const running of inode.running) {
        for (const sector of running.numbers) {
          inode.dirty.add(sector);
        }
      }
      inode.running = [];
    }
    this.open_ = new Map();
    this.locks = new Set();
  }

  /** Bit rot: flips bits of one byte, in the page cache and on the disk. */
  corrupt(path: string, position: number, mask: number): void {
    const inode = this.inode(path, 'corrupt');
    assert(position < inode.size, 'bit rot behind the end of the file');
    inode.rotten = true;
    inode.content[position] = inode.content[position]! ^ mask;
    if (position < inode.durableSize) {
      inode.durable[position] = inode.durable[position]! ^ mask;
    }
  }

  /**
   * A sector decays: some bits of one sector of the file are flipped, in the page cache and on the disk.
   * Answers where the sector begins.
   */
  corruptSector(path: string, draw: Draw, spared: Spared = () => false): number {
    const inode = this.inode(path, 'corrupt');
    assert(inode.size > 0, 'bit rot in an empty file');
    const sector = draw(Math.ceil(inode.size / SECTOR_BYTES));
    rotSector(inode, sector, draw, spared);
    return sector * SECTOR_BYTES;
  }

  /** Whether a fault of this disk changed bytes of the file: it may hold anything. */
  isRotten(path: string): boolean {
    return this.state.names.get(path)?.rotten ?? false;
  }

  /** How many such files were removed from a directory so far. */
  rottenRemovals(directory: string): number {
    return this.removals.get(directory) ?? 0;
  }

  /** What a file holds, without a fault; not to be changed or kept. Empty if it is missing. */
  peek(path: string): Uint8Array {
    const inode = this.state.names.get(path);
    return inode === undefined ? new Uint8Array(0) : inode.content.subarray(0, inode.size);
  }

  /** Bytes of a file, as a reader sees them; 0 if it is missing. */
  sizeOf(path: string): number {
    return this.state.names.get(path)?.size ?? 0;
  }

  /** Hash of all names and contents as a reader sees them, to compare two runs. */
  digest(): string {
    let hash = 0x811c9dc5;
    const mix = (byte: number): void => {
      hash = Math.imul(hash ^ byte, 0x01000193);
    };
    for (const path of [...this.state.names.keys()].sort()) {
      for (let i = 0; i < path.length; i++) {
        mix(path.charCodeAt(i));
      }
      const inode = this.state.names.get(path)!;
      mix(inode.size);
      for (let i = 0; i < inode.size; i++) {
        mix(inode.content[i]!);
      }
    }
    return (hash >>> 0).toString(16).padStart(8, '0');
  }

  /** All paths of files, sorted. */
  paths(): string[] {
    return [...this.state.names.keys()].sort();
  }

  // ------------------------------------------------------------------------------ as FileSystem

  open(path: string, mode: 'read' | 'readWrite' | 'create'): FileHandle {
    let inode = this.state.names.get(path);
    if (inode === undefined) {
      if (mode !== 'create') {
        throw new FileError('ENOENT', path, 'open');
      }
      this.needDirectory(path, 'open');
      inode = emptyInode();
      this.changeNames([[path, inode]]);
    }
    const handle = this.nextHandle++;
    this.open_.set(handle, { path, inode });
    return handle;
  }

  close(file: FileHandle): void {
    this.opened(file);
    this.open_.delete(file);
  }

  size(file: FileHandle): number {
    return this.opened(file).inode.size;
  }

  read(file: FileHandle, position: number, target: Uint8Array): number {
    const { path, inode } = this.opened(file);
    if (this.faults.failRead !== null) {
      throw new FileError(this.faults.failRead, path, 'read');
    }
    const count = Math.max(0, Math.min(target.length, inode.size - position));
    target.set(inode.content.subarray(position, position + count));
    return count;
  }

  write(file: FileHandle, position: number, parts: readonly Uint8Array[]): void {
    this.beforeChange?.();
    const { path, inode } = this.opened(file);
    if (this.faults.failWrite !== null) {
      const first = parts[0] ?? new Uint8Array(0);
      writeInto(inode, position, first.subarray(0, first.length >> 1));
      throw new FileError(this.faults.failWrite, path, 'write');
    }
    let at = position;
    for (const part of parts) {
      const room = this.roomFor(inode, at, part.length);
      const fits = room < part.length ? part.subarray(0, room) : part;
      if (this.faults.misdirect === null || !this.misdirected(path, inode, at, fits)) {
        writeInto(inode, at, fits);
      }
      if (room < part.length) {
        throw new FileError('ENOSPC', path, 'write');
      }
      at += part.length;
    }
  }

  truncate(file: FileHandle, length: number): void {
    this.beforeChange?.();
    truncateInode(this.opened(file).inode, length);
  }

  sync(file: FileHandle, done: (error: FileError | null) => void): void {
    const { path, inode } = this.opened(file);
    const running = startSync(inode);
    const incarnation = this.incarnation;
    this.options.scheduleSync(() => {
      if (this.incarnation !== incarnation || this.survivors !== null) {
        return;
      }
      const failure = this.faults.failSync;
      if (failure === null) {
        finishSync(inode, running);
      } else {
        abandonSync(inode, running);
      }
      done(failure === null ? null : new FileError(failure, path, 'sync'));
    });
  }

  syncNow(file: FileHandle): void {
    this.beforeChange?.();
    const { path, inode } = this.opened(file);
    if (this.faults.failSync !== null) {
      throw new FileError(this.faults.failSync, path, 'sync');
    }
    syncAtOnce(inode);
  }

  readWhole(path: string): Uint8Array {
    const inode = this.inode(path, 'read');
    if (this.faults.failRead !== null) {
      throw new FileError(this.faults.failRead, path, 'read');
    }
    return inode.content.slice(0, inode.size);
  }

  replaceWhole(path: string, bytes: Uint8Array): void {
    this.beforeChange?.();
    this.needDirectory(path, 'replace');
    if (this.faults.failSync !== null) {
      throw new FileError(this.faults.failSync, path, 'sync');
    }
    const inode = emptyInode();
    if (this.faults.failWrite !== null || this.roomFor(inode, 0, bytes.length) < bytes.length) {
      throw new FileError(this.faults.failWrite ?? 'ENOSPC', path, 'replace');
    }
    writeInto(inode, 0, bytes);
    syncAtOnce(inode);
    this.changeNames([[path, inode]]);
    this.syncDirectory(directoryOf(path));
  }

  exists(path: string): boolean {
    return this.state.names.has(path) || this.state.directories.has(path);
  }

  list(path: string): string[] {
    const prefix = `${path}/`;
    const names = new Set<string>();
    for (const source of [this.state.names.keys(), this.state.directories]) {
      for (const full of source) {
        if (full.startsWith(prefix)) {
          const end = full.indexOf('/', prefix.length);
          names.add(full.slice(prefix.length, end < 0 ? full.length : end));
        }
      }
    }
    return [...names].sort();
  }

  makeDirectory(path: string): void {
    for (let at = path; at !== '' && at !== '.'; at = directoryOf(at)) {
      this.state.directories.add(at);
    }
  }

  rename(from: string, to: string): void {
    if (to.length - to.lastIndexOf('/') - 1 > LONGEST_NAME) {
      throw new FileError('ENAMETOOLONG', to, 'rename');
    }
    if (this.state.names.has(from)) {
      this.needDirectory(to, 'rename');
      this.changeNames([
        [from, null],
        [to, this.state.names.get(from)!],
      ]);
      this.renamed?.(from, to);
      return;
    }
    if (!this.state.directories.has(from)) {
      throw new FileError('ENOENT', from, 'rename');
    }
    // It is in the directories that hold the two names that the change is written down.
    const change: [string, Inode | null][] = [
      [from, null],
      [to, null],
    ];
    for (const [path, inode] of this.state.names) {
      if (path.startsWith(`${from}/`)) {
        change.push([path, null], [to + path.slice(from.length), inode]);
      }
    }
    for (const directory of [...this.state.directories]) {
      if (directory === from || directory.startsWith(`${from}/`)) {
        this.state.directories.add(to + directory.slice(from.length));
        this.state.directories.delete(directory);
      }
    }
    this.changeNames(change);
  }

  remove(path: string): void {
    const gone = [...this.state.names.keys()].filter(
      (name) => name === path || name.startsWith(`${path}/`),
    );
    for (const name of gone) {
      // A process that is dead already removes nothing: whoever counted on it would excuse its next life.
      if (this.survivors === null && this.isRotten(name)) {
        const directory = directoryOf(name);
        this.removals.set(directory, this.rottenRemovals(directory) + 1);
      }
    }
    this.changeNames(gone.map((name) => [name, null] as const));
    for (const directory of [...this.state.directories]) {
      if (directory === path || directory.startsWith(`${path}/`)) {
        this.state.directories.delete(directory);
      }
    }
  }

  syncDirectory(path: string): void {
    this.beforeChange?.();
    if (this.faults.failSync !== null) {
      throw new FileError(this.faults.failSync, path, 'sync');
    }
    let last = this.state.changes.length - 1;
    while (last >= 0 && !touches(this.state.changes[last]!, path)) {
      last--;
    }
    for (const change of this.state.changes.splice(0, last + 1)) {
      applyChange(this.state.durableNames, change);
    }
  }

  lock(path: string): boolean {
    if (this.locks.has(path)) {
      return false;
    }
    this.locks.add(path);
    return true;
  }

  unlock(path: string): void {
    this.locks.delete(path);
  }

  // ---------------------------------------------------------------------------------- inside

  /** Writes astray if that is due and there is a sector to hit; false: nothing was written. */
  private misdirected(path: string, inode: Inode, at: number, bytes: Uint8Array): boolean {
    const { misdirect } = this.faults;
    if (misdirect === null || firstSectorPart(at, bytes.length) < misdirect.leastBytes) {
      return false;
    }
    // What a dead process writes goes nowhere: the fault waits for a write that is one.
    if (this.survivors !== null || !misdirect.concerns(path)) {
      return false;
    }
    const victims = this.paths().filter(
      (name) => this.sizeOf(name) > 0 && misdirect.concerns(name),
    );
    if (victims.length === 0) {
      return false;
    }
    this.faults.misdirect = null;
    const victim = victims[misdirect.draw(victims.length)]!;
    const hit = this.state.names.get(victim)!;
    const sector = misdirect.draw(Math.ceil(hit.size / SECTOR_BYTES));
    const spared = misdirect.sparedOf(victim);
    overwriteSector(hit, sector, missedSector(inode, at, bytes), spared);
    misdirect.done(path, victim, sector * SECTOR_BYTES);
    return true;
  }

  private changeNames(change: NameChange): void {
    this.beforeChange?.();
    if (change.length > 0) {
      applyChange(this.state.names, change);
      this.state.changes.push(change);
    }
  }

  private opened(file: FileHandle): { readonly path: string; readonly inode: Inode } {
    const found = this.open_.get(file);
    if (found === undefined) {
      throw new FileError('EBADF', `handle ${file}`, 'use');
    }
    return found;
  }

  private inode(path: string, operation: string): Inode {
    const inode = this.state.names.get(path);
    if (inode === undefined) {
      throw new FileError('ENOENT', path, operation);
    }
    return inode;
  }

  private needDirectory(path: string, operation: string): void {
    const directory = directoryOf(path);
    if (directory !== '' && directory !== '.' && !this.state.directories.has(directory)) {
      throw new FileError('ENOENT', path, operation);
    }
  }

  /** How much of a write of `length` bytes at `at` finds room; takes that room. */
  private roomFor(inode: Inode, at: number, length: number): number {
    const free = this.faults.freeBytes;
    const growth = Math.max(0, at + length - inode.size);
    if (free === null) {
      return length;
    }
    const granted = Math.min(growth, free);
    this.faults.freeBytes = free - granted;
    return length - (growth - granted);
  }
}
