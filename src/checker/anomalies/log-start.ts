/** below-log-start: a poll returned a record that was deleted, or had aged out, before the poll began. */

import { spokenIndex } from '../evidence.js';
import { eachMicro, type Facts } from '../facts.js';
import {
  DELETE_RECORDS_ROW,
  keyName,
  LOG_START_ROW,
  OK,
  RECORD,
  type RecordedHistory,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import { highestBefore, risingByKey, type ToldOffset } from '../rising-offsets.js';

interface LogStart extends ToldOffset {
  readonly operation: number;
}

/** A log start never goes back, so the highest one that was told before a poll binds it. */
export function findReadsBelowLogStart(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const starts = logStarts(history);
  if (starts.size === 0) {
    return;
  }
  eachMicro(history, (operation, micro, kind) => {
    if (kind !== RECORD || history.operationType.at(operation) !== OK) {
      return;
    }
    const key = history.microKey.at(micro);
    const offset = history.microOffset.at(micro);
    // Of a poll nobody knows the beginning of no row lies before.
    const start = highestBefore(starts.get(key), history.operationInvoke.at(operation));
    if (start !== undefined && offset < start.offset) {
      reporter.found('below-log-start', () => ({
        key,
        offsets: [start.offset, offset],
        values: [history.microValue.at(micro)],
        operations: [start.operation, operation],
        sentence:
          `Key ${keyName(history, key)}: the log began at offset ${start.offset} (index ` +
          `${spokenIndex(history, start.operation)}), but a later poll returned ` +
          `${valueName(history, history.microValue.at(micro))} at offset ${offset} (index ` +
          `${spokenIndex(history, operation)}).`,
      }));
    }
  });
}

function logStarts(history: RecordedHistory): Map<number, LogStart[]> {
  const told: LogStart[] = [];
  for (let operation = 0; operation < history.operationType.length; operation++) {
    const kind = history.operationKind.at(operation);
    const isTold = kind === LOG_START_ROW || kind === DELETE_RECORDS_ROW;
    if (isTold && history.operationType.at(operation) === OK) {
      const row = history.operationComplete.at(operation);
      for (const [key, offset] of history.rowOffsets.get(row)!) {
        told.push({ row, key, offset, operation });
      }
    }
  }
  return risingByKey(told);
}
