/** One segment of a log: `<base offset>.log` with its two indexes. */

import type { BatchFacts } from '../core/partition/types.js';
import { assert } from '../core/types/assert.js';
import { NO_TIMESTAMP, type Offset, type Timestamp } from '../core/types/ids.js';
import { FileError, type FileHandle, type FileSystem } from '../environment/environment.js';
import { type WalkEnd, walkBatches } from './batch-walk.js';
import { OFFSET_ENTRY_BYTES, OffsetIndex, TIME_ENTRY_BYTES, TimeIndex } from './index-files.js';
import type { LogOptions } from './log-options.js';
import type { BatchHeader } from './record-batch.js';

/** Offsets in the indexes are relative to the base in 32 bits. */
const MAX_RELATIVE_OFFSET = 0x7fffffff;
/** Positions in the index are 32 bits too. */
export const MAX_POSITION = 0x7fffffff;

export const LOG_SUFFIX = '.log';
export const INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const SNAPSHOT_SUFFIX = '.snapshot';
export const DELETED_SUFFIX = '.deleted';
/** Of what compaction is writing, and of what takes the place of other segments (Kafka: the same). */
export const CLEANED_SUFFIX = '.cleaned';
export const SWAP_SUFFIX = '.swap';

const OFFSET_DIGITS = 20;

/** Kafka's file name for what begins at `offset`: 20 digits and the suffix. */
export function offsetFileName(offset: Offset, suffix: string): string {
  return String(offset).padStart(OFFSET_DIGITS, '0') + suffix;
}

/** The offset in a name that {@link offsetFileName} made; null: another name. */
export function offsetOfFileName(name: string, suffix: string): Offset | null {
  if (name.length !== OFFSET_DIGITS + suffix.length || !name.endsWith(suffix)) {
    return null;
  }
  const digits = name.slice(0, OFFSET_DIGITS);
  return /^\d+$/.test(digits) ? (Number(digits) as Offset) : null;
}

/** A segment holds what is no batch: a read error by another name. */
export class DamagedSegment extends FileError {
  readonly position: number;
  readonly reason: string;
  constructor(path: string, position: number, reason: string) {
    super('EBADMSG', path, `read at ${position}`);
    this.position = position;
    this.reason = reason;
  }
}

export class Segment {
  readonly baseOffset: Offset;
  path: string;
  /** Bytes of the log file that hold batches. */
  size = 0;
  /** Offset behind the last batch; the base offset while the segment is empty. */
  endOffset: Offset;
  largestTimestamp: Timestamp = NO_TIMESTAMP;
  /** Last offset of the batch that holds `largestTimestamp`. */
  largestTimestampOffset: Offset;
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  private readonly files: FileSystem;
  private readonly directory: string;
  private handle: FileHandle | null = null;
  private bytesSinceIndexEntry = 0;
  /** Of the first batch; null: not read yet. */
  private firstTimestamp: Timestamp | null = null;

  /**
   * `fresh`: a new file; else `load` or `recover` must follow. `suffix`: behind the names of its files,
   * until {@link takeName}.
   */
  constructor(
    files: FileSystem,
    directory: string,
    baseOffset: Offset,
    fresh: boolean,
    suffix: string = '',
  ) {
    this.files = files;
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.endOffset = baseOffset;
    this.largestTimestampOffset = baseOffset;
    this.path = this.pathOf(LOG_SUFFIX) + suffix;
    const index = this.pathOf(INDEX_SUFFIX) + suffix;
    this.offsetIndex = new OffsetIndex(files, index, baseOffset, fresh);
    this.timeIndex = new TimeIndex(
      files,
      this.pathOf(TIME_INDEX_SUFFIX) + suffix,
      baseOffset,
      fresh,
    );
    if (fresh) {
      this.handle = files.open(this.path, 'create');
      if (files.size(this.handle) > 0) {
        files.truncate(this.handle, 0);
      }
    }
  }

  private pathOf(suffix: string): string {
    return `${this.directory}/${offsetFileName(this.baseOffset, suffix)}`;
  }

  /** The file of the batches takes another name: that of the segment with `suffix` behind it. */
  rename(suffix: string): void {
    this.close();
    const path = this.pathOf(LOG_SUFFIX) + suffix;
    this.files.rename(this.path, path);
    this.path = path;
  }

  /** All files, the indexes stored, take the names of the segment. */
  takeName(): void {
    this.rename('');
    for (const [{ file }, suffix] of [
      [this.offsetIndex, INDEX_SUFFIX],
      [this.timeIndex, TIME_INDEX_SUFFIX],
    ] as const) {
      this.files.rename(file.path, this.pathOf(suffix));
      file.path = this.pathOf(suffix);
    }
  }

  get file(): FileHandle {
    this.handle ??= this.files.open(this.path, 'readWrite');
    return this.handle;
  }

