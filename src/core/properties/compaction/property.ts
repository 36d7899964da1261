/**
 * Safety of compaction as predicates over one pass of the cleaner over one log: what the files held before,
 * and what they hold afterwards. Nothing here calls a rule of the core, or it would share its mistakes.
 */

export interface LoggedRecord {
  readonly offset: number;
  /** As text, a character for each byte; null: none. */
  readonly key: string | null;
  /** null: a tombstone. */
  readonly value: string | null;
  readonly timestamp: number;
}

/** A batch in a file. */
export interface LoggedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  /** -1: none. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isControl: boolean;
  /** -1: none is set (KIP-534). */
  readonly deleteHorizon: number;
  readonly records: readonly LoggedRecord[];
}

/** What one pass did; also one that a crash cut short. */
export interface CompactionPass {
  /** When it began. */
  readonly before: readonly LoggedBatch[];
  readonly after: readonly LoggedBatch[];
  /** Below this nothing could be appended, cut or deleted while it ran. */
  readonly end: number;
  /** Of its replica, when it began. */
  readonly highWatermark: number;
  /** Base offset of the active segment when it began. */
  readonly activeBase: number;
  /** Wall clock of its broker when it began. */
  readonly now: number;
  readonly minCompactionLagMs: number;
  readonly deleteRetentionMs: number;
}

export interface CompactionProperty {
  /** One name everywhere: properties, checker, zoo, docs. */
  readonly name: string;
  readonly source: string;
  /** What is wrong, in one sentence; null if it holds. */
  readonly violation: (pass: CompactionPass) => string | null;
}

/** The records of `batches` that clients wrote, by offset. */
export function recordsByOffset(batches: readonly LoggedBatch[]): Map<number, LoggedRecord> {
  const records = new Map<number, LoggedRecord>();
  for (const batch of batches) {
    for (const record of batch.isControl ? [] : batch.records) {
      records.set(record.offset, record);
    }
  }
  return records;
}

/** Below this offset nothing may have been cleaned later than the pass began (C-BOUND). */
export function boundOf({ highWatermark, activeBase }: CompactionPass): number {
  return Math.min(highWatermark, activeBase);
}

/** Records that are not there any more, each with the batch that it was in. */
export function* removedRecords(pass: CompactionPass): Generator<[LoggedRecord, LoggedBatch]> {
  const left = recordsByOffset(pass.after);
  for (const batch of pass.before) {
    for (const record of batch.isControl ? [] : batch.records) {
      if (record.offset < pass.end && !left.has(record.offset)) {
        yield [record, batch];
      }
    }
  }
}

/** The newest record of each key below `upTo`, of those that are not younger than `latest`. */
export function newestByKey(
  batches: readonly LoggedBatch[],
  upTo: number,
  latest: number = Number.POSITIVE_INFINITY,
): Map<string, LoggedRecord> {
  const newest = new Map<string, LoggedRecord>();
  for (const record of recordsByOffset(batches).values()) {
    if (record.key !== null && record.offset < upTo && record.timestamp <= latest) {
      newest.set(record.key, record);
    }
  }
  return newest;
}
