/**
 * Storage of the metadata log, `__cluster_metadata-0`: segments of record batches, snapshots, term and
 * vote. Everything is synced before it is reported; what was synced once is never given up silently.
 *
 * A power failure may tear the entries whose sync had not ended, in any order of sectors, so an
 * unsound batch is either that or damage. The file `synced-end` tells them apart: it holds the end of
 * what was synced, written (not synced) after each sync. It lags, never leads, but for a truncation,
 * before which it is lowered and synced.
 */

import { type LogRules, logRules } from '../core/log/rules.js';
import type { Entry, HardState, RaftEffect, Snapshot } from '../core/raft/types.js';
import { assert, present } from '../core/types/assert.js';
import type { LogIndex } from '../core/types/ids.js';
import { FileError, type FileHandle, type FileSystem } from '../environment/environment.js';
import { writeInt32, writeInt64 } from './bytes.js';
import { replaceText } from './checkpoints.js';
import { crc32c } from './crc32c.js';
import { encodeEntry, encodeHardState, encodeSnapshot, offsetOfIndex } from './raft-files.js';
import {
  endOf,
  listSnapshots,
  newestSnapshot,
  PART,
  QUORUM_STATE,
  type RaftSegment,
  readHardState,
  readSegments,
  readSyncedEnd,
  SYNCED_END,
  snapshotName,
} from './raft-recovery.js';
import { LOG_SUFFIX, offsetFileName } from './segment.js';

/** A segment that has grown beyond is closed, so that snapshots can drop it. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

export type PersistEffect = Extract<RaftEffect, { readonly type: 'persist' }>;

export interface RaftStore {
  /**
   * Writes what `effect` says and syncs it; `done(null)` is called later, in the order of the calls,
   * never before `persist` has returned. What is queued while a sync runs shares the next one.
   * On the first error the calls that wait hear it (this one at once, if its write failed), and
   * nothing is written any more.
   */
  persist(effect: PersistEffect, done: (error: FileError | null) => void): void;
  close(): void;
}

export interface OpenedRaftLog {
  readonly hardState: HardState;
  readonly snapshot: Snapshot;
  /** After the snapshot, ascending; all of them are synced. */
  readonly entries: readonly Entry[];
  readonly store: RaftStore;
}

/** Opens or creates the metadata log in `directory`. Throws RaftLogDamaged. */
export function openRaftLog(
  files: FileSystem,
  directory: string,
  rules: LogRules = logRules,
): OpenedRaftLog {
  files.makeDirectory(directory);
  for (const name of files.list(directory).filter((name) => name.endsWith(PART))) {
    files.remove(`${directory}/${name}`);
  }
  const hardState = readHardState(files, directory);
  const snapshot = newestSnapshot(files, directory);
  const syncedEnd = readSyncedEnd(files, `${directory}/${SYNCED_END}`);
  const { segments, entries } = readSegments(files, directory, snapshot, syncedEnd, rules);
  const store = new RaftFiles(files, directory, segments, snapshot.index, rules);
  store.makeDurable();
  return { hardState, snapshot, entries, store };
}

class RaftFiles implements RaftStore {
  private readonly files: FileSystem;
  private readonly directory: string;
  private readonly rules: LogRules;
  private readonly segments: RaftSegment[];
  private snapshotIndex: LogIndex;
  private readonly mark: FileHandle;
  /** What the mark says. */
  private marked = 0;
  private failure: FileError | null = null;
  private closed = false;
  /** Written, but the sync that covers them has not begun. */
  private queued: ((error: FileError | null) => void)[] = [];
  /** The sync that runs covers these. */
  private syncing: ((error: FileError | null) => void)[] = [];
  /** A truncation since the running sync began: the mark may not go beyond. */
  private markCeiling = Number.MAX_SAFE_INTEGER;

  constructor(
    files: FileSystem,
    directory: string,
    segments: RaftSegment[],
    snapshotIndex: LogIndex,
    rules: LogRules,
  ) {
    this.files = files;
    this.directory = directory;
    this.segments = segments;
    this.snapshotIndex = snapshotIndex;
    this.rules = rules;
    this.mark = files.open(`${directory}/${SYNCED_END}`, 'create');
  }

