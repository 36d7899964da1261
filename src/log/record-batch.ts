/**
 * Record batches, format v2 (KIP-98): reading headers, checking what arrives, stamping what the
 * leader assigns, and building batches. The CRC-32C covers everything from the attributes on; base
 * offset, length, leader epoch and magic stand before it, so that a leader may rewrite them.
 */

import type { BatchFacts } from '../core/partition/types.js';
import { AssertionError, assert } from '../core/types/assert.js';
import {
  greatest,
  type LeaderEpoch,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  type Offset,
  type ProducerEpoch,
  type ProducerId,
  type Timestamp,
} from '../core/types/ids.js';
import {
  MalformedBytes,
  readBigInt64,
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeBigInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from './bytes.js';
import { crc32c } from './crc32c.js';
import {
  checkRecordsSection,
  MalformedRecord,
  type RecordInput,
  type RecordsSummary,
  type RecordView,
  readRecordsSection,
  sizeOfRecord,
  writeRecord,
} from './records.js';

/** Positions of the header's fields. */
export const BASE_OFFSET_AT = 0;
export const LENGTH_AT = 8;
export const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;
/** Bytes before the records. */
export const HEADER_BYTES = 61;
/** Bytes before those that the length field counts. */
export const LENGTH_OVERHEAD = 12;
export const MAGIC = 2;

export const COMPRESSION_MASK = 0x07;
/** The timestamps are the leader's (LogAppendTime), not the producer's (CreateTime). */
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
/** baseTimestamp is a delete horizon (KIP-534). */
export const DELETE_HORIZON_BIT = 0x40;

/** Kafka's number of the newest codec: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
export const ZSTD = 4;

/** Kafka error codes that a produced batch can get here. */
export const CORRUPT_MESSAGE = 2;
export const MESSAGE_TOO_LARGE = 10;
export const INVALID_TIMESTAMP = 32;
export const UNSUPPORTED_COMPRESSION_TYPE = 76;
export const INVALID_RECORD = 87;

/** Codec by Kafka's number. Throws where the bytes are damaged or grow beyond `limit`. */
export type Decompress = (codec: number, bytes: Uint8Array, limit: number) => Uint8Array;
export type Compress = (codec: number, bytes: Uint8Array) => Uint8Array;

/** A batch's header: what the protocol core knows of it, and what only files and codecs need. */
export interface BatchHeader extends BatchFacts {
  /** Raw bits; see the constants. */
  readonly attributes: number;
  /** Kafka's codec number. */
  readonly compression: number;
  readonly baseTimestamp: Timestamp;
  readonly recordCount: number;
  readonly crc: number;
}

/** Bytes of the batch at `position`, or -1 if not even its length is there. Nothing is checked. */
export function batchSize(bytes: Uint8Array, position: number): number {
  return position + LENGTH_OVERHEAD > bytes.length
    ? -1
    : readInt32(bytes, position + LENGTH_AT) + LENGTH_OVERHEAD;
}

/** The header at `position`; all of it must be there. Nothing is checked. */
export function readBatchHeader(bytes: Uint8Array, position: number): BatchHeader {
  assert(position + HEADER_BYTES <= bytes.length, 'the batch header is not all there');
  const attributes = readInt16(bytes, position + ATTRIBUTES_AT);
  return {
    baseOffset: readInt64(bytes, position) as Offset,
    lastOffsetDelta: readInt32(bytes, position + LAST_OFFSET_DELTA_AT),
    sizeInBytes: readInt32(bytes, position + LENGTH_AT) + LENGTH_OVERHEAD,
    leaderEpoch: readInt32(bytes, position + LEADER_EPOCH_AT) as LeaderEpoch,
    maxTimestamp: readInt64(bytes, position + MAX_TIMESTAMP_AT) as Timestamp,
    producerId: readBigInt64(bytes, position + PRODUCER_ID_AT) as ProducerId,
    producerEpoch: readInt16(bytes, position + PRODUCER_EPOCH_AT) as ProducerEpoch,
    baseSequence: readInt32(bytes, position + BASE_SEQUENCE_AT),
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    attributes,
    compression: attributes & COMPRESSION_MASK,
    baseTimestamp: readInt64(bytes, position + BASE_TIMESTAMP_AT) as Timestamp,
    recordCount: readInt32(bytes, position + RECORD_COUNT_AT),
    crc: readUint32(bytes, position + CRC_AT),
  };
}

export type BatchProblem = 'truncated' | 'magic' | 'corrupt' | 'invalid';

/**
 * What is wrong with the batch at `position` (all bytes up to `end` may belong to it): `truncated`
 * it is not all there, `magic` another format, `corrupt` the length or the CRC is wrong, `invalid`
 * its counts contradict each other. null: it is sound.
 */
export function problemOfBatch(
  bytes: Uint8Array,
  position: number,
  end: number = bytes.length,
): BatchProblem | null {
  if (position + MAGIC_AT >= end) {
    return 'truncated';
  }
  if (bytes[position + MAGIC_AT] !== MAGIC) {
    return 'magic';
  }
  const size = batchSize(bytes, position);
  if (size < HEADER_BYTES) {
    return 'corrupt';
  }
  if (position + size > end) {
    return 'truncated';
  }
  const crc = readUint32(bytes, position + CRC_AT);
  if (crc32c(bytes, position + ATTRIBUTES_AT, position + size) !== crc) {
    return 'corrupt';
  }
  const lastOffsetDelta = readInt32(bytes, position + LAST_OFFSET_DELTA_AT);
  const count = readInt32(bytes, position + RECORD_COUNT_AT);
  // Compaction leaves gaps and even empty batches, never more records than offsets.
  return lastOffsetDelta < 0 || count < 0 || count > lastOffsetDelta + 1 ? 'invalid' : null;
}

export type InspectedBatches =
  | { readonly batches: BatchHeader[]; readonly error?: undefined }
  /** `position`: where the first unsound batch begins. `batches`: those before it. */
  | {
      readonly error: BatchProblem;
      readonly position: number;
      readonly batches: BatchHeader[];
    };

/** Checks batches that stand one behind the other: length, magic, CRC, counts. */
export function inspectBatches(bytes: Uint8Array): InspectedBatches {
  const batches: BatchHeader[] = [];
  let position = 0;
  while (position < bytes.length) {
    const error = problemOfBatch(bytes, position);
    if (error !== null) {
      return { error, position, batches };
    }
    const header = readBatchHeader(bytes, position);
    batches.push(header);
    position += header.sizeInBytes;
  }
  return { batches };
}

/** Writes what the leader assigns. The CRC does not cover these fields. */
export function stampBatch(
  bytes: Uint8Array,
  position: number,
  baseOffset: Offset,
  leaderEpoch: LeaderEpoch,
): void {
  writeInt64(bytes, position + BASE_OFFSET_AT, baseOffset);
  writeInt32(bytes, position + LEADER_EPOCH_AT, leaderEpoch);
}

/** message.timestamp.type=LogAppendTime: the leader's time replaces all; the CRC is made anew. */
export function stampLogAppendTime(
  bytes: Uint8Array,
  position: number,
  logAppendTime: Timestamp,
): void {
  const attributes = readInt16(bytes, position + ATTRIBUTES_AT);
  writeInt16(bytes, position + ATTRIBUTES_AT, attributes | LOG_APPEND_TIME_BIT);
  writeInt64(bytes, position + MAX_TIMESTAMP_AT, logAppendTime);
  writeCrc(bytes, position);
}

function writeCrc(bytes: Uint8Array, position: number): void {
  const end = position + batchSize(bytes, position);
  writeInt32(bytes, position + CRC_AT, crc32c(bytes, position + ATTRIBUTES_AT, end));
}

export interface ProducedOptions {
  /** max.message.bytes. */
  readonly maxMessageBytes: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** message.timestamp.before.max.ms and .after.max.ms (KIP-937). */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** Wall clock of the leader. */
  readonly now: Timestamp;
  /** The topic is compacted: a record without a key would have no place there. */
  readonly requiresKey?: boolean;
  /** Codec 4 came with Produce 7 (KIP-110). */
  readonly allowZstd: boolean;
  /** Bytes that a compressed batch may grow to. */
  readonly maxDecompressedBytes: number;
}

export type ValidatedProduced =
  | { readonly error: 0; readonly batch: BatchHeader }
  | {
      /** Kafka error code. */
      readonly error: number;
      readonly message: string;
      /** Number of the record in the batch that is to blame (KIP-467). */
      readonly recordErrors: readonly { readonly index: number; readonly message: string }[];
    };

/**
 * Checks what a client wants to have appended to one partition, as Kafka's UnifiedLog and
 * LogValidator do: exactly one batch v2 at base offset 0, sound, not too large, its records counted
 * and contiguous, its timestamps in the window. A wrong maxTimestamp is put right in place.
 * Decompresses to check; the bytes stay compressed.
 */
export function validateProduced(
  bytes: Uint8Array,
  decompress: Decompress,
  options: ProducedOptions,
): ValidatedProduced {
  const problem = bytes.length === 0 ? 'invalid' : problemOfBatch(bytes, 0);
  if (problem !== null) {
    const code = isDamaged(bytes, problem) ? CORRUPT_MESSAGE : INVALID_RECORD;
    return refused(code, `the record batch is ${bytes.length === 0 ? 'missing' : problem}`);
  }
  const header = readBatchHeader(bytes, 0);
  const refusal = checkProducedHeader(bytes, header, options);
  if (refusal !== null) {
    return refusal;
  }
  let summary: RecordsSummary;
  try {
    summary = checkRecordsSection(
      recordsSection(bytes, 0, header, decompress, options.maxDecompressedBytes),
      header.recordCount,
      options.requiresKey === true,
    );
  } catch (error) {
    if (error instanceof AssertionError || !(error instanceof Error)) {
      throw error;
    }
    if (error instanceof MalformedRecord) {
      return refused(INVALID_RECORD, error.message, error.index);
    }
    // Neither a varint nor what the codec can read.
    const code = error instanceof MalformedBytes ? INVALID_RECORD : CORRUPT_MESSAGE;
    return refused(code, error.message);
  }
  return checkTimestamps(bytes, header, summary, options);
}

/** Magic bytes of record batches and of the message sets before them. */
const KNOWN_MAGICS: readonly number[] = [0, 1, 2];
/** Kafka's LegacyRecord.RECORD_OVERHEAD_V0. */
const SMALLEST_RECORD_BYTES = 14;

/**
 * As Kafka's ByteBufferLogInputStream tells them apart (measured): what cannot be a batch, and a wrong
 * CRC, are damage; one that is cut off is no batch, and one of an old format may not be written.
 */
function isDamaged(bytes: Uint8Array, problem: BatchProblem): boolean {
  if (
    bytes.length >= LENGTH_OVERHEAD &&
    batchSize(bytes, 0) < SMALLEST_RECORD_BYTES + LENGTH_OVERHEAD
  ) {
    return true;
  }
  return problem === 'magic' ? !KNOWN_MAGICS.includes(bytes[MAGIC_AT]!) : problem === 'corrupt';
}

function refused(error: number, message: string, index: number | null = null): ValidatedProduced {
  return { error, message, recordErrors: index === null ? [] : [{ index, message }] };
}

function checkProducedHeader(
  bytes: Uint8Array,
  header: BatchHeader,
  options: ProducedOptions,
): ValidatedProduced | null {
  if (header.sizeInBytes !== bytes.length) {
    return refused(INVALID_RECORD, 'more than one record batch for a partition');
  }
  if (header.sizeInBytes > options.maxMessageBytes) {
    return refused(
      MESSAGE_TOO_LARGE,
      `${header.sizeInBytes} bytes are above max.message.bytes=${options.maxMessageBytes}`,
    );
  }
  if (header.baseOffset !== 0) {
    return refused(INVALID_RECORD, `the base offset is ${header.baseOffset}, not 0`);
  }
  if (header.isControl || (header.attributes & DELETE_HORIZON_BIT) !== 0) {
    return refused(INVALID_RECORD, 'clients may not write control batches or delete horizons');
  }
  if (header.recordCount <= 0 || header.recordCount !== header.lastOffsetDelta + 1) {
    return refused(
      INVALID_RECORD,
      `${header.recordCount} records, but the last offset delta is ${header.lastOffsetDelta}`,
    );
  }
  if (header.producerId >= 0n && (header.baseSequence < 0 || header.producerEpoch < 0)) {
    return refused(INVALID_RECORD, 'a producer id without a sequence or epoch');
  }
  if (header.producerId < 0n && header.isTransactional) {
    return refused(INVALID_RECORD, 'a transactional batch without a producer id');
  }
  if (header.compression > ZSTD || (header.compression === ZSTD && !options.allowZstd)) {
    return refused(
      UNSUPPORTED_COMPRESSION_TYPE,
      `codec ${header.compression} cannot be used with this request version`,
    );
  }
  return null;
}

function checkTimestamps(
  bytes: Uint8Array,
  header: BatchHeader,
  summary: RecordsSummary,
  options: ProducedOptions,
): ValidatedProduced {
  if (options.timestampType === 'LogAppendTime') {
    // Whatever the producer said is about to be overwritten.
    return { error: 0, batch: header };
  }
  if ((header.attributes & LOG_APPEND_TIME_BIT) !== 0) {
    return refused(INVALID_TIMESTAMP, 'a producer may not claim log append time');
  }
  const lowest = header.baseTimestamp + summary.minTimestampDelta;
  const highest = header.baseTimestamp + summary.maxTimestampDelta;
  // -1 says that there is no timestamp.
  if (lowest !== -1 && lowest < options.now - options.timestampBeforeMaxMs) {
    return refused(INVALID_TIMESTAMP, `timestamp ${lowest} is too old`, summary.minTimestampAt);
  }
  if (highest > options.now + options.timestampAfterMaxMs || !Number.isSafeInteger(highest)) {
    return refused(
      INVALID_TIMESTAMP,
      `timestamp ${highest} is too far ahead`,
      summary.maxTimestampAt,
    );
  }
  if (highest === header.maxTimestamp) {
    return { error: 0, batch: header };
  }
  writeInt64(bytes, MAX_TIMESTAMP_AT, highest);
  writeCrc(bytes, 0);
  return { error: 0, batch: readBatchHeader(bytes, 0) };
}

/** The records of the batch at `position`, decompressed. */
function recordsSection(
  bytes: Uint8Array,
  position: number,
  header: BatchHeader,
  decompress: Decompress,
  limit: number,
): Uint8Array {
  const section = bytes.subarray(position + HEADER_BYTES, position + header.sizeInBytes);
  return header.compression === 0 ? section : decompress(header.compression, section, limit);
}

/** What a compressed batch may grow to when it is read for the broker's own use. */
const READ_LIMIT = 0x7fffffff;

/**
 * All records of batches that stand one behind the other; a cut-off last batch is left out. Control
 * batches included. Throws {@link MalformedBytes} on records that are none. The CRC is not checked.
 */
export function readRecords(bytes: Uint8Array, decompress: Decompress): RecordView[] {
  const records: RecordView[] = [];
  let position = 0;
  while (position + HEADER_BYTES <= bytes.length) {
    const header = readBatchHeader(bytes, position);
    if (position + header.sizeInBytes > bytes.length) {
      break;
    }
    if (header.sizeInBytes < HEADER_BYTES || bytes[position + MAGIC_AT] !== MAGIC) {
      throw new MalformedBytes(`no batch of format 2 at byte ${position}`);
    }
    readBatchRecords(bytes, position, header, decompress, records);
    position += header.sizeInBytes;
  }
  return records;
}

/** The same of the one batch at `position`, whose header was read. */
export function readBatchRecords(
  bytes: Uint8Array,
  position: number,
  header: BatchHeader,
  decompress: Decompress,
  into: RecordView[],
): void {
  const stamped = (header.attributes & LOG_APPEND_TIME_BIT) !== 0;
  readRecordsSection(
    recordsSection(bytes, position, header, decompress, READ_LIMIT),
    header.recordCount,
    header.baseOffset,
    (delta) => (stamped ? header.maxTimestamp : ((header.baseTimestamp + delta) as Timestamp)),
    into,
  );
}

/** The records of the batch at `position` for the broker's own use, decompressed. */
export function decompressedRecords(
  bytes: Uint8Array,
  position: number,
  header: BatchHeader,
  decompress: Decompress,
): Uint8Array {
  return recordsSection(bytes, position, header, decompress, READ_LIMIT);
}

/** What compaction makes of a batch's records. */
export interface RebuiltRecords {
  /** Compressed already. */
  readonly section: Uint8Array;
  readonly compression: number;
  readonly recordCount: number;
  readonly baseTimestamp: Timestamp;
  readonly maxTimestamp: Timestamp;
  /** The base timestamp has become a delete horizon (KIP-534). */
  readonly setsDeleteHorizon: boolean;
}

/** A batch with the header of `batch` and other records; everything that is not said stays as it is. */
export function rebuiltBatch(batch: Uint8Array, records: RebuiltRecords): Uint8Array {
  const { section, compression, recordCount, baseTimestamp, maxTimestamp } = records;
  const bytes = new Uint8Array(HEADER_BYTES + section.length);
  bytes.set(batch.subarray(0, HEADER_BYTES));
  bytes.set(section, HEADER_BYTES);
  const attributes = readInt16(batch, ATTRIBUTES_AT) & ~COMPRESSION_MASK;
  const horizon = records.setsDeleteHorizon ? DELETE_HORIZON_BIT : 0;
  writeInt16(bytes, ATTRIBUTES_AT, attributes | compression | horizon);
  writeInt32(bytes, LENGTH_AT, bytes.length - LENGTH_OVERHEAD);
  writeInt64(bytes, BASE_TIMESTAMP_AT, baseTimestamp);
  writeInt64(bytes, MAX_TIMESTAMP_AT, maxTimestamp);
  writeInt32(bytes, RECORD_COUNT_AT, recordCount);
  writeCrc(bytes, 0);
  return bytes;
}

export interface BatchInput {
  readonly baseOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  /** At least one. */
  readonly records: readonly RecordInput[];
  readonly producerId?: ProducerId;
  readonly producerEpoch?: ProducerEpoch;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** Codec number and the function that knows it; absent: not compressed. */
  readonly compression?: { readonly codec: number; readonly compress: Compress };
}

/** A batch v2 with `records` at consecutive offsets from `baseOffset` on, CreateTime. */
export function buildBatch(input: BatchInput): Uint8Array {
  const { records, compression } = input;
  assert(records.length > 0, 'a batch without records');
  const baseTimestamp = records[0]!.timestamp;
  let size = 0;
  let maxTimestamp = baseTimestamp;
  for (let i = 0; i < records.length; i++) {
    const record = records[i]!;
    size += sizeOfRecord(record, record.timestamp - baseTimestamp, i);
    maxTimestamp = greatest(maxTimestamp, record.timestamp);
  }
  let bytes = new Uint8Array(HEADER_BYTES + size);
  const cursor = { position: HEADER_BYTES };
  for (let i = 0; i < records.length; i++) {
    writeRecord(bytes, cursor, records[i]!, records[i]!.timestamp - baseTimestamp, i);
  }
  assert(cursor.position === bytes.length, 'a record is not as long as was said');
  if (compression !== undefined && compression.codec !== 0) {
    const section = compression.compress(compression.codec, bytes.subarray(HEADER_BYTES));
    bytes = new Uint8Array(HEADER_BYTES + section.length);
    bytes.set(section, HEADER_BYTES);
  }
  stampBatch(bytes, 0, input.baseOffset, input.leaderEpoch);
  writeInt32(bytes, LENGTH_AT, bytes.length - LENGTH_OVERHEAD);
  bytes[MAGIC_AT] = MAGIC;
  writeInt16(
    bytes,
    ATTRIBUTES_AT,
    (compression?.codec ?? 0) |
      (input.transactional === true ? TRANSACTIONAL_BIT : 0) |
      (input.control === true ? CONTROL_BIT : 0),
  );
  writeInt32(bytes, LAST_OFFSET_DELTA_AT, records.length - 1);
  writeInt64(bytes, BASE_TIMESTAMP_AT, baseTimestamp);
  writeInt64(bytes, MAX_TIMESTAMP_AT, maxTimestamp);
  writeBigInt64(bytes, PRODUCER_ID_AT, input.producerId ?? NO_PRODUCER_ID);
  writeInt16(bytes, PRODUCER_EPOCH_AT, input.producerEpoch ?? NO_PRODUCER_EPOCH);
  writeInt32(bytes, BASE_SEQUENCE_AT, input.baseSequence ?? NO_SEQUENCE);
  writeInt32(bytes, RECORD_COUNT_AT, records.length);
  writeCrc(bytes, 0);
  return bytes;
}
