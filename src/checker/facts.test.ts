import { describe, expect, test } from 'vitest';
import { convicted, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../history/rows.js';
import { check } from './check.js';

const PAIR: readonly MicroOperation[] = [
  ['send', 'a', [null, 1]],
  ['send', 'a', [null, 2]],
];

describe('what must have committed', () => {
  test('a failed transaction has not, even if some of it was read', () => {
    const scribe = write()
      .op(1, 'fail', 'txn', PAIR)
      .poll(2, 'a', [[0, 1]], 'fail');
    expect(convicted(scribe.poll(3, 'a', [[1, 2]]))).toEqual({ G1a: 1 });
  });

  test('an unknown transaction has as soon as some of it was read; pipelined sends each alone', () => {
    const txn = write()
      .op(1, 'info', 'txn', PAIR)
      .poll(2, 'a', [[0, 1]], 'fail');
    expect(convicted(txn.poll(3, 'a', [[1, 2]]))).toEqual({ 'lost-write': 1 });
    const sends = write().op(1, 'info', 'send', PAIR, { pipelined: true });
    expect(convicted(sends.poll(2, 'a', [[0, 1]], 'fail').poll(3, 'a', [[1, 2]]))).toEqual({});
  });

  test('a completion is pipelined with its invocation', () => {
    const sends: MicroOperation[] = [
      ['send', 'a', [0, 1]],
      ['send', 'a', 2],
    ];
    const scribe = write()
      .row(1, 'invoke', 'send', PAIR, { pipelined: true })
      .row(1, 'info', 'send', sends);
    expect(
      convicted(
        scribe.poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({ G1a: 1 });
  });

  test('of two operations that sent one value, the better outcome stands', () => {
    const again = write().send(1, 'a', null, 1, 'fail').send(2, 'a', 0, 1);
    expect(convicted(again.poll(3, 'a', [[0, 1]]))).toEqual({});
    const unknown = write().send(1, 'a', null, 1, 'info').send(2, 'a', null, 1, 'fail');
    expect(convicted(unknown.poll(3, 'a', [[0, 1]]))).toEqual({});
    const late = write().send(1, 'a', null, 1, 'fail').send(2, 'a', null, 1, 'info');
    expect(convicted(late.poll(3, 'a', [[0, 1]]))).toEqual({});
  });
});

describe('the version order', () => {
  test('takes of several values at one offset one that an ok poll returned', () => {
    // 9 was sent first to offset 1, but readers saw 2 there: going back from it is seen.
    const scribe = write().send(1, 'a', 1, 9).send(2, 'a', 0, 1).send(3, 'a', 1, 2);
    const result = check(
      scribe.poll(4, 'a', [
        [1, 2],
        [0, 1],
      ]).rows,
    );
    expect(Object.keys(result.counts).sort()).toEqual([
      'append-order',
      'inconsistent-offsets',
      'int-nonmonotonic-poll',
      'lost-write',
      'unseen',
    ]);
  });

  test('counts every offset of a value once', () => {
    const scribe = write().send(1, 'a', 0, 1);
    for (let process = 2; process < 6; process += 1) {
      scribe.poll(process, 'a', [[process < 4 ? 4 : 7, 1]]);
    }
    expect(check(scribe.rows).anomalies.duplicate?.[0]?.offsets).toEqual([0, 4, 7]);
  });

  test('what several operations sent is the record of the ok one, or of nobody in particular', () => {
    const again = (type: RowType): Scribe =>
      write()
        .op(1, 'info', 'txn', [
          ['send', 'a', [0, 1]],
          ['send', 'a', [1, 2]],
        ])
        .op(2, type, 'txn', [['send', 'a', [3, 1]]])
        .send(4, 'a', 4, 9)
        .poll(3, 'a', [
          [3, 1],
          [4, 9],
        ]);
    // Else 1 would stand at offset 0 too, and 2, which then had committed with it, were lost.
    expect(convicted(again('ok'))).toEqual({});
    expect(convicted(again('info'))).toEqual({});
    // An order of sends is that of one's own records.
    const order = write()
      .op(1, 'fail', 'txn', [
        ['send', 'a', [0, 2]],
        ['send', 'a', [1, 1]],
      ])
      .op(2, 'ok', 'txn', [['send', 'a', [2, 1]]])
      .op(2, 'ok', 'txn', [['send', 'a', [3, 2]]])
      .poll(3, 'a', [
        [2, 1],
        [3, 2],
      ]);
    expect(convicted(order)).toEqual({});
  });

  test('reads big offsets and many values in any order of arrival', () => {
    const base = 2 ** 40;
    const scribe = write();
    for (let i = 2999; i >= 0; i -= 1) {
      scribe.send(10 + i, 'a', base + 2 * i, i);
    }
    const records = Array.from({ length: 3000 }, (_, i): [number, number] => [base + 2 * i, i]);
    expect(check(scribe.poll(1, 'a', records).rows).counts).toEqual({ 'append-order': 2999 });
    expect(convicted(scribe.poll(2, 'a', [records[7]!, records[9]!]))).toMatchObject({
      'int-poll-skip': 1,
    });
  });
});
