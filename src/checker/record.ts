/** Takes rows into a recorded history: numbers for names, micro-operations, pairs of rows. */

import {
  type AssignmentRow,
  type AttemptRow,
  isAssignment,
  isAttempt,
  isCrash,
  isMetadata,
  isNemesis,
  isOffsets,
  isOperation,
  isOwned,
  isProcessed,
  type MicroOperation,
  type OperationRow,
  type RecordDetails,
  type Row,
} from '../history/rows.js';
import type { ScannedRow } from './reading/scanned-row.js';
import { recordEnds, recordOffsets, recordOwned, recordProcessed } from './record-aside.js';
import {
  INFO,
  INVOKE,
  KEY,
  keyNumber,
  NONE,
  OK,
  OWNED_ROW,
  POLL,
  POLL_BARE,
  PROCESSED_ROW,
  RECORD,
  type RecordedHistory,
  ROW_NAMES,
  ROW_TYPES,
  SEND,
  SEND_BARE,
  valueNumber,
  valueNumberAfter,
} from './recorded-history.js';
import { UnusableHistoryError } from './result.js';

/** Appends `row`. Throws an {@link UnusableHistoryError} where it cannot follow what stands. */
export function recordRow(history: RecordedHistory, row: Row): void {
  countRow(history, row.index);
  if (isNemesis(row)) {
    if (row.f === 'phase') {
      history.phases.push({
        name: String(row.value),
        index: row.index,
        row: history.rowIndex.length,
      });
    }
    return;
  }
  history.processes.add(row.process);
  if (isAttempt(row)) {
    recordAttempt(history, row);
  } else if (isOperation(row)) {
    const number = recordHead(history, row);
    recordOperation(history, row, number);
    recordPair(history, row.index, number);
  } else if (isAssignment(row)) {
    const number = recordHead(history, row);
    recordAssignment(history, row, number);
    recordPair(history, row.index, number);
  } else if (isMetadata(row)) {
    const number = recordHead(history, row);
    history.rowMetadata.set(number, row.value);
    recordPair(history, row.index, number);
  } else if (isOffsets(row)) {
    const number = recordHead(history, row);
    recordOffsets(history, row, number);
    recordPair(history, row.index, number);
  } else if (isOwned(row)) {
    // The group may say so while an operation is open.
    const number = recordHead(history, row);
    recordOwned(history, row, number);
    addOperation(history, OWNED_ROW, row.process, OK, NONE, number);
  } else if (isProcessed(row)) {
    const number = recordHead(history, row);
    recordProcessed(history, row, number);
    addOperation(history, PROCESSED_ROW, row.process, OK, NONE, number);
  } else if (isCrash(row)) {
    recordPair(history, row.index, recordHead(history, row));
  } else {
    countIgnored(history, row.f);
  }
}

/** Appends a scanned row as {@link recordRow} would append the same row. */
export function recordScanned(history: RecordedHistory, row: ScannedRow): void {
  countRow(history, row.index);
  history.processes.add(row.process);
  const number = pushHead(history, row.index, row.time, row.process, row.type, row.kind);
  if (!row.hasValue) {
    history.rowWithoutValue.add(number);
  }
  let keyAt = NONE;
  let key = NONE;
  let before = NONE;
  for (let micro = 0; micro < row.count; micro += 1) {
    const kind = row.kinds[micro] as number;
    if (kind === POLL || kind === POLL_BARE) {
      pushMicro(history, kind, NONE, NONE, Number.NaN);
      continue;
    }
    // The records of one key in a poll share a position.
    if (row.keyAt[micro] !== keyAt) {
      keyAt = row.keyAt[micro] as number;
      key = keyNumber(history, row.keys[keyAt] as string);
      before = NONE;
    }
    const value = valueNumberAfter(history, before, key, row.values[micro] as number);
    before = value;
    const isInvoked = kind === SEND_BARE && row.type === INVOKE;
    pushMicro(history, isInvoked ? SEND : kind, key, value, row.offsets[micro] as number);
  }
  recordPair(history, row.index, number);
}

function countRow(history: RecordedHistory, index: number): void {
  if (index <= history.lastIndex) {
    throw new UnusableHistoryError(`row index ${index} does not follow index ${history.lastIndex}`);
  }
  history.lastIndex = index;
  history.rows += 1;
}

function countIgnored(history: RecordedHistory, f: string): void {
  history.ignored.set(f, (history.ignored.get(f) ?? 0) + 1);
}

/** The columns that every client row fills. */
function recordHead(history: RecordedHistory, row: Row): number {
  const type = ROW_TYPES.indexOf(row.type);
  const kind = ROW_NAMES.indexOf(row.f);
  const number = pushHead(history, row.index, row.time, row.process as number, type, kind);
  if (row.error !== undefined) {
    history.rowError.set(number, row.error);
  }
  return number;
}

function pushHead(
  history: RecordedHistory,
  index: number,
  time: number,
  process: number,
  type: number,
  kind: number,
): number {
  history.rowIndex.push(index);
  history.rowTime.push(time);
  history.rowProcess.push(process);
  history.rowType.push(type);
  history.rowKind.push(kind);
  history.rowOperation.push(NONE);
  return history.rowMicros.push(history.microKind.length);
}

