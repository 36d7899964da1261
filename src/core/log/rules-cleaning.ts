/** Rules of log compaction (Kafka's LogCleaner; KIP-58, 534, 354). */

import type { Offset, Timestamp } from '../types/ids.js';

/** A segment as the cleaner sees it. */
export interface SegmentFacts {
  readonly endOffset: Offset;
  /** -1: its records have none. */
  readonly largestTimestamp: Timestamp;
  /** Producers' records still go there. */
  readonly isActive: boolean;
}

export interface CleaningBounds {
  readonly highWatermark: Offset;
  /** Wall clock, which decides about retention only. */
  readonly now: Timestamp;
  /** min.compaction.lag.ms. */
  readonly minCompactionLagMs: number;
}

/** A batch of which no record is left. */
export interface EmptiedFacts {
  /** The newest batch of its producer, also if the log is cut as far as it may be. */
  readonly isLastOfProducer: boolean;
  /** The last batch of what one new segment takes the place of. */
  readonly isLastOfSegment: boolean;
}

export interface CleaningRules {
  /** Whether a segment may be cleaned; none behind one that may not. */
  mayClean(segment: SegmentFacts, bounds: CleaningBounds): boolean;
  /** `newest`: offset of the newest record of its key in the dirty part; -1: there is none. */
  keepsRecord(offset: Offset, newest: Offset): boolean;
  /** The delete horizon of tombstones that are cleaned for the first time. */
  deleteHorizon(now: Timestamp, deleteRetentionMs: number): Timestamp;
  /** Whether a tombstone stays; `horizon` -1: its batch has none yet. */
  keepsTombstone(horizon: Timestamp, now: Timestamp): boolean;
  /** Whether a producer's batch may be cut off again, so that the one before is its last. */
  mayBeCut(lastOffset: Offset, highWatermark: Offset): boolean;
  keepsEmptied(batch: EmptiedFacts): boolean;
  /** Whether each step of the swap is on the disk before the next. */
  syncsSwap(): boolean;
}

/**
 * C-BOUND (KAFKA-13194): what is not committed may be cut off again, and then what it took the place of is
 * missing; what is younger than min.compaction.lag (KIP-58) readers are promised to see.
 */
function mayClean(segment: SegmentFacts, bounds: CleaningBounds): boolean {
  return (
    !segment.isActive &&
    segment.endOffset <= bounds.highWatermark &&
    segment.largestTimestamp <= bounds.now - bounds.minCompactionLagMs
  );
}

/** C-LAST: the newest record of a key stays. */
function keepsRecord(offset: Offset, newest: Offset): boolean {
  return offset >= newest;
}

/** KIP-534: the time counts from the first cleaning, or a reader who was slow would miss the deletion. */
function deleteHorizon(now: Timestamp, deleteRetentionMs: number): Timestamp {
  return Math.min(now + deleteRetentionMs, Number.MAX_SAFE_INTEGER) as Timestamp;
}

/** C-TOMB. */
function keepsTombstone(horizon: Timestamp, now: Timestamp): boolean {
  return horizon < 0 || now < horizon;
}

/** What is not committed may go when another one leads: what it made superfluous must still be there then. */
function mayBeCut(lastOffset: Offset, highWatermark: Offset): boolean {
  return lastOffset >= highWatermark;
}

/**
 * C-SEQ (KAFKA-5490): without its last batch a producer's next sequence is out of order. The last batch of
 * a segment tells where it ends, so that one that is missing cannot pass for a gap.
 */
function keepsEmptied(batch: EmptiedFacts): boolean {
  return batch.isLastOfProducer || batch.isLastOfSegment;
}

/** Power loss must find the old segments whole, or the new one. */
function syncsSwap(): boolean {
  return true;
}

export const cleaningRules: CleaningRules = {
  mayClean,
  keepsRecord,
  deleteHorizon,
  keepsTombstone,
  mayBeCut,
  keepsEmptied,
  syncsSwap,
};
