/** Kafka's Uuid: 16 bytes on the wire, 22 characters of URL-safe base64 in print. */
import { assert, fail } from '../core/types/assert.js';
import type { Uuid } from '../core/types/ids.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Code unit of each digit, and digit of each code unit (255: none). */
const CODES: Uint8Array = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const DIGITS: Uint8Array = new Uint8Array(128).fill(255);
for (let digit = 0; digit < ALPHABET.length; digit += 1) {
  DIGITS[CODES[digit]!] = digit;
}

const codes: number[] = new Array(22).fill(0);

/** The Uuid whose 16 bytes start at `position`. */
export function uuidFromBytes(bytes: Uint8Array, position: number): Uuid {
  assert(position + 16 <= bytes.length, 'a Uuid has 16 bytes');
  let output = 0;
  for (let index = 0; index < 15; index += 3) {
    const first = bytes[position + index]!;
    const second = bytes[position + index + 1]!;
    const third = bytes[position + index + 2]!;
    codes[output] = CODES[first >> 2]!;
    codes[output + 1] = CODES[((first & 3) << 4) | (second >> 4)]!;
    codes[output + 2] = CODES[((second & 15) << 2) | (third >> 6)]!;
    codes[output + 3] = CODES[third & 63]!;
    output += 4;
  }
  const last = bytes[position + 15]!;
  codes[20] = CODES[last >> 2]!;
  codes[21] = CODES[(last & 3) << 4]!;
  return String.fromCharCode.apply(null, codes) as Uuid;
}

/** Writes the 16 bytes of `uuid` at `position`. */
export function uuidToBytes(uuid: string, bytes: Uint8Array, position: number): void {
  if (!isUuid(uuid)) {
    fail(`${uuid} is no Uuid`);
  }
  assert(position + 16 <= bytes.length, 'a Uuid has 16 bytes');
  let bits = 0;
  let held = 0;
  let output = position;
  for (let index = 0; index < 22; index += 1) {
    bits = ((bits << 6) | DIGITS[uuid.charCodeAt(index)]!) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[output] = (bits >> held) & 255;
      output += 1;
    }
  }
}

/** Whether `text` is the one printed form of some Uuid (the last digit holds two bits only). */
export function isUuid(text: string): boolean {
  if (text.length !== 22) {
    return false;
  }
  for (let index = 0; index < 22; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 128 || DIGITS[code] === 255) {
      return false;
    }
  }
  return (DIGITS[text.charCodeAt(21)]! & 15) === 0;
}
