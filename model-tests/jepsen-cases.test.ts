/**
 * What Jepsen's tests of its Kafka checker establish (jepsen-io/jepsen,
 * jepsen/test/jepsen/tests/kafka_test.clj), as histories of our own in Jepsen's notation, each with all
 * that it proves. Values that nobody reads to the end are no part of these cases, so `unseen` stands
 * only where it is the point.
 */

import { describe, expect, test } from 'vitest';
import { createChecker } from '../src/checker/check.js';
import { createReader } from '../src/checker/read.js';
import type { CheckOptions, CheckResult } from '../src/checker/result.js';

type Completion = 'ok' | 'fail' | 'info';

/** An operation with nothing between its two rows. */
function op(
  process: number,
  f: string,
  invoked: string,
  type: Completion,
  completed?: string,
): string {
  const row = (which: string, value: string): string =>
    `{:process ${process}, :type :${which}, :f :${f}, :value ${value}}\n`;
  return row('invoke', invoked) + row(type, completed ?? invoked);
}

function poll(process: number, polled: string, type: Completion = 'ok'): string {
  return op(process, 'poll', '[[:poll]]', type, `[[:poll ${polled}]]`);
}

/** Sends of one operation: those that were invoked, and what came of them. */
function send(process: number, type: Completion, invoked: string, completed?: string): string {
  return op(process, 'send', invoked, type, completed);
}

/** A send of an unknown outcome, that polled values come from. */
function source(process: number, key: number, ...values: number[]): string {
  return send(process, 'info', `[${values.map((value) => `[:send ${key} ${value}]`).join(' ')}]`);
}

function judge(history: string, options: CheckOptions = {}): CheckResult {
  const checker = createChecker(options);
  const reader = createReader(checker.sink);
  reader.push(new TextEncoder().encode(history));
  expect(reader.end()).toBeNull();
  return checker.finish();
}

/** Findings as `name key offsets values`, the name and the values being what a case is about. */
function findings(history: string, withUnseen = false): string[] {
  const { anomalies, allowed } = judge(history);
  return (
    Object.values({ ...anomalies, ...allowed })
      .flat()
      .filter(({ anomaly }) => anomaly !== 'unseen' || withUnseen)
      // Of a skip the third value is the one that was left out.
      .map(({ anomaly, key, values }) => {
        const told = anomaly.endsWith('-skip') ? values.slice(0, 2) : values;
        return `${anomaly} ${key}: ${told.join(' ')}`;
      })
      .sort()
  );
}

describe('offsets', () => {
  test('two acknowledged sends at one offset', () => {
    const one = send(379, 'ok', '[[:send 11 641]]', '[[:send 11 [537 641]]]');
    const two = send(363, 'ok', '[[:send 11 645]]', '[[:send 11 [537 645]]]');
    expect(findings(one + two)).toEqual(['inconsistent-offsets 11: 641 645']);
  });

  test('an unknown send may lose its offset, unless some of it was read', () => {
    const unknown = send(0, 'info', '[[:send 4 1] [:send 5 1]]', '[[:send 4 [0 1]] [:send 5 1]]');
    const known = send(1, 'ok', '[[:send 4 2]]', '[[:send 4 [0 2]]]');
    expect(findings(unknown + known)).toEqual([]);
    expect(findings(unknown + known + poll(2, '{5 [[5 1]]}'))).toEqual([
      'inconsistent-offsets 4: 1 2',
    ]);
  });

  test('one value at two offsets', () => {
    const history = send(0, 'ok', '[[:send 4 7]]', '[[:send 4 [1 7]]]') + source(1, 4, 8);
    expect(findings(history + poll(2, '{4 [[2 8] [3 7]]}'))).toEqual(['duplicate 4: 7']);
  });

  test('many values at the same two offsets: each of them twice, both offsets shared', () => {
    const values = Array.from({ length: 10 }, (_, value) => value);
    const history = values
      .map(
        (v) =>
          send(0, 'ok', `[[:send 4 ${v}]]`, `[[:send 4 [0 ${v}]]]`) + poll(1, `{4 [[1 ${v}]]}`),
      )
      .join('');
    const found = findings(history).filter((line) => /^(dup|inc)/.test(line));
    expect(found).toEqual([
      ...values.map((value) => `duplicate 4: ${value}`),
      `inconsistent-offsets 4: ${values.join(' ')}`,
      `inconsistent-offsets 4: ${values.join(' ')}`,
    ]);
  });

  test('an aborted poll tells where values stand; a failed send does not', () => {
    const history =
      send(0, 'ok', '[[:send 4 30]]', '[[:send 4 [1 30]]]') +
      send(0, 'fail', '[[:send 4 31]]', '[[:send 4 [2 31]]]') +
      poll(1, '{4 [[11 30] [12 31]]}', 'fail');
    expect(findings(history)).toEqual(['duplicate 4: 30']);
  });
});

