/** Writes small numbers as bytes, ids under a renaming: what a part of a state is, in canonical form. */

import { fail } from '../core/types/assert.js';

/** New ids by old ones; 0 is nobody and stays so. */
export type Renaming = readonly number[];

export class PartWriter {
  bytes: Uint8Array = new Uint8Array(1 << 10);
  length = 0;
  private renaming: Renaming = [];

  begin(renaming: Renaming): void {
    this.length = 0;
    this.renaming = renaming;
  }

  /** 0 to 255: budgets keep every number of an explored world small. */
  number(value: number): void {
    if (!(value >= 0 && value <= 255 && Number.isInteger(value))) {
      fail(`${value} does not fit into a byte`);
    }
    if (this.length === this.bytes.length) {
      const grown = new Uint8Array(2 * this.length);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[this.length++] = value;
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  /** The place of `value` among `all`. */
  oneOf<Value>(all: readonly Value[], value: Value): void {
    const place = all.indexOf(value);
    if (place < 0) {
      fail(`${String(value)} is none of ${all.join()}`);
    }
    this.number(place);
  }

  /** A node's id, as it is called now; null: nobody. */
  id(id: number | null): void {
    this.number(this.renamed(id ?? 0));
  }

  renamed(id: number): number {
    return this.renaming[id] ?? fail(`no node ${id}`);
  }

  list<Value>(values: readonly Value[], write: (value: Value) => void): void {
    this.number(values.length);
    for (const value of values) {
      write(value);
    }
  }

  /** Sorted by the ids that they have now. */
  byId<Value>(
    values: Iterable<Value>,
    idOf: (value: Value) => number,
    write: (value: Value) => void,
  ): void {
    const sorted = [...values].sort((a, b) => this.renamed(idOf(a)) - this.renamed(idOf(b)));
    this.list(sorted, write);
  }

  nullable<Value>(value: Value | null, write: (value: Value) => void): void {
    this.flag(value !== null);
    if (value !== null) {
      write(value);
    }
  }

  octets(value: Uint8Array): void {
    this.list([...value], (octet) => this.number(octet));
  }

  /** What was written, a character a byte. */
  text(): string {
    return String.fromCharCode(...this.bytes.subarray(0, this.length));
  }
}

/** Reads what {@link PartWriter} wrote without renaming. */
export class PartReader {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  number(): number {
    return this.bytes[this.at++] ?? fail('a part is read beyond its end');
  }

  flag(): boolean {
    return this.number() !== 0;
  }

  oneOf<Value>(all: readonly Value[]): Value {
    return all[this.number()] ?? fail('a number that stands for nothing');
  }

  /** null: nobody. */
  id<Id extends number>(): Id | null {
    const id = this.number();
    return id === 0 ? null : (id as Id);
  }

  list<Value>(read: () => Value): Value[] {
    return Array.from({ length: this.number() }, read);
  }

  nullable<Value>(read: () => Value): Value | null {
    return this.flag() ? read() : null;
  }

  octets(): Uint8Array {
    return Uint8Array.from(this.list(() => this.number()));
  }
}
