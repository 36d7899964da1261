/**
 * One partition's log on disk: segments, indexes, producer snapshots and the leader epoch checkpoint,
 * with the newest batches in memory. It knows nothing of replication; the partition machine says what
 * is appended, cut and dropped.
 */

import { type LogRules, logRules } from '../core/log/rules.js';
import { sameEpochs } from '../core/partition/epochs.js';
import { cloneProducers, foldProducerBatch } from '../core/partition/producer-state.js';
import type { BatchFacts, EpochEntry, ProducerEntry } from '../core/partition/types.js';
import { assert, fail } from '../core/types/assert.js';
import {
  greatest,
  least,
  type Offset,
  type ProducerId,
  type Timestamp,
} from '../core/types/ids.js';
import type { FileError, FileSystem, Frame } from '../environment/environment.js';
import { readEpochCheckpoint, writeEpochCheckpoint } from './checkpoints.js';
import type { CleanableLog } from './cleaning.js';
import { DeletedFiles } from './deleted-files.js';
import type { LogOptions } from './log-options.js';
import {
  findMaxTimestamp,
  findTimestamp,
  type ReadHint,
  readSegments,
  segmentIndexOf,
} from './log-reads.js';
import { removeSnapshots, syncSnapshot, writeSnapshot } from './producer-snapshot.js';
import type { ReadBuffers } from './read-buffers.js';
import type { Compress, Decompress } from './record-batch.js';
import { keepProducersAt, type Recovered, rebuildProducers, recoverLog } from './recovery.js';
import { expiredSegments } from './retention.js';
import { DamagedSegment, Segment } from './segment.js';
import { swapSegments } from './swap.js';
import { LogTail } from './tail.js';
import type {
  LogDamage,
  LogFacts,
  LogRead,
  LogStart,
  OffsetAndTimestamp,
  Truncated,
} from './types.js';

export interface OpenedLog {
  readonly log: PartitionLog;
  readonly facts: LogFacts;
  /** Not null: the replica must be set aside and replicated again; the log refuses appends. */
  readonly damage: LogDamage | null;
}

/**
 * Opens or creates the log in `directory`; recovers it if the last shutdown was not clean.
 * Throws FileError: the log directory is to go offline.
 */
export function openLog(
  files: FileSystem,
  directory: string,
  options: () => LogOptions,
  start: LogStart,
): OpenedLog {
  const recovered = recoverLog(files, directory, options(), start);
  const log = new PartitionLog(files, directory, options, start, recovered);
  const { logStartOffset, epochs, producers, damage } = recovered;
  const facts = { logStartOffset, logEndOffset: log.logEndOffset, epochs, producers };
  return { log, facts, damage };
}

/** A flush under way: a truncation in the meantime lowers what it will have proved. */
interface RunningFlush {
  end: Offset;
}

export class PartitionLog implements CleanableLog {
  readonly directory: string;
  readonly files: FileSystem;
  readonly options: () => LogOptions;
  readonly rules: LogRules;
  /** Ascending, at least one. */
  readonly segments: Segment[];
  shape = 0;
  /** To be read only. */
  producers: Map<ProducerId, ProducerEntry>;
  private readonly start: LogStart;
  private readonly tail: LogTail;
  private readonly readBuffers: ReadBuffers;
  private epochs: readonly EpochEntry[];
  private startOffset: Offset;
  private synced: Offset;
  private hint: ReadHint | null = null;
  private readonly deleted: DeletedFiles;
  private flushes: RunningFlush[] = [];
  /** Segments were made since the directory was last synced. */
  private namesChanged = false;
  private state: 'open' | 'damaged' | 'failed' | 'closed';

  /** For {@link openLog} only. */
  constructor(
    files: FileSystem,
    directory: string,
    options: () => LogOptions,
    start: LogStart,
    recovered: Recovered,
  ) {
    this.files = files;
    this.directory = directory;
    this.deleted = new DeletedFiles(files, directory);
    this.options = options;
    this.start = start;
    this.rules = start.rules ?? logRules;
    this.tail = new LogTail(start.tail);
    this.readBuffers = start.tail.readBuffers;
    this.segments = recovered.segments;
    this.producers = cloneProducers(recovered.producers);
    this.epochs = recovered.epochs;
    this.startOffset = recovered.logStartOffset;
    this.synced = recovered.recoveryPoint;
    this.state = recovered.damage === null ? 'open' : 'damaged';
    const stored = readEpochCheckpoint(files, directory);
    if (this.state === 'open' && (stored === null || !sameEpochs(stored, this.epochs))) {
      writeEpochCheckpoint(files, directory, this.epochs);
    }
  }

