/**
 * What waits for an outcome, by tokens that rise: a queue, since most outcomes come in the order of the
 * tokens. Not a Map: one that lives long, and that entries come to and leave all the time, makes a new table
 * every few entries, each old table points at its successor, and so once one is in the old generation no
 * later one is young garbage: everything that they refer to is copied by the collector, and kept until its
 * next full run. For a leader that was all that a request had allocated (docs/performance.md).
 */

import { assert } from '../core/types/assert.js';

interface Entry<T> {
  readonly token: number;
  /** Null once it was taken. */
  value: T | null;
}

/** Fewer taken entries than this at the front are not worth a copy. */
const COPIED_FROM = 64;

export class Pending<T extends object> {
  private entries: Entry<T>[] = [];
  /** Entries before this one are taken. */
  private head = 0;

  /** `token` is greater than all before. */
  add(token: number, value: T): void {
    const newest = this.entries.at(-1);
    assert(newest === undefined || newest.token < token, 'tokens rise');
    this.entries.push({ token, value });
  }

  has(token: number): boolean {
    return (this.find(token)?.value ?? null) !== null;
  }

  /** Takes out what waits under `token`; null: nothing, or no longer. */
  take(token: number): T | null {
    const entry = this.find(token);
    if (entry === undefined) {
      return null;
    }
    const { value } = entry;
    entry.value = null;
    const { entries } = this;
    while (this.head < entries.length && entries[this.head]!.value === null) {
      this.head++;
    }
    if (this.head === entries.length) {
      entries.length = 0;
      this.head = 0;
    } else if (this.head >= COPIED_FROM && this.head * 2 > entries.length) {
      this.entries = entries.slice(this.head);
      this.head = 0;
    }
    return value;
  }

  /** Tokens of what waits, rising. */
  tokens(): number[] {
    return this.entries.filter(({ value }) => value !== null).map(({ token }) => token);
  }

  private find(token: number): Entry<T> | undefined {
    const { entries } = this;
    let low = this.head;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]!.token < token) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const entry = entries[low];
    return entry?.token === token ? entry : undefined;
  }
}
