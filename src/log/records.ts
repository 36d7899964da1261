/**
 * The records inside a batch v2: length, attributes, timestamp delta, offset delta, key, value and
 * headers, all lengths as zigzag varints (KIP-98, message format v2).
 */

import type { Offset, Timestamp } from '../core/types/ids.js';
import {
  type Cursor,
  MalformedBytes,
  readVarint,
  readVarlong,
  sizeOfVarint,
  sizeOfVarlong,
  writeVarint,
  writeVarlong,
} from './bytes.js';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record to be put into a batch. */
export interface RecordInput {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** Milliseconds since 1970; -1: none. */
  readonly timestamp: Timestamp;
}

/** A record as read. Key, value and header values are views into the bytes that were read. */
export interface RecordView {
  readonly offset: Offset;
  readonly timestamp: Timestamp;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** What a check of all records of a batch found out. */
export interface RecordsSummary {
  readonly minTimestampDelta: number;
  readonly maxTimestampDelta: number;
  /** Number of the first record with the smallest and the largest timestamp. */
  readonly minTimestampAt: number;
  readonly maxTimestampAt: number;
}

/** A record that is not what the format says; `index` is its number in the batch. */
export class MalformedRecord extends MalformedBytes {
  override readonly name: string = 'MalformedRecord';
  readonly index: number;
  constructor(index: number, message: string) {
    super(`record ${index}: ${message}`);
    this.index = index;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of `record` in a batch, its own length field included. */
export function sizeOfRecord(
  record: RecordInput,
  timestampDelta: number,
  offsetDelta: number,
): number {
  const body = sizeOfBody(record, timestampDelta, offsetDelta);
  return sizeOfVarint(body) + body;
}

function sizeOfBody(record: RecordInput, timestampDelta: number, offsetDelta: number): number {
  let size = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta);
  size += sizeOfNullable(record.key) + sizeOfNullable(record.value);
  size += sizeOfVarint(record.headers.length);
  for (const header of record.headers) {
    const keyLength = encoder.encode(header.key).length;
    size += sizeOfVarint(keyLength) + keyLength + sizeOfNullable(header.value);
  }
  return size;
}

function sizeOfNullable(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;
}

/** Writes one record at the cursor. */
export function writeRecord(
  target: Uint8Array,
  cursor: Cursor,
  record: RecordInput,
  timestampDelta: number,
  offsetDelta: number,
): void {
  writeVarint(target, cursor, sizeOfBody(record, timestampDelta, offsetDelta));
  target[cursor.position++] = 0;
  writeVarlong(target, cursor, timestampDelta);
  writeVarint(target, cursor, offsetDelta);
  writeNullable(target, cursor, record.key);
  writeNullable(target, cursor, record.value);
  writeVarint(target, cursor, record.headers.length);
  for (const header of record.headers) {
    writeNullable(target, cursor, encoder.encode(header.key));
    writeNullable(target, cursor, header.value);
  }
}

function writeNullable(target: Uint8Array, cursor: Cursor, bytes: Uint8Array | null): void {
  if (bytes === null) {
    writeVarint(target, cursor, -1);
    return;
  }
  writeVarint(target, cursor, bytes.length);
  target.set(bytes, cursor.position);
  cursor.position += bytes.length;
}

/**
 * Reads `count` records that fill `section` exactly and appends them to `into`.
 * Throws {@link MalformedRecord}.
 */
export function readRecordsSection(
  section: Uint8Array,
  count: number,
  baseOffset: Offset,
  timestampOf: (delta: number) => Timestamp,
  into: RecordView[],
): void {
  const cursor: Cursor = { position: 0 };
  for (let index = 0; index < count; index++) {
    const end = startRecord(section, cursor, index);
    const timestamp = timestampOf(readVarlong(section, cursor));
    const offset = (baseOffset + readVarint(section, cursor)) as Offset;
    const key = readNullable(section, cursor, end, index);
    const value = readNullable(section, cursor, end, index);
    const headers: RecordHeader[] = [];
    const headerCount = readVarint(section, cursor);
    for (let i = 0; i < headerCount; i++) {
      const name = readNullable(section, cursor, end, index);
      if (name === null) {
        throw new MalformedRecord(index, 'a header has no key');
      }
      headers.push({
        key: decoder.decode(name),
        value: readNullable(section, cursor, end, index),
      });
    }
    endRecord(cursor, end, index);
    into.push({ offset, timestamp, key, value, headers });
  }
  endSection(section, cursor, count);
}

/**
 * Checks what {@link readRecordsSection} would read, without making objects: `count` records that
 * fill the section, their offset deltas 0, 1, 2, ... With `requiresKey`, a record without one is none.
 * Throws {@link MalformedRecord}.
 */
export function checkRecordsSection(
  section: Uint8Array,
  count: number,
  requiresKey: boolean = false,
): RecordsSummary {
  const cursor: Cursor = { position: 0 };
  let minTimestampDelta = Number.POSITIVE_INFINITY;
  let maxTimestampDelta = Number.NEGATIVE_INFINITY;
  let minTimestampAt = 0;
  let maxTimestampAt = 0;
  for (let index = 0; index < count; index++) {
    const end = startRecord(section, cursor, index);
    const timestampDelta = readVarlong(section, cursor);
    if (timestampDelta < minTimestampDelta) {
      minTimestampDelta = timestampDelta;
      minTimestampAt = index;
    }
    if (timestampDelta > maxTimestampDelta) {
      maxTimestampDelta = timestampDelta;
      maxTimestampAt = index;
    }
    const offsetDelta = readVarint(section, cursor);
    if (offsetDelta !== index) {
      throw new MalformedRecord(index, `its offset delta is ${offsetDelta}`);
    }
    const keyLength = skipNullable(section, cursor, end, index);
    if (requiresKey && keyLength < 0) {
      throw new MalformedRecord(index, 'a compacted topic takes no record without a key');
    }
    skipNullable(section, cursor, end, index);
    const headerCount = readVarint(section, cursor);
    if (headerCount < 0 || headerCount > end - cursor.position) {
      throw new MalformedRecord(index, `it claims ${headerCount} headers`);
    }
    for (let i = 0; i < headerCount; i++) {
      if (skipNullable(section, cursor, end, index) < 0) {
        throw new MalformedRecord(index, 'a header has no key');
      }
      skipNullable(section, cursor, end, index);
    }
    endRecord(cursor, end, index);
  }
  endSection(section, cursor, count);
  return { minTimestampDelta, maxTimestampDelta, minTimestampAt, maxTimestampAt };
}

/** Reads a record's length and attributes; answers where the record ends. */
function startRecord(section: Uint8Array, cursor: Cursor, index: number): number {
  if (cursor.position >= section.length) {
    throw new MalformedRecord(index, 'it is missing');
  }
  const length = readVarint(section, cursor);
  const end = cursor.position + length;
  if (length < 0 || end > section.length) {
    throw new MalformedRecord(index, `its length is ${length}`);
  }
  cursor.position++;
  return end;
}

function endRecord(cursor: Cursor, end: number, index: number): void {
  if (cursor.position !== end) {
    throw new MalformedRecord(index, 'its length does not match its fields');
  }
}

function endSection(section: Uint8Array, cursor: Cursor, count: number): void {
  if (cursor.position !== section.length) {
    throw new MalformedRecord(count, 'bytes follow the last record');
  }
}

function readNullable(
  section: Uint8Array,
  cursor: Cursor,
  end: number,
  index: number,
): Uint8Array | null {
  const length = skipNullable(section, cursor, end, index);
  return length < 0 ? null : section.subarray(cursor.position - length, cursor.position);
}

function skipNullable(section: Uint8Array, cursor: Cursor, end: number, index: number): number {
  const length = readVarint(section, cursor);
  if (length < -1 || cursor.position + length > end) {
    throw new MalformedRecord(index, `a field's length is ${length}`);
  }
  if (length > 0) {
    cursor.position += length;
  }
  return length;
}

/** A record whose fields behind the offset are left as bytes: what is copied, not understood. */
export interface RawRecord {
  readonly attributes: number;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  readonly key: Uint8Array | null;
  /** It has no value. */
  readonly isTombstone: boolean;
  /** Key, value and headers as they stand there. */
  readonly rest: Uint8Array;
}

/** The `count` records that fill `section`. Throws {@link MalformedRecord}. */
export function rawRecords(section: Uint8Array, count: number): RawRecord[] {
  const cursor: Cursor = { position: 0 };
  const records: RawRecord[] = [];
  for (let index = 0; index < count; index++) {
    const end = startRecord(section, cursor, index);
    const attributes = section[cursor.position - 1]!;
    const timestampDelta = readVarlong(section, cursor);
    const offsetDelta = readVarint(section, cursor);
    const from = cursor.position;
    const key = readNullable(section, cursor, end, index);
    const isTombstone = skipNullable(section, cursor, end, index) < 0;
    const rest = section.subarray(from, end);
    records.push({ attributes, timestampDelta, offsetDelta, key, isTombstone, rest });
    cursor.position = end;
  }
  endSection(section, cursor, count);
  return records;
}

/** Bytes of `record` in a batch whose base timestamp is `shift` less than that of its own. */
export function sizeOfRaw(record: RawRecord, shift: number): number {
  const body = sizeOfRawBody(record, shift);
  return sizeOfVarint(body) + body;
}

function sizeOfRawBody({ timestampDelta, offsetDelta, rest }: RawRecord, shift: number): number {
  return 1 + sizeOfVarlong(timestampDelta + shift) + sizeOfVarint(offsetDelta) + rest.length;
}

export function writeRaw(
  target: Uint8Array,
  cursor: Cursor,
  record: RawRecord,
  shift: number,
): void {
  writeVarint(target, cursor, sizeOfRawBody(record, shift));
  target[cursor.position++] = record.attributes;
  writeVarlong(target, cursor, record.timestampDelta + shift);
  writeVarint(target, cursor, record.offsetDelta);
  target.set(record.rest, cursor.position);
  cursor.position += record.rest.length;
}
