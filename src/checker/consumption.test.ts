/** Exactly-once, and the two measurements. */

import { describe, expect, test } from 'vitest';
import { convicted, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../history/rows.js';
import { check } from './check.js';

const ONCE = { subscribe: true, exactlyOnce: {} };

const subscribed = (group?: string): Scribe => {
  const extra = { f: 'subscribe', ...(group === undefined ? {} : { group }) };
  return write()
    .log(3)
    .readLog(3)
    .assign(1, ['a'], 'ok', { f: 'subscribe' })
    .assign(2, ['a'], 'ok', extra);
};

const consume = (scribe: Scribe, process: number, value: number, type: RowType = 'ok'): Scribe =>
  scribe.op(process, type, 'txn', [['poll', { a: [[value - 1, value]] }]]);

describe('exactly-once', () => {
  test('two committed transactions of a group consumed a value', () => {
    const twice = consume(consume(subscribed(), 1, 1), 2, 1);
    expect(convicted(twice, ONCE)).toEqual({ 'exactly-once': 1 });
    expect(convicted(twice, { subscribe: true })).toEqual({});
  });

  test('of different groups, or aborted, or by hand, each may', () => {
    expect(convicted(consume(consume(subscribed('other'), 1, 1), 2, 1), ONCE)).toEqual({});
    expect(convicted(consume(consume(subscribed(), 1, 1, 'fail'), 2, 1), ONCE)).toEqual({});
    expect(convicted(consume(consume(subscribed(), 1, 1, 'info'), 2, 1), ONCE)).toEqual({});
    const byHand = consume(subscribed(), 1, 1).assign(2, ['a']);
    expect(convicted(consume(byHand, 2, 1), ONCE)).toEqual({});
  });

  test('who is a member: from a subscription that did not fail to an assignment, or a crash', () => {
    const once = { 'exactly-once': 1 };
    const joined = (): Scribe => consume(subscribed(), 1, 1);
    const crashed = joined().row(2, 'invoke', 'crash', null).row(2, 'info', 'crash', null);
    expect(convicted(consume(crashed, 2, 1), ONCE)).toEqual({});
    // Neither a refused assignment nor a commit ends the membership, nor does a refused subscription begin one.
    expect(convicted(consume(joined().assign(2, ['a'], 'fail'), 2, 1), ONCE)).toEqual(once);
    const committed = joined()
      .row(2, 'invoke', 'commit', { a: 1 }, { group: 'g' })
      .row(2, 'ok', 'commit', { a: 1 }, { group: 'g' });
    expect(convicted(consume(committed, 2, 1), ONCE)).toEqual(once);
    const refused = joined().assign(3, ['a'], 'fail', { f: 'subscribe' });
    expect(convicted(consume(refused, 3, 1), ONCE)).toEqual({});
  });

  test('a group is named by either row of the subscription; those without a name are one', () => {
    const member = (process: number, asked: string | null, told: string | null): void => {
      const named = (group: string | null): Record<string, string> =>
        group === null ? {} : { group };
      scribe
        .row(process, 'invoke', 'subscribe', ['a'], named(asked))
        .row(process, 'ok', 'subscribe', ['a'], named(told));
      consume(scribe, process, 1);
    };
    let scribe = write().log(1).readLog(1);
    member(1, 'g', null);
    member(2, null, 'h');
    member(3, null, null);
    expect(convicted(scribe, ONCE)).toEqual({});
    for (const [asked, told] of [
      ['g', null],
      [null, 'g'],
      ['g', 'g'],
    ] as const) {
      scribe = write().log(1).readLog(1);
      member(1, 'g', null);
      member(2, asked, told);
      expect(convicted(scribe, ONCE)).toEqual({ 'exactly-once': 1 });
    }
    // Nor is it the name of nothing.
    scribe = write().log(1).readLog(1);
    member(1, null, null);
    member(2, '', '');
    scribe.row(3, 'ok', 'subscribe', ['a'], { group: 'h' });
    consume(scribe, 3, 1);
    expect(convicted(scribe, ONCE)).toEqual({ 'exactly-once': 1 });
  });

  test('an unknown transaction has committed if something it sent was read', () => {
    const output: MicroOperation[] = [
      ['poll', { a: [[0, 1]] }],
      ['send', 'b', [0, 'out']],
    ];
    const scribe = subscribed()
      .op(1, 'info', 'txn', output)
      .poll(8, 'b', [[0, 'out']]);
    expect(convicted(consume(scribe, 2, 1), ONCE)).toEqual({ 'exactly-once': 1 });
  });

  test('a value between two consumed ones that nobody consumed', () => {
    const passed = consume(consume(subscribed(), 1, 1), 2, 3);
    expect(convicted(passed, ONCE)).toEqual({ 'exactly-once': 1 });
    const maybe = consume(consume(consume(subscribed(), 1, 1), 2, 3), 2, 2, 'info');
    expect(convicted(maybe, ONCE)).toEqual({});
    const aborted = consume(consume(consume(subscribed(), 1, 1), 2, 3), 2, 2, 'fail');
    expect(convicted(aborted, ONCE)).toEqual({ 'exactly-once': 1 });
    // Before the first one the group had not begun, after the last one it had not come.
    expect(convicted(consume(subscribed(), 1, 2), ONCE)).toEqual({});
  });

  test('a consumed value whose output is missing', () => {
    const promise = { subscribe: true, exactlyOnce: { outputs: { a: 'b' } } };
    expect(convicted(consume(subscribed(), 1, 1), promise)).toEqual({ 'exactly-once': 1 });
    const output: MicroOperation[] = [
      ['poll', { a: [[0, 1]] }],
      ['send', 'b', [0, 1]],
    ];
    const sent = subscribed()
      .op(1, 'ok', 'txn', output)
      .poll(8, 'b', [[0, 1]]);
    expect(convicted(sent, promise)).toEqual({});
  });
});

describe('measurements', () => {
  test('how often a subscriber consumed a value', () => {
    const twice = consume(consume(consume(subscribed(), 1, 1), 1, 2), 1, 1);
    const { consumeCounts } = check(twice.rows, { subscribe: true });
    expect(consumeCounts).toEqual({
      distribution: { 1: 1, 2: 1 },
      repeated: [{ process: 1, key: 'a', value: 1, count: 2 }],
    });
    expect(check(write().log(3).readLog(3).rows).consumeCounts.distribution).toEqual({});
  });

  // The facts of Jepsen's own test; a step is a microsecond here.
  test('how far a consumer was behind', () => {
    const scribe = write()
      .assign(0, ['x'])
      .poll(0, 'x', [])
      .send(0, 'x', 0, 'a')
      .poll(0, 'x', [])
      .op(1, 'ok', 'send', [
        ['send', 'x', [2, 'c']],
        ['send', 'x', [3, 'd']],
      ])
      .poll(0, 'x', [])
      .poll(0, 'x', [
        [0, 'a'],
        [1, 'b'],
      ]);
    const lagOf = (): unknown => check(scribe.rows).realtimeLag.lags.find((l) => l.key === 'x');
    expect(lagOf()).toEqual({
      process: 0,
      key: 'x',
      worst: 5000,
      worstTime: 10_000,
      last: 3000,
      lastTime: 12_000,
    });
    scribe.assign(0, ['x', 'y']).poll(0, 'x', []);
    expect(lagOf()).toMatchObject({ worst: 7000, worstTime: 16_000, last: 7000 });
    scribe.assign(0, ['y']).assign(0, ['x']).poll(0, 'x', []);
    expect(lagOf()).toMatchObject({ worst: 17_000, worstTime: 22_000, last: 17_000 });
    scribe.poll(0, 'x', [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
    ]);
    expect(lagOf()).toMatchObject({ worst: 17_000, last: 0, lastTime: 24_000 });
    expect(check(scribe.rows).realtimeLag.worst).toMatchObject({ process: 0, worst: 17_000 });
  });
});
