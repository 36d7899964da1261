import { describe, expect, test } from 'vitest';
import type { Row } from '../history/rows.js';
import { check } from './check.js';
import { exitStatus, UnusableHistoryError } from './result.js';

type Line = readonly [process: number | 'nemesis', type: string, f: string, value: unknown];

function history(...lines: Line[]): Row[] {
  return lines.map(
    ([process, type, f, value], index) => ({ index, time: index, process, type, f, value }) as Row,
  );
}

const invokeSend = (process: number, value: number): Line => [
  process,
  'invoke',
  'send',
  [['send', 'a', [null, value]]],
];
const okSend = (process: number, value: number, offset: number): Line => [
  process,
  'ok',
  'send',
  [['send', 'a', [offset, value]]],
];
const poll = (...records: [number, number][]): Line[] => [
  [7, 'invoke', 'poll', [['poll']]],
  [7, 'ok', 'poll', [['poll', { a: records }]]],
];
const phase = (name: string): Line => ['nemesis', 'info', 'phase', name];

describe('append-order', () => {
  test('an append that began after another was acknowledged stands behind it', () => {
    const rows = history(
      invokeSend(1, 11),
      okSend(1, 11, 1),
      invokeSend(2, 10),
      okSend(2, 10, 0),
      ...poll([0, 10], [1, 11]),
    );
    const result = check(rows);
    expect(result.counts).toEqual({ 'append-order': 1 });
    expect(result.anomalies['append-order']?.[0]).toMatchObject({
      offsets: [1, 0],
      values: [11, 10],
      operations: [0, 1, 2, 3],
    });
  });

  test('concurrent appends stand in any order, and unknown ones too', () => {
    const concurrent = history(
      invokeSend(1, 11),
      invokeSend(2, 10),
      okSend(1, 11, 1),
      okSend(2, 10, 0),
      ...poll([0, 10], [1, 11]),
    );
    expect(check(concurrent).counts).toEqual({});
    const unknown = history(
      invokeSend(1, 11),
      [1, 'info', 'send', [['send', 'a', [1, 11]]]],
      invokeSend(2, 10),
      okSend(2, 10, 0),
      ...poll([0, 10], [1, 11]),
    );
    expect(check(unknown).counts).toEqual({});
  });

  test('the witness is the earliest completion above, however far above', () => {
    const rows = history(
      invokeSend(1, 13),
      okSend(1, 13, 3),
      invokeSend(2, 12),
      invokeSend(3, 10),
      okSend(2, 12, 2),
      okSend(3, 10, 0),
      ...poll([0, 10], [2, 12], [3, 13]),
    );
    expect(check(rows).counts).toEqual({ 'append-order': 2 });
  });

  test('in whatever order they were sent, and whoever above was acknowledged first', () => {
    const mixed = history(
      ...[invokeSend(1, 11), okSend(1, 11, 1)],
      ...[invokeSend(2, 15), okSend(2, 15, 5)],
      ...[invokeSend(3, 13), okSend(3, 13, 3)],
      ...poll([1, 11], [3, 13], [5, 15]),
    );
    expect(check(mixed).anomalies['append-order']?.map(({ values }) => values)).toEqual([[15, 13]]);
    const between = history(
      ...[invokeSend(1, 19), invokeSend(2, 17), okSend(2, 17, 7)],
      ...[invokeSend(3, 10), okSend(1, 19, 9), okSend(3, 10, 0)],
      ...poll([0, 10], [7, 17], [9, 19]),
    );
    expect(check(between).anomalies['append-order']?.map(({ values }) => values)).toEqual([
      [17, 10],
    ]);
  });

  test('an ok completion without an invocation is not judged by real time', () => {
    const rows = history(
      invokeSend(1, 11),
      okSend(1, 11, 1),
      okSend(2, 10, 0),
      ...poll([0, 10], [1, 11]),
    );
    expect(check(rows).counts).toEqual({});
  });
});