  /**
   * At start: what is read counts as durable from now on, so it must be, also if the last process
   * was killed before its sync.
   */
  makeDurable(): void {
    if (this.segments.length === 0) {
      this.addSegment((this.snapshotIndex + 1) as LogIndex);
    }
    this.dropCovered(this.snapshotIndex);
    if (!this.rules.syncsWhatIsFound()) {
      return;
    }
    for (const segment of this.segments) {
      this.files.syncNow(segment.file);
    }
    this.writeMark(this.end());
    this.files.syncNow(this.mark);
    this.files.syncDirectory(this.directory);
  }

  persist(effect: PersistEffect, done: (error: FileError | null) => void): void {
    assert(!this.closed, 'persist after close');
    if (this.failure !== null) {
      done(this.failure);
      return;
    }
    try {
      this.write(effect);
      this.markBeforeSync();
    } catch (error) {
      if (!(error instanceof FileError)) {
        throw error;
      }
      this.fail(error, [done]);
      return;
    }
    this.queued.push(done);
    if (this.syncing.length === 0) {
      this.startSync();
    }
  }

  close(): void {
    assert(!this.closed, 'closed twice');
    this.closed = true;
    for (const segment of this.segments) {
      this.files.close(segment.file);
    }
    this.files.close(this.mark);
  }

  /**
   * Term and vote go first: a term without its entries is harmless, entries of a term that this node
   * does not know it has seen are not. Then in the order that the effect asks for.
   */
  private write(effect: PersistEffect): void {
    if (effect.hardState !== null) {
      this.storeVote(encodeHardState(effect.hardState));
    }
    if (effect.truncateFrom !== null) {
      this.truncateFrom(effect.truncateFrom);
    }
    if (effect.entries.length > 0) {
      this.append(effect.entries);
    }
    if (effect.snapshot !== null) {
      this.storeSnapshot(effect.snapshot);
    }
  }

  private storeVote(text: string): void {
    const path = `${this.directory}/${QUORUM_STATE}`;
    if (this.rules.syncsVote()) {
      replaceText(this.files, path, text);
      return;
    }
    const bytes = new TextEncoder().encode(text);
    const file = this.files.open(path + PART, 'create');
    this.files.truncate(file, 0);
    this.files.write(file, 0, [bytes]);
    this.files.close(file);
    this.files.rename(path + PART, path);
  }

  private truncateFrom(index: LogIndex): void {
    assert(index > this.snapshotIndex, 'a snapshot cannot be truncated');
    // Before the entries can be gone the mark must not promise them any more.
    this.writeMark(Math.min(index, this.end()));
    this.files.syncNow(this.mark);
    this.markCeiling = Math.min(this.markCeiling, index);
    while (this.segments.length > 1 && this.last.base >= index) {
      this.removeSegment(this.segments.pop()!);
    }
    const { entries, file } = this.last;
    while (entries.length > 0 && entries.at(-1)!.base >= index) {
      this.last.size = entries.pop()!.position;
    }
    assert((entries.at(-1)?.index ?? -1) < index, 'an entry is truncated as a whole');
    // At once: entries that a power failure brings back must not stand behind a newer snapshot.
    this.files.truncate(file, this.last.size);
    this.files.syncNow(file);
    this.files.syncDirectory(this.directory);
  }

  private append(entries: readonly Entry[]): void {
    const first = entries[0]!;
    const empty = this.segments.every((segment) => segment.entries.length === 0);
    if (empty && this.last.base !== first.base) {
      // Nothing stands between the snapshot and the first entry behind it.
      this.replaceSegments(first.base);
    } else if (this.last.size > SEGMENT_BYTES) {
      this.files.syncNow(this.last.file);
      this.addSegment(first.base);
    }
    assert(endOf(this.last) === first.base, 'entries follow one another');
    const segment = this.last;
    let position = segment.size;
    const parts: Uint8Array[] = [];
    for (const entry of entries) {
      const bytes = encodeEntry(entry);
      segment.entries.push({ base: entry.base, index: entry.index, position });
      position += bytes.length;
      parts.push(bytes);
    }
    this.files.write(segment.file, segment.size, parts);
    segment.size = position;
  }

