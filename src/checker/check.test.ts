import { describe, expect, test } from 'vitest';
import type { Json, MicroOperation, Row, RowType, Value } from '../history/rows.js';
import { check } from './check.js';
import type { CheckOptions } from './result.js';

type Extra = { readonly [name: string]: unknown };

/** Writes histories by hand: one call is one operation, or one row of it. */
class Scribe {
  readonly rows: Row[] = [];

  row(
    process: number | 'nemesis',
    type: RowType,
    f: string,
    value: unknown,
    extra: Extra = {},
  ): this {
    const index = this.rows.length;
    this.rows.push({ index, time: index * 1000, process, type, f, value, ...extra } as Row);
    return this;
  }

  /** An operation from invocation to completion. */
  op(
    process: number,
    type: RowType,
    f: string,
    value: readonly MicroOperation[],
    extra: Extra = {},
  ): this {
    const invoked = value.map((micro) =>
      micro[0] === 'send' ? ['send', micro[1], [null, sentValue(micro)]] : ['poll'],
    );
    return this.row(process, 'invoke', f, invoked).row(process, type, f, value, extra);
  }

  send(
    process: number,
    key: string,
    offset: number | null,
    value: Value,
    type: RowType = 'ok',
  ): this {
    return this.op(process, type, 'send', [['send', key, [offset, value]]]);
  }

  poll(
    process: number,
    key: string,
    records: readonly [number, Value][],
    type: RowType = 'ok',
  ): this {
    return this.op(process, type, 'poll', [['poll', { [key]: records }]]);
  }

  assign(process: number, keys: readonly string[], type: RowType = 'ok', extra: Extra = {}): this {
    const f = (extra.f as string | undefined) ?? 'assign';
    const { f: _f, ...rest } = extra;
    return this.row(process, 'invoke', f, keys, rest).row(process, type, f, keys, rest);
  }

  /** Sends of `count` values 1, 2, ... at offsets 0, 1, ... of key a, by process 9. */
  log(count: number, key = 'a'): this {
    for (let offset = 0; offset < count; offset += 1) {
      this.send(9, key, offset, offset + 1);
    }
    return this;
  }

  /** A poll by process 8 of what `log(count)` wrote, so that everything was read. */
  readLog(count: number, key = 'a'): this {
    const records = Array.from({ length: count }, (_, i): [number, Value] => [i, i + 1]);
    return this.poll(8, key, records);
  }
}

function sentValue(micro: MicroOperation): Json {
  const sent = micro[2] as readonly [number | null, Value] | Value;
  return Array.isArray(sent) ? (sent[1] as Value) : (sent as Value);
}

function write(): Scribe {
  return new Scribe();
}

/** Counts of what convicts. */
function convicted(scribe: Scribe, options: CheckOptions = {}): Record<string, number> {
  const result = check(scribe.rows, options);
  return Object.fromEntries(Object.keys(result.anomalies).map((n) => [n, result.counts[n] ?? 0]));
}

