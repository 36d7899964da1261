/** Reading a log's segments: batches by offset, offsets by timestamp. */

import { NO_TIMESTAMP, type Offset, type Timestamp } from '../core/types/ids.js';
import type { ReadBuffers } from './read-buffers.js';
import {
  type BatchHeader,
  type Decompress,
  HEADER_BYTES,
  problemOfBatch,
  readBatchHeader,
  readRecords,
} from './record-batch.js';
import type { RecordView } from './records.js';
import { DamagedSegment, type Segment } from './segment.js';
import type { LogDamage, OffsetAndTimestamp } from './types.js';

/** Where the last read ended: the next one mostly goes on there, and needs no search. */
export interface ReadHint {
  segment: Segment;
  offset: Offset;
  position: number;
}

export interface DiskRead {
  readonly bytes: Uint8Array;
  readonly firstOffset: Offset;
  readonly damage: LogDamage | null;
  readonly hint: ReadHint | null;
  /** What `bytes` lie in; given back to the buffers when they are no longer needed. */
  readonly buffer: Uint8Array | null;
}

const NOTHING: DiskRead = {
  bytes: new Uint8Array(0),
  firstOffset: -1 as Offset,
  damage: null,
  hint: null,
  buffer: null,
};

/** Index of the segment that holds `offset`: the last that begins at or below it. */
export function segmentIndexOf(segments: readonly Segment[], offset: Offset): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle]!.baseOffset <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return Math.max(0, low - 1);
}

/** Whole batches of one segment, from the batch that holds `from` on, below `upTo`, checked. */
export function readSegments(
  segments: readonly Segment[],
  from: Offset,
  upTo: Offset,
  maxBytes: number,
  atLeastOneBatch: boolean,
  hint: ReadHint | null,
  buffers: ReadBuffers,
): DiskRead {
  try {
    const start = hint?.offset === from ? hint : locate(segments, from);
    return start === null
      ? NOTHING
      : readFrom(start.segment, start.position, from, upTo, maxBytes, atLeastOneBatch, buffers);
  } catch (error) {
    if (!(error instanceof DamagedSegment)) {
      throw error;
    }
    const { path, position, reason } = error;
    return { ...NOTHING, damage: { path, offset: from, position, reason } };
  }
}

/**
 * Where the batch that holds `from` is, or the next one if compaction has left a gap there. Headers are
 * taken at their word as long as they lead to `from` itself: what is read there is checked. A gap may as
 * well be a damaged header that hides its batch, so every byte on the way to one is checked: throws
 * {@link DamagedSegment}.
 */
function locate(
  segments: readonly Segment[],
  from: Offset,
): { segment: Segment; position: number } | null {
  const first = segmentIndexOf(segments, from);
  for (let i = first; i < segments.length; i++) {
    const found = segments[i]!.find(from);
    if (found !== null) {
      if (found.header.baseOffset > from) {
        checkWay(segments.slice(first, i + 1), from);
      }
      return { segment: segments[i]!, position: found.position };
    }
  }
  checkWay(segments.slice(first), from);
  return null;
}

function checkWay(segments: readonly Segment[], from: Offset): void {
  for (const segment of segments) {
    segment.find(from, true);
  }
}

function readFrom(
  segment: Segment,
  position: number,
  from: Offset,
  upTo: Offset,
  maxBytes: number,
  atLeastOneBatch: boolean,
  buffers: ReadBuffers,
): DiskRead {
  const wanted = Math.min(Math.max(maxBytes, HEADER_BYTES), segment.size - position);
  let buffer = buffers.take(wanted);
  let bytes = segment.readInto(buffer, position, wanted);
  const first = readBatchHeader(bytes, 0);
  if (endOf(first) > upTo || position + first.sizeInBytes > segment.size) {
    // Not readable yet, or its header is not what was written, and it would never be.
    buffers.give(buffer);
    segment.find(from, true);
    return NOTHING;
  }
  if (first.sizeInBytes > maxBytes && !atLeastOneBatch) {
    buffers.give(buffer);
    return NOTHING;
  }
  if (first.sizeInBytes > bytes.length) {
    buffers.give(buffer);
    buffer = buffers.take(first.sizeInBytes);
    bytes = segment.readInto(buffer, position, first.sizeInBytes);
  }
  let length = 0;
  let next = from;
  while (length + HEADER_BYTES <= bytes.length) {
    const header = readBatchHeader(bytes, length);
    const problem = problemOfBatch(bytes, length);
    if (endOf(header) > upTo || (problem === 'truncated' && length > 0)) {
      break;
    }
    if (problem !== null) {
      const offset = length === 0 ? from : next;
      const damage = { path: segment.path, offset, position: position + length, reason: problem };
      return { ...result(bytes, length, first), damage, hint: null, buffer };
    }
    length += header.sizeInBytes;
    next = endOf(header);
  }
  const more = position + length < segment.size;
  const hint = more ? { segment, offset: next, position: position + length } : null;
  return { ...result(bytes, length, first), damage: null, hint, buffer };
}