  private storeSnapshot(snapshot: Snapshot): void {
    assert(snapshot.index > this.snapshotIndex, 'an older snapshot');
    const path = `${this.directory}/${snapshotName(snapshot.index, snapshot.term)}`;
    const parts = encodeSnapshot(snapshot);
    const file = this.files.open(path + PART, 'create');
    this.files.truncate(file, 0);
    this.files.write(file, 0, parts);
    this.files.syncNow(file);
    this.files.close(file);
    this.files.rename(path + PART, path);
    this.files.syncDirectory(this.directory);
    this.dropCovered(snapshot.index);
    this.snapshotIndex = snapshot.index;
    for (const older of listSnapshots(this.files, this.directory)) {
      if (older.index < snapshot.index) {
        this.files.remove(older.path);
      }
    }
  }

  /** Segments that a snapshot at `index` makes superfluous. */
  private dropCovered(index: LogIndex): void {
    while (this.segments.length > 1 && this.covered(this.segments[0]!, index)) {
      this.removeSegment(this.segments.shift()!);
    }
    if (this.covered(this.last, index) && this.last.base !== index + 1) {
      this.replaceSegments((index + 1) as LogIndex);
    }
  }

  private covered(segment: RaftSegment, snapshotIndex: LogIndex): boolean {
    return this.rules.mayDropSegment(endOf(segment), snapshotIndex + 1);
  }

  private replaceSegments(base: LogIndex): void {
    const old = this.segments.splice(0);
    this.addSegment(base);
    for (const segment of old) {
      this.removeSegment(segment);
    }
    this.files.syncDirectory(this.directory);
  }

  private addSegment(base: LogIndex): void {
    const path = `${this.directory}/${offsetFileName(offsetOfIndex(base), LOG_SUFFIX)}`;
    const file = this.files.open(path, 'create');
    this.files.truncate(file, 0);
    this.files.syncDirectory(this.directory);
    this.segments.push({ path, base, file, size: 0, entries: [] });
  }

  private removeSegment(segment: RaftSegment): void {
    this.files.close(segment.file);
    this.files.remove(segment.path);
  }

  private startSync(): void {
    this.syncing = this.queued;
    this.queued = [];
    const end = this.end();
    this.markCeiling = Number.MAX_SAFE_INTEGER;
    const file = this.rules.syncsEntries() ? this.last.file : this.mark;
    this.files.sync(file, (error) => {
      if (this.closed) {
        return;
      }
      const waiting = this.syncing;
      this.syncing = [];
      if (this.failure !== null || error !== null) {
        this.fail(this.failure ?? error!, waiting);
        return;
      }
      try {
        if (this.rules.syncsEntries()) {
          this.writeMark(Math.min(end, this.markCeiling));
        }
      } catch (markError) {
        if (!(markError instanceof FileError)) {
          throw markError;
        }
        this.fail(markError, waiting);
        return;
      }
      if (this.queued.length > 0) {
        this.startSync();
      }
      for (const done of waiting) {
        done(null);
      }
    });
  }

  private markBeforeSync(): void {
    const end = this.rules.markDuringSync(this.marked, this.end());
    if (end !== this.marked) {
      this.writeMark(end);
    }
  }

  private writeMark(end: number): void {
    this.marked = end;
    const bytes = new Uint8Array(12);
    writeInt64(bytes, 0, end);
    writeInt32(bytes, 8, crc32c(bytes, 0, 8));
    this.files.write(this.mark, 0, [bytes]);
  }

  /** First index behind everything that is here. */
  private end(): number {
    return Math.max(endOf(this.last), this.snapshotIndex + 1);
  }

  private get last(): RaftSegment {
    return present(this.segments.at(-1), 'a log without a segment');
  }

  private fail(error: FileError, waiting: readonly ((error: FileError | null) => void)[]): void {
    this.failure = error;
    const all = [...this.syncing, ...this.queued, ...waiting];
    this.syncing = [];
    this.queued = [];
    for (const done of all) {
      done(error);
    }
  }
}