  /** Whether `bytes` more, up to offset `lastOffset`, belong into a new segment (L-ROLL). */
  mustRoll(options: LogOptions, bytes: number, batches: readonly BatchFacts[]): boolean {
    if (this.size === 0) {
      return false;
    }
    const last = batches[batches.length - 1]!;
    const first = this.rollTimestamp();
    const maxEntries = Math.floor(options.segmentIndexBytes / OFFSET_ENTRY_BYTES);
    // One less: closing the segment adds a last entry.
    const maxTimeEntries = Math.floor(options.segmentIndexBytes / TIME_ENTRY_BYTES) - 1;
    return (
      this.size + bytes > Math.min(options.segmentBytes, MAX_POSITION) ||
      last.baseOffset + last.lastOffsetDelta - this.baseOffset > MAX_RELATIVE_OFFSET ||
      this.offsetIndex.file.count >= maxEntries ||
      this.timeIndex.file.count >= maxTimeEntries ||
      (first >= 0 && last.maxTimestamp - first > options.segmentMs)
    );
  }

  append(
    parts: readonly Uint8Array[],
    batches: readonly BatchFacts[],
    indexIntervalBytes: number,
  ): void {
    this.files.write(this.file, this.size, parts);
    for (const batch of batches) {
      this.noteBatch(batch, this.size, indexIntervalBytes);
    }
  }