function recordOperation(history: RecordedHistory, row: OperationRow, number: number): void {
  if (row.value === null) {
    history.rowWithoutValue.add(number);
  } else {
    for (const micro of row.value) {
      if (row.f !== 'txn' && micro[0] !== row.f) {
        throw new UnusableHistoryError(
          `index ${row.index}: a ${row.f} holds only ${row.f}s; a mixture is a txn`,
        );
      }
      recordMicro(history, micro, row.type === 'invoke');
    }
  }
  if (row.ends !== undefined) {
    recordEnds(history, row.ends, number);
  }
  if (row.pipelined === true) {
    history.rowPipelined.add(number);
  }
  if (row.rebalanceLog !== undefined) {
    const keys = new Set<number>();
    for (const entry of row.rebalanceLog) {
      for (const key of entry.keys) {
        keys.add(keyNumber(history, key));
      }
    }
    history.rowRebalanced.set(number, keys);
  }
}

function recordAssignment(history: RecordedHistory, row: AssignmentRow, number: number): void {
  for (const name of row.value) {
    pushMicro(history, KEY, keyNumber(history, name), NONE, Number.NaN);
  }
  if (row.seekToBeginning === true) {
    history.rowSeeksToBeginning.add(number);
  }
  if (row.group !== undefined) {
    history.rowGroup.set(number, row.group);
  }
}

function recordMicro(history: RecordedHistory, micro: MicroOperation, isInvoke: boolean): void {
  if (micro[0] === 'send') {
    const key = keyNumber(history, micro[1]);
    const sent = micro[2];
    if (typeof sent === 'number' || typeof sent === 'string') {
      // Jepsen invokes with the bare value; only in a completion does it mean "never happened".
      const kind = isInvoke ? SEND : SEND_BARE;
      pushMicro(history, kind, key, valueNumber(history, key, sent), Number.NaN);
    } else {
      pushMicro(history, SEND, key, valueNumber(history, key, sent[1]), sent[0] ?? Number.NaN);
      if (sent.length === 3) {
        recordDetails(history, sent[2]);
      }
    }
    return;
  }
  const polled = micro[1];
  pushMicro(history, polled === undefined ? POLL_BARE : POLL, NONE, NONE, Number.NaN);
  if (polled !== undefined) {
    for (const [name, records] of Object.entries(polled)) {
      const key = keyNumber(history, name);
      let before = NONE;
      for (const record of records) {
        before = valueNumberAfter(history, before, key, record[1]);
        pushMicro(history, RECORD, key, before, record[0]);
        if (record.length === 3) {
          recordDetails(history, record[2]);
        }
      }
    }
  }
}

/** Of the micro-operation that was pushed last. */
function recordDetails(history: RecordedHistory, details: RecordDetails): void {
  history.microDetails.set(history.microKind.length - 1, details);
}

function pushMicro(
  history: RecordedHistory,
  kind: number,
  key: number,
  value: number,
  offset: number,
): void {
  history.microKind.push(kind);
  history.microKey.push(key);
  history.microValue.push(value);
  history.microOffset.push(offset);
}

function recordAttempt(history: RecordedHistory, row: AttemptRow): void {
  countIgnored(history, row.f);
  const number = recordHead(history, row);
  history.rowAttempt.set(number, row.attempt);
  for (const micro of row.value) {
    recordMicro(history, micro, true);
  }
  const operation = history.open.get(row.process);
  if (operation !== undefined) {
    history.rowOperation.set(number, operation);
    const attempts = history.operationAttempts.get(operation);
    if (attempts === undefined) {
      history.operationAttempts.set(operation, [number]);
    } else {
      attempts.push(number);
    }
  }
}

/** Pairs a completion with the open invocation of its process. */
function recordPair(history: RecordedHistory, index: number, number: number): void {
  const process = history.rowProcess.at(number);
  const type = history.rowType.at(number);
  const kind = history.rowKind.at(number);
  const open = history.open.get(process);
  if (type === INVOKE) {
    if (open !== undefined) {
      const earlier = history.rowIndex.at(history.operationInvoke.at(open));
      throw new UnusableHistoryError(
        `index ${index}: process ${process} invokes while its operation of index ${earlier} is open`,
      );
    }
    history.open.set(process, addOperation(history, kind, process, INFO, number, NONE));
    return;
  }
  if (open === undefined) {
    // Nothing is known of when it began, so no rule about real time will count it.
    addOperation(history, kind, process, type, NONE, number);
    return;
  }
  if (history.operationKind.at(open) !== kind) {
    throw new UnusableHistoryError(
      `index ${index}: process ${process} completes ${ROW_NAMES[kind]}, but ` +
        `${ROW_NAMES[history.operationKind.at(open)]} is what it invoked`,
    );
  }
  if (history.rowPipelined.has(history.operationInvoke.at(open))) {
    history.rowPipelined.add(number);
  }
  history.operationType.set(open, type);
  history.operationComplete.set(open, number);
  history.rowOperation.set(number, open);
  history.open.delete(process);
}

function addOperation(
  history: RecordedHistory,
  kind: number,
  process: number,
  type: number,
  invoke: number,
  complete: number,
): number {
  const operation = history.operationKind.push(kind);
  history.rowOperation.set(invoke === NONE ? complete : invoke, operation);
  history.operationProcess.push(process);
  history.operationType.push(type);
  history.operationInvoke.push(invoke);
  history.operationComplete.push(complete);
  return operation;
}
