/** The version order of each key as a table: which value stands at index i. */

import type { Facts } from '../facts.js';
import { NONE } from '../recorded-history.js';

export interface VersionTable {
  /** Values of key k are at `starts[k]` to below `starts[k + 1]`, by index. */
  readonly starts: Int32Array;
  /** The value picked at each index. */
  readonly values: Int32Array;
}

export function tabulateVersions(facts: Facts): VersionTable {
  const keys = facts.keyEntries.length - 1;
  const starts = new Int32Array(keys + 1);
  for (let key = 0; key < keys; key += 1) {
    const last = (facts.keyEntries[key + 1] as number) - 1;
    const isEmpty = last < (facts.keyEntries[key] as number);
    const count = isEmpty ? 0 : (facts.entryIndex[last] as number) + 1;
    starts[key + 1] = (starts[key] as number) + count;
  }
  const values = new Int32Array(starts[keys] as number).fill(NONE);
  for (let key = 0; key < keys; key += 1) {
    const end = facts.keyEntries[key + 1] as number;
    for (let entry = facts.keyEntries[key] as number; entry < end; entry += 1) {
      const place = (starts[key] as number) + (facts.entryIndex[entry] as number);
      const value = facts.entryValue[entry] as number;
      // Of several values at one offset the picked one names this index as its own. A value that
      // stands at several offsets names only its last one, but fills the others too.
      const isOwn = facts.versionIndex[value] === facts.entryIndex[entry];
      if (values[place] === NONE || isOwn) {
        values[place] = value;
      }
    }
  }
  return { starts, values };
}

/** The value at `index` of `key`, or NONE beyond the end. */
export function versionAt(table: VersionTable, key: number, index: number): number {
  const place = (table.starts[key] as number) + index;
  return index < 0 || place >= (table.starts[key + 1] as number)
    ? NONE
    : (table.values[place] as number);
}
