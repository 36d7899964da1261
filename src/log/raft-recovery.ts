/** What a start finds of the metadata log: term and vote, the newest snapshot, the sound entries. */

import type { LogRules } from '../core/log/rules.js';
import type { Entry, HardState, Snapshot } from '../core/raft/types.js';
import type { LogIndex, Offset, Term } from '../core/types/ids.js';
import type { FileHandle, FileSystem } from '../environment/environment.js';
import { MalformedBytes, readInt64, readUint32 } from './bytes.js';
import { readText } from './checkpoints.js';
import { crc32c } from './crc32c.js';
import {
  decodeEntry,
  decodeHardState,
  decodeSnapshot,
  indexOfOffset,
  offsetOfIndex,
} from './raft-files.js';
import { type BatchHeader, HEADER_BYTES, problemOfBatch, readBatchHeader } from './record-batch.js';
import { LOG_SUFFIX, offsetFileName, offsetOfFileName } from './segment.js';

/** The log is damaged below what was synced: this node must not start with it. */
export class RaftLogDamaged extends Error {
  override readonly name: string = 'RaftLogDamaged';
}

export const QUORUM_STATE: string = 'quorum-state';
export const SYNCED_END: string = 'synced-end';
const CHECKPOINT = '.checkpoint';
export const PART: string = '.tmp';

const NO_SNAPSHOT: Snapshot = {
  index: 0 as LogIndex,
  term: 0 as Term,
  configuration: { voters: [] },
  data: new Uint8Array(0),
};

/** One file of entries. */
export interface RaftSegment {
  readonly path: string;
  /** The first index that it may hold. */
  readonly base: LogIndex;
  readonly file: FileHandle;
  size: number;
  /** Base, index and position of each entry. */
  readonly entries: {
    readonly base: LogIndex;
    readonly index: LogIndex;
    readonly position: number;
  }[];
}

export function readHardState(files: FileSystem, directory: string): HardState {
  const path = `${directory}/${QUORUM_STATE}`;
  if (!files.exists(path)) {
    return { term: 0 as Term, votedFor: null };
  }
  try {
    return decodeHardState(readText(files, path));
  } catch (error) {
    if (error instanceof MalformedBytes) {
      // It is replaced atomically, so it cannot be torn.
      throw new RaftLogDamaged(`${path}: ${error.message}`);
    }
    throw error;
  }
}

export function snapshotName(index: LogIndex, term: Term): string {
  // Kafka's snapshot id is (end offset, epoch): the first offset that is not in it.
  return offsetFileName(
    (offsetOfIndex(index) + 1) as Offset,
    `-${String(term).padStart(10, '0')}${CHECKPOINT}`,
  );
}

export function listSnapshots(
  files: FileSystem,
  directory: string,
): { index: LogIndex; term: Term; path: string }[] {
  const found: { index: LogIndex; term: Term; path: string }[] = [];
  for (const name of files.list(directory)) {
    const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name);
    if (match !== null) {
      const index = indexOfOffset((Number(match[1]) - 1) as Offset);
      found.push({ index, term: Number(match[2]) as Term, path: `${directory}/${name}` });
    }
  }
  return found;
}

export function newestSnapshot(files: FileSystem, directory: string): Snapshot {
  const newest = listSnapshots(files, directory).at(-1);
  if (newest === undefined) {
    return NO_SNAPSHOT;
  }
  const snapshot = decodeSnapshot(files.readWhole(newest.path), newest.index, newest.term);
  if (snapshot === null) {
    throw new RaftLogDamaged(`${newest.path} is not complete, and the log before it is gone`);
  }
  return snapshot;
}

/** The mark: end of what was synced (an index + 1), then its CRC. null: missing or torn. */
export function readSyncedEnd(files: FileSystem, path: string): LogIndex | null {
  const bytes = files.exists(path) ? files.readWhole(path) : new Uint8Array(0);
  const sound = bytes.length === 12 && readUint32(bytes, 8) === crc32c(bytes, 0, 8);
  return sound ? (readInt64(bytes, 0) as LogIndex) : null;
}

