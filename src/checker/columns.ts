/**
 * Growing columns of numbers. A history of a million operations has some ten million facts; as
 * objects they would not fit, as typed arrays they take eight bytes or four.
 */

import { assert } from '../core/types/assert.js';

const INITIAL_CAPACITY = 1024;

/** A growing list of 32-bit integers. */
export class Int32Column {
  length = 0;
  private values: Int32Array = new Int32Array(INITIAL_CAPACITY);

  /** Appends `value` and answers its position. */
  push(value: number): number {
    if (this.length === this.values.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length] = value;
    this.length += 1;
    return this.length - 1;
  }

  at(position: number): number {
    // One comparison for both ends, as it stands in every loop: without its sign what is below zero is large.
    assert(position >>> 0 < this.length, 'a position inside the column');
    return this.values[position] as number;
  }

  set(position: number, value: number): void {
    assert(position >= 0 && position < this.length, 'a position inside the column');
    this.values[position] = value;
  }
}

/** A growing list of doubles: offsets, times and row indexes, which pass 32 bits. */
export class Float64Column {
  length = 0;
  private values: Float64Array = new Float64Array(INITIAL_CAPACITY);

  /** Appends `value` and answers its position. */
  push(value: number): number {
    if (this.length === this.values.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length] = value;
    this.length += 1;
    return this.length - 1;
  }

  /** A copy of all values. */
  toArray(): Float64Array {
    return this.values.slice(0, this.length);
  }

  at(position: number): number {
    assert(position >>> 0 < this.length, 'a position inside the column');
    return this.values[position] as number;
  }
}
