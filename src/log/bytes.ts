/**
 * Big-endian integers and Kafka's varints in byte arrays. Plain indexing instead of a DataView: no
 * object is made for a field, and a buffer's offset cannot be forgotten.
 */

import { fail } from '../core/types/assert.js';

const TWO_32 = 4294967296;

/** Signed 16 bits. */
export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

/** Signed 32 bits. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Unsigned 32 bits. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) >>> 0;
}

/**
 * Signed 64 bits as a number, clipped to the safe integers: offsets and times of a real log are far
 * below, and a hostile value must not turn into another one by rounding.
 */
export function readInt64(bytes: Uint8Array, at: number): number {
  const value = readInt32(bytes, at) * TWO_32 + readUint32(bytes, at + 4);
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** Signed 64 bits, exactly. */
export function readBigInt64(bytes: Uint8Array, at: number): bigint {
  const high = readInt32(bytes, at);
  const low = readUint32(bytes, at + 4);
  if (high === -1 && low === 0xffffffff) {
    return -1n;
  }
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
}

export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Signed or unsigned 32 bits. */
export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

export function writeInt64(bytes: Uint8Array, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) {
    fail(`${value} is no safe integer`);
  }
  writeInt32(bytes, at, Math.floor(value / TWO_32));
  writeInt32(bytes, at + 4, value >>> 0);
}

export function writeBigInt64(bytes: Uint8Array, at: number, value: bigint): void {
  writeInt32(bytes, at, Number(BigInt.asIntN(32, value >> 32n)));
  writeInt32(bytes, at + 4, Number(BigInt.asIntN(32, value)));
}

/** A position in bytes that are being read or written. */
export interface Cursor {
  position: number;
}

/** What a reader of varints throws on bytes that are no varint, or that end too early. */
export class MalformedBytes extends Error {
  override readonly name: string = 'MalformedBytes';
}

/** Zigzag varint of at most 32 bits (Kafka: VARINT). */
export function readVarint(bytes: Uint8Array, cursor: Cursor): number {
  let position = cursor.position;
  let raw = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[position++];
    if (byte === undefined) {
      throw new MalformedBytes('a varint is cut off');
    }
    raw |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      cursor.position = position;
      return (raw >>> 1) ^ -(raw & 1);
    }
  }
  throw new MalformedBytes('a varint is too long');
}

/** Zigzag varint of at most 64 bits (Kafka: VARLONG), clipped to the safe integers. */
export function readVarlong(bytes: Uint8Array, cursor: Cursor): number {
  let position = cursor.position;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[position++];
    if (byte === undefined) {
      throw new MalformedBytes('a varlong is cut off');
    }
    const bits = byte & 0x7f;
    // Two halves of 28 and 36 bits, so that no double loses digits on the way.
    if (shift < 28) {
      low |= bits << shift;
    } else {
      high += bits * 2 ** (shift - 28);
    }
    if (byte < 0x80) {
      cursor.position = position;
      return unzigzag(low, high);
    }
  }
  throw new MalformedBytes('a varlong is too long');
}

/** `high * 2^28 + low`, zigzag decoded. */
function unzigzag(low: number, high: number): number {
  const odd = (low & 1) === 1;
  // value = (raw - odd) / 2, and the lowest bit of raw is in `low`.
  const half = high * 134217728 + (low >>> 1);
  const value = odd ? -half - 1 : half;
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

export function sizeOfVarint(value: number): number {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  while (raw >= 0x80) {
    raw >>>= 7;
    size++;
  }
  return size;
}

export function sizeOfVarlong(value: number): number {
  let raw = value >= 0 ? value * 2 : -value * 2 - 1;
  let size = 1;
  while (raw >= 0x80) {
    raw = Math.floor(raw / 128);
    size++;
  }
  return size;
}

export function writeVarint(bytes: Uint8Array, cursor: Cursor, value: number): void {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0;
  while (raw >= 0x80) {
    bytes[cursor.position++] = (raw & 0x7f) | 0x80;
    raw >>>= 7;
  }
  bytes[cursor.position++] = raw;
}

/** `value`: at most 52 bits, which every timestamp difference of a real log is. */
export function writeVarlong(bytes: Uint8Array, cursor: Cursor, value: number): void {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER / 2)) {
    fail(`${value} does not fit a varlong here`);
  }
  let raw = value >= 0 ? value * 2 : -value * 2 - 1;
  while (raw >= 0x80) {
    bytes[cursor.position++] = (raw % 128) | 0x80;
    raw = Math.floor(raw / 128);
  }
  bytes[cursor.position++] = raw;
}

/** All parts in one array: for start-up and tests, never on the path of a record. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) {
    length += part.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