  /** The batch at `position` is part of the segment: indexes, end and timestamps follow. */
  private noteBatch(batch: BatchFacts, position: number, indexIntervalBytes: number): void {
    const lastOffset = (batch.baseOffset + batch.lastOffsetDelta) as Offset;
    assert(position === this.size, 'a batch is not at the end of its segment');
    assert(batch.baseOffset >= this.endOffset, 'a batch does not follow the one before');
    if (position === 0) {
      this.firstTimestamp = batch.maxTimestamp;
    }
    if (batch.maxTimestamp > this.largestTimestamp) {
      this.largestTimestamp = batch.maxTimestamp;
      this.largestTimestampOffset = lastOffset;
    }
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      this.offsetIndex.append(lastOffset, position);
      this.timeIndex.maybeAppend(this.largestTimestamp, this.largestTimestampOffset);
      this.bytesSinceIndexEntry = 0;
    }
    this.bytesSinceIndexEntry += batch.sizeInBytes;
    this.size = position + batch.sizeInBytes;
    this.endOffset = (lastOffset + 1) as Offset;
  }

  /**
   * Takes over what is on disk without checking the records: size, end and largest timestamp from
   * the indexes and the batches behind their last entries. False: it needs {@link recover}.
   */
  load(indexIntervalBytes: number): boolean {
    const size = this.files.size(this.file);
    if (!this.offsetIndex.isSane(size) || (size > 0 && !this.hasIndexes())) {
      return false;
    }
    const start = this.offsetIndex.lastPosition();
    const timed = this.timeIndex.last();
    if (timed !== null) {
      this.largestTimestamp = timed.timestamp;
      this.largestTimestampOffset = timed.offset;
    }
    // The first batch behind the last entry restarts the count of bytes between entries.
    let expected = this.baseOffset as number;
    const end = walkBatches(this.files, this.file, start, size, false, (header) => {
      if (header.baseOffset < expected) {
        return false;
      }
      const lastOffset = (header.baseOffset + header.lastOffsetDelta) as Offset;
      expected = lastOffset + 1;
      if (header.maxTimestamp > this.largestTimestamp) {
        this.largestTimestamp = header.maxTimestamp;
        this.largestTimestampOffset = lastOffset;
      }
      return true;
    });
    this.size = size;
    this.endOffset = expected as Offset;
    this.bytesSinceIndexEntry = Math.min(size - start, indexIntervalBytes);
    return end.problem === null && end.position === size && this.timeIndex.isSane(this.endOffset);
  }

  private hasIndexes(): boolean {
    return (
      this.files.exists(this.offsetIndex.file.path) && this.files.exists(this.timeIndex.file.path)
    );
  }

  /**
   * Checks every byte and builds the indexes anew. `accept` sees each sound batch and may refuse it
   * with a reason. Answers where the sound batches end and why; nothing is cut.
   */
  recover(
    indexIntervalBytes: number,
    checksRecords: boolean,
    accept: (header: BatchHeader) => string | null,
  ): { readonly position: number; readonly problem: string | null } {
    this.forget();
    this.offsetIndex.file.cutTo(0);
    this.timeIndex.file.cutTo(0);
    let refused: string | null = null;
    const end: WalkEnd = walkBatches(
      this.files,
      this.file,
      0,
      this.files.size(this.file),
      checksRecords,
      (header, position) => {
        refused = header.baseOffset < this.endOffset ? 'offsets go back' : accept(header);
        if (refused === null) {
          this.noteBatch(header, position, indexIntervalBytes);
        }
        return refused === null;
      },
    );
    return { position: end.position, problem: refused ?? end.problem };
  }

  private forget(): void {
    this.size = 0;
    this.endOffset = this.baseOffset;
    this.largestTimestamp = NO_TIMESTAMP;
    this.largestTimestampOffset = this.baseOffset;
    this.bytesSinceIndexEntry = 0;
    this.firstTimestamp = null;
  }

  /**
   * Position and header of the first batch whose last offset is at least `offset`. Throws
   * {@link DamagedSegment} on a header that is none, and with `check` on any batch that it came by and
   * that is not what was written.
   */
  find(
    offset: Offset,
    check: boolean = false,
  ): { readonly position: number; readonly header: BatchHeader } | null {
    let found: { position: number; header: BatchHeader } | null = null;
    const start = this.offsetIndex.lookup(offset);
    const end = this.walk(
      start,
      (header, position) => {
        if (header.baseOffset + header.lastOffsetDelta >= offset) {
          found = { position, header };
        }
        return found === null;
      },
      check,
    );
    if (end.problem !== null) {
      throw new DamagedSegment(this.path, end.position, end.problem);
    }
    return found;
  }

  /** Where the batch that holds `offset`, or the next one, begins; every batch on the way is checked. */
  positionOf(offset: Offset): number {
    return offset <= this.baseOffset ? 0 : (this.find(offset, true)?.position ?? this.size);
  }

  get indexEntries(): number {
    return Math.max(this.offsetIndex.file.count, this.timeIndex.file.count);
  }

  /** Headers from `position` on, until `visit` answers false. `check`: every byte of a batch first. */
  walk(
    position: number,
    visit: (header: BatchHeader, position: number) => boolean,
    check: boolean = false,
  ): WalkEnd {
    return walkBatches(this.files, this.file, position, this.size, check, visit);
  }

  /** Reads into the front of `buffer`: at most `length` bytes from `position` on. */
  readInto(buffer: Uint8Array, position: number, length: number): Uint8Array {
    const bytes = buffer.subarray(0, Math.min(length, this.size - position));
    const count = this.files.read(this.file, position, bytes);
    return count === bytes.length ? bytes : bytes.subarray(0, count);
  }

  /**
   * Cuts off the batch that holds `offset` and all behind it; the end that is left. Throws
   * {@link DamagedSegment}: where a damaged header says that a batch ends is no place to cut.
   */
  truncateTo(offset: Offset): Offset {
    const found = this.find(offset, true);
    if (found === null) {
      return this.endOffset;
    }
    this.cutAt(found.position, found.header.baseOffset, true);
    return this.endOffset;
  }

  /**
   * Cuts the file at `position`, where the batch at `endOffset` began, for good. `check`: the batches
   * before it, back to the newest index entry; throws {@link DamagedSegment}.
   */
  cutAt(position: number, endOffset: Offset, check: boolean): void {
    this.files.truncate(this.file, position);
    this.files.syncNow(this.file);
    this.size = position;
    this.offsetIndex.truncateTo(endOffset);
    this.timeIndex.truncateTo(endOffset);
    const timed = this.timeIndex.last();
    this.largestTimestamp = timed?.timestamp ?? NO_TIMESTAMP;
    this.largestTimestampOffset = timed?.offset ?? this.baseOffset;
    let end = this.baseOffset;
    const start = this.offsetIndex.lastPosition();
    let reason: string | null = null;
    const take = (header: BatchHeader): boolean => {
      // The base offset is in the header, but not under the CRC.
      if (check && (header.baseOffset < end || header.baseOffset >= endOffset)) {
        reason = `base offset ${header.baseOffset} between ${end} and ${endOffset}`;
        return false;
      }
      end = (header.baseOffset + header.lastOffsetDelta + 1) as Offset;
      if (header.maxTimestamp > this.largestTimestamp) {
        this.largestTimestamp = header.maxTimestamp;
        this.largestTimestampOffset = (end - 1) as Offset;
      }
      return true;
    };
    const walked = this.walk(start, take, check);
    const problem = reason ?? walked.problem;
    if (check && problem !== null) {
      throw new DamagedSegment(this.path, walked.position, problem);
    }
    this.endOffset = end;
    this.bytesSinceIndexEntry = position - start;
    this.firstTimestamp = null;
  }

  /** The segment gets no more batches for now: the indexes are completed and stored. */
  storeIndexes(sync: boolean): void {
    this.timeIndex.maybeAppend(this.largestTimestamp, this.largestTimestampOffset);
    this.offsetIndex.file.store(sync);
    this.timeIndex.file.store(sync);
  }

  unloadIndexes(): void {
    this.offsetIndex.file.unload();
    this.timeIndex.file.unload();
  }

  /** Timestamp by which segment.ms counts: of the first batch (Kafka: rollingBasedTimestamp). */
  rollTimestamp(): Timestamp {
    if (this.firstTimestamp === null) {
      this.firstTimestamp = NO_TIMESTAMP;
      this.walk(0, (header) => {
        this.firstTimestamp = header.maxTimestamp;
        return false;
      });
    }
    return this.firstTimestamp;
  }

  close(): void {
    if (this.handle !== null) {
      this.files.close(this.handle);
      this.handle = null;
    }
  }

  /** Paths of all files of the segment that exist. */
  paths(): string[] {
    return [this.path, this.offsetIndex.file.path, this.timeIndex.file.path].filter((path) =>
      this.files.exists(path),
    );
  }
}
