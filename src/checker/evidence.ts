/** Rows of a recorded history, rebuilt to show what proves a finding. */

import { assert } from '../core/types/assert.js';
import type { MicroOperation, PolledRecords, Row } from '../history/rows.js';
import { asideFields, asideValue } from './record-aside.js';
import {
  ASSIGN_ROW,
  keyName,
  NONE,
  operationOfMicro,
  POLL,
  POLL_BARE,
  POLL_ROW,
  RECORD,
  type RecordedHistory,
  ROW_NAMES,
  ROW_TYPES,
  rowMicrosEnd,
  SEND_BARE,
  SEND_ROW,
  SUBSCRIBE_ROW,
  TXN_ROW,
  valueName,
} from './recorded-history.js';

/** Rows of `operation`: invocation, attempts, completion, as far as they exist. */
export function operationRows(history: RecordedHistory, operation: number): number[] {
  const rows: number[] = [];
  const invoke = history.operationInvoke.at(operation);
  const complete = history.operationComplete.at(operation);
  if (invoke !== NONE) {
    rows.push(invoke);
  }
  rows.push(...(history.operationAttempts.get(operation) ?? []));
  if (complete !== NONE) {
    rows.push(complete);
  }
  assert(rows.length > 0, 'an operation has a row');
  return rows;
}

/** `row` as it was fed, but of the polled records only those whose value `shows` accepts. */
export function rebuildRow(
  history: RecordedHistory,
  row: number,
  shows: (value: number) => boolean,
): Row {
  const kind = history.rowKind.at(row);
  const error = history.rowError.get(row);
  const attempt = history.rowAttempt.get(row);
  const aside = asideValue(history, row, shows);
  const isSend = kind === SEND_ROW || kind === POLL_ROW || kind === TXN_ROW;
  const withValue = (isSend && !history.rowWithoutValue.has(row)) || attempt !== undefined;
  return {
    index: history.rowIndex.at(row),
    time: history.rowTime.at(row),
    process: history.rowProcess.at(row),
    type: ROW_TYPES[history.rowType.at(row)],
    f: ROW_NAMES[kind],
    value: aside ?? (withValue ? rebuildMicros(history, row, shows) : keysOrNull(history, row)),
    ...asideFields(history, row),
    ...(history.rowSeeksToBeginning.has(row) ? { seekToBeginning: true } : {}),
    ...(attempt === undefined ? {} : { attempt }),
    ...(history.rowPipelined.has(row) ? { pipelined: true } : {}),
    ...(error === undefined ? {} : { error }),
  } as Row;
}

/** The keys of an assignment; null for all other rows. */
function keysOrNull(history: RecordedHistory, row: number): string[] | null {
  const kind = history.rowKind.at(row);
  const from = history.rowMicros.at(row);
  return kind === ASSIGN_ROW || kind === SUBSCRIBE_ROW
    ? Array.from({ length: rowMicrosEnd(history, row) - from }, (_, at) =>
        keyName(history, history.microKey.at(from + at)),
      )
    : null;
}

function rebuildMicros(
  history: RecordedHistory,
  row: number,
  shows: (value: number) => boolean,
): MicroOperation[] {
  const micros: MicroOperation[] = [];
  let polled: { [key: string]: PolledRecords[string][number][] } = {};
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    const kind = history.microKind.at(micro);
    if (kind === POLL_BARE) {
      micros.push(['poll']);
      continue;
    }
    if (kind === POLL) {
      polled = {};
      micros.push(['poll', polled]);
      continue;
    }
    const value = history.microValue.at(micro);
    const key = keyName(history, history.microKey.at(micro));
    const name = valueName(history, value);
    const offset = history.microOffset.at(micro);
    const details = history.microDetails.get(micro);
    if (kind === RECORD) {
      if (shows(value)) {
        polled[key] ??= [];
        polled[key].push(details === undefined ? [offset, name] : [offset, name, details]);
      }
    } else if (kind === SEND_BARE) {
      micros.push(['send', key, name]);
    } else {
      const known = Number.isNaN(offset) ? null : offset;
      micros.push(['send', key, details === undefined ? [known, name] : [known, name, details]]);
    }
  }
  return micros;
}

/** `index` of the row that speaks of `operation` in sentences: its completion, else its invocation. */
export function spokenIndex(history: RecordedHistory, operation: number): number {
  const complete = history.operationComplete.at(operation);
  return history.rowIndex.at(complete === NONE ? history.operationInvoke.at(operation) : complete);
}

/** The operation that the micro-operation at `micro` belongs to, and its index in sentences. */
export function witnessOf(
  history: RecordedHistory,
  micro: number,
): { readonly operation: number; readonly index: number } {
  const operation = operationOfMicro(history, micro);
  assert(operation !== NONE, 'the row belongs to an operation');
  return { operation, index: spokenIndex(history, operation) };
}
