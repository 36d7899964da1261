/**
 * How far consumers were behind (Jepsen's realtime-lag, jepsen/src/jepsen/tests/kafka.clj): at an
 * ok poll, how long before its invocation the record after the last one that the process had
 * polled was known to exist. Known is an offset from the first ok or unknown completion on that
 * names it or a greater one. A lower bound, as the log may have been longer before.
 *
 * While a position stands, its lag grows; so it is measured only where the position ends, at the
 * last poll that the process made from it.
 */

import { present } from '../core/types/assert.js';
import { assignedKeys } from './facts.js';
import {
  ASSIGN_ROW,
  FAIL,
  keyName,
  lastOfRun,
  NONE,
  OK,
  POLL_ROW,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  SUBSCRIBE_ROW,
  speakingRow,
  TXN_ROW,
} from './recorded-history.js';
import type { LagOfKey, RealtimeLag } from './result.js';

/** Nothing polled yet. */
const BEFORE_FIRST = -1;

/** When which offset of a key was first known: both rise. */
interface KnownOffsets {
  readonly offsets: number[];
  readonly times: number[];
}

interface Position {
  offset: number;
  /** Polls of the process before it stood here. */
  polls: number;
}

interface Consumer {
  readonly process: number;
  readonly positions: Map<number, Position>;
  polls: number;
  lastPoll: number;
}

type Measured = { -readonly [field in keyof LagOfKey]: LagOfKey[field] };

/** Measures all; keeps the `maximum` worst. */
export function measureLag(history: RecordedHistory, maximum: number): RealtimeLag {
  const known = collectKnown(history);
  const measured = new Map<number, Measured>();
  const consumers = new Map<number, Consumer>();
  eachCompletion(history, (operation) => {
    if (history.operationType.at(operation) !== OK) {
      return;
    }
    const process = history.operationProcess.at(operation);
    const consumer = consumers.get(process) ?? newConsumer(process);
    consumers.set(process, consumer);
    const leave = (key: number): void => {
      measure(history, known, measured, consumer, key);
    };
    switch (history.operationKind.at(operation)) {
      case ASSIGN_ROW:
        reassign(consumer, assignedKeys(history, speakingRow(history, operation)), leave);
        break;
      case SUBSCRIBE_ROW:
        for (const key of consumer.positions.keys()) {
          leave(key);
        }
        consumer.positions.clear();
        break;
      case POLL_ROW:
      case TXN_ROW:
        poll(history, consumer, operation, leave);
        break;
    }
  });
  for (const consumer of consumers.values()) {
    for (const key of consumer.positions.keys()) {
      measure(history, known, measured, consumer, key);
    }
  }
  const lags = [...measured.values()].sort((left, right) => right.worst - left.worst);
  return { worst: lags[0] ?? null, lags: lags.slice(0, maximum) };
}

function newConsumer(process: number): Consumer {
  return { process, positions: new Map(), polls: 0, lastPoll: 0 };
}

/** Calls `visit` with every operation that completed, in the order of the completions. */
function eachCompletion(history: RecordedHistory, visit: (operation: number) => void): void {
  for (let row = 0; row < history.rowOperation.length; row += 1) {
    const operation = history.rowOperation.at(row);
    if (operation !== NONE && history.operationComplete.at(operation) === row) {
      visit(operation);
    }
  }
}

function collectKnown(history: RecordedHistory): KnownOffsets[] {
  const known = history.keyNames.map((): KnownOffsets => ({ offsets: [], times: [] }));
  eachCompletion(history, (operation) => {
    if (history.operationType.at(operation) === FAIL) {
      return;
    }
    const time = history.rowTime.at(history.operationComplete.at(operation));
    const row = speakingRow(history, operation);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      const offset = history.microOffset.at(micro);
      if (Number.isNaN(offset)) {
        continue;
      }
      const { offsets, times } = present(known[history.microKey.at(micro)], 'a known key');
      if (offset > (offsets[offsets.length - 1] ?? BEFORE_FIRST)) {
        offsets.push(offset);
        times.push(time);
      }
    }
  });
  return known;
}

function reassign(consumer: Consumer, keys: Set<number>, leave: (key: number) => void): void {
  for (const key of [...consumer.positions.keys()]) {
    if (!keys.has(key)) {
      leave(key);
      consumer.positions.delete(key);
    }
  }
  for (const key of keys) {
    if (!consumer.positions.has(key)) {
      consumer.positions.set(key, { offset: BEFORE_FIRST, polls: consumer.polls });
    }
  }
}

function poll(
  history: RecordedHistory,
  consumer: Consumer,
  operation: number,
  leave: (key: number) => void,
): void {
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  const reached = new Map<number, number>();
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    if (history.microKind.at(micro) === RECORD) {
      const key = history.microKey.at(micro);
      let highest = reached.get(key) ?? BEFORE_FIRST;
      for (const last = lastOfRun(history, micro, end); micro < last; micro += 1) {
        highest = Math.max(highest, history.microOffset.at(micro));
      }
      reached.set(key, Math.max(highest, history.microOffset.at(micro)));
    }
  }
  for (const [key, offset] of reached) {
    const position = consumer.positions.get(key);
    if (position === undefined) {
      consumer.positions.set(key, { offset, polls: consumer.polls });
    } else if (offset > position.offset) {
      leave(key);
      position.offset = offset;
      position.polls = consumer.polls;
    }
  }
  const invoke = history.operationInvoke.at(operation);
  if (invoke !== NONE) {
    consumer.polls += 1;
    consumer.lastPoll = history.rowTime.at(invoke);
  }
}

/** Measures the position of `consumer` on `key`, at its last poll, if it polled from there. */
function measure(
  history: RecordedHistory,
  known: readonly KnownOffsets[],
  measured: Map<number, Measured>,
  consumer: Consumer,
  key: number,
): void {
  const position = present(consumer.positions.get(key), 'a position');
  if (consumer.polls === position.polls) {
    return;
  }
  const time = consumer.lastPoll;
  const lag = lagAt(present(known[key], 'a known key'), position.offset, time);
  const name = consumer.process * history.keyNames.length + key;
  const entry = measured.get(name);
  if (entry === undefined) {
    const at = { process: consumer.process, key: keyName(history, key) };
    measured.set(name, { ...at, worst: lag, worstTime: time, last: lag, lastTime: time });
    return;
  }
  entry.last = lag;
  entry.lastTime = time;
  if (lag > entry.worst) {
    entry.worst = lag;
    entry.worstTime = time;
  }
}

/** How long at `time` the record after `offset` had been known to exist; 0 if it was not. */
function lagAt({ offsets, times }: KnownOffsets, offset: number, time: number): number {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) > offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low === offsets.length ? 0 : Math.max(0, time - (times[low] as number));
}
