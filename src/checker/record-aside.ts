/** What rows say beside sends and polls: offsets of groups and logs, ownership, log ends; and back again. */

import type { LogEnd, OffsetsRow, OwnedRow, ProcessedRow, Value } from '../history/rows.js';
import {
  keyName,
  keyNumber,
  type Processed,
  type RecordedHistory,
  type SeenEnd,
  valueName,
  valueNumber,
} from './recorded-history.js';

export function recordOffsets(history: RecordedHistory, row: OffsetsRow, number: number): void {
  const offsets = new Map<number, number>();
  for (const [key, offset] of Object.entries(row.value)) {
    offsets.set(keyNumber(history, key), offset ?? Number.NaN);
  }
  history.rowOffsets.set(number, offsets);
  if (row.group !== undefined) {
    history.rowGroup.set(number, row.group);
  }
  const { generation = null, instance = null } = row;
  if (generation !== null || instance !== null) {
    history.rowCommitter.set(number, { generation, instance });
  }
}

export function recordOwned(history: RecordedHistory, row: OwnedRow, number: number): void {
  const { group, generation, instance = null } = row;
  const keys = row.value.map((key) => keyNumber(history, key));
  history.rowOwned.set(number, { group, generation, instance, keys });
}

export function recordProcessed(history: RecordedHistory, row: ProcessedRow, number: number): void {
  const records = Object.entries(row.value).flatMap(([name, done]) => {
    const key = keyNumber(history, name);
    return done.map(([offset, value]) => ({
      key,
      value: valueNumber(history, key, value),
      offset,
    }));
  });
  history.rowProcessed.set(number, { group: row.group, records });
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

/**
 * The value of a row that is neither a send, a poll nor a transaction; undefined: it has none. Of processed records
 * those whose value `shows` accepts.
 */
export function asideValue(
  history: RecordedHistory,
  row: number,
  shows: (value: number) => boolean,
): unknown {
  const processed = history.rowProcessed.get(row);
  if (processed !== undefined) {
    return rebuildProcessed(history, processed, shows);
  }
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
  const member = owned ?? history.rowCommitter.get(row);
  const processed = history.rowProcessed.get(row);
  const ends = history.rowEnds.get(row);
  const named = group ?? owned?.group ?? processed?.group;
  return {
    ...(named === undefined ? {} : { group: named }),
    ...(member?.generation == null ? {} : { generation: member.generation }),
    ...(member?.instance == null ? {} : { instance: member.instance }),
    ...(ends === undefined ? {} : { ends: rebuildEnds(history, ends) }),
  };
}

function rebuildProcessed(
  history: RecordedHistory,
  { records }: Processed,
  shows: (value: number) => boolean,
): object {
  const shown: Record<string, [number, Value][]> = {};
  for (const { key, value, offset } of records.filter((record) => shows(record.value))) {
    const name = keyName(history, key);
    shown[name] ??= [];
    shown[name].push([offset, valueName(history, value)]);
  }
  return shown;
}

function rebuildEnds(history: RecordedHistory, ends: ReadonlyMap<number, SeenEnd>): object {
  const entries = [...ends].map(([key, { highWatermark, lastStable }]) => [
    keyName(history, key),
    lastStable === highWatermark ? highWatermark : [highWatermark, lastStable],
  ]);
  return Object.fromEntries(entries) as object;
}
