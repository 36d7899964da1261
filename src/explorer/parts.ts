/**
 * A state of many parts (nodes, messages, what the judge remembers) is a list of numbers, one for each part
 * that was ever seen. Every part is written down once; equal bytes, equal number. Its hashes under all
 * renamings are worked out when they are first asked for, so that a state's fingerprint is a few additions.
 */

import { fail } from '../core/types/assert.js';
import { type Fingerprint, hashBytes, newFingerprint } from './fingerprint.js';
import type { PartWriter, Renaming } from './part-writer.js';

/** Bytes of a part's number. */
export const NUMBER_BYTES = 3;

export class Parts<Part> {
  readonly all: Part[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly writer: PartWriter;
  private readonly write: (writer: PartWriter, part: Part) => void;
  private readonly renamings: readonly Renaming[];
  private readonly salt: number;
  private lanes: Int32Array;
  private readonly scratch: Fingerprint = newFingerprint();
  private seed = 0;

  /** `salt`: another one for each kind of part, so that no part can stand for one of another kind. */
  constructor(
    writer: PartWriter,
    renamings: readonly Renaming[],
    salt: number,
    write: (writer: PartWriter, part: Part) => void,
  ) {
    this.writer = writer;
    this.renamings = renamings;
    this.salt = salt;
    this.write = write;
    this.lanes = new Int32Array(2 * renamings.length * 64);
  }

  /** The number of a part: of an equal one, if there was one before. */
  numberOf(part: Part): number {
    const { writer, numbers } = this;
    writer.begin(this.renamings[0]!);
    this.write(writer, part);
    const key = writer.text();
    const known = numbers.get(key);
    if (known !== undefined) {
      return known;
    }
    const number = this.all.length;
    numbers.set(key, number);
    this.all.push(part);
    return number;
  }

  /** Adds the part's hash under a renaming to `sum`. */
  addHash(number: number, renaming: number, seed: number, sum: Fingerprint): void {
    if (seed !== this.seed) {
      this.seed = seed;
      this.lanes.fill(0);
    }
    const at = 2 * (number * this.renamings.length + renaming);
    if (at >= this.lanes.length || this.lanes[at + 1] === 0) {
      this.hash(number, renaming, at);
    }
    sum[0]! += this.lanes[at]!;
    sum[1]! += this.lanes[at + 1]!;
  }

  private hash(number: number, renaming: number, at: number): void {
    const { writer, scratch } = this;
    if (at >= this.lanes.length) {
      const grown = new Int32Array(Math.max(2 * this.lanes.length, at + 2));
      grown.set(this.lanes);
      this.lanes = grown;
    }
    writer.begin(this.renamings[renaming]!);
    this.write(writer, this.all[number]!);
    hashBytes(writer.bytes, 0, writer.length, this.seed ^ this.salt, scratch);
    this.lanes[at] = scratch[0]!;
    this.lanes[at + 1] = scratch[1]!;
  }
}

/** Writes a part's number; returns where that ends. */
export function writePart(bytes: Uint8Array, at: number, part: number): number {
  if (part >= 1 << (8 * NUMBER_BYTES)) {
    fail('more parts than a state can name');
  }
  bytes[at] = part;
  bytes[at + 1] = part >> 8;
  bytes[at + 2] = part >> 16;
  return at + NUMBER_BYTES;
}

export function readPart(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}
