import { describe, expect, test } from 'vitest';
import { convicted, type Extra, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../history/rows.js';
import { check } from './check.js';

describe('order within an operation', () => {
  const full = (): Scribe => write().log(4).readLog(4);

  test('a poll that leaves out a record, also across its micro-operations', () => {
    expect(
      convicted(
        full().poll(1, 'a', [
          [0, 1],
          [2, 3],
        ]),
      ),
    ).toEqual({ 'int-poll-skip': 1 });
    const chained: MicroOperation[] = [
      ['poll', { a: [[0, 1]] }],
      ['poll', { a: [[3, 4]] }],
    ];
    expect(convicted(full().op(1, 'fail', 'txn', chained))).toEqual({ 'int-poll-skip': 1 });
  });

  test('a poll that goes back or stays', () => {
    expect(
      convicted(
        full().poll(1, 'a', [
          [1, 2],
          [0, 1],
        ]),
      ),
    ).toEqual({ 'int-nonmonotonic-poll': 1 });
    const again = convicted(
      full().poll(
        1,
        'a',
        [
          [1, 2],
          [1, 2],
        ],
        'info',
      ),
    );
    expect(again).toEqual({ 'int-nonmonotonic-poll': 1 });
  });

  test('offsets without a value are no records', () => {
    const gaps = write()
      .send(1, 'a', 0, 1)
      .send(1, 'a', 5, 2)
      .poll(2, 'a', [
        [0, 1],
        [5, 2],
      ]);
    expect(convicted(gaps)).toEqual({});
  });

  test('a value whose place is unknown accuses nobody', () => {
    const scribe = full().send(1, 'a', null, 99, 'info').send(2, 'a', null, 98, 'fail');
    const sends: MicroOperation[] = [
      ['send', 'a', [null, 50]],
      ['send', 'a', [null, 51]],
    ];
    expect(convicted(scribe.op(3, 'info', 'txn', sends))).toEqual({});
  });

  test('a key in the rebalance log is excused, others are not', () => {
    const moved = { rebalanceLog: [{ keys: ['a'] }] };
    const skip: MicroOperation[] = [
      [
        'poll',
        {
          a: [
            [0, 1],
            [2, 3],
            [0, 1],
          ],
        },
      ],
    ];
    expect(convicted(full().op(1, 'ok', 'poll', skip, moved))).toEqual({});
    const other = { rebalanceLog: [{ keys: ['b'] }] };
    expect(convicted(full().op(1, 'ok', 'poll', skip, other))).toEqual({
      'int-poll-skip': 1,
      'int-nonmonotonic-poll': 1,
    });
  });

  test('sends may interleave with those of others, but not stand in wrong order', () => {
    const interleaved: MicroOperation[] = [
      ['send', 'a', [0, 1]],
      ['send', 'a', [2, 3]],
    ];
    const scribe = write()
      .op(1, 'ok', 'txn', interleaved)
      .row(2, 'ok', 'send', [['send', 'a', [1, 2]]]);
    const result = check(scribe.readLog(3).rows);
    expect(result.verdict).toBe('valid');
    expect(result.allowed['int-send-skip']?.[0]).toMatchObject({ values: [1, 3, 2] });
    const swapped = write().op(1, 'ok', 'txn', [...interleaved].reverse());
    expect(
      convicted(
        swapped.poll(2, 'a', [
          [0, 1],
          [2, 3],
        ]),
      ),
    ).toEqual({ 'int-nonmonotonic-send': 1 });
  });
});

describe('order between the operations of a process', () => {
  const full = (): Scribe => write().log(6).readLog(6);

  test('the next poll skips, goes back or stays', () => {
    const skip = check(
      full()
        .poll(1, 'a', [[0, 1]])
        .poll(1, 'a', [[2, 3]]).rows,
    );
    expect(skip.counts).toEqual({ 'poll-skip': 1 });
    expect(skip.anomalies['poll-skip']?.[0]?.operations).toEqual([2, 3, 14, 15, 16, 17]);
    expect(
      convicted(
        full()
          .poll(1, 'a', [[1, 2]])
          .poll(1, 'a', [[0, 1]]),
      ),
    ).toEqual({
      'nonmonotonic-poll': 1,
    });
    expect(
      convicted(
        full()
          .poll(1, 'a', [[1, 2]])
          .poll(1, 'a', [[1, 2]]),
      ),
    ).toEqual({
      'nonmonotonic-poll': 1,
    });
    expect(
      convicted(
        full()
          .poll(1, 'a', [[0, 1]])
          .poll(2, 'a', [[2, 3]]),
      ),
    ).toEqual({});
  });

  test('the first record of a poll is held against the last one of the poll before', () => {
    const scribe = full()
      .poll(1, 'a', [
        [0, 1],
        [1, 2],
      ])
      .poll(1, 'a', [
        [2, 3],
        [3, 4],
      ]);
    expect(convicted(scribe)).toEqual({});
  });

  test('failed and unknown polls are tested but move nothing', () => {
    for (const type of ['fail', 'info'] as const) {
      const tested = full()
        .poll(1, 'a', [[0, 1]])
        .poll(1, 'a', [[2, 3]], type);
      expect(convicted(tested)).toEqual({ 'poll-skip': 1 });
      const rewound = full()
        .poll(1, 'a', [[0, 1]])
        .poll(1, 'a', [[1, 2]], type);
      expect(convicted(rewound.poll(1, 'a', [[1, 2]]))).toEqual({});
    }
  });

  test('assign keeps the positions of listed keys and forgets the rest; a failed one does nothing', () => {
    const moved = (keys: string[], type: RowType, extra: Extra = {}): Record<string, number> =>
      convicted(
        full()
          .poll(1, 'a', [[0, 1]])
          .assign(1, keys, type, extra)
          .poll(1, 'a', [[3, 4]]),
      );
    expect(moved(['a', 'b'], 'ok')).toEqual({ 'poll-skip': 1 });
    expect(moved(['b'], 'ok')).toEqual({});
    expect(moved(['b'], 'info')).toEqual({});
    expect(moved(['b'], 'fail')).toEqual({ 'poll-skip': 1 });
    expect(moved(['b'], 'ok', { f: 'subscribe' })).toEqual({});
    expect(moved(['a'], 'ok', { f: 'subscribe' })).toEqual({ 'poll-skip': 1 });
    expect(moved(['a'], 'ok', { seekToBeginning: true })).toEqual({});
  });

  test('a crash forgets the process', () => {
    const scribe = full()
      .poll(1, 'a', [[3, 4]])
      .row(1, 'invoke', 'crash', null);
    expect(convicted(scribe.row(1, 'info', 'crash', null).poll(1, 'a', [[0, 1]]))).toEqual({});
  });

  test('under subscribe the group may move a position: allowed, and told', () => {
    const scribe = full()
      .poll(1, 'a', [[0, 1]])
      .poll(1, 'a', [[3, 4]])
      .poll(1, 'a', [[0, 1]]);
    const result = check(scribe.rows, { subscribe: true });
    expect(result.verdict).toBe('valid');
    expect(Object.keys(result.allowed).sort()).toEqual(['nonmonotonic-poll', 'poll-skip']);
    expect(convicted(scribe)).toEqual({ 'nonmonotonic-poll': 1, 'poll-skip': 1 });
    const inside = full().poll(1, 'a', [
      [0, 1],
      [3, 4],
    ]);
    expect(convicted(inside, { subscribe: true })).toEqual({ 'int-poll-skip': 1 });
  });

  test('sends of a process stand in its order, over ok and unknown operations', () => {
    const wrong = (type: RowType): Scribe =>
      write()
        .send(1, 'a', 1, 2, type)
        .send(1, 'a', 0, 1)
        .poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]);
    expect(convicted(wrong('info'))).toEqual({ 'nonmonotonic-send': 1 });
    expect(convicted(wrong('ok'))).toEqual({ 'nonmonotonic-send': 1, 'append-order': 1 });
    const reset = write().send(1, 'a', 1, 2, 'info').assign(1, ['b']).send(1, 'a', 0, 1);
    expect(
      convicted(
        reset.poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({});
    const kept = write().send(1, 'a', 1, 2, 'info').assign(1, ['a']).send(1, 'a', 0, 1);
    expect(
      convicted(
        kept.poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({ 'nonmonotonic-send': 1 });
    const back: MicroOperation[] = [
      ['send', 'a', [2, 3]],
      ['send', 'a', [0, 1]],
    ];
    // Only the first send of an operation is held against the operation before.
    const inside = write().send(1, 'a', 1, 2, 'info').op(1, 'ok', 'txn', back).readLog(3);
    expect(convicted(inside)).toEqual({ 'int-nonmonotonic-send': 1 });
    const gap = write().send(1, 'a', 0, 1).send(2, 'a', 1, 2).send(1, 'a', 2, 3);
    expect(convicted(gap.readLog(3))).toEqual({});
    const failed = write().send(1, 'a', 1, 2, 'fail').send(1, 'a', 0, 1);
    expect(convicted(failed.poll(2, 'a', [[0, 1]]).poll(3, 'a', [[1, 2]], 'info'))).toEqual({});
  });
});
