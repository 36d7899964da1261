/**
 * Writes Kafka's primitive types into one growing buffer; byte fields that are passed through become
 * parts of their own between slices of it.
 */
import { assert, fail } from '../core/types/assert.js';
import { MAX_STRING_BYTES } from './reader.js';
import type { Parts } from './schema.js';
import { uuidToBytes } from './uuid.js';

export interface Writer {
  bytes: Uint8Array;
  view: DataView;
  /** Start of the slice that is not yet among the parts. */
  start: number;
  position: number;
  readonly parts: Uint8Array[];
}

/**
 * Small messages share an allocation: a writer takes the free end of the slab and gives back what it
 * did not use. Bytes handed out are never written again.
 */
const SLAB_BYTES = 16_384;
const LEAST_FREE = 1024;
let slab = new Uint8Array(0);
let slabView = new DataView(slab.buffer);
let slabUsed = 0;

export function startWriter(): Writer {
  if (slab.length - slabUsed < LEAST_FREE) {
    slab = new Uint8Array(SLAB_BYTES);
    slabView = new DataView(slab.buffer);
    slabUsed = 0;
  }
  const start = slabUsed;
  // Taken whole until `finishWriter`: a writer that is never finished gives nothing back.
  slabUsed = slab.length;
  return { bytes: slab, view: slabView, start, position: start, parts: [] };
}

/** The parts written; the writer must not be used again. */
export function finishWriter(writer: Writer): Uint8Array[] {
  assert(writer.start >= 0, 'a writer is finished once');
  flush(writer);
  if (writer.bytes === slab) {
    slabUsed = writer.position;
  }
  writer.start = -1;
  return writer.parts;
}

function flush(writer: Writer): void {
  if (writer.position > writer.start) {
    writer.parts.push(writer.bytes.subarray(writer.start, writer.position));
    writer.start = writer.position;
  }
}

/** Makes room for `size` more bytes and answers where they go; they count as written. */
export function reserve(writer: Writer, size: number): number {
  const position = writer.position;
  if (size > writer.bytes.length - position) {
    const pending = position - writer.start;
    const grown = new Uint8Array(Math.max(2 * (pending + size), LEAST_FREE));
    grown.set(writer.bytes.subarray(writer.start, position));
    writer.bytes = grown;
    writer.view = new DataView(grown.buffer);
    writer.start = 0;
    writer.position = pending + size;
    return pending;
  }
  writer.position = position + size;
  return position;
}

/** Passes `parts` through, uncopied. */
export function writeParts(writer: Writer, parts: Parts): void {
  flush(writer);
  if (parts instanceof Uint8Array) {
    if (parts.length > 0) {
      writer.parts.push(parts);
    }
    return;
  }
  for (const part of parts) {
    if (part.length > 0) {
      writer.parts.push(part);
    }
  }
}

/** Copies `parts`. */
export function copyParts(writer: Writer, parts: Parts): void {
  if (parts instanceof Uint8Array) {
    const position = reserve(writer, parts.length);
    writer.bytes.set(parts, position);
    return;
  }
  for (const part of parts) {
    const position = reserve(writer, part.length);
    writer.bytes.set(part, position);
  }
}

/** Bytes in `parts`. */
export function partsLength(parts: Parts): number {
  if (parts instanceof Uint8Array) {
    return parts.length;
  }
  let length = 0;
  for (const part of parts) {
    length += part.length;
  }
  return length;
}

export function writeBool(writer: Writer, value: boolean): void {
  const position = reserve(writer, 1);
  writer.bytes[position] = value ? 1 : 0;
}

export function writeInt8(writer: Writer, value: number): void {
  if ((value << 24) >> 24 !== value) {
    fail(`${value} is no int8`);
  }
  const position = reserve(writer, 1);
  writer.view.setInt8(position, value);
}

export function writeInt16(writer: Writer, value: number): void {
  if ((value << 16) >> 16 !== value) {
    fail(`${value} is no int16`);
  }
  const position = reserve(writer, 2);
  writer.view.setInt16(position, value);
}

export function writeUint16(writer: Writer, value: number): void {
  if ((value & 0xffff) !== value) {
    fail(`${value} is no uint16`);
  }
  const position = reserve(writer, 2);
  writer.view.setUint16(position, value);
}

