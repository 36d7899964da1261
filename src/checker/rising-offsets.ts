/** How far a log was known to reach, or to be gone, at a moment of the history: the highest offset told before it. */

import { NONE } from './recorded-history.js';

/** That somebody was told of an offset of a key. */
export interface ToldOffset {
  /** Row in which. */
  readonly row: number;
  readonly key: number;
  readonly offset: number;
}

/** Of each key those that are higher than all that were told before them, in the order of their rows. Sorts `told`. */
export function risingByKey<T extends ToldOffset>(told: T[]): Map<number, T[]> {
  const byKey = new Map<number, T[]>();
  for (const each of told.sort((left, right) => left.row - right.row)) {
    const rising = byKey.get(each.key) ?? [];
    byKey.set(each.key, rising);
    if (each.offset > (rising.at(-1)?.offset ?? NONE)) {
      rising.push(each);
    }
  }
  return byKey;
}

/** The highest that was told before `row`: the last one of `rising` before it. */
export function highestBefore<T extends ToldOffset>(
  rising: readonly T[] = [],
  row: number,
): T | undefined {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]!.row < row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return rising[low - 1];
}
