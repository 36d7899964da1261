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

/** What one process makes of one key: where it stands, if it does, and what was measured so far. */
interface Standing {
  readonly key: number;
  isHeld: boolean;
  offset: number;
  /** Polls of the process before it stood here. */
  polls: number;
  /** Place among the known offsets; no one before it is greater than `offset`. */
  place: number;
  isMeasured: boolean;
  // Not a number until it is measured.
  worst: number;
  worstTime: number;
  last: number;
  lastTime: number;
}

interface Consumer {
  readonly process: number;
  readonly standings: Map<number, Standing>;
  polls: number;
  lastPoll: number;
}

/** Measures all; keeps the `maximum` worst. */
export function measureLag(history: RecordedHistory, maximum: number): RealtimeLag {
  const known = collectKnown(history);
  const consumers = new Map<number, Consumer>();
  eachCompletion(history, (operation) => {
    if (history.operationType.at(operation) !== OK) {
      return;
    }
    const process = history.operationProcess.at(operation);
    let consumer = consumers.get(process);
    if (consumer === undefined) {
      consumer = { process, standings: new Map(), polls: 0, lastPoll: Number.NaN };
      consumers.set(process, consumer);
    }
    switch (history.operationKind.at(operation)) {
      case ASSIGN_ROW:
        reassign(known, consumer, assignedKeys(history, speakingRow(history, operation)));
        break;
      case SUBSCRIBE_ROW:
        for (const standing of consumer.standings.values()) {
          leave(known, consumer, standing);
        }
        break;
      case POLL_ROW:
      case TXN_ROW:
        poll(history, known, consumer, operation);
        break;
    }
  });
  const lags: LagOfKey[] = [];
  for (const consumer of consumers.values()) {
    for (const standing of consumer.standings.values()) {
      leave(known, consumer, standing);
      if (standing.isMeasured) {
        lags.push(lagOf(history, consumer, standing));
      }
    }
  }
  lags.sort((left, right) => right.worst - left.worst);
  return { worst: lags[0] ?? null, lags: lags.slice(0, maximum) };
}

function lagOf(history: RecordedHistory, { process }: Consumer, standing: Standing): LagOfKey {
  const { worst, worstTime, last, lastTime } = standing;
  return { process, key: keyName(history, standing.key), worst, worstTime, last, lastTime };
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

function reassign(
  known: readonly KnownOffsets[],
  consumer: Consumer,
  keys: ReadonlySet<number>,
): void {
  for (const standing of consumer.standings.values()) {
    if (!keys.has(standing.key)) {
      leave(known, consumer, standing);
    }
  }
  for (const key of keys) {
    if (consumer.standings.get(key)?.isHeld !== true) {
      take(consumer, key, BEFORE_FIRST);
    }
  }
}

function poll(
  history: RecordedHistory,
  known: readonly KnownOffsets[],
  consumer: Consumer,
  operation: number,
): void {
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    if (history.microKind.at(micro) === RECORD) {
      const key = history.microKey.at(micro);
      const last = lastOfRun(history, micro, end);
      let highest = history.microOffset.at(micro);
      for (micro += 1; micro <= last; micro += 1) {
        highest = Math.max(highest, history.microOffset.at(micro));
      }
      micro = last;
      moveTo(known, consumer, key, highest);
    }
  }
  const invoke = history.operationInvoke.at(operation);
  if (invoke !== NONE) {
    consumer.polls += 1;
    consumer.lastPoll = history.rowTime.at(invoke);
  }
}

/** Having polled `offset`. What a poll returns bit by bit is measured once, as no poll was made between. */
function moveTo(
  known: readonly KnownOffsets[],
  consumer: Consumer,
  key: number,
  offset: number,
): void {
  const standing = consumer.standings.get(key);
  if (standing?.isHeld !== true) {
    take(consumer, key, offset);
  } else if (offset > standing.offset) {
    measure(known, consumer, standing);
    standing.offset = offset;
    standing.polls = consumer.polls;
  }
}

function take(consumer: Consumer, key: number, offset: number): void {
  const { polls, standings } = consumer;
  const standing = standings.get(key);
  if (standing === undefined) {
    standings.set(key, {
      key,
      isHeld: true,
      offset,
      polls,
      place: 0,
      isMeasured: false,
      worst: Number.NaN,
      worstTime: Number.NaN,
      last: Number.NaN,
      lastTime: Number.NaN,
    });
    return;
  }
  standing.isHeld = true;
  standing.offset = offset;
  standing.polls = polls;
  standing.place = 0;
}

function leave(known: readonly KnownOffsets[], consumer: Consumer, standing: Standing): void {
  if (standing.isHeld) {
    measure(known, consumer, standing);
    standing.isHeld = false;
  }
}

/** Measures where `consumer` stands, at its last poll, if it polled from there. */
function measure(known: readonly KnownOffsets[], consumer: Consumer, standing: Standing): void {
  if (consumer.polls === standing.polls) {
    return;
  }
  const time = consumer.lastPoll;
  const { offsets, times } = present(known[standing.key], 'a known key');
  standing.place = firstAbove(offsets, standing.offset, standing.place);
  const isBehind = standing.place < times.length;
  const lag = isBehind ? Math.max(0, time - (times[standing.place] as number)) : 0;
  standing.last = lag;
  standing.lastTime = time;
  if (!standing.isMeasured || lag > standing.worst) {
    standing.isMeasured = true;
    standing.worst = lag;
    standing.worstTime = time;
  }
}

/**
 * First place at or after `from` of an offset above `offset` among `offsets`, which rise; their number, if there is none.
 * Consumers move on by little, so the strides begin small.
 */
function firstAbove(offsets: readonly number[], offset: number, from: number): number {
  let low = from;
  let high = from;
  for (let stride = 1; high < offsets.length && (offsets[high] as number) <= offset; stride *= 2) {
    low = high + 1;
    high = Math.min(high + stride, offsets.length);
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] as number) > offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}