describe('what was sent and what was read', () => {
  test('a failed send that an ok poll returned', () => {
    const failed = send(0, 'fail', '[[:send 4 2] [:send 5 3]]');
    expect(findings(failed + poll(1, '{4 [[0 2]]}'))).toEqual(['G1a 4: 2']);
    expect(findings(failed + poll(1, '{4 [[0 2]]}', 'info'))).toEqual([]);
  });

  test('its own send, in one transaction', () => {
    const txn = op(
      0,
      'txn',
      '[[:send 4 9] [:poll]]',
      'ok',
      '[[:send 4 [0 9]] [:poll {4 [[0 9]]}]]',
    );
    expect(findings(txn)).toContain('precommitted-read 4: 9');
  });

  test('acknowledged sends below the last one that was read, and none above', () => {
    const history =
      send(0, 'ok', '[[:send 4 1]]', '[[:send 4 [0 1]]]') +
      send(0, 'ok', '[[:send 4 2] [:send 4 4]]', '[[:send 4 [1 2]] [:send 4 [3 4]]]') +
      source(1, 4, 3) +
      poll(0, '{4 [[2 3]]}');
    expect(findings(history).filter((line) => line.startsWith('lost'))).toEqual([
      'lost-write 4: 1 3',
      'lost-write 4: 2 3',
    ]);
  });

  test('an overwritten one is lost too, although its offset was read', () => {
    const history =
      send(0, 'ok', '[[:send 4 1]]', '[[:send 4 [0 1]]]') +
      send(0, 'ok', '[[:send 4 2] [:send 4 3]]', '[[:send 4 [0 2]] [:send 4 [2 3]]]') +
      poll(0, '{4 [[0 2] [2 3]]}');
    const found = findings(history);
    expect(found.filter((line) => line.startsWith('lost'))).toEqual(['lost-write 4: 1 2']);
    expect(found).toContain('inconsistent-offsets 4: 1 2');
  });

  test('an unknown transaction counts whole as soon as a part of it was read', () => {
    const unknown = send(0, 'info', '[[:send 4 1] [:send 5 2]]', '[[:send 4 1] [:send 5 [0 2]]]');
    const later = source(1, 5, 3) + poll(3, '{5 [[1 3]]}');
    expect(findings(unknown + later)).toEqual([]);
    expect(findings(unknown + poll(2, '{4 [[0 1]]}') + later)).toEqual(['lost-write 5: 2 3']);
  });

  test('what nobody has read yet', () => {
    const empty = poll(0, '{}');
    const sent = send(0, 'ok', '[[:send 4 1] [:send 4 2]]', '[[:send 4 [0 1]] [:send 4 [1 2]]]');
    expect(findings(empty, true)).toEqual([]);
    expect(findings(empty + sent, true)).toEqual(['unseen 4: 1 2']);
    expect(findings(empty + sent + poll(0, '{4 [[0 1]]}'), true)).toEqual(['unseen 4: 2']);
    const all = poll(0, '{4 [[0 1]]}') + poll(0, '{4 [[1 2]]}');
    expect(findings(empty + sent + all, true)).toEqual([]);
  });

  test('assignments alone prove nothing', () => {
    expect(judge(op(0, 'assign', '[4]', 'ok')).verdict).toBe('inconclusive');
  });
});

/** Assignments between two operations on key 4, and whether the position on it survives them. */
const ASSIGNMENTS: readonly (readonly [
  f: string,
  keys: string,
  type: Completion,
  keeps: boolean,
])[] = [
  ['subscribe', '[4 5]', 'ok', true],
  ['assign', '[4 5]', 'ok', true],
  ['subscribe', '[5]', 'ok', false],
  ['assign', '[5]', 'ok', false],
  ['assign', '[5]', 'info', false],
  ['assign', '[5]', 'fail', true],
];

