/**
 * Which records an operation must have missed, as it read past them. A poll that stops short of a
 * record proves nothing: it may just not have come that far. One that returned a record below and
 * one above it does: a committed record comes before those above it, or never.
 */

import type { Facts } from '../facts.js';
import {
  FAIL,
  NONE,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  speakingRow,
} from '../recorded-history.js';
import { type VersionTable, versionAt } from './versions.js';

/** Of one gap, so many records are looked at: int-poll-skip tells of the whole gap. */
const MAXIMUM_OF_A_GAP = 1000;

/** What one operation polled. Used again for the next operation, so that nothing is allocated. */
export interface PolledSet {
  /** Takes in the records of `operation`; answers whether there are any. */
  load(operation: number): boolean;
  /** Record of `value` in that operation, or NONE. */
  recordOf(value: number): number;
}

export function createPolledSet(facts: Facts): PolledSet {
  const { history } = facts;
  const values = facts.outcome.length;
  const polledBy = new Int32Array(values).fill(NONE);
  const record = new Int32Array(values);
  let current = NONE;
  return {
    load(operation): boolean {
      current = operation;
      let any = false;
      const row = speakingRow(history, operation);
      const end = rowMicrosEnd(history, row);
      for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
        if (history.microKind.at(micro) === RECORD) {
          const value = history.microValue.at(micro);
          polledBy[value] = operation;
          record[value] = micro;
          any = true;
        }
      }
      return any;
    },
    recordOf(value): number {
      return polledBy[value] === current ? (record[value] as number) : NONE;
    },
  };
}

/**
 * Calls `visit` with each record that `operation`, loaded into `polled`, read past: in its chain of
 * records of the key two neighbours stand below and above it, and it polled it nowhere. Not for
 * keys that the group moved during the operation, nor for records of failed sends and such that may
 * be gone (retention, compaction), which readers leave out with right.
 */
export function eachMissed(
  facts: Facts,
  table: VersionTable,
  polled: PolledSet,
  operation: number,
  visit: (missed: number, before: number, after: number) => void,
): void {
  const { history } = facts;
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  const last = new Map<number, number>();
  let lastKey = NONE;
  let lastMicro = NONE;
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    if (history.microKind.at(micro) !== RECORD) {
      continue;
    }
    const key = history.microKey.at(micro);
    let before = lastMicro;
    // Records come key by key, so the map is asked only where an operation changes keys.
    if (key !== lastKey) {
      last.set(lastKey, lastMicro);
      before = last.get(key) ?? NONE;
    }
    lastKey = key;
    lastMicro = micro;
    if (before !== NONE && !isMoved(history, row, key)) {
      visitGap(facts, table, polled, key, before, micro, visit);
    }
  }
}

function isMoved(history: RecordedHistory, row: number, key: number): boolean {
  return history.rowRebalanced.get(row)?.has(key) === true;
}

function visitGap(
  facts: Facts,
  table: VersionTable,
  polled: PolledSet,
  key: number,
  before: number,
  after: number,
  visit: (missed: number, before: number, after: number) => void,
): void {
  const { history } = facts;
  const from = facts.versionIndex[history.microValue.at(before)] as number;
  const to = facts.versionIndex[history.microValue.at(after)] as number;
  // Without a place of the second the gap is empty.
  if (from === NONE) {
    return;
  }
  const end = Math.min(to, from + 1 + MAXIMUM_OF_A_GAP);
  for (let index = from + 1; index < end; index += 1) {
    const missed = versionAt(table, key, index);
    if (mustBeThere(facts, missed) && polled.recordOf(missed) === NONE) {
      visit(missed, before, after);
    }
  }
}

/** Whether readers must come by `value`: neither of a failed send, nor one that may be gone by now. */
export function mustBeThere(facts: Facts, value: number): boolean {
  return value !== NONE && facts.outcome[value] !== FAIL && facts.expendable?.values[value] !== 1;
}
