/**
 * What compaction leaves of one batch: the same bytes, a batch with fewer records, an emptied one, or
 * nothing. Base offset, last offset delta, leader epoch and producer fields stay as they are (C-SEQ,
 * C-GAPS), and so do offset, timestamp, key, value and headers of what survives.
 */

import type { EmptiedFacts, LogRules } from '../core/log/rules.js';
import { NO_TIMESTAMP, type Offset, type Timestamp } from '../core/types/ids.js';
import {
  type BatchHeader,
  type Compress,
  DELETE_HORIZON_BIT,
  type Decompress,
  decompressedRecords,
  LOG_APPEND_TIME_BIT,
  rebuiltBatch,
} from './record-batch.js';
import { type RawRecord, rawRecords, sizeOfRaw, writeRaw } from './records.js';

export interface CleaningContext {
  readonly rules: LogRules;
  /** -1: the dirty part has no record of this key. */
  readonly newest: (key: Uint8Array) => Offset;
  /** Records at or behind this offset are left alone. */
  readonly upTo: Offset;
  readonly now: Timestamp;
  readonly deleteRetentionMs: number;
  readonly decompress: Decompress;
  readonly compress: Compress;
}

/** `batch`: its bytes. The very same array: nothing has changed. null: it goes. */
export function cleanBatch(
  batch: Uint8Array,
  header: BatchHeader,
  facts: EmptiedFacts,
  context: CleaningContext,
): Uint8Array | null {
  // Control records are not told apart by their keys (C-TXN).
  if (header.isControl || header.baseOffset >= context.upTo) {
    return batch;
  }
  const horizon =
    (header.attributes & DELETE_HORIZON_BIT) === 0 ? NO_TIMESTAMP : header.baseTimestamp;
  const records = rawRecords(
    decompressedRecords(batch, 0, header, context.decompress),
    header.recordCount,
  );
  const kept = records.filter((record) => survives(record, header, horizon, context));
  if (kept.length === 0) {
    return context.rules.keepsEmptied(facts) ? emptied(batch, header) : null;
  }
  const setsHorizon = horizon < 0 && kept.some(({ isTombstone }) => isTombstone);
  if (kept.length === records.length && !setsHorizon) {
    return batch;
  }
  const { rules, now, deleteRetentionMs } = context;
  const base = setsHorizon ? rules.deleteHorizon(now, deleteRetentionMs) : header.baseTimestamp;
  return rewritten(batch, header, kept, base, setsHorizon, context.compress);
}

function survives(
  { key, offsetDelta, isTombstone }: RawRecord,
  header: BatchHeader,
  horizon: Timestamp,
  { rules, newest, upTo, now }: CleaningContext,
): boolean {
  const offset = (header.baseOffset + offsetDelta) as Offset;
  if (offset >= upTo) {
    return true;
  }
  // Without a key it cannot be the newest of anything (Kafka: an invalid message).
  return (
    key !== null &&
    rules.keepsRecord(offset, newest(key)) &&
    (!isTombstone || rules.keepsTombstone(horizon, now))
  );
}

function emptied(batch: Uint8Array, header: BatchHeader): Uint8Array {
  return header.recordCount === 0
    ? batch
    : rebuiltBatch(batch, {
        section: new Uint8Array(0),
        compression: 0,
        recordCount: 0,
        baseTimestamp: header.baseTimestamp,
        maxTimestamp: header.maxTimestamp,
        setsDeleteHorizon: false,
      });
}

function rewritten(
  batch: Uint8Array,
  header: BatchHeader,
  kept: readonly RawRecord[],
  base: Timestamp,
  setsDeleteHorizon: boolean,
  compress: Compress,
): Uint8Array {
  const shift = header.baseTimestamp - base;
  let size = 0;
  let maxTimestamp: Timestamp = NO_TIMESTAMP;
  for (const record of kept) {
    size += sizeOfRaw(record, shift);
    const timestamp = (header.baseTimestamp + record.timestampDelta) as Timestamp;
    maxTimestamp = timestamp > maxTimestamp ? timestamp : maxTimestamp;
  }
  const section = new Uint8Array(size);
  const cursor = { position: 0 };
  for (const record of kept) {
    writeRaw(section, cursor, record, shift);
  }
  const stamped = (header.attributes & LOG_APPEND_TIME_BIT) !== 0;
  return rebuiltBatch(batch, {
    section: header.compression === 0 ? section : compress(header.compression, section),
    compression: header.compression,
    recordCount: kept.length,
    baseTimestamp: base,
    maxTimestamp: stamped ? header.maxTimestamp : maxTimestamp,
    setsDeleteHorizon,
  });
}