  get logStartOffset(): Offset {
    return this.startOffset;
  }

  get logEndOffset(): Offset {
    return this.active.endOffset;
  }

  /** Everything below is synced. */
  get recoveryPoint(): Offset {
    return this.synced;
  }

  /** Records above the recovery point: what flush.messages counts. */
  get unflushedRecords(): number {
    return this.logEndOffset - this.synced;
  }

  /** So much is not synced that what was appended may not count before it is (flush.messages). */
  get mustFlush(): boolean {
    return this.unflushedRecords >= this.options().flushMessages;
  }

  get sizeInBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  get segmentCount(): number {
    return this.segments.length;
  }

  private get active(): Segment {
    return this.segments[this.segments.length - 1]!;
  }

  /**
   * Appends `parts` (whole batches, in the order of `batches`, stamped with their offsets and leader
   * epoch) with one write, to the page cache. `owner` holds the parts' memory: it is retained as
   * long as they are cached. `keep` false: nobody will read them soon (a follower's log), so they are
   * not cached. Throws FileError: the directory is to go offline.
   */
  append(
    parts: readonly Uint8Array[],
    batches: readonly BatchFacts[],
    owner: Frame | null,
    keep: boolean = true,
  ): void {
    this.mustBeOpen('append to a log');
    assert(batches.length > 0, 'nothing to append');
    const first = batches[0]!.baseOffset;
    assert(first >= this.logEndOffset || this.isEmpty, 'append below the log end');
    let bytes = 0;
    for (const batch of batches) {
      bytes += batch.sizeInBytes;
    }
    const options = this.options();
    this.guarded(() => {
      if (first < this.logEndOffset) {
        this.beginInside(first);
      }
      if (this.active.mustRoll(options, bytes, batches)) {
        this.roll();
      }
      this.active.append(parts, batches, options.indexIntervalBytes);
    });
    for (const batch of batches) {
      foldProducerBatch(this.producers, batch);
    }
    if (keep) {
      this.tail.addParts(parts, batches, owner);
    } else {
      // What is cached must reach to the log end without a gap.
      this.tail.clear();
    }
  }

  private get isEmpty(): boolean {
    return this.segments.length === 1 && this.active.size === 0;
  }

  /**
   * The log start lies within the first batch: the file is named by where that batch begins. A crash in
   * between leaves an empty directory, and an empty log begins at the log start that is stored.
   */
  private beginInside(offset: Offset): void {
    this.removeNow(this.segments.pop()!);
    this.segments.push(new Segment(this.files, this.directory, offset, true));
    this.namesChanged = true;
  }

  private mustBeOpen(what: string): void {
    if (this.state !== 'open') {
      fail(`${what} that is ${this.state}`);
    }
  }

  private roll(): void {
    const end = this.logEndOffset;
    this.active.storeIndexes(false);
    this.active.unloadIndexes();
    const bases = new Set(this.segments.map((segment) => segment.baseOffset));
    removeSnapshots(this.files, this.directory, (offset) => !bases.has(offset));
    writeSnapshot(this.files, this.directory, end, this.producers);
    this.segments.push(new Segment(this.files, this.directory, end, true));
    this.namesChanged = true;
  }

  /**
   * Batches from the one that holds `from` on, whole ones, below `upTo`; at most `maxBytes`, but for
   * one batch if `atLeastOneBatch` (KIP-74). From memory without a copy where they are cached.
   */
  read(from: Offset, upTo: Offset, maxBytes: number, atLeastOneBatch: boolean): LogRead {
    assert(this.state !== 'closed', 'read from a closed log');
    const cached = this.tail.read(from, upTo, maxBytes, atLeastOneBatch);
    if (cached !== null) {
      const { parts, bytes, firstOffset, owners } = cached;
      return { parts, bytes, firstOffset, damage: null, release: releaseOnce(owners) };
    }
    const { segments, hint, readBuffers } = this;
    const read = readSegments(segments, from, upTo, maxBytes, atLeastOneBatch, hint, readBuffers);
    this.hint = read.hint;
    return {
      parts: read.bytes.length === 0 ? [] : [read.bytes],
      bytes: read.bytes.length,
      firstOffset: read.firstOffset,
      damage: read.damage,
      release: readBuffers.releaseOf(read.buffer),
    };
  }

