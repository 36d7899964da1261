/**
 * What was promised of a compacted topic (acks=all): of each record key the newest acknowledged record is there, or
 * something newer, unless a tombstone may have taken its place. The history does not say it: what compaction took
 * away is not lost.
 */

import type { Offset } from '../../core/types/ids.js';
import type { Key } from './keys.js';

const RECORD_KEYS = 10;
const VALUES_PER_TOMBSTONE = 7;

/** The record key under which a value goes to a compacted topic. */
export function recordKeyOf(value: number): number {
  return value % RECORD_KEYS;
}

/** Whether a value stands for a record that deletes its key. */
export function isTombstone(value: number): boolean {
  return value % VALUES_PER_TOMBSTONE === 0;
}

/** An acknowledged record. */
export interface KeptRecord {
  readonly recordKey: number;
  readonly offset: Offset;
  /** As it was sent; {@link isTombstone} says what that was. */
  readonly value: number;
  /** It may be gone for good: it is a tombstone, or one may have come behind it. */
  readonly mayBeGone: boolean;
}

interface OfKey {
  readonly newest: Map<number, { readonly offset: Offset; readonly value: number }>;
  /** By record key: the greatest value of a tombstone that was sent. */
  readonly tombstones: Map<number, number>;
  /** A batch may be stored twice, or behind one that was sent later: the order of values says nothing. */
  disordered: boolean;
}

export class KeyedPromises {
  private readonly byKey = new Map<Key, OfKey>();

  /** They may be stored from now on. `inOrder`: by an idempotent producer, so in the order of their values. */
  sending(key: Key, values: readonly number[], inOrder: boolean): void {
    const of = this.of(key);
    of.disordered ||= !inOrder;
    for (const value of values) {
      if (isTombstone(value)) {
        const recordKey = recordKeyOf(value);
        of.tombstones.set(recordKey, Math.max(value, of.tombstones.get(recordKey) ?? 0));
      }
    }
  }

  acknowledged(key: Key, baseOffset: Offset, values: readonly number[]): void {
    const { newest } = this.of(key);
    for (const [index, value] of values.entries()) {
      const offset = (baseOffset + index) as Offset;
      const recordKey = recordKeyOf(value);
      if (offset > (newest.get(recordKey)?.offset ?? -1)) {
        newest.set(recordKey, { offset, value });
      }
    }
  }

  /** Of each record key the newest that was acknowledged. */
  newest(key: Key): KeptRecord[] {
    const { newest, tombstones, disordered } = this.of(key);
    return [...newest].map(([recordKey, { offset, value }]) => {
      const tombstone = tombstones.get(recordKey) ?? -1;
      const mayBeGone = isTombstone(value) || tombstone > value || (disordered && tombstone >= 0);
      return { recordKey, offset, value, mayBeGone };
    });
  }

  private of(key: Key): OfKey {
    let of = this.byKey.get(key);
    if (of === undefined) {
      of = { newest: new Map(), tombstones: new Map(), disordered: false };
      this.byKey.set(key, of);
    }
    return of;
  }
}
