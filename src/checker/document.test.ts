/** Whole documents: everything that is told of a history. */

import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../model-tests/checker-scribe.js';
import { check } from './check.js';

describe('what is told of a history', () => {
  const run = (): Scribe =>
    write()
      .row('nemesis', 'info', 'phase', 'main')
      .assign(2, ['a'])
      .send(1, 'a', 0, 1)
      .op(1, 'ok', 'txn', [['send', 'a', [1, 2]]])
      .row('nemesis', 'info', 'kill', 'n1')
      .send(3, 'a', null, 3, 'fail')
      .row(4, 'ok', 'send', [['send', 'b', 4]])
      .poll(2, 'a', [])
      .row(5, 'invoke', 'poll', [['poll']])
      .row(6, 'invoke', 'debug-topic-partitions', ['a'])
      .row(7, 'invoke', 'send', [['send', 'a', [null, 5]]])
      .row('nemesis', 'info', 'phase', 'final')
      .row(7, 'ok', 'send', [['send', 'a', [2, 5]]])
      .poll(2, 'a', [
        [0, 1],
        [1, 2],
        [2, 5],
      ])
      .poll(8, 'b', [[0, 4]]);

  test('that is valid', () => {
    expect(check(run().rows)).toEqual({
      verdict: 'valid',
      reasons: ['No anomaly in 6 acknowledged operations on 2 keys.'],
      anomalies: {},
      allowed: {},
      undecided: {},
      counts: {},
      operations: { ok: 7, fail: 1, info: 1 },
      acknowledged: 6,
      phases: [
        { name: 'main', from: 0, acknowledged: 3 },
        { name: 'final', from: 16, acknowledged: 3 },
      ],
      size: { rows: 22, processes: 8, keys: 2, values: 5 },
      realtimeLag: {
        worst: { process: 2, key: 'a', worst: 7000, worstTime: 11_000, last: 0, lastTime: 18_000 },
        lags: [
          { process: 2, key: 'a', worst: 7000, worstTime: 11_000, last: 0, lastTime: 18_000 },
          { process: 8, key: 'b', worst: 0, worstTime: 20_000, last: 0, lastTime: 20_000 },
        ],
      },
      consumeCounts: { distribution: {}, repeated: [] },
      ignored: { 'debug-topic-partitions': 1 },
    });
  });

  test('that proves nothing: each gap is a reason', () => {
    const stopped = write().row('nemesis', 'info', 'phase', 'main').poll(1, 'a', []);
    const reasons = [
      'Only 0 operations were acknowledged with records; 7 are needed.',
      'The final phase never began, so the keys were not read to their end.',
      'No operation depends on another and none began after another was done: the history can prove nothing.',
    ];
    expect(check(stopped.rows, { minimumAcknowledged: 7 })).toMatchObject({
      verdict: 'inconclusive',
      reasons,
      counts: { 'empty-transaction-graph': 1 },
    });
    const silent = write().log(1).readLog(1).row('nemesis', 'info', 'phase', 'final');
    expect(check(silent.rows).reasons).toEqual([
      'Nothing was acknowledged in the last phase (final).',
    ]);
  });

  test('that is convicted: gaps are no reasons', () => {
    const result = check(
      run()
        .poll(3, 'a', [[7, 9]])
        .send(5, 'c', 0, 1)
        .rows.slice(0, 24),
    );
    expect(result).toMatchObject({
      verdict: 'invalid',
      reasons: ['phantom: 1 found.'],
      counts: { phantom: 1 },
    });
    const bare = check(write().poll(3, 'a', [[7, 9]]).rows, { minimumAcknowledged: 5 });
    expect(bare.reasons).toEqual(['phantom: 1 found.']);
    // Nor does it help that the history is cut off.
    expect(check(write().poll(3, 'a', [[7, 9]]).rows, { partial: true }).verdict).toBe('invalid');
  });

  test('of which a search was given up: it is named', () => {
    const scribe = run().row(9, 'ok', 'metadata', { op: 'read', topic: 't', state: null });
    scribe.row(9, 'invoke', 'metadata', { op: 'create', topic: 't' });
    expect(check(scribe.rows, { linearizationSteps: 0 })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['Whether the metadata of topic t is linearizable was not found out in time.'],
    });
    expect(check(scribe.rows).verdict).toBe('valid');
  });
});

describe('what is told of a finding', () => {
  const twice = (): Scribe =>
    write()
      .row(1, 'invoke', 'send', [['send', 'a', [null, 5]]])
      .row(1, 'info', 'attempt', [['send', 'a', [null, 5]]], { attempt: 1 })
      .row(1, 'ok', 'send', [['send', 'a', [3, 5]]])
      .send(2, 'a', 4, 6)
      .poll(3, 'a', [[3, 5]])
      .poll(4, 'a', [
        [4, 6],
        [7, 5],
      ]);

  test('the rows that prove it, cut down to what matters, with attempts between', () => {
    const { rows } = twice();
    expect(check(rows).anomalies).toStrictEqual({
      duplicate: [
        {
          anomaly: 'duplicate',
          key: 'a',
          offsets: [3, 7],
          values: [5],
          operations: [0, 2, 7, 8],
          rows: [
            rows[0],
            rows[1],
            rows[2],
            rows[7],
            { ...rows[8], value: [['poll', { a: [[7, 5]] }]] },
          ],
          sentence: 'Key a: 5 was sent once but stands at 2 offsets: 3 (index 2), 7 (index 8).',
        },
      ],
    });
  });

  test('the first ones are kept, all are counted; what is allowed is kept apart', () => {
    const skips = write()
      .together(
        [
          1,
          'ok',
          [
            ['send', 'a', [0, 1]],
            ['send', 'a', [2, 3]],
            ['send', 'a', [4, 5]],
          ],
        ],
        [
          2,
          'ok',
          [
            ['send', 'a', [1, 2]],
            ['send', 'a', [3, 4]],
          ],
        ],
      )
      .readLog(5);
    const result = check(skips.rows, { maximumFindings: 2 });
    expect(result.counts).toEqual({ 'int-send-skip': 3 });
    expect(result.anomalies).toEqual({});
    expect(result.allowed['int-send-skip']?.map(({ values }) => values)).toEqual([
      [1, 3, 2],
      [3, 5, 4],
    ]);
    // Of one name both: what no key was given up for convicts.
    const unread = write().log(1, 'a').log(1, 'b').readLog(0, 'a');
    const { anomalies, allowed, counts } = check(unread.rows, { abandoned: new Set(['a']) });
    expect(counts).toEqual({ unseen: 2 });
    expect([
      anomalies.unseen?.map(({ key }) => key),
      allowed.unseen?.map(({ key }) => key),
    ]).toEqual([['b'], ['a']]);
    const both = check(unread.rows, { abandoned: new Set(['a']), partial: true });
    expect(both.allowed.unseen?.map(({ key }) => key)).toEqual(['a', 'b']);
  });
});
