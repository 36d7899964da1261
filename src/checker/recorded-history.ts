/**
 * A history in columns: rows, their micro-operations, the operations that pairs of rows make, and
 * numbers in place of keys and values. Rows can be rebuilt from it as evidence.
 */

import { assert, present } from '../core/types/assert.js';
import type { Json, MetadataValue, RecordDetails, RowType, Value } from '../history/rows.js';
import { Float64Column, Int32Column } from './columns.js';

/** Outcome codes, in rows and operations. An operation that never completed is INFO. */
export const INVOKE = 0;
export const OK = 1;
export const FAIL = 2;
export const INFO = 3;
export const ROW_TYPES: readonly RowType[] = ['invoke', 'ok', 'fail', 'info'];

/** Kinds of rows that are kept. */
export const SEND_ROW = 0;
export const POLL_ROW = 1;
export const TXN_ROW = 2;
export const ASSIGN_ROW = 3;
export const SUBSCRIBE_ROW = 4;
export const CRASH_ROW = 5;
export const ATTEMPT_ROW = 6;
export const METADATA_ROW = 7;
export const COMMIT_ROW = 8;
export const COMMITTED_ROW = 9;
export const LOG_START_ROW = 10;
export const DELETE_RECORDS_ROW = 11;
export const OWNED_ROW = 12;
export const PROCESSED_ROW = 13;
export const ROW_NAMES: readonly string[] = [
  'send',
  'poll',
  'txn',
  'assign',
  'subscribe',
  'crash',
  'attempt',
  'metadata',
  'commit',
  'committed',
  'log-start',
  'delete-records',
  'owned',
  'processed',
];

/** Kinds of micro-operations. A POLL opens a poll, its RECORDs follow. */
export const SEND = 0;
/** A send of a completion that stands as a bare value: it certainly did not happen. */
export const SEND_BARE = 1;
export const POLL = 2;
export const RECORD = 3;
/** A key of an assignment. */
export const KEY = 4;
/** A poll of which nothing is told: as it is invoked, or one whose answer nobody knows. */
export const POLL_BARE = 5;

/** No row, operation, value or key. */
export const NONE = -1;

/** Keys, by number, that a process owned in a generation of its group. */
export interface Ownership {
  readonly group: string;
  readonly generation: number;
  /** Of a static member, else null. */
  readonly instance: string | null;
  readonly keys: readonly number[];
}

/** As whom a member commits. */
export interface Committer {
  /** Null: as no member. */
  readonly generation: number | null;
  readonly instance: string | null;
}

/** Records, by number of key and value, whose work a process has done. */
export interface Processed {
  readonly group: string;
  readonly records: readonly {
    readonly key: number;
    readonly value: number;
    readonly offset: number;
  }[];
}

export interface SeenEnd {
  readonly highWatermark: number;
  /** The high watermark where the reader sees uncommitted records. */
  readonly lastStable: number;
}

export interface RecordedHistory {
  // Rows of clients, in the order of the history.
  readonly rowIndex: Float64Column;
  readonly rowTime: Float64Column;
  readonly rowProcess: Int32Column;
  readonly rowType: Int32Column;
  readonly rowKind: Int32Column;
  /** First micro-operation of the row; the next row's first one ends it. */
  readonly rowMicros: Int32Column;
  /** The operation that the row opens, completes or lies in, or NONE. */
  readonly rowOperation: Int32Column;
  // What few rows have.
  readonly rowError: Map<number, Json>;
  readonly rowAttempt: Map<number, number>;
  readonly rowRebalanced: Map<number, Set<number>>;
  readonly rowMetadata: Map<number, MetadataValue>;
  /** Offset by key; NaN: none. */
  readonly rowOffsets: Map<number, ReadonlyMap<number, number>>;
  readonly rowGroup: Map<number, string>;
  readonly rowOwned: Map<number, Ownership>;
  readonly rowCommitter: Map<number, Committer>;
  readonly rowProcessed: Map<number, Processed>;
  /** Where the logs ended for a poll, by key. */
  readonly rowEnds: Map<number, ReadonlyMap<number, SeenEnd>>;
  readonly rowWithoutValue: Set<number>;
  readonly rowPipelined: Set<number>;
  readonly rowSeeksToBeginning: Set<number>;

  // Micro-operations.
  readonly microKind: Int32Column;
  readonly microKey: Int32Column;
  readonly microValue: Int32Column;
  /** NaN: none known. */
  readonly microOffset: Float64Column;
  /** Of sends and polled records that say what they carry beside their value. */
  readonly microDetails: Map<number, RecordDetails>;

  // Operations, in the order of their invocations.
  readonly operationKind: Int32Column;
  readonly operationProcess: Int32Column;
  readonly operationType: Int32Column;
  /** Row of the invocation, or NONE. */
  readonly operationInvoke: Int32Column;
  /** Row of the completion, or NONE. */
  readonly operationComplete: Int32Column;
  readonly operationAttempts: Map<number, number[]>;
  /** Open operation of each process. */
  readonly open: Map<number, number>;

  // Names. A value is known by its key and its name together.
  readonly keyNames: string[];
  readonly keyNumbers: Map<string, number>;
  readonly valueNames: Value[];
  readonly valueKeys: Int32Column;
  /** The value that was read behind this one of the same key last, or NONE. */
  readonly valueAfter: Int32Column;
  readonly valueNumbers: Map<Value, number>[];

