/** What proves a step of a cycle: found again from the two operations, in words and as data. */

import { assert } from '../../core/types/assert.js';
import { spokenIndex } from '../evidence.js';
import type { Facts } from '../facts.js';
import {
  keyName,
  NONE,
  RECORD,
  rowMicrosEnd,
  SEND,
  SEND_BARE,
  speakingRow,
  valueName,
} from '../recorded-history.js';
import type { FindingEdge } from '../result.js';
import { eachNext, RW, valueBefore, WR, WW } from './dependencies.js';
import { createPolledSet, eachMissed } from './missed.js';
import type { Step } from './shortest-cycle.js';
import type { VersionTable } from './versions.js';

/** A step with its proof. */
export interface Witness {
  readonly edge: FindingEdge;
  readonly sentence: string;
  /** Values that take part, in the order of the sentence. */
  readonly values: readonly number[];
  readonly offsets: readonly number[];
  /** Those of them whose places it rests on. */
  readonly placed: readonly number[];
}

/** A value and the one that stands before it, where that matters. */
interface Shown {
  readonly value: number;
  readonly before: number;
}

export function witnessStep(facts: Facts, table: VersionTable, step: Step): Witness {
  switch (step.kind) {
    case WW:
      return witnessWrite(facts, table, step);
    case WR:
      return witnessRead(facts, step);
    case RW:
      return witnessMiss(facts, table, step);
    default:
      return witnessRealTime(facts, step);
  }
}

function witnessWrite(facts: Facts, table: VersionTable, { from, to }: Step): Witness {
  let shown: Shown | null = null;
  eachOwnMicro(facts, to, (micro, kind) => {
    if (shown === null && (kind === SEND || kind === SEND_BARE)) {
      const value = facts.history.microValue.at(micro);
      const before = valueBefore(facts, table, value);
      const isIt = facts.writer[value] === to && facts.writer[before] === from;
      shown = isIt ? { value, before } : null;
    }
  });
  const { value, before } = shownOf(shown);
  const [index, next] = indexes(facts, from, to);
  return {
    ...dataOf(facts, { from, to, kind: WW }, 'ww', before, [before, value]),
    sentence:
      `index ${index} sent ${named(facts, before)}, which stands right before ` +
      `${named(facts, value)} of index ${next}`,
  };
}

function witnessRead(facts: Facts, step: Step): Witness {
  let shown: Shown | null = null;
  eachOwnMicro(facts, step.to, (micro, kind) => {
    const value = facts.history.microValue.at(micro);
    if (shown === null && kind === RECORD && facts.writer[value] === step.from) {
      shown = { value, before: NONE };
    }
  });
  const { value } = shownOf(shown);
  const [index, next] = indexes(facts, step.from, step.to);
  return {
    ...dataOf(facts, step, 'wr', value, [value]),
    sentence: `index ${index} sent ${named(facts, value)}, which index ${next} polled`,
  };
}

function witnessMiss(facts: Facts, table: VersionTable, step: Step): Witness {
  const { from, to } = step;
  const { history } = facts;
  let shown: Shown | null = null;
  let above = NONE;
  const polled = createPolledSet(facts);
  polled.load(from);
  eachMissed(facts, table, polled, from, (missed, before, after) => {
    if (shown === null && facts.writer[missed] === to) {
      shown = { value: missed, before: history.microValue.at(before) };
      above = history.microValue.at(after);
    }
  });
  eachNext(facts, table, from, (next, last) => {
    shown = shown === null && facts.writer[next] === to ? { value: next, before: last } : shown;
  });
  const { value, before } = shownOf(shown);
  const [index, next] = indexes(facts, from, to);
  const how =
    above === NONE
      ? `polled up to ${named(facts, before)}, right before`
      : `polled ${named(facts, before)} and ${named(facts, above)}, but between them not`;
  return {
    ...dataOf(facts, step, 'rw', value, above === NONE ? [before, value] : [before, above, value]),
    sentence: `index ${index} ${how} ${named(facts, value)}, which index ${next} sent`,
  };
}

function witnessRealTime(facts: Facts, { from, to }: Step): Witness {
  const { history } = facts;
  const [index, next] = indexes(facts, from, to);
  const began = history.rowIndex.at(history.operationInvoke.at(to));
  return {
    edge: { from: index, to: next, kind: 'realtime', key: null, value: null, offset: null },
    values: [],
    offsets: [],
    placed: [],
    sentence: `index ${index} was ok before index ${next} was invoked (at index ${began})`,
  };
}

/** Calls `visit` with the micro-operations of the completion, then with those of the invocation. */
function eachOwnMicro(
  facts: Facts,
  operation: number,
  visit: (micro: number, kind: number) => void,
): void {
  const { history } = facts;
  const speaking = speakingRow(history, operation);
  const invoke = history.operationInvoke.at(operation);
  for (const row of invoke === NONE ? [speaking] : [speaking, invoke]) {
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      visit(micro, history.microKind.at(micro));
    }
  }
}

function shownOf(shown: Shown | null): Shown {
  assert(shown !== null, 'an edge of the graph has a witness');
  return shown;
}

function indexes(facts: Facts, from: number, to: number): [number, number] {
  return [spokenIndex(facts.history, from), spokenIndex(facts.history, to)];
}

function dataOf(
  facts: Facts,
  step: Step,
  kind: FindingEdge['kind'],
  value: number,
  values: readonly number[],
): Omit<Witness, 'sentence'> {
  const { history } = facts;
  const [from, to] = indexes(facts, step.from, step.to);
  return {
    edge: {
      from,
      to,
      kind,
      key: keyName(history, history.valueKeys.at(value)),
      value: valueName(history, value),
      offset: offsetOf(facts, value),
    },
    values,
    placed: kind === 'wr' ? [] : values,
    offsets: values.map((each) => offsetOf(facts, each)).filter((offset) => offset !== null),
  };
}

/** `3 of key x (offset 7)`. */
export function named(facts: Facts, value: number): string {
  const { history } = facts;
  const offset = offsetOf(facts, value);
  const where = offset === null ? '' : ` (offset ${offset})`;
  return `${valueName(history, value)} of key ${keyName(history, history.valueKeys.at(value))}${where}`;
}

/** Where `value` stands, as its sender or its first reader says. */
export function offsetOf(facts: Facts, value: number): number | null {
  for (const micro of [facts.sendMicro[value] as number, facts.readMicro[value] as number]) {
    const offset = micro === NONE ? Number.NaN : facts.history.microOffset.at(micro);
    if (!Number.isNaN(offset)) {
      return offset;
    }
  }
  return null;
}
