/** below-log-start: a poll returned a record that was deleted, or had aged out, before the poll began. */

import { spokenIndex } from '../evidence.js';
import { eachMicro, type Facts } from '../facts.js';
import {
  DELETE_RECORDS_ROW,
  keyName,
  LOG_START_ROW,
  NONE,
  OK,
  RECORD,
  type RecordedHistory,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

interface LogStart {
  /** Row in which somebody was told. */
  readonly row: number;
  readonly operation: number;
  readonly offset: number;
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
    const invoke = history.operationInvoke.at(operation);
    const start = highestBefore(starts.get(key), invoke);
    if (start !== null && offset < start.offset) {
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

/** By key, in the order in which they were told, each with the highest so far. */
function logStarts(history: RecordedHistory): Map<number, LogStart[]> {
  const told: (LogStart & { readonly key: number })[] = [];
  for (let operation = 0; operation < history.operationType.length; operation++) {
    const kind = history.operationKind.at(operation);
    const isTold = kind === LOG_START_ROW || kind === DELETE_RECORDS_ROW;
    if (isTold && history.operationType.at(operation) === OK) {
      const row = history.operationComplete.at(operation);
      for (const [key, offset] of history.rowOffsets.get(row) ?? []) {
        told.push({ row, operation, offset, key });
      }
    }
  }
  told.sort((left, right) => left.row - right.row);
  const starts = new Map<number, LogStart[]>();
  for (const start of told) {
    const known = starts.get(start.key) ?? [];
    starts.set(start.key, known);
    const before = known.at(-1);
    known.push(
      before !== undefined && before.offset > start.offset ? { ...before, row: start.row } : start,
    );
  }
  return starts;
}

function highestBefore(starts: readonly LogStart[] | undefined, row: number): LogStart | null {
  if (starts === undefined || row === NONE) {
    return null;
  }
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]!.row < row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low === 0 ? null : starts[low - 1]!;
}
