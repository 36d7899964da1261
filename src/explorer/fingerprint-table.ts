/** The fingerprints of all states found so far: open addressing in one typed array, 8 bytes a place. */

import { assert } from '../core/types/assert.js';
import type { Fingerprint } from './fingerprint.js';

/** A table is never fuller than this: probes get long beyond. */
const FULLEST = 0.6;

export class FingerprintTable {
  /** How many are in it, as far as this thread put them there. */
  size = 0;
  private places: number;
  private lanes: Int32Array;
  private readonly greatest: number;

  /** `most`: how many it must be able to hold. It begins small and grows. */
  constructor(most: number) {
    this.greatest = placesFor(most);
    this.places = Math.min(this.greatest, 1 << 16);
    this.lanes = new Int32Array(2 * this.places);
  }

  /** Puts it in; false where it was in already. */
  add(fingerprint: Fingerprint): boolean {
    const low = fingerprint[0]!;
    const high = fingerprint[1]!;
    if (!put(this.lanes, this.places - 1, low, high)) {
      return false;
    }
    this.size++;
    if (this.size > this.places * FULLEST) {
      this.grow();
    }
    return true;
  }

  forEach(tell: (fingerprint: Fingerprint) => void): void {
    const { lanes } = this;
    for (let i = 0; i < lanes.length; i += 2) {
      if (lanes[i + 1] !== 0) {
        tell(lanes.subarray(i, i + 2));
      }
    }
  }

  private grow(): void {
    const before = this.lanes;
    assert(this.places < this.greatest, 'more fingerprints than the table was made for');
    this.places *= 2;
    this.lanes = new Int32Array(2 * this.places);
    for (let i = 0; i < before.length; i += 2) {
      if (before[i + 1] !== 0) {
        put(this.lanes, this.places - 1, before[i]!, before[i + 1]!);
      }
    }
  }
}

/** The same for several threads: of a fixed size in shared memory, places are taken with compare-and-set. */
export class SharedFingerprintTable {
  private readonly lanes: Int32Array;
  private readonly mask: number;

  constructor(memory: SharedArrayBuffer) {
    this.lanes = new Int32Array(memory);
    this.mask = this.lanes.length / 2 - 1;
  }

  static memoryFor(most: number): SharedArrayBuffer {
    return new SharedArrayBuffer(8 * placesFor(most));
  }

  /** Puts it in; false where it was in already. Of threads with the same one, one is told true. */
  add(fingerprint: Fingerprint): boolean {
    const { lanes, mask } = this;
    // 0 means that the thread that took the place has not written this lane yet.
    const low = fingerprint[0] === 0 ? 1 : fingerprint[0]!;
    const high = fingerprint[1]!;
    for (let place = low & mask; ; place = (place + 1) & mask) {
      let there = Atomics.load(lanes, 2 * place + 1);
      if (there === 0) {
        there = Atomics.compareExchange(lanes, 2 * place + 1, 0, high);
        if (there === 0) {
          Atomics.store(lanes, 2 * place, low);
          return true;
        }
      }
      if (there === high) {
        let other = Atomics.load(lanes, 2 * place);
        while (other === 0) {
          other = Atomics.load(lanes, 2 * place);
        }
        if (other === low) {
          return false;
        }
      }
    }
  }
}

/** A power of two. */
function placesFor(most: number): number {
  let places = 1 << 10;
  while (places * FULLEST <= most) {
    places *= 2;
  }
  return places;
}

function put(lanes: Int32Array, mask: number, low: number, high: number): boolean {
  let at = 2 * (low & mask);
  for (;;) {
    const there = lanes[at + 1];
    if (there === 0) {
      lanes[at] = low;
      lanes[at + 1] = high;
      return true;
    }
    if (there === high && lanes[at] === low) {
      return false;
    }
    at = (at + 2) & (2 * mask + 1);
  }
}
