/**
 * Records that may be gone although they were acknowledged: those that somebody asked to delete, those below
 * a log start that was told, and in compacted logs those that a newer record of their key supersedes. Where nobody
 * knows at which offset a record stands, if it does, it may be any: below the log start, superseded, or what supersedes.
 */

import type { RecordDetails } from '../history/rows.js';
import {
  DELETE_RECORDS_ROW,
  FAIL,
  INFO,
  LOG_START_ROW,
  OK,
  RECORD,
  type RecordedHistory,
} from './recorded-history.js';

export interface Expendable {
  /** By value: 1 where it may be gone. */
  readonly values: Uint8Array;
  /** By key: 1 where the log is compacted, and only the newest record of each record's key must stay. */
  readonly compacted: Uint8Array;
}

const NOTHING: ReadonlyMap<number, number> = new Map();

/** Of what is known of a history (facts.ts), what this rests on. */
interface Log {
  readonly history: RecordedHistory;
  readonly outcome: Uint8Array;
  readonly keyEntries: Int32Array;
  readonly entryOffset: Float64Array;
  readonly entryValue: Int32Array;
}

/** `compacted`: names of keys whose logs are. Null: nothing may be gone. */
export function inferExpendable(facts: Log, compacted: ReadonlySet<string>): Expendable | null {
  const { history } = facts;
  const starts = askedLogStarts(history);
  if (starts.size === 0 && compacted.size === 0) {
    return null;
  }
  const expendable: Expendable = {
    values: new Uint8Array(facts.outcome.length),
    compacted: Uint8Array.from(history.keyNames, (name) => (compacted.has(name) ? 1 : 0)),
  };
  const { keyEntries, entryOffset, entryValue } = facts;
  for (let key = 0; key < history.keyNames.length; key++) {
    const start = starts.get(key) ?? 0;
    for (let entry = keyEntries[key]!; entry < keyEntries[key + 1]!; entry++) {
      if (entryOffset[entry]! < start) {
        expendable.values[entryValue[entry]!] = 1;
      }
    }
  }
  markSuperseded(facts, expendable);
  markUnplaced(facts, expendable, starts);
  return expendable;
}

/** The highest log start of each key that was told, or asked for and not certainly refused. */
function askedLogStarts(history: RecordedHistory): Map<number, number> {
  const starts = new Map<number, number>();
  const take = (row: number): void => {
    for (const [key, offset] of history.rowOffsets.get(row) ?? NOTHING) {
      starts.set(key, Math.max(starts.get(key) ?? 0, offset));
    }
  };
  for (let operation = 0; operation < history.operationType.length; operation++) {
    const kind = history.operationKind.at(operation);
    const type = history.operationType.at(operation);
    const isAsked = kind === DELETE_RECORDS_ROW && type !== FAIL;
    if (isAsked) {
      take(history.operationInvoke.at(operation));
    }
    if (isAsked || (kind === LOG_START_ROW && type === OK)) {
      take(history.operationComplete.at(operation));
    }
  }
  return starts;
}

/** A record that was committed or read supersedes those of the same record key before it. */
function markSuperseded(facts: Log, { values, compacted }: Expendable): void {
  const { history, keyEntries, entryValue } = facts;
  if (!compacted.includes(1)) {
    return;
  }
  const details = detailsByValue(history);
  for (let key = 0; key < compacted.length; key++) {
    const newest = new Set<string>();
    for (
      let entry = keyEntries[key + 1]! - 1;
      compacted[key] === 1 && entry >= keyEntries[key]!;
      entry--
    ) {
      const value = entryValue[entry]!;
      const recordKey = details.get(value)?.key;
      if (recordKey === undefined || recordKey === null) {
        continue;
      }
      if (newest.has(recordKey)) {
        values[value] = 1;
      } else {
        newest.add(recordKey);
      }
    }
  }
}

/** Records that were not refused and are in no known place. */
function markUnplaced(
  facts: Log,
  { values, compacted }: Expendable,
  starts: ReadonlyMap<number, number>,
): void {
  const { history, outcome, entryValue } = facts;
  const placed = new Uint8Array(outcome.length);
  for (const value of entryValue) {
    placed[value] = 1;
  }
  const unplaced: number[] = [];
  for (let value = 0; value < outcome.length; value++) {
    const key = history.valueKeys.at(value);
    const mayBeThere = outcome[value] === OK || outcome[value] === INFO;
    if (placed[value] === 0 && mayBeThere) {
      unplaced.push(value);
      values[value] = (starts.get(key) ?? 0) > 0 ? 1 : 0;
    }
  }
  if (compacted.includes(1) && unplaced.length > 0) {
    markSupersededByUnplaced(facts, { values, compacted }, unplaced);
  }
}

/** Of records of one key of which one has no known place, each may be superseded. */
function markSupersededByUnplaced(
  { history, entryValue }: Log,
  { values, compacted }: Expendable,
  unplaced: readonly number[],
): void {
  const details = detailsByValue(history);
  /** By log and record key. */
  const together = new Map<string, number[]>();
  const nameOf = (value: number): string | null => {
    const key = history.valueKeys.at(value);
    const recordKey = compacted[key] === 1 ? (details.get(value)?.key ?? null) : null;
    return recordKey === null ? null : `${key}\n${recordKey}`;
  };
  for (const value of unplaced) {
    const name = nameOf(value);
    if (name !== null) {
      together.set(name, [...(together.get(name) ?? []), value]);
    }
  }
  for (const value of entryValue) {
    together.get(nameOf(value) ?? '')?.push(value);
  }
  for (const records of together.values()) {
    for (const value of records.length > 1 ? records : []) {
      values[value] = 1;
    }
  }
}

/** As it was sent, else as it was read. */
function detailsByValue(history: RecordedHistory): Map<number, RecordDetails> {
  const details = new Map<number, RecordDetails>();
  for (const [micro, each] of history.microDetails) {
    const value = history.microValue.at(micro);
    if (history.microKind.at(micro) !== RECORD || !details.has(value)) {
      details.set(value, each);
    }
  }
  return details;
}