  /**
   * Cuts the log: what is at or behind `offset` is gone for good when this returns. The partition's
   * producers are rebuilt from what is left.
   */
  truncateTo(offset: Offset): Truncated {
    this.mustBeOpen('truncate a log');
    let point = offset;
    if (offset < this.logEndOffset) {
      if (offset < this.segments[0]!.baseOffset) {
        this.reset(offset);
      } else {
        this.guarded(() => this.cut(offset));
      }
      point = this.logEndOffset;
    }
    // Also where nothing is cut: leaders without data may have left entries at the end (KAFKA-10706).
    this.storeEpochs(this.rules.epochsWithin(this.epochs, point));
    const endOffset = this.logEndOffset;
    return { endOffset, producers: this.producersAt(), epochs: this.epochs };
  }

  private cut(offset: Offset): void {
    this.shape++;
    const index = segmentIndexOf(this.segments, offset);
    const batch = this.segments[index]!.find(offset, true);
    this.lowerRecoveryPoint(least(batch?.header.baseOffset ?? offset, offset));
    // The newest first: a crash in between leaves a log without a gap.
    while (this.segments.length - 1 > index) {
      this.removeNow(this.segments.pop()!);
    }
    this.active.truncateTo(offset);
    const end = this.logEndOffset;
    this.tail.truncateTo(end);
    this.hint = null;
    this.startOffset = least(this.startOffset, end);
    removeSnapshots(this.files, this.directory, (at) => !this.rules.mayUseSnapshot(at, end));
    this.files.syncDirectory(this.directory);
    const { files, directory, segments, rules } = this;
    this.producers = rebuildProducers(files, directory, segments, end, rules);
    if (this.synced > end || end > offset) {
      // The CRC leaves the base offset out: a header with another one named a wrong place to cut at.
      const { path, size } = this.active;
      throw new DamagedSegment(path, size, `cut at ${offset}, the log ends at ${end}`);
    }
  }

  /** Drops everything and goes on at `offset` (the leader has nothing older to offer). */
  reset(offset: Offset): void {
    this.mustBeOpen('reset a log');
    this.shape++;
    this.guarded(() => {
      this.lowerRecoveryPoint(least(offset, this.startOffset));
      while (this.segments.length > 0) {
        this.removeNow(this.segments.pop()!);
      }
      removeSnapshots(this.files, this.directory, () => true);
      this.segments.push(new Segment(this.files, this.directory, offset, true));
      this.files.syncDirectory(this.directory);
      this.storeEpochs([]);
    });
    this.tail.clear();
    this.hint = null;
    this.producers = new Map();
    this.startOffset = offset;
    this.synced = offset;
  }

  private lowerRecoveryPoint(offset: Offset): void {
    for (const flush of this.flushes) {
      flush.end = least(flush.end, offset);
    }
    if (offset < this.synced) {
      this.start.lowerRecoveryPoint?.(offset);
      this.synced = offset;
    }
  }

  private removeNow(segment: Segment): void {
    segment.close();
    for (const path of segment.paths()) {
      this.files.remove(path);
    }
  }

  /** DeleteRecords, or the leader's log start. A lower offset changes nothing. */
  moveStart(offset: Offset): void {
    assert(offset <= this.logEndOffset, 'the log start cannot pass the log end');
    if (offset > this.startOffset) {
      this.startOffset = offset;
      this.guarded(() => this.deleteBelowStart());
    }
  }

  /** Segments without a record at or behind the log start go. */
  private deleteBelowStart(): void {
    let count = 0;
    while ((this.segments[count + 1]?.baseOffset ?? Infinity) <= this.startOffset) {
      count++;
    }
    if (count === 0) {
      return;
    }
    this.shape++;
    keepProducersAt(this.files, this.directory, this.segments, count, this.rules);
    for (const segment of this.segments.splice(0, count)) {
      this.deleted.add(segment, true);
    }
    this.hint = null;
    this.files.syncDirectory(this.directory);
  }

  /**
   * Deletes whole old segments, by age and by size, never one that reaches beyond the high watermark
   * (L-RETAIN). Answers the new log start, or null if it did not move.
   */
  retain(nowWall: Timestamp, highWatermark: Offset): Offset | null {
    this.mustBeOpen('retention on a log');
    return this.guarded(() => {
      this.deleted.removeDue(nowWall, this.options().fileDeleteDelayMs);
      const { segments, rules } = this;
      const count = expiredSegments(segments, this.options(), nowWall, highWatermark, rules);
      if (count === 0) {
        return null;
      }
      if (count === this.segments.length) {
        // Also the active one: a log always has a segment to append to.
        this.roll();
      }
      const before = this.startOffset;
      this.startOffset = greatest(before, this.segments[count]!.baseOffset);
      this.deleteBelowStart();
      this.deleted.removeDue(nowWall, this.options().fileDeleteDelayMs);
      return this.startOffset > before ? this.startOffset : null;
    });
  }