function result(
  bytes: Uint8Array,
  length: number,
  first: BatchHeader,
): { bytes: Uint8Array; firstOffset: Offset } {
  return {
    bytes: bytes.subarray(0, length),
    firstOffset: length === 0 ? (-1 as Offset) : first.baseOffset,
  };
}

function endOf(header: BatchHeader): Offset {
  return (header.baseOffset + header.lastOffsetDelta + 1) as Offset;
}

/**
 * The first record in [from, upTo) whose timestamp is at least `timestamp` (L-TIME). Every batch on the way
 * is checked, or a damaged header would hide the answer: throws {@link DamagedSegment}.
 */
export function findTimestamp(
  segments: readonly Segment[],
  timestamp: Timestamp,
  from: Offset,
  upTo: Offset,
  decompress: Decompress,
): OffsetAndTimestamp | null {
  for (const segment of segments) {
    if (segment.largestTimestamp < timestamp || segment.endOffset <= from) {
      continue;
    }
    const start = segment.find(segment.timeIndex.lookup(timestamp), true);
    let found: OffsetAndTimestamp | null = null;
    const look = (header: BatchHeader, position: number): boolean => {
      if (header.maxTimestamp >= timestamp && endOf(header) > from) {
        found = firstRecord(segment, header, position, decompress, from, (t) => t >= timestamp);
      }
      return found === null && header.baseOffset < upTo;
    };
    const { position, problem } = segment.walk(start?.position ?? 0, look, true);
    if (problem !== null) {
      throw new DamagedSegment(segment.path, position, problem);
    }
    const record = found as OffsetAndTimestamp | null;
    if (record !== null) {
      return record.offset < upTo ? record : null;
    }
  }
  return null;
}

/**
 * The first record from `from` on that has the largest timestamp of all those. Throws {@link DamagedSegment}.
 */
export function findMaxTimestamp(
  segments: readonly Segment[],
  from: Offset,
  decompress: Decompress,
): OffsetAndTimestamp | null {
  let newest: Segment | null = null;
  for (const segment of segments) {
    if (segment.largestTimestamp > (newest?.largestTimestamp ?? NO_TIMESTAMP)) {
      newest = segment;
    }
  }
  if (newest === null || newest.largestTimestampOffset < from) {
    return maxTimestampFrom(segments, from, decompress);
  }
  const found = newest.find(newest.largestTimestampOffset, true);
  if (found === null) {
    return null;
  }
  const { header, position } = found;
  const largest = newest.largestTimestamp;
  return (
    firstRecord(newest, header, position, decompress, from, (t) => t >= largest) ??
    maxTimestampFrom(segments, from, decompress)
  );
}

/** The same by looking at every record: the largest of all lies below the log start (DeleteRecords). */
function maxTimestampFrom(
  segments: readonly Segment[],
  from: Offset,
  decompress: Decompress,
): OffsetAndTimestamp | null {
  let best: OffsetAndTimestamp | null = null;
  for (const segment of segments) {
    if (segment.endOffset <= from) {
      continue;
    }
    const look = (header: BatchHeader, at: number): boolean => {
      const least = (best?.timestamp ?? NO_TIMESTAMP) + 1;
      if (endOf(header) > from && header.maxTimestamp >= least) {
        for (const record of recordsOf(segment, header, at, decompress)) {
          if (record.offset >= from && record.timestamp > (best?.timestamp ?? NO_TIMESTAMP)) {
            best = { offset: record.offset, timestamp: record.timestamp };
          }
        }
      }
      return true;
    };
    const { position, problem } = segment.walk(0, look, true);
    if (problem !== null) {
      throw new DamagedSegment(segment.path, position, problem);
    }
  }
  return best;
}

function firstRecord(
  segment: Segment,
  header: BatchHeader,
  position: number,
  decompress: Decompress,
  from: Offset,
  matches: (timestamp: Timestamp) => boolean,
): OffsetAndTimestamp | null {
  const records = recordsOf(segment, header, position, decompress);
  const record = records.find(({ offset, timestamp }) => offset >= from && matches(timestamp));
  return record === undefined ? null : { offset: record.offset, timestamp: record.timestamp };
}

function recordsOf(
  segment: Segment,
  { sizeInBytes }: BatchHeader,
  position: number,
  decompress: Decompress,
): RecordView[] {
  return readRecords(
    segment.readInto(new Uint8Array(sizeInBytes), position, sizeInBytes),
    decompress,
  );
}