describe('lost-write', () => {
  test('an acknowledged value that polls passed by is lost', () => {
    const scribe = write()
      .log(3)
      .poll(1, 'a', [[0, 1]])
      .poll(2, 'a', [[2, 3]]);
    const result = check(scribe.rows);
    expect(result.counts).toEqual({ 'lost-write': 1, unseen: 1 });
    const finding = result.anomalies['lost-write']?.[0];
    expect(finding).toMatchObject({ key: 'a', offsets: [1, 2], values: [2, 3] });
    expect(finding?.operations).toEqual([2, 3, 8, 9]);
    expect(finding?.sentence).toContain('2 was acknowledged at index 3 and stood at offset 1');
  });

  test('a value beyond the last one read is unseen, not lost', () => {
    expect(convicted(write().log(3).readLog(2))).toEqual({ unseen: 1 });
  });

  test('a failed or unknown send that nobody read is no loss', () => {
    const scribe = write().send(1, 'a', 0, 7, 'fail').send(2, 'a', 1, 8, 'info');
    expect(convicted(scribe.send(3, 'a', 2, 9).poll(4, 'a', [[2, 9]]))).toEqual({});
  });

  test('a value only a failed poll returned is lost all the same', () => {
    const scribe = write()
      .log(2)
      .poll(1, 'a', [[0, 1]], 'fail')
      .poll(2, 'a', [[1, 2]]);
    expect(convicted(scribe)).toEqual({ 'lost-write': 1, unseen: 1 });
  });

  test('an unknown transaction of which one value was read must have committed whole', () => {
    const txn: MicroOperation[] = [
      ['send', 'a', [0, 1]],
      ['send', 'a', [1, 2]],
    ];
    const polls = (scribe: Scribe): Scribe => scribe.poll(2, 'a', [[1, 2]]);
    expect(convicted(polls(write().op(1, 'info', 'txn', txn)))).toEqual({ 'lost-write': 1 });
    const pipelined = write().op(1, 'info', 'send', [txn[0]!, ['send', 'a', [null, 2]]], {
      pipelined: true,
    });
    // Here the first send was acknowledged on its own account, so it is also unseen.
    expect(convicted(polls(pipelined))).toEqual({ 'lost-write': 1, unseen: 1 });
  });

  test('pipelined sends share no fate', () => {
    const sends: MicroOperation[] = [
      ['send', 'a', [null, 1]],
      ['send', 'a', [null, 2]],
      ['send', 'a', 3],
    ];
    const scribe = write()
      .op(1, 'info', 'send', sends, { pipelined: true })
      .poll(2, 'a', [[5, 2]]);
    expect(convicted(scribe)).toEqual({});
  });

  test('the bound is the first index of a value, the suspect counts by its last', () => {
    // 2 stands at offsets 1 and 3 and no ok poll returned it; the bound is index 2 (value 3). By
    // its last index 2 also stands behind 3, which the same process sent later.
    const scribe = write()
      .log(3)
      .poll(1, 'a', [[3, 2]], 'fail')
      .poll(2, 'a', [[0, 1]]);
    expect(convicted(scribe.poll(3, 'a', [[2, 3]]))).toEqual({
      duplicate: 1,
      'nonmonotonic-send': 1,
      unseen: 1,
    });
    // Read at both of its offsets, 2 bounds by the first: 4 at index 3 lies beyond.
    const twice = write()
      .log(2)
      .send(7, 'a', 3, 4)
      .poll(1, 'a', [[1, 2]])
      .poll(2, 'a', [[9, 2]]);
    expect(convicted(twice.poll(3, 'a', [[0, 1]]))).toEqual({ duplicate: 1, unseen: 1 });
  });
});

describe('what stands in the log', () => {
  test('two values at one offset are inconsistent', () => {
    const scribe = write().send(1, 'a', 0, 1).send(2, 'a', 0, 2);
    const result = check(scribe.poll(3, 'a', [[0, 1]]).rows);
    expect(result.anomalies['inconsistent-offsets']?.[0]).toMatchObject({
      key: 'a',
      offsets: [0],
      values: [1, 2],
      operations: [0, 1, 2, 3],
    });
    expect(result.counts).toEqual({ 'inconsistent-offsets': 1, 'lost-write': 1, unseen: 1 });
  });

  test('aborted and crashed polls count for the log, failed sends do not', () => {
    expect(
      convicted(
        write()
          .log(2)
          .readLog(2)
          .poll(1, 'a', [[0, 2]], 'fail'),
      ),
    ).toMatchObject({
      'inconsistent-offsets': 1,
      duplicate: 1,
    });
    expect(convicted(write().log(2).readLog(2).send(1, 'a', 1, 77, 'fail'))).toEqual({});
    expect(convicted(write().log(2).readLog(2).send(1, 'a', 1, 77, 'info'))).toEqual({});
  });

  test('one value at two offsets is a duplicate; on two keys it is two values', () => {
    const scribe = write()
      .send(1, 'a', 0, 1)
      .poll(2, 'a', [[0, 1]])
      .poll(3, 'a', [[4, 1]]);
    expect(check(scribe.rows).anomalies.duplicate?.[0]).toMatchObject({
      offsets: [0, 4],
      values: [1],
    });
    const keys = write().send(1, 'a', 0, 1).send(1, 'b', 4, 1);
    expect(convicted(keys.poll(2, 'a', [[0, 1]]).poll(3, 'b', [[4, 1]]))).toEqual({});
  });

  test('retries are attempts of one operation: no rule reads them, evidence shows them', () => {
    const attempt = (n: number, type: RowType, offset: number | null): unknown[] => [
      1,
      type,
      'attempt',
      [['send', 'a', [offset, 5]]],
      { attempt: n },
    ];
    const scribe = write().row(1, 'invoke', 'send', [['send', 'a', [null, 5]]]);
    scribe.row(...(attempt(1, 'info', null) as Parameters<Scribe['row']>));
    scribe.row(...(attempt(2, 'ok', 3) as Parameters<Scribe['row']>));
    scribe.row(1, 'ok', 'send', [['send', 'a', [3, 5]]]);
    const innocent = check(scribe.poll(2, 'a', [[3, 5]]).rows);
    expect(innocent).toMatchObject({ verdict: 'valid', ignored: { attempt: 2 } });
    const guilty = check(scribe.poll(3, 'a', [[6, 5]]).rows).anomalies.duplicate?.[0];
    expect(guilty?.operations).toEqual([0, 3, 6, 7]);
    expect(guilty?.rows.map((row) => row.index)).toEqual([0, 1, 2, 3, 6, 7]);
    expect(guilty?.rows[2]).toMatchObject({ f: 'attempt', attempt: 2, type: 'ok' });
  });
});

