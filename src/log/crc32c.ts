/** CRC-32C (Castagnoli), the checksum of record batches v2 and of producer snapshots. */

import { assert } from '../core/types/assert.js';

/** The reflected polynomial 0x1EDC6F41. */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256: slicing by 8 (Kounavis and Berry, 2005). */
const TABLES: readonly Int32Array[] = makeTables();

/** CRC of `bytes` continued from `previous` (0: from the start), unsigned. */
export type Crc32c = (bytes: Uint8Array, previous: number) => number;

let active: Crc32c = crc32cInJavaScript;

/** CRC-32C of `bytes[from..to)`, unsigned. */
export function crc32c(bytes: Uint8Array, from: number = 0, to: number = bytes.length): number {
  if (active === crc32cInJavaScript) {
    return crc32cInJavaScript(bytes, 0, from, to);
  }
  return active(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), 0);
}

/** Takes a native implementation from now on; refuses one that computes something else. */
export function useNativeCrc32c(native: Crc32c): void {
  const probe = new Uint8Array(1031);
  for (let i = 0; i < probe.length; i++) {
    probe[i] = (i * 37 + (i >> 3)) & 0xff;
  }
  const head = probe.subarray(0, 500);
  const tail = probe.subarray(500);
  const expected = crc32cInJavaScript(probe, 0);
  assert(native(probe, 0) === expected, 'the native CRC-32C computes another value');
  assert(native(tail, native(head, 0)) === expected, 'the native CRC-32C does not continue');
  active = native;
}

/** The portable implementation, of `bytes[from..to)`: eight bytes a step. */
export function crc32cInJavaScript(
  bytes: Uint8Array,
  previous: number,
  from: number = 0,
  to: number = bytes.length,
): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let crc = ~previous;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low =
      crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < to; at++) {
    crc = t0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function makeTables(): Int32Array[] {
  const tables: Int32Array[] = [new Int32Array(256)];
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    }
    tables[0]![value] = crc;
  }
  for (let slice = 1; slice < 8; slice++) {
    const before = tables[slice - 1]!;
    const table = new Int32Array(256);
    for (let value = 0; value < 256; value++) {
      table[value] = tables[0]![before[value]! & 0xff]! ^ (before[value]! >>> 8);
    }
    tables.push(table);
  }
  return tables;
}
