/** What rows say beside sends and polls: offsets of groups and logs, ownership, log ends; and back again. */

import type { LogEnd, OffsetsRow, OwnedRow, Value } from '../history/rows.js';
import { keyName, keyNumber, type RecordedHistory, type SeenEnd } from './recorded-history.js';

export function recordOffsets(history: RecordedHistory, row: OffsetsRow, number: number): void {
  const offsets = new Map<number, number>();
  for (const [key, offset] of Object.entries(row.value)) {
    offsets.set(keyNumber(history, key), offset ?? Number.NaN);
  }
  history.rowOffsets.set(number, offsets);
  if (row.group !== undefined) {
    history.rowGroup.set(number, row.group);
  }
}

export function recordOwned(history: RecordedHistory, row: OwnedRow, number: number): void {
  const { group, generation } = row;
  const keys = row.value.map((key) => keyNumber(history, key));
  history.rowOwned.set(number, { group, generation, keys });
}

export function recordEnds(
  history: RecordedHistory,
  ends: { readonly [key: string]: LogEnd },
  number: number,
): void {
  const seen = new Map<number, SeenEnd>();
  for (const [key, end] of Object.entries(ends)) {
    const [highWatermark, lastStable] = typeof end === 'number' ? [end, end] : end;
    seen.set(keyNumber(history, key), { highWatermark, lastStable });
  }
  history.rowEnds.set(number, seen);
}

/** The value of a row that is neither a send, a poll nor a transaction; undefined: it has none. */
export function asideValue(history: RecordedHistory, row: number): unknown {
  const offsets = history.rowOffsets.get(row);
  if (offsets !== undefined) {
    const entries = [...offsets].map(([key, offset]) => [
      keyName(history, key),
      Number.isNaN(offset) ? null : offset,
    ]);
    return Object.fromEntries(entries) as { readonly [key: string]: Value | null };
  }
  const owned = history.rowOwned.get(row);
  return owned === undefined
    ? history.rowMetadata.get(row)
    : owned.keys.map((key) => keyName(history, key));
}

/** Fields of a row that few rows have. */
export function asideFields(history: RecordedHistory, row: number): object {
  const group = history.rowGroup.get(row);
  const owned = history.rowOwned.get(row);
  const ends = history.rowEnds.get(row);
  return {
    ...(group === undefined ? {} : { group }),
    ...(owned === undefined ? {} : { group: owned.group, generation: owned.generation }),
    ...(ends === undefined ? {} : { ends: rebuildEnds(history, ends) }),
  };
}

function rebuildEnds(history: RecordedHistory, ends: ReadonlyMap<number, SeenEnd>): object {
  const entries = [...ends].map(([key, { highWatermark, lastStable }]) => [
    keyName(history, key),
    lastStable === highWatermark ? highWatermark : [highWatermark, lastStable],
  ]);
  return Object.fromEntries(entries) as object;
}
