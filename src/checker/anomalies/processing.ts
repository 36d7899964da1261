/**
 * What a group does with the records it consumes, where the workload promises an order (rows of f `processed`).
 *
 * - processed-twice: a group that commits before it processes (at most once) has processed one record twice.
 * - never-processed: a group that processes before it commits (at least once) has a committed position beyond a
 *   record that must have committed, and no member has ever processed it.
 */

import { spokenIndex } from '../evidence.js';
import type { Facts } from '../facts.js';
import { mustBeThere } from '../graph/missed.js';
import { committedBy, withPlaces } from '../places.js';
import {
  COMMIT_ROW,
  COMMITTED_ROW,
  keyName,
  OK,
  type RecordedHistory,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { CheckOptions } from '../result.js';

export function findProcessedTwice(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  const { history } = facts;
  const groups = options.atMostOnce ?? new Set();
  /** By group, value and offset: the row that was first to process it. */
  const done = new Map<string, number>();
  for (const [row, { group, records }] of history.rowProcessed) {
    for (const { key, value, offset } of groups.has(group) ? records : []) {
      const record = `${group}\n${value}\n${offset}`;
      const first = done.get(record);
      if (first === undefined) {
        done.set(record, row);
        continue;
      }
      reporter.found('processed-twice', () => ({
        key,
        offsets: [offset],
        values: [value],
        operations: [history.rowOperation.at(first), history.rowOperation.at(row)],
        sentence:
          `Key ${keyName(history, key)}: ${valueName(history, value)} (offset ${offset}) was processed in group ${group} by ` +
          `process ${history.rowProcess.at(first)} (index ${history.rowIndex.at(first)}) and again by process ` +
          `${history.rowProcess.at(row)} (index ${history.rowIndex.at(row)}).`,
      }));
    }
  }
}

/** The highest position of a key that its group is known to have committed, and the operation that shows it. */
interface Reached {
  readonly offset: number;
  readonly operation: number;
}

export function findNeverProcessed(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  const { history } = facts;
  for (const group of options.atLeastOnce ?? []) {
    const processed = new Uint8Array(facts.outcome.length);
    for (const { group: member, records } of history.rowProcessed.values()) {
      for (const { value } of member === group ? records : []) {
        processed[value] = 1;
      }
    }
    for (const [key, reached] of positionsOf(history, group)) {
      findPassedOver(facts, reporter, processed, key, group, reached);
    }
  }
}

function positionsOf(history: RecordedHistory, group: string): Map<number, Reached> {
  const positions = new Map<number, Reached>();
  for (let operation = 0; operation < history.operationType.length; operation += 1) {
    const kind = history.operationKind.at(operation);
    const isKnown = history.operationType.at(operation) === OK;
    const row = history.operationComplete.at(operation);
    if (!isKnown || (kind !== COMMIT_ROW && kind !== COMMITTED_ROW)) {
      continue;
    }
    for (const [key, offset] of history.rowGroup.get(row) === group
      ? history.rowOffsets.get(row)!
      : []) {
      // No offset at all is NaN, and so never greater.
      if (offset > (positions.get(key)?.offset ?? -1)) {
        positions.set(key, { offset, operation });
      }
    }
  }
  return positions;
}

function findPassedOver(
  facts: Facts,
  reporter: Reporter,
  processed: Uint8Array,
  key: number,
  group: string,
  reached: Reached,
): void {
  const { history } = facts;
  const end = facts.keyEntries[key + 1] as number;
  for (let entry = facts.keyEntries[key] as number; entry < end; entry += 1) {
    const value = facts.entryValue[entry] as number;
    const offset = facts.entryOffset[entry] as number;
    const isOverdue = facts.committed[value] === 1 && mustBeThere(facts, value);
    if (offset >= reached.offset || processed[value] === 1 || !isOverdue) {
      continue;
    }
    const writer = facts.writer[value] as number;
    reporter.found('never-processed', () => ({
      key,
      offsets: [offset, reached.offset],
      values: [value],
      operations: withPlaces(
        facts,
        [writer, ...committedBy(facts, writer, value), reached.operation],
        [entry],
      ),
      sentence:
        `Key ${keyName(history, key)}: ${valueName(history, value)}, sent at index ${spokenIndex(history, writer)}, stood at ` +
        `offset ${offset}; group ${group} committed offset ${reached.offset} (index ` +
        `${spokenIndex(history, reached.operation)}), but none of its members ever processed it.`,
    }));
  }
}