describe('the verdict', () => {
  const sound = [invokeSend(1, 1), okSend(1, 1, 0), ...poll([0, 1])];

  test('an empty history, or one without a record, proves nothing', () => {
    expect(check([])).toMatchObject({ verdict: 'inconclusive', acknowledged: 0 });
    expect(check(history(...poll(), ...poll()))).toMatchObject({
      verdict: 'inconclusive',
      operations: { ok: 2, fail: 0, info: 0 },
    });
    expect(check([], { minimumAcknowledged: 0 }).verdict).toBe('inconclusive');
  });

  test('fewer acknowledgements than asked for are inconclusive', () => {
    expect(check(history(...sound)).verdict).toBe('valid');
    expect(check(history(...sound), { minimumAcknowledged: 2 }).verdict).toBe('valid');
    expect(check(history(...sound), { minimumAcknowledged: 3 })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['Only 2 operations were acknowledged with records; 3 are needed.'],
    });
  });

  test('an anomaly convicts however short the history is', () => {
    expect(check(history(...poll([0, 1])), { minimumAcknowledged: 1000 }).verdict).toBe('invalid');
  });

  test('the last phase must acknowledge something', () => {
    expect(check(history(phase('main'), ...sound, phase('final'), ...poll([0, 1]))).verdict).toBe(
      'invalid', // process 7 polls the same record again
    );
    const silent = check(history(phase('main'), ...sound, phase('final'), ...poll()));
    expect(silent.verdict).toBe('inconclusive');
    expect(silent.phases.map((each) => each.acknowledged)).toEqual([2, 0]);
    const read = history(phase('main'), sound[0]!, sound[1]!, phase('final'), ...poll([0, 1]));
    expect(check(read)).toMatchObject({ verdict: 'valid', acknowledged: 2 });
  });

  test('what nobody read is held against a finished history only', () => {
    const unread = [invokeSend(2, 2), okSend(2, 2, 1)];
    expect(check(history(...sound, ...unread)).verdict).toBe('invalid');
    const stopped = check(history(phase('main'), ...sound, ...unread));
    expect(stopped.verdict).toBe('inconclusive');
    expect(Object.keys(stopped.allowed)).toEqual(['unseen']);
    const finished = history(phase('main'), ...sound, ...unread, phase('final'), ...poll());
    expect(Object.keys(check(finished).anomalies)).toEqual(['unseen']);
    expect(check(history(...sound, ...unread), { partial: true }).verdict).toBe('valid');
  });

  test('what nobody read in a log that was deleted is told, and convicts nobody', () => {
    const rows = history(...sound, invokeSend(2, 2), okSend(2, 2, 1));
    const [finding] = check(rows).anomalies.unseen ?? [];
    const abandoned = new Set([String(finding?.key)]);
    expect(check(rows, { abandoned })).toMatchObject({ verdict: 'valid', anomalies: {} });
    expect(Object.keys(check(rows, { abandoned }).allowed)).toEqual(['unseen']);
    expect(check(rows, { abandoned: new Set(['another']) }).verdict).toBe('invalid');
    // However many of them there are, one in a log that stands convicts.
    const many = Array.from({ length: 5 }, (_, i): Line[] => [
      [9, 'invoke', 'send', [['send', `k${i}`, [null, 1]]]],
      [9, 'ok', 'send', [['send', `k${i}`, [0, 1]]]],
    ]).flat();
    const deleted = new Set(['k0', 'k1', 'k2', 'k3']);
    const last = check(history(...sound, ...many), { abandoned: deleted, maximumFindings: 1 });
    expect(last.anomalies.unseen?.map(({ key }) => key)).toEqual(['k4']);
    expect(last.allowed.unseen).toHaveLength(1);
    const phantom = history(...poll([0, 1]));
    expect(check(phantom, { abandoned }).verdict).toBe('invalid');
  });

  test('findings beyond the maximum are counted, not kept', () => {
    const result = check(history(...poll([0, 1], [1, 2], [2, 3])), { maximumFindings: 2 });
    expect(result.counts.phantom).toBe(3);
    expect(result.anomalies.phantom).toHaveLength(2);
    expect(result.reasons).toEqual(['phantom: 3 found.']);
    const none = check(history(...poll([0, 1], [1, 2])), { maximumFindings: 0 });
    expect(none).toMatchObject({ verdict: 'invalid', counts: { phantom: 2 } });
    expect(none.anomalies.phantom).toHaveLength(1);
  });

  test('exit statuses', () => {
    expect((['valid', 'invalid', 'inconclusive'] as const).map(exitStatus)).toEqual([0, 1, 3]);
  });
});

describe('histories that cannot be judged', () => {
  test('a process that invokes twice, or completes what it did not invoke', () => {
    expect(() => check(history(invokeSend(1, 1), invokeSend(1, 2)))).toThrow(UnusableHistoryError);
    expect(() => check(history(invokeSend(1, 1), [1, 'ok', 'poll', [['poll', {}]]]))).toThrow(
      /completes poll, but send is what it invoked/,
    );
  });

  test('indexes that do not rise', () => {
    const rows = history(invokeSend(1, 1), okSend(1, 1, 0));
    expect(() => check([rows[1]!, rows[0]!])).toThrow(/row index 0 does not follow index 1/);
  });

  test('rows that no rule reads are counted', () => {
    const rows = history([3, 'invoke', 'debug-topic-partitions', ['a']]);
    expect(check(rows)).toMatchObject({
      verdict: 'inconclusive',
      ignored: { 'debug-topic-partitions': 1 },
    });
  });

  test('values may be names, as in the cases of Jepsen', () => {
    const rows = history(
      [1, 'invoke', 'send', [['send', 'x', 'a']]],
      [1, 'ok', 'send', [['send', 'x', [0, 'a']]]],
      [2, 'ok', 'poll', [['poll', { x: [[0, 'b']] }]]],
    );
    expect(Object.keys(check(rows).counts).sort()).toEqual([
      'empty-transaction-graph',
      'inconsistent-offsets',
      'lost-write',
      'phantom',
      'unseen',
    ]);
  });
});