describe('order between the operations of a process', () => {
  const head = source(3, 4, 1, 2, 3, 4, 7) + poll(0, '{4 [[1 1] [2 2]]}') + poll(1, '{4 [[3 3]]}');
  const gap = send(2, 'ok', '[[:send 4 6]]', '[[:send 4 [6 6]]]');
  const last = poll(0, '{4 [[7 7]]}');
  const skips = (history: string): string[] =>
    findings(history).filter((line) => line.startsWith('poll-skip'));

  test('polls leave out what others know of, and only that', () => {
    expect(skips(head + poll(0, '{4 [[4 4]]}') + gap + last)).toEqual([
      'poll-skip 4: 2 4',
      'poll-skip 4: 4 7',
    ]);
  });

  test.each(ASSIGNMENTS)('%s %s, %s, between polls: judged on %s', (f, keys, type, keeps) => {
    const between = op(0, f, keys, type);
    const history = head + between + poll(0, '{4 [[4 4]]}') + between + gap + last;
    expect(skips(history)).toEqual(keeps ? ['poll-skip 4: 2 4', 'poll-skip 4: 4 7'] : []);
  });

  const series = send(
    0,
    'ok',
    `[${[0, 1, 2, 3, 4, 5].map((v) => `[:send 4 ${v}]`).join(' ')}]`,
    `[${[0, 1, 2, 3, 4, 5].map((v) => `[:send 4 [${v} ${v}]]`).join(' ')}]`,
  );
  const txn = (type: Completion, polled: string): string =>
    op(1, 'txn', '[[:poll]]', type, `[[:poll ${polled}]]`);

  test('a transaction that did not commit is read again from its beginning', () => {
    const again = '{4 [[1 1] [2 2]]}';
    const history = series + txn('ok', '{4 [[0 0]]}') + txn('fail', again) + txn('info', again);
    expect(findings(history + txn('ok', again))).toEqual([]);
  });

  test('one that is not read again skips what it had polled, whatever becomes of the next', () => {
    const history = series + txn('ok', '{4 [[0 0]]}') + txn('fail', '{4 [[1 1] [2 2]]}');
    const failed = txn('fail', '{4 [[3 3] [4 4]]}');
    expect(skips(history + failed + txn('ok', '{4 [[5 5]]}'))).toEqual([
      'poll-skip 4: 0 3',
      'poll-skip 4: 0 5',
    ]);
    expect(skips(history + txn('info', '{4 [[3 3] [4 4]]}'))).toEqual(['poll-skip 4: 0 3']);
  });

  const backSent = send(1, 'ok', '[[:send 4 1] [:send 4 2] [:send 4 3] [:send 4 4]]');
  const forth = poll(0, '{4 [[1 1] [2 2] [3 3]]}');
  const back = poll(0, '{4 [[2 2] [3 3] [4 4]]}');
  const returns = (history: string): string[] =>
    findings(history).filter((line) => line.startsWith('nonmonotonic'));

  test('polls go back', () => {
    expect(returns(backSent + forth + back)).toEqual(['nonmonotonic-poll 4: 3 2']);
  });

  test.each(ASSIGNMENTS)(
    '%s %s, %s, between polls that go back: judged on %s',
    (f, keys, type, keeps) => {
      expect(returns(backSent + forth + op(0, f, keys, type) + back)).toEqual(
        keeps ? ['nonmonotonic-poll 4: 3 2'] : [],
      );
    },
  );

  const high = send(0, 'ok', '[[:send 4 3] [:send 4 4]]', '[[:send 4 [3 3]] [:send 4 [4 4]]]');
  const low = send(0, 'ok', '[[:send 4 1] [:send 4 2]]', '[[:send 4 [1 1]] [:send 4 [2 2]]]');

  test('sends land before earlier ones', () => {
    expect(returns(high + low)).toEqual(['nonmonotonic-send 4: 4 1']);
  });

  test.each(ASSIGNMENTS)('%s %s, %s, between sends: judged on %s', (f, keys, type, keeps) => {
    expect(returns(high + op(0, f, keys, type) + low)).toEqual(
      keeps ? ['nonmonotonic-send 4: 4 1'] : [],
    );
  });
});