/** All sound entries behind the snapshot. Cuts a torn tail; refuses damage. */
export function readSegments(
  files: FileSystem,
  directory: string,
  snapshot: Snapshot,
  syncedEnd: LogIndex | null,
  rules: LogRules,
): { segments: RaftSegment[]; entries: Entry[] } {
  const segments: RaftSegment[] = [];
  const entries: Entry[] = [];
  const bases = files
    .list(directory)
    .map((name) => offsetOfFileName(name, LOG_SUFFIX))
    .filter((base) => base !== null);
  let cut = false;
  let next: number | null = null;
  for (const base of bases) {
    const path = `${directory}/${offsetFileName(base, LOG_SUFFIX)}`;
    if (cut) {
      // Everything in it follows a torn entry, so nothing of it was ever reported.
      files.remove(path);
      continue;
    }
    const file = files.open(path, 'readWrite');
    const segment = { path, base: indexOfOffset(base), file, size: 0, entries: [] };
    const bytes = readAll(files, file);
    const reason = readEntries(bytes, segment, entries, next);
    next = endOf(segment);
    if (reason !== null) {
      const index = Math.max(next, snapshot.index + 1);
      refuseDamage(bytes, segment, reason, index, syncedEnd, rules);
      files.truncate(file, segment.size);
      cut = true;
    }
    segments.push(segment);
  }
  const end = Math.max(next ?? 0, snapshot.index + 1);
  if (syncedEnd !== null && rules.isDamage(end, syncedEnd)) {
    throw new RaftLogDamaged(
      `${directory}: entries ${end} to ${syncedEnd - 1} were synced and are missing`,
    );
  }
  const behind = entries.filter((entry) => entry.index > snapshot.index);
  if (behind.length > 0 && behind[0]!.base !== snapshot.index + 1) {
    throw new RaftLogDamaged(
      `${directory}: nothing between ${snapshot.index} and ${behind[0]!.base}`,
    );
  }
  return { segments, entries: behind };
}

function readAll(files: FileSystem, file: FileHandle): Uint8Array {
  const bytes = new Uint8Array(files.size(file));
  files.read(file, 0, bytes);
  return bytes;
}

/** Reads the entries of one segment up to the first that is unsound; why it is, or null. */
function readEntries(
  bytes: Uint8Array,
  segment: RaftSegment,
  entries: Entry[],
  next: number | null,
): string | null {
  let expected = next ?? segment.base;
  while (segment.size < bytes.length) {
    const position = segment.size;
    const problem = problemOfBatch(bytes, position);
    if (problem !== null) {
      return problem;
    }
    const header = readBatchHeader(bytes, position);
    if (
      indexOfOffset(header.baseOffset) !== expected ||
      header.leaderEpoch < (entries.at(-1)?.term ?? 0)
    ) {
      return 'out of order';
    }
    const entry = soundEntry(bytes.slice(position, position + header.sizeInBytes), header);
    if (entry === null) {
      return 'an unknown kind of entry';
    }
    entries.push(entry);
    segment.entries.push({ base: entry.base, index: entry.index, position });
    segment.size += header.sizeInBytes;
    expected = entry.index + 1;
  }
  return null;
}

export function endOf(segment: RaftSegment): number {
  const last = segment.entries.at(-1);
  return last === undefined ? segment.base : last.index + 1;
}

/** An unsound batch at `index` is damage if it was synced; without the mark, if sound ones follow. */
function refuseDamage(
  bytes: Uint8Array,
  segment: RaftSegment,
  reason: string,
  index: number,
  syncedEnd: LogIndex | null,
  rules: LogRules,
): void {
  const damaged =
    syncedEnd === null
      ? soundBatchBehind(bytes, segment.size, index)
      : rules.isDamage(index, syncedEnd);
  if (damaged) {
    throw new RaftLogDamaged(
      `${segment.path} is damaged at byte ${segment.size} (${reason}): index ${index} was synced. ` +
        'Restore the file, or empty the directory to join as a new voter',
    );
  }
}

function soundBatchBehind(bytes: Uint8Array, position: number, index: number): boolean {
  for (let at = position + 1; at + HEADER_BYTES <= bytes.length; at++) {
    const base = indexOfOffset(readInt64(bytes, at) as Offset);
    if (base >= index && base < index + bytes.length && problemOfBatch(bytes, at) === null) {
      return true;
    }
  }
  return false;
}

function soundEntry(batch: Uint8Array, header: BatchHeader): Entry | null {
  try {
    return decodeEntry(batch, header);
  } catch (error) {
    if (error instanceof MalformedBytes) {
      return null;
    }
    throw error;
  }
}
