/**
 * Reads Kafka's primitive types (protocol guide, "Protocol Primitive Types") from a byte array. Every
 * read is checked against the end; what does not fit is a {@link ProtocolError}.
 */
import type { Uuid } from '../core/types/ids.js';
import { ProtocolError } from './errors.js';
import { uuidFromBytes } from './uuid.js';

export interface Reader {
  readonly bytes: Uint8Array;
  position: number;
  /** Nothing from here on may be read. */
  end: number;
}

/** A reader of `bytes` from `position` to the end. */
export function startReader(bytes: Uint8Array, position: number): Reader {
  return { bytes, position, end: bytes.length };
}

/** The position of the next `size` bytes, which are taken. */
function take(reader: Reader, size: number): number {
  const position = reader.position;
  if (size > reader.end - position) {
    throw new ProtocolError(`${size} bytes wanted at ${position}, ${reader.end - position} left`);
  }
  reader.position = position + size;
  return position;
}

export function readBool(reader: Reader): boolean {
  return reader.bytes[take(reader, 1)] !== 0;
}

export function readInt8(reader: Reader): number {
  return (reader.bytes[take(reader, 1)]! << 24) >> 24;
}

export function readInt16(reader: Reader): number {
  return (readUint16(reader) << 16) >> 16;
}

export function readUint16(reader: Reader): number {
  const { bytes } = reader;
  const position = take(reader, 2);
  return (bytes[position]! << 8) | bytes[position + 1]!;
}

export function readInt32(reader: Reader): number {
  return int32At(reader.bytes, take(reader, 4));
}

export function readUint32(reader: Reader): number {
  return int32At(reader.bytes, take(reader, 4)) >>> 0;
}

// A DataView of every message costs more to make than the message to read.
function int32At(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position]! << 24) |
    (bytes[position + 1]! << 16) |
    (bytes[position + 2]! << 8) |
    bytes[position + 3]!
  );
}

/** Of the next eight bytes: for what is rarely read. */
function nextView(reader: Reader): DataView {
  const { buffer, byteOffset } = reader.bytes;
  return new DataView(buffer, byteOffset + take(reader, 8), 8);
}

function readWideInt64(reader: Reader): number {
  const { bytes } = reader;
  const position = take(reader, 8);
  // Two halves cost a tenth of a bigint; beyond 53 bits the sum is inexact, but never safe.
  return int32At(bytes, position) * 0x1_0000_0000 + (int32At(bytes, position + 4) >>> 0);
}

/** An int64 that must fit a number exactly. */
export function readInt64(reader: Reader): number {
  const value = readWideInt64(reader);
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError(`an int64 of more than 53 bits before ${reader.position}`);
  }
  return value;
}

/** An int64 clipped to the safe range of numbers. */
export function readClippedInt64(reader: Reader): number {
  const value = readWideInt64(reader);
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** An int64 with all its bits. */
export function readOpaqueInt64(reader: Reader): bigint {
  return nextView(reader).getBigInt64(0);
}

export function readFloat64(reader: Reader): number {
  return nextView(reader).getFloat64(0);
}

export function readUuid(reader: Reader): Uuid {
  return uuidFromBytes(reader.bytes, take(reader, 16));
}

/** Base-128 varint of at most 32 bits, least significant group first. */
export function readUnsignedVarint(reader: Reader): number {
  const { bytes, position } = reader;
  // Lengths and counts are mostly below 128.
  if (position < reader.end && bytes[position]! < 0x80) {
    reader.position = position + 1;
    return bytes[position]!;
  }
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = reader.bytes[take(reader, 1)]!;
    // As in Kafka, the fifth byte loses what 32 bits have no room for.
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      return value >>> 0;
    }
  }
  throw new ProtocolError(`a varint of more than five bytes before ${reader.position}`);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Below this length a loop beats the call into TextDecoder. */
const SHORT_STRING = 48;

/** `length` bytes of UTF-8. As in Kafka, malformed sequences become U+FFFD. */
export function readUtf8(reader: Reader, length: number): string {
  const start = take(reader, length);
  const bytes = reader.bytes;
  const end = start + length;
  if (length < SHORT_STRING) {
    let text = '';
    let position = start;
    while (position < end) {
      const byte = bytes[position]!;
      if (byte >= 0x80) {
        break;
      }
      text += String.fromCharCode(byte);
      position += 1;
    }
    if (position === end) {
      return text;
    }
  }
  return decoder.decode(bytes.subarray(start, end));
}

/** A view of the next `length` bytes. */
export function readView(reader: Reader, length: number): Uint8Array {
  const start = take(reader, length);
  return reader.bytes.subarray(start, start + length);
}

/** Longest string that Kafka knows, in bytes of UTF-8. */
export const MAX_STRING_BYTES = 0x7fff;

/** A string of that many bytes; negative: null, which a field that is named here must not be. */
export function readString(reader: Reader, length: number, name: string | null): string | null {
  if (length < 0) {
    return nullOf(name);
  }
  if (length > MAX_STRING_BYTES) {
    throw new ProtocolError(`${name ?? 'something'} is a string of ${length} bytes`);
  }
  return readUtf8(reader, length);
}

/** A view of that many bytes; negative: null, which a field that is named here must not be. */
export function readBytes(reader: Reader, length: number, name: string | null): Uint8Array | null {
  return length < 0 ? nullOf(name) : readView(reader, length);
}

/** Null, unless `name` says of which field it is that must not be null. */
export function nullOf(name: string | null): null {
  if (name !== null) {
    throw new ProtocolError(`${name} must not be null`);
  }
  return null;
}

/** Refuses a `count` of elements, each of `least` bytes or more, that cannot be in what is left. */
export function checkCount(reader: Reader, count: number, least: number, name: string): void {
  if (count * least > reader.end - reader.position) {
    throw new ProtocolError(`${count} ${name} in ${reader.end - reader.position} bytes`);
  }
}

/** A compact length (KIP-482): one more than the length, 0 for null; an int32, as all lengths. */
export function readCompactLength(reader: Reader): number {
  return (readUnsignedVarint(reader) - 1) | 0;
}

/** Steps over a section of tagged fields (KIP-482). */
export function skipTaggedFields(reader: Reader): void {
  const count = readUnsignedVarint(reader);
  for (let index = 0; index < count; index += 1) {
    readUnsignedVarint(reader);
    take(reader, readUnsignedVarint(reader));
  }
}
