import { describe, expect, test } from 'vitest';
import { highestBefore, risingByKey, type ToldOffset } from './rising-offsets.js';

const told = (row: number, key: number, offset: number): ToldOffset => ({ row, key, offset });

describe('offsets that rise', () => {
  test('are kept of each key where they pass all that were told before, in the order of the rows', () => {
    const rising = risingByKey([
      told(9, 0, 6),
      told(2, 0, 4),
      told(5, 1, 0),
      told(3, 0, 4),
      told(7, 0, 3),
      told(8, 0, 5),
      told(6, 2, Number.NaN),
    ]);
    expect([...rising]).toEqual([
      [0, [told(2, 0, 4), told(8, 0, 5), told(9, 0, 6)]],
      [1, [told(5, 1, 0)]],
      [2, []],
    ]);
  });

  test('the highest before a row is the last one told before it', () => {
    const rising = [told(2, 0, 4), told(5, 0, 5), told(8, 0, 6)];
    const offsets = [0, 2, 3, 5, 6, 8, 9].map((row) => highestBefore(rising, row)?.offset);
    expect(offsets).toEqual([undefined, undefined, 4, 4, 5, 5, 6]);
    expect([highestBefore([], 9), highestBefore(undefined, 9)]).toEqual([undefined, undefined]);
  });
});
