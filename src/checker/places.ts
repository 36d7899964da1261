/** Who says where a value stands in its log: what proves a finding about order. */

import { present } from '../core/types/assert.js';
import { witnessOf } from './evidence.js';
import { type Facts, ownerOf } from './facts.js';
import {
  INFO,
  NONE,
  OK,
  RECORD,
  rowMicrosEnd,
  sendOutcome,
  speakingRow,
  valueName,
} from './recorded-history.js';

/**
 * `operations`, and those that it takes besides to prove that `entries` of the log stand where they do (NONE: no entry,
 * as nobody knows the place).
 */
export function withPlaces(
  facts: Facts,
  operations: readonly number[],
  entries: readonly number[],
): number[] {
  const proof = new Set(operations);
  for (const entry of entries) {
    if (entry !== NONE && !operations.some((operation) => tells(facts, operation, entry))) {
      for (const operation of toldBy(facts, facts.entryMicro[entry] as number)) {
        proof.add(operation);
      }
    }
  }
  return [...proof];
}

/** Whether `operation` itself tells of `entry`, and what it tells counts. */
function tells(facts: Facts, operation: number, entry: number): boolean {
  const { history } = facts;
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    const isIt =
      history.microValue.at(micro) === facts.entryValue[entry] &&
      history.microOffset.at(micro) === facts.entryOffset[entry];
    const counts =
      history.microKind.at(micro) === RECORD || sendOutcome(history, operation, micro) === OK;
    if (isIt && counts) {
      return true;
    }
  }
  return false;
}

/** `7 (offset 3, index 12)`. */
export function namedEntry(facts: Facts, entry: number): string {
  const { index } = witnessOf(facts.history, facts.entryMicro[entry] as number);
  const value = valueName(facts.history, facts.entryValue[entry] as number);
  return `${value} (offset ${facts.entryOffset[entry]}, index ${index})`;
}

/** Operations that prove what the micro-operation at `micro` says: a record, or a send with an offset. */
export function toldBy(facts: Facts, micro: number): number[] {
  const { history } = facts;
  const { operation } = witnessOf(history, micro);
  return history.microKind.at(micro) === RECORD
    ? [operation]
    : [operation, ...committedBy(facts, operation, history.microValue.at(micro))];
}

/**
 * An ok operation that polled what `operation` sent, if that is unknown: it has committed. Of sends in flight together
 * each stands for itself, so that `value` must have been polled.
 */
export function committedBy(facts: Facts, operation: number, value: number): number[] {
  const { history } = facts;
  if (history.operationType.at(operation) !== INFO) {
    return [];
  }
  const row = speakingRow(history, operation);
  if (history.rowPipelined.has(row)) {
    const reader = facts.okReader[value] as number;
    return reader === NONE ? [] : [reader];
  }
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    const sent = history.microValue.at(micro);
    const reader = facts.okReader[sent] as number;
    if (reader !== NONE && ownerOf(facts, sent) === operation) {
      return [reader];
    }
  }
  return [];
}

/** The first entry between two values in the version order whose place cannot be gone. */
export function firstBetween(facts: Facts, before: number, after: number): number {
  const { history, keyEntries, entryIndex, entryValue, versionIndex, expendable } = facts;
  const key = history.valueKeys.at(before);
  const from = versionIndex[before] as number;
  const to = versionIndex[after] as number;
  const between: number[] = [];
  // A place may be gone if the value that was picked for it may be.
  const gone = new Set<number>();
  const end = keyEntries[key + 1] as number;
  for (let entry = keyEntries[key] as number; entry < end; entry += 1) {
    const index = entryIndex[entry] as number;
    if (index > from && index < to) {
      between.push(entry);
      const value = entryValue[entry] as number;
      if (versionIndex[value] === index && expendable?.values[value] === 1) {
        gone.add(index);
      }
    }
  }
  const first = between.find((entry) => !gone.has(entryIndex[entry] as number));
  return present(first, 'whoever skips leaves something out');
}

/** The entry of `value` at its place in the version order, or NONE. */
export function entryOf(facts: Facts, value: number): number {
  const key = facts.history.valueKeys.at(value);
  const index = facts.versionIndex[value];
  const end = facts.keyEntries[key + 1] as number;
  for (let entry = facts.keyEntries[key] as number; entry < end; entry += 1) {
    if (facts.entryValue[entry] === value && facts.entryIndex[entry] === index) {
      return entry;
    }
  }
  return NONE;
}