export function writeInt32(writer: Writer, value: number): void {
  if ((value | 0) !== value) {
    fail(`${value} is no int32`);
  }
  const position = reserve(writer, 4);
  writer.view.setInt32(position, value);
}

export function writeUint32(writer: Writer, value: number): void {
  if (value >>> 0 !== value) {
    fail(`${value} is no uint32`);
  }
  const position = reserve(writer, 4);
  writer.view.setUint32(position, value);
}

export function writeInt64(writer: Writer, value: number): void {
  if (!Number.isSafeInteger(value)) {
    fail(`${value} is no safe integer`);
  }
  const position = reserve(writer, 8);
  writer.view.setInt32(position, Math.floor(value / 0x1_0000_0000));
  writer.view.setUint32(position + 4, value >>> 0);
}

export function writeOpaqueInt64(writer: Writer, value: bigint): void {
  if (BigInt.asIntN(64, value) !== value) {
    fail(`${value} is no int64`);
  }
  const position = reserve(writer, 8);
  writer.view.setBigInt64(position, value);
}

export function writeFloat64(writer: Writer, value: number): void {
  const position = reserve(writer, 8);
  writer.view.setFloat64(position, value);
}

export function writeUuid(writer: Writer, value: string): void {
  const position = reserve(writer, 16);
  uuidToBytes(value, writer.bytes, position);
}

/** Bytes of `value` as varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) {
    length += 1;
  }
  return length;
}

/** Base-128 varint of at most 32 bits, least significant group first. */
export function writeUnsignedVarint(writer: Writer, value: number): void {
  if (value >>> 0 !== value) {
    fail(`${value} is no uint32`);
  }
  if (value < 0x80) {
    const position = reserve(writer, 1);
    writer.bytes[position] = value;
    return;
  }
  const length = varintLength(value);
  putVarint(writer, reserve(writer, length), value, length);
}

function putVarint(writer: Writer, position: number, value: number, length: number): void {
  let rest = value;
  for (let index = 0; index < length - 1; index += 1) {
    writer.bytes[position + index] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  writer.bytes[position + length - 1] = rest;
}

const encoder = new TextEncoder();

/** A string behind its length: int16, or compact (KIP-482). */
export function writeString(writer: Writer, value: string, compact: boolean): void {
  const length = value.length;
  // ASCII, the usual case, has one byte per code unit: written at once, undone at the first other.
  const before = writer.position - writer.start;
  writeStringLength(writer, length, compact);
  const position = reserve(writer, length);
  const bytes = writer.bytes;
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index);
    if (code >= 0x80) {
      writer.position = writer.start + before;
      writeEncodedString(writer, value, compact);
      return;
    }
    bytes[position + index] = code;
  }
}

function writeEncodedString(writer: Writer, value: string, compact: boolean): void {
  const encoded = encoder.encode(value);
  writeStringLength(writer, encoded.length, compact);
  const position = reserve(writer, encoded.length);
  writer.bytes.set(encoded, position);
}

function writeStringLength(writer: Writer, length: number, compact: boolean): void {
  if (!(length <= MAX_STRING_BYTES)) {
    fail(`a string of ${length} bytes`);
  }
  if (compact) {
    writeUnsignedVarint(writer, length + 1);
  } else {
    writeInt16(writer, length);
  }
}

/** A compact length (KIP-482): one more than the length, 0 for null (given as -1). */
export function writeCompactLength(writer: Writer, length: number): void {
  writeUnsignedVarint(writer, length + 1);
}

/**
 * Has `write` write `value` and puts the number of bytes that took, as a varint, before them. It must
 * not pass parts through.
 */
export function writeSized(
  writer: Writer,
  write: (writer: Writer, value: unknown) => void,
  value: unknown,
): void {
  const mark = reserve(writer, 1) - writer.start;
  const parts = writer.parts.length;
  write(writer, value);
  assert(writer.parts.length === parts, 'tagged fields hold no records');
  const begin = writer.start + mark + 1;
  const size = writer.position - begin;
  const length = varintLength(size);
  if (length > 1) {
    reserve(writer, length - 1);
    const moved = writer.start + mark + 1;
    writer.bytes.copyWithin(moved + length - 1, moved, moved + size);
  }
  putVarint(writer, writer.start + mark, size, length);
}
