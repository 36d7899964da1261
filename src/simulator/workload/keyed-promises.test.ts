import { describe, expect, test } from 'vitest';
import type { Offset } from '../../core/types/ids.js';
import { isTombstone, KeyedPromises, recordKeyOf } from './keyed-promises.js';
import type { Key } from './keys.js';

const KEY = {} as Key;
const at = (offset: number): Offset => offset as Offset;

describe('what is promised of a compacted topic', () => {
  test('record keys have both values and tombstones', () => {
    const values = Array.from({ length: 70 }, (_, index) => index + 1);
    for (let recordKey = 0; recordKey < 10; recordKey++) {
      const own = values.filter((value) => recordKeyOf(value) === recordKey);
      expect(own.filter(isTombstone).length).toBe(1);
      expect(own.length).toBe(7);
    }
  });

  test('the newest acknowledged record of each record key is kept', () => {
    const promises = new KeyedPromises();
    promises.sending(KEY, [1, 2, 11], true);
    promises.acknowledged(KEY, at(5), [1, 2]);
    promises.acknowledged(KEY, at(8), [11]);
    expect(promises.newest(KEY)).toEqual([
      { recordKey: 1, offset: 8, value: 11, mayBeGone: false },
      { recordKey: 2, offset: 6, value: 2, mayBeGone: false },
    ]);
    expect(promises.newest({} as Key)).toEqual([]);
  });

  test('a tombstone, and what one may have come behind, may be gone', () => {
    const promises = new KeyedPromises();
    promises.sending(KEY, [1, 4, 14], true);
    promises.acknowledged(KEY, at(0), [1, 4]);
    // 14, the tombstone of record key 4, was sent, and nobody knows whether it is there.
    expect(promises.newest(KEY).map(({ mayBeGone }) => mayBeGone)).toEqual([false, true]);
    promises.sending(KEY, [24], true);
    promises.acknowledged(KEY, at(9), [24]);
    expect(promises.newest(KEY).map(({ mayBeGone }) => mayBeGone)).toEqual([false, false]);
    // Without an order of the values it may have come later all the same.
    promises.sending(KEY, [5], false);
    expect(promises.newest(KEY).map(({ mayBeGone }) => mayBeGone)).toEqual([false, true]);
  });
});