  get decompress(): Decompress {
    return this.start.decompress;
  }

  get compress(): Compress {
    return this.start.compress ?? fail('a log without codecs is compacted');
  }

  /** The order is what recovery goes by: see swap.ts. */
  replaceSegments(group: readonly Segment[], cleaned: Segment): void {
    this.mustBeOpen('compaction of a log');
    const first = this.segments.indexOf(group[0]!);
    assert(first >= 0, 'segments that are not there are replaced');
    this.guarded(() => {
      swapSegments(this.files, this.directory, group, cleaned, this.rules, this.deleted);
    });
    this.segments.splice(first, group.length, cleaned);
    this.tail.dropBelow(cleaned.endOffset);
    this.hint = null;
  }

  /** A copy of the producers' state at the log end. */
  producersAt(): Map<ProducerId, ProducerEntry> {
    return cloneProducers(this.producers);
  }

  /** Smallest offset below `upTo` whose timestamp is at least `timestamp` (ListOffsets). */
  offsetForTimestamp(timestamp: Timestamp, upTo: Offset): OffsetAndTimestamp | null {
    const { decompress } = this.start;
    return findTimestamp(this.segments, timestamp, this.startOffset, upTo, decompress);
  }

  /** The record with the largest timestamp (ListOffsets -3, KIP-734); null: no timestamps. */
  maxTimestampOffset(): OffsetAndTimestamp | null {
    return findMaxTimestamp(this.segments, this.startOffset, this.start.decompress);
  }

  /** Stores leader-epoch-checkpoint. */
  storeEpochs(epochs: readonly EpochEntry[]): void {
    this.mustBeOpen('epochs of a log');
    if (!sameEpochs(epochs, this.epochs)) {
      writeEpochCheckpoint(this.files, this.directory, epochs);
      this.epochs = epochs.slice();
    }
  }

  /** Syncs everything appended so far, then moves the recovery point; `done` comes later. */
  flush(done: (error: FileError | null) => void): void {
    this.mustBeOpen('flush of a log');
    const flush: RunningFlush = { end: this.logEndOffset };
    const unsynced = this.guarded(() => this.prepareFlush());
    let waiting = unsynced.length;
    let failure: FileError | null = null;
    this.flushes.push(flush);
    this.synced = this.rules.recoveryPointDuringSync(this.synced, flush.end);
    for (const segment of unsynced) {
      this.files.sync(segment.file, (error) => {
        failure ??= error;
        waiting--;
        if (waiting === 0) {
          this.flushes = this.flushes.filter((other) => other !== flush);
          if (failure === null) {
            this.synced = Math.max(this.synced, flush.end) as Offset;
          } else {
            this.state = 'failed';
          }
          done(failure);
        }
      });
    }
  }

  /** The segments to sync, with everything but their records synced already. */
  private prepareFlush(): Segment[] {
    const unsynced = this.segments.filter((segment) => segment.endOffset > this.synced);
    for (const segment of unsynced) {
      if (segment !== this.active) {
        segment.storeIndexes(true);
        segment.unloadIndexes();
      }
    }
    if (this.namesChanged) {
      this.files.syncDirectory(this.directory);
      this.namesChanged = false;
    }
    return unsynced.length === 0 ? [this.active] : unsynced;
  }

  /** `clean`: syncs everything and writes a producer snapshot first. */
  close(clean: boolean): void {
    assert(this.state !== 'closed', 'closed twice');
    this.shape++;
    if (clean && this.state === 'open') {
      for (const segment of this.prepareFlush()) {
        this.files.syncNow(segment.file);
      }
      this.active.storeIndexes(true);
      writeSnapshot(this.files, this.directory, this.logEndOffset, this.producers);
      syncSnapshot(this.files, this.directory, this.logEndOffset);
      this.synced = this.logEndOffset;
    }
    for (const segment of this.segments) {
      segment.close();
    }
    this.tail.clear();
    this.state = 'closed';
  }

  /** After a failed file operation nobody knows what the files hold: no more of this log. */
  private guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.state = 'failed';
      throw error;
    }
  }
}

function releaseOnce(owners: readonly Frame[]): () => void {
  let released = false;
  return () => {
    assert(!released, 'a read was released twice');
    released = true;
    for (const owner of owners) {
      owner.release();
    }
  };
}
