/**
 * Which records an operation must have missed, as it read past them. A poll that stops short of a
 * record proves nothing: it may just not have come that far. One that returned a record below and
 * one above it does: a committed record comes before those above it, or never.
 */

import type { Facts } from '../facts.js';
import { FAIL, lastOfRun, NONE, RECORD, rowMicrosEnd, speakingRow } from '../recorded-history.js';
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
  let isFilled = false;
  const fill = (): void => {
    const row = speakingRow(history, current);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      if (history.microKind.at(micro) === RECORD) {
        const value = history.microValue.at(micro);
        polledBy[value] = current;
        record[value] = micro;
      }
    }
    isFilled = true;
  };
  return {
    load(operation): boolean {
      current = operation;
      isFilled = false;
      const row = speakingRow(history, operation);
      const end = rowMicrosEnd(history, row);
      let micro = history.rowMicros.at(row);
      while (micro < end && history.microKind.at(micro) !== RECORD) {
        micro += 1;
      }
      return micro < end;
    },
    recordOf(value): number {
      // Most operations read past nothing, and are never asked.
      if (!isFilled) {
        fill();
      }
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
  const moved = history.rowRebalanced.get(row);
  const last = new Map<number, number>();
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    if (history.microKind.at(micro) === RECORD) {
      const key = history.microKey.at(micro);
      const first = last.get(key) ?? micro;
      const lastMicro = lastOfRun(history, micro, end);
      last.set(key, lastMicro);
      if (moved?.has(key) !== true) {
        eachMissedInRun(facts, table, polled, first, micro, lastMicro, visit);
      }
      micro = lastMicro;
    }
  }
}

/** In the records from `micro` to `end`, which follow `before`. */
function eachMissedInRun(
  facts: Facts,
  table: VersionTable,
  polled: PolledSet,
  before: number,
  micro: number,
  end: number,
  visit: (missed: number, before: number, after: number) => void,
): void {
  const { microValue } = facts.history;
  let lower = before;
  let from = facts.versionIndex[microValue.at(before)] as number;
  for (let upper = micro; upper <= end; upper += 1) {
    const to = facts.versionIndex[microValue.at(upper)] as number;
    // Without a place of the first there is no gap; without one of the second it is empty.
    if (from !== NONE && to > from + 1) {
      visitGap(facts, table, polled, lower, upper, visit);
    }
    lower = upper;
    from = to;
  }
}

function visitGap(
  facts: Facts,
  table: VersionTable,
  polled: PolledSet,
  before: number,
  after: number,
  visit: (missed: number, before: number, after: number) => void,
): void {
  const { history, versionIndex } = facts;
  const key = history.microKey.at(before);
  const from = versionIndex[history.microValue.at(before)] as number;
  const to = versionIndex[history.microValue.at(after)] as number;
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