  readonly phases: { readonly name: string; readonly index: number; readonly row: number }[];
  readonly ignored: Map<string, number>;
  readonly processes: Set<number>;
  /** All rows, also those of the nemesis and those that no rule reads. */
  rows: number;
  /** `index` of the last row. */
  lastIndex: number;
}

export function emptyHistory(): RecordedHistory {
  return {
    rowIndex: new Float64Column(),
    rowTime: new Float64Column(),
    rowProcess: new Int32Column(),
    rowType: new Int32Column(),
    rowKind: new Int32Column(),
    rowMicros: new Int32Column(),
    rowOperation: new Int32Column(),
    rowError: new Map(),
    rowAttempt: new Map(),
    rowRebalanced: new Map(),
    rowMetadata: new Map(),
    rowOffsets: new Map(),
    rowGroup: new Map(),
    rowOwned: new Map(),
    rowCommitter: new Map(),
    rowProcessed: new Map(),
    rowEnds: new Map(),
    rowWithoutValue: new Set(),
    rowPipelined: new Set(),
    rowSeeksToBeginning: new Set(),
    microKind: new Int32Column(),
    microKey: new Int32Column(),
    microValue: new Int32Column(),
    microOffset: new Float64Column(),
    microDetails: new Map(),
    operationKind: new Int32Column(),
    operationProcess: new Int32Column(),
    operationType: new Int32Column(),
    operationInvoke: new Int32Column(),
    operationComplete: new Int32Column(),
    operationAttempts: new Map(),
    open: new Map(),
    keyNames: [],
    keyNumbers: new Map(),
    valueNames: [],
    valueKeys: new Int32Column(),
    valueAfter: new Int32Column(),
    valueNumbers: [],
    phases: [],
    ignored: new Map(),
    processes: new Set(),
    rows: 0,
    lastIndex: -1,
  };
}

/** The number of `key`, new or known. */
export function keyNumber(history: RecordedHistory, key: string): number {
  let number = history.keyNumbers.get(key);
  if (number === undefined) {
    number = history.keyNames.push(key) - 1;
    history.keyNumbers.set(key, number);
    history.valueNumbers.push(new Map());
  }
  return number;
}

/** The number of `value` on the key with number `key`, new or known. */
export function valueNumber(history: RecordedHistory, key: number, value: Value): number {
  const numbers = present(history.valueNumbers[key], 'a known key');
  let number = numbers.get(value);
  if (number === undefined) {
    number = history.valueNames.push(value) - 1;
    history.valueKeys.push(key);
    history.valueAfter.push(NONE);
    numbers.set(value, number);
  }
  return number;
}

/**
 * {@link valueNumber} of `value`, read right behind the value `before` (NONE: behind none) of the same key. Whoever reads
 * a log reads the same values in the same order, so that what came behind one the last time is a guess that mostly holds.
 */
export function valueNumberAfter(
  history: RecordedHistory,
  before: number,
  key: number,
  value: Value,
): number {
  if (before === NONE) {
    return valueNumber(history, key, value);
  }
  const guess = history.valueAfter.at(before);
  if (guess !== NONE && history.valueNames[guess] === value) {
    return guess;
  }
  const number = valueNumber(history, key, value);
  history.valueAfter.set(before, number);
  return number;
}

export function keyName(history: RecordedHistory, key: number): string {
  return present(history.keyNames[key], 'a known key');
}

export function valueName(history: RecordedHistory, value: number): Value {
  return present(history.valueNames[value], 'a known value');
}

/** Position after the last micro-operation of `row`. */
export function rowMicrosEnd(history: RecordedHistory, row: number): number {
  return row + 1 < history.rowMicros.length
    ? history.rowMicros.at(row + 1)
    : history.microKind.length;
}

/**
 * The last of the records of one key that follow each other from `micro` on, before `end`. Polls return records key by
 * key, so that a look into a map for each run of them is enough.
 */
export function lastOfRun(history: RecordedHistory, micro: number, end: number): number {
  const { microKind, microKey } = history;
  const key = microKey.at(micro);
  let last = micro;
  while (last + 1 < end && microKind.at(last + 1) === RECORD && microKey.at(last + 1) === key) {
    last += 1;
  }
  return last;
}

/** The row that speaks for an operation: its completion, unless that added nothing. */
export function speakingRow(history: RecordedHistory, operation: number): number {
  const complete = history.operationComplete.at(operation);
  const invoke = history.operationInvoke.at(operation);
  if (complete === NONE) {
    return invoke;
  }
  return invoke !== NONE && history.rowWithoutValue.has(complete) ? invoke : complete;
}

/** The row in which the micro-operation at `micro` stands. */
export function rowOfMicro(history: RecordedHistory, micro: number): number {
  assert(micro >= 0 && micro < history.microKind.length, 'a known micro-operation');
  let low = 0;
  let high = history.rowMicros.length - 1;
  // The last row that begins at or before it: rows without micro-operations share a beginning.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (history.rowMicros.at(middle) <= micro) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/** The operation of that row. */
export function operationOfMicro(history: RecordedHistory, micro: number): number {
  return history.rowOperation.at(rowOfMicro(history, micro));
}

/**
 * Outcome of one send. Sends of an operation share its outcome, as a transaction does; pipelined
 * sends have each their own.
 */
export function sendOutcome(history: RecordedHistory, operation: number, micro: number): number {
  const type = history.operationType.at(operation);
  const row = speakingRow(history, operation);
  if (type === OK || !history.rowPipelined.has(row)) {
    return type;
  }
  if (!Number.isNaN(history.microOffset.at(micro))) {
    return OK;
  }
  return history.microKind.at(micro) === SEND_BARE ? FAIL : type;
}