describe('reads of what should not be there', () => {
  test('G1a: an ok poll of a failed send; other polls do not count', () => {
    const failed = (): Scribe => write().send(1, 'a', null, 1, 'fail');
    const result = check(failed().poll(2, 'a', [[0, 1]]).rows);
    expect(result.anomalies.G1a?.[0]).toMatchObject({ values: [1], operations: [0, 1, 2, 3] });
    expect(Object.keys(result.counts)).toEqual(['G1a']);
    expect(convicted(failed().poll(2, 'a', [[0, 1]], 'fail'))).toEqual({});
    expect(
      convicted(
        write()
          .send(1, 'a', null, 1, 'info')
          .poll(2, 'a', [[0, 1]]),
      ),
    ).toEqual({});
  });

  test('G1a: a pipelined send that was refused in an unknown operation', () => {
    const sends: MicroOperation[] = [
      ['send', 'a', [0, 1]],
      ['send', 'a', 2],
    ];
    const scribe = write().op(1, 'info', 'send', sends, { pipelined: true });
    expect(
      convicted(
        scribe.poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({ G1a: 1 });
    const txn = write().op(1, 'info', 'txn', sends);
    expect(
      convicted(
        txn.poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({});
  });

  test('phantom: any poll of a value nobody sent to that key', () => {
    expect(convicted(write().poll(1, 'a', [[0, 1]]))).toEqual({ phantom: 1 });
    expect(convicted(write().poll(1, 'a', [[0, 1]], 'info'))).toEqual({ phantom: 1 });
    const elsewhere = write()
      .send(1, 'b', 0, 1)
      .poll(2, 'b', [[0, 1]])
      .poll(3, 'a', [[0, 1]]);
    expect(convicted(elsewhere)).toEqual({ phantom: 1 });
  });

  test('a send that never completed, or completed without a value, is no phantom', () => {
    const open = write().row(1, 'invoke', 'send', [['send', 'a', [null, 1]]]);
    expect(convicted(open.poll(2, 'a', [[0, 1]]))).toEqual({});
    expect(check(open.rows).operations).toEqual({ ok: 1, fail: 0, info: 1 });
    const bare = write()
      .row(1, 'invoke', 'send', [['send', 'a', 1]])
      .row(1, 'info', 'send', null);
    expect(convicted(bare.poll(2, 'a', [[0, 1]]))).toEqual({});
    const left = write()
      .row(1, 'invoke', 'txn', [['send', 'a', [null, 1]]])
      .row(1, 'info', 'txn', []);
    expect(convicted(left.poll(2, 'a', [[0, 1]]))).toEqual({});
    const failed = write()
      .row(1, 'invoke', 'txn', [['send', 'a', 1]])
      .row(1, 'fail', 'txn', []);
    expect(convicted(failed.poll(2, 'a', [[0, 1]]))).toEqual({ G1a: 1 });
  });

  test('precommitted-read: an operation of any outcome that polls its own send', () => {
    const own: MicroOperation[] = [
      ['send', 'a', [0, 1]],
      ['poll', { a: [[0, 1]] }],
    ];
    expect(convicted(write().op(1, 'ok', 'txn', own))).toEqual({ 'precommitted-read': 1 });
    expect(convicted(write().op(1, 'info', 'txn', own))).toEqual({ 'precommitted-read': 1 });
    const others = write().send(1, 'a', 0, 1);
    expect(
      convicted(others.op(1, 'ok', 'txn', [['send', 'a', [1, 2]], own[1]!]), { partial: true }),
    ).toEqual({});
  });
});

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
    expect(result.allowed['int-send-skip']?.[0]).toMatchObject({ values: [1, 3] });
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
    expect(skip.anomalies['poll-skip']?.[0]?.operations).toEqual([14, 15, 16, 17]);
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
    const gap = write().send(1, 'a', 0, 1).send(2, 'a', 1, 2).send(1, 'a', 2, 3);
    expect(convicted(gap.readLog(3))).toEqual({});
    const failed = write().send(1, 'a', 1, 2, 'fail').send(1, 'a', 0, 1);
    expect(convicted(failed.poll(2, 'a', [[0, 1]]).poll(3, 'a', [[1, 2]], 'info'))).toEqual({});
  });
});
