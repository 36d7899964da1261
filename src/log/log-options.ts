/** What governs one partition's log: Kafka's topic configs, by Kafka's names. */

/** Bytes, milliseconds and counts; -1 stands for "no limit" where Kafka says so. */
export interface LogOptions {
  /** segment.bytes: a segment that would grow beyond is closed first. */
  readonly segmentBytes: number;
  /** segment.ms: by the records' timestamps, the age at which a segment is closed. */
  readonly segmentMs: number;
  /** segment.index.bytes: a full index closes its segment. */
  readonly segmentIndexBytes: number;
  /** index.interval.bytes: about one index entry for so many bytes. */
  readonly indexIntervalBytes: number;
  /** cleanup.policy: retention deletes old segments; compaction keeps the newest record of each key. */
  readonly deletes: boolean;
  readonly compacts: boolean;
  /** delete.retention.ms: how long a tombstone stays once it was cleaned. */
  readonly deleteRetentionMs: number;
  /** min.compaction.lag.ms and max.compaction.lag.ms: before which a record is not cleaned, and by when. */
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  /** min.cleanable.dirty.ratio: the part of the log that must be new to be worth a cleaning. */
  readonly minCleanableDirtyRatio: number;
  /** retention.ms; -1: for ever. */
  readonly retentionMs: number;
  /** retention.bytes; -1: all. */
  readonly retentionBytes: number;
  /** flush.messages: how many records may be appended before they are synced. */
  readonly flushMessages: number;
  /** file.delete.delay.ms: how long files stay on disk under `.deleted`. */
  readonly fileDeleteDelayMs: number;
}

/** Kafka's defaults (log.* of a fresh 4.3 broker). */
export const DEFAULT_LOG_OPTIONS: LogOptions = {
  segmentBytes: 1073741824,
  segmentMs: 604800000,
  segmentIndexBytes: 10485760,
  indexIntervalBytes: 4096,
  deletes: true,
  compacts: false,
  deleteRetentionMs: 86400000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
  retentionMs: 604800000,
  retentionBytes: -1,
  flushMessages: Number.MAX_SAFE_INTEGER,
  fileDeleteDelayMs: 60000,
};
