/**
 * The states of one depth, as bytes one behind the other, each with its fingerprint; they are read in the
 * order in which they came.
 */

import type { Fingerprint } from './fingerprint.js';

export class Frontier {
  length = 0;
  bytes: Uint8Array = new Uint8Array(1 << 16);
  private ends: Uint32Array = new Uint32Array(1 << 12);
  private lanes: Int32Array = new Int32Array(2 << 12);

  /** Where the next state begins; there is room for `size` bytes. */
  reserve(size: number): number {
    const at = this.length === 0 ? 0 : this.ends[this.length - 1]!;
    if (at + size > this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return at;
  }

  /** A state was written there, up to `end`. */
  push(end: number, fingerprint: Fingerprint): void {
    if (this.length === this.ends.length) {
      const grown = new Uint32Array(this.ends.length * 2);
      grown.set(this.ends);
      this.ends = grown;
      const lanes = new Int32Array(this.lanes.length * 2);
      lanes.set(this.lanes);
      this.lanes = lanes;
    }
    this.lanes.set(fingerprint, 2 * this.length);
    this.ends[this.length++] = end;
  }

  start(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1]!;
  }

  end(index: number): number {
    return this.ends[index]!;
  }

  /** Puts the fingerprint of that state into `into`. */
  fingerprint(index: number, into: Fingerprint): void {
    into[0] = this.lanes[2 * index]!;
    into[1] = this.lanes[2 * index + 1]!;
  }

  /** Without the states whose place `isKept` does not want. */
  keep(isKept: (index: number) => boolean): void {
    let kept = 0;
    let at = 0;
    for (let index = 0; index < this.length; index++) {
      if (isKept(index)) {
        const start = this.start(index);
        const end = this.end(index);
        this.bytes.copyWithin(at, start, end);
        this.lanes.copyWithin(2 * kept, 2 * index, 2 * index + 2);
        at += end - start;
        this.ends[kept++] = at;
      }
    }
    this.length = kept;
  }

  clear(): void {
    this.length = 0;
  }
}