describe('order within an operation', () => {
  const internal = (history: string): string[] =>
    findings(history).filter((line) => line.startsWith('int-'));

  test('one poll, or two polls, that leave out what another found', () => {
    const sent = source(1, 4, 1, 2, 4);
    const one = poll(0, '{4 [[1 1] [4 4]]}');
    const two = op(
      5,
      'poll',
      '[[:poll] [:poll]]',
      'ok',
      '[[:poll {4 [[1 1]]}] [:poll {4 [[4 4]]}]]',
    );
    expect(internal(sent + one + two + poll(6, '{4 [[2 2]]}'))).toEqual([
      'int-poll-skip 4: 1 4',
      'int-poll-skip 4: 1 4',
    ]);
    expect(internal(sent + one + two)).toEqual([]);
  });

  test('sends with another between them, seen by a poll; that is allowed', () => {
    const history =
      send(0, 'ok', '[[:send 4 1] [:send 4 3]]', '[[:send 4 [1 1]] [:send 4 3]]') +
      source(1, 4, 2) +
      poll(2, '{4 [[2 2] [3 3]]}');
    expect(internal(history)).toEqual(['int-send-skip 4: 1 3']);
    expect(judge(history).allowed['int-send-skip']).toHaveLength(1);
  });

  test('polls that go back, or come to the same record again', () => {
    const history =
      source(0, 4, 1, 2, 3) +
      poll(2, '{4 [[3 3] [1 1]]}') +
      op(5, 'poll', '[[:poll] [:poll]]', 'ok', '[[:poll {4 [[2 2] [3 3]]}] [:poll {4 [[3 3]]}]]');
    expect(internal(history)).toEqual([
      'int-nonmonotonic-poll 4: 3 1',
      'int-nonmonotonic-poll 4: 3 3',
    ]);
  });

  test('sends that stand the other way round, by their own offsets or by a poll', () => {
    const history =
      send(0, 'ok', '[[:send 4 3] [:send 4 1]]', '[[:send 4 [3 3]] [:send 4 [1 1]]]') +
      source(7, 5, 4, 2) +
      source(1, 5, 3) +
      poll(2, '{5 [[2 2] [3 3] [4 4]]}');
    expect(internal(history)).toEqual([
      'int-nonmonotonic-send 4: 3 1',
      'int-nonmonotonic-send 5: 4 2',
    ]);
  });
});

const OPPOSITE_SENDS = `
  {:process 0, :type :invoke, :f :send, :value [[:send 4 1] [:send 5 1]]}
  {:process 1, :type :invoke, :f :send, :value [[:send 4 2] [:send 5 2]]}
  {:process 0, :type :ok, :f :send, :value [[:send 4 [0 1]] [:send 5 [1 1]]]}
  {:process 1, :type :ok, :f :send, :value [[:send 4 [1 2]] [:send 5 [0 2]]]}`;
const MUTUAL_POLLS = `
  {:process 0, :type :invoke, :f :txn, :value [[:send 4 1] [:poll]]}
  {:process 1, :type :invoke, :f :txn, :value [[:send 5 2] [:poll]]}
  {:process 0, :type :ok, :f :txn, :value [[:send 4 [0 1]] [:poll {5 [[0 2]]}]]}
  {:process 1, :type :ok, :f :txn, :value [[:send 5 [0 2]] [:poll {4 [[0 1]]}]]}`;
const POLLED_AND_WRITTEN_BEFORE = `
  {:process 0, :type :invoke, :f :txn, :value [[:send 4 1] [:send 5 3]]}
  {:process 1, :type :invoke, :f :txn, :value [[:poll] [:send 5 2]]}
  {:process 0, :type :ok, :f :txn, :value [[:send 4 [0 1]] [:send 5 [2 3]]]}
  {:process 1, :type :ok, :f :txn, :value [[:poll {4 [[0 1]]}] [:send 5 [1 2]]]}`;

interface CycleCase {
  readonly name: 'G0' | 'G1c';
  readonly wwDeps: boolean;
  readonly history: string;
}

const CYCLES: readonly CycleCase[] = [
  { name: 'G0', wwDeps: true, history: OPPOSITE_SENDS },
  { name: 'G1c', wwDeps: false, history: MUTUAL_POLLS },
  { name: 'G1c', wwDeps: true, history: POLLED_AND_WRITTEN_BEFORE },
];

describe('cycles', () => {
  const isFound = ({ name, wwDeps, history }: CycleCase): boolean =>
    (judge(history, { wwDeps }).counts[name] ?? 0) > 0;

  test('are found; those of ww edges only where these are drawn', () => {
    expect(CYCLES.filter((one) => !isFound(one))).toEqual([]);
    expect(CYCLES.filter((one) => one.wwDeps && isFound({ ...one, wwDeps: false }))).toEqual([]);
  });
});
