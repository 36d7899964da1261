/** Cycles of dependencies and torn reads. The first cases hold the facts of Jepsen's tests of them. */

import { describe, expect, test } from 'vitest';
import { convicted, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../history/rows.js';
import { check } from './check.js';

type Invoked = readonly [process: number, type: RowType, value: readonly MicroOperation[]];

/** Transactions that are all open before the first one completes, in this order. */
function together(scribe: Scribe, ...operations: readonly Invoked[]): Scribe {
  for (const [process, , value] of operations) {
    const invoked = value.map((micro) =>
      micro[0] === 'send'
        ? ['send', micro[1], [null, (micro[2] as [number, string])[1]]]
        : ['poll'],
    );
    scribe.row(process, 'invoke', 'txn', invoked);
  }
  for (const [process, type, value] of operations) {
    scribe.row(process, type, 'txn', value);
  }
  return scribe;
}

const writeCycle = (): Scribe =>
  together(
    write(),
    [
      0,
      'ok',
      [
        ['send', 'x', [0, 'a']],
        ['send', 'y', [1, 'A']],
      ],
    ],
    [
      1,
      'ok',
      [
        ['send', 'x', [1, 'b']],
        ['send', 'y', [0, 'B']],
      ],
    ],
  ).op(2, 'ok', 'poll', [
    [
      'poll',
      {
        x: [
          [0, 'a'],
          [1, 'b'],
        ],
        y: [
          [0, 'B'],
          [1, 'A'],
        ],
      },
    ],
  ]);

const readCycle = (types: readonly [RowType, RowType] = ['ok', 'ok']): Scribe =>
  together(
    write(),
    [
      0,
      types[0],
      [
        ['send', 'x', [0, 'a']],
        ['poll', { y: [[0, 'b']] }],
      ],
    ],
    [
      1,
      types[1],
      [
        ['send', 'y', [0, 'b']],
        ['poll', { x: [[0, 'a']] }],
      ],
    ],
  );

const mixedCycle = (): Scribe =>
  together(
    write(),
    [
      0,
      'ok',
      [
        ['send', 'x', [0, 'a']],
        ['send', 'y', [2, 'c']],
      ],
    ],
    [
      1,
      'ok',
      [
        ['poll', { x: [[0, 'a']] }],
        ['send', 'y', [1, 'b']],
      ],
    ],
  ).poll(2, 'y', [
    [1, 'b'],
    [2, 'c'],
  ]);

describe('cycles', () => {
  test('of writes alone are looked for with ww edges only, and allowed', () => {
    expect(check(writeCycle().rows).counts).toEqual({});
    const result = check(writeCycle().rows, { wwDeps: true });
    expect(result.verdict).toBe('valid');
    expect(Object.keys(result.allowed)).toEqual(['G0', 'PL-1-cycle-exists']);
    expect(result.allowed.G0?.[0]?.edges).toEqual([
      { from: 2, to: 3, kind: 'ww', key: 'x', value: 'a', offset: 0 },
      { from: 3, to: 2, kind: 'ww', key: 'y', value: 'B', offset: 0 },
    ]);
  });

  test('of reads convict, and say who told whom what', () => {
    const result = check(readCycle().rows);
    expect(Object.keys(result.anomalies)).toEqual(['G1c', 'PL-2-cycle-exists']);
    const finding = result.anomalies.G1c?.[0];
    expect(finding).toMatchObject({
      operations: [0, 1, 2, 3],
      offsets: [0, 0],
      values: ['a', 'b'],
    });
    expect(finding?.edges).toEqual([
      { from: 2, to: 3, kind: 'wr', key: 'x', value: 'a', offset: 0 },
      { from: 3, to: 2, kind: 'wr', key: 'y', value: 'b', offset: 0 },
    ]);
    expect(finding?.sentence).toBe(
      'Key x: 2 operations form a cycle: index 2 sent a of key x (offset 0), which index 3 polled; ' +
        'index 3 sent b of key y (offset 0), which index 2 polled.',
    );
  });

  test('of reads convict with ww edges too, and whatever became of the operations', () => {
    expect(check(readCycle().rows, { wwDeps: true }).verdict).toBe('invalid');
    expect(convicted(readCycle(['info', 'ok']))).toHaveProperty('G1c');
    expect(convicted(readCycle(['fail', 'fail']))).toHaveProperty('G1c');
  });

  test('of a write and a read are allowed, as writes are not isolated', () => {
    expect(check(mixedCycle().rows).counts).toEqual({});
    const result = check(mixedCycle().rows, { wwDeps: true });
    expect(result.verdict).toBe('valid');
    expect(result.allowed.G1c?.[0]?.edges?.map((edge) => edge.kind)).toEqual(['wr', 'ww']);
  });

  test('of several lengths: the shortest is told', () => {
    const ring = together(
      write(),
      ...[0, 1, 2, 3].map((i): Invoked => {
        const seen = (i + 3) % 4;
        const polled: Record<string, [number, string][]> = { [`k${seen}`]: [[0, `v${seen}`]] };
        if (i === 0) {
          polled.k1 = [[0, 'v1']];
        }
        return [
          i,
          'ok',
          [
            ['send', `k${i}`, [0, `v${i}`]],
            ['poll', polled],
          ],
        ];
      }),
    );
    expect(check(ring.rows).anomalies.G1c?.[0]?.edges).toHaveLength(2);
    expect(check(ring.rows, { cycleSteps: 0 }).verdict).toBe('invalid');
  });

  test('through real time: who was ok before another began comes first, however much lies between', () => {
    const leak = (between: number, type: RowType = 'ok'): Scribe => {
      const scribe = write().row(0, 'invoke', 'txn', [['send', 'x', [null, 'a']], ['poll']]);
      scribe.poll(1, 'x', [[0, 'a']], type);
      for (let i = 0; i < between; i += 1) {
        scribe.poll(5, 'z', []);
      }
      scribe.send(2, 'y', 0, 'b');
      return scribe
        .row(0, 'ok', 'txn', [
          ['send', 'x', [0, 'a']],
          ['poll', { y: [[0, 'b']] }],
        ])
        .poll(3, 'x', [[0, 'a']]);
    };
    for (const between of [0, 1, 20]) {
      const result = check(leak(between).rows);
      expect(Object.keys(result.anomalies)).toEqual(['G1c-realtime', 'strong-PL-2-cycle-exists']);
      const edges = result.anomalies['G1c-realtime']?.[0]?.edges ?? [];
      expect(edges.map((edge) => edge.kind).sort()).toEqual(['realtime', 'wr', 'wr']);
    }
    // Nothing is known of the order after an operation that is not ok.
    expect(convicted(leak(0, 'info'))).toEqual({});
    expect(convicted(leak(0, 'fail'))).toEqual({});
  });

  test('an empty graph proves nothing', () => {
    const result = check(write().poll(1, 'x', []).rows);
    expect(result.undecided).toHaveProperty('empty-transaction-graph');
    expect(result.verdict).toBe('inconclusive');
    expect(result.reasons.join(' ')).toContain('No operation depends on another');
    expect(check(write().poll(1, 'x', []).poll(1, 'x', []).rows).undecided).toEqual({});
  });
});

describe('torn-read', () => {
  const pair = (): Scribe =>
    together(
      write(),
      [
        0,
        'ok',
        [
          ['send', 'x', [0, 'a']],
          ['send', 'x', [2, 'c']],
        ],
      ],
      [
        1,
        'ok',
        [
          ['send', 'x', [1, 'b']],
          ['send', 'x', [3, 'd']],
        ],
      ],
    ).poll(2, 'x', [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
    ]);

  test('one value of a transaction was polled and another passed by', () => {
    expect(
      convicted(
        pair().poll(3, 'x', [
          [0, 'a'],
          [1, 'b'],
          [3, 'd'],
        ]),
      ),
    ).toEqual({
      'int-poll-skip': 1,
      'torn-read': 1,
      'g-single': 1,
    });
  });

  test('a poll that stops in the middle, or that the group moved, tears nothing', () => {
    expect(
      convicted(
        pair().poll(3, 'x', [
          [0, 'a'],
          [1, 'b'],
        ]),
      ),
    ).toEqual({});
    const moved = { rebalanceLog: [{ keys: ['x'] }] };
    const polled: MicroOperation[] = [
      [
        'poll',
        {
          x: [
            [0, 'a'],
            [3, 'd'],
          ],
        },
      ],
    ];
    expect(convicted(pair().op(3, 'ok', 'poll', polled, moved))).toEqual({});
  });

  const half = (later: (scribe: Scribe) => Scribe): Scribe =>
    later(
      write()
        .op(0, 'info', 'txn', [
          ['send', 'x', [0, 'a']],
          ['send', 'y', [null, 'b']],
        ])
        .poll(1, 'x', [[0, 'a']]),
    );

  test('half of an unknown transaction is nowhere, though what came later was read', () => {
    const passed = half((scribe) => scribe.send(2, 'y', 3, 'c').poll(3, 'y', [[3, 'c']]));
    expect(convicted(passed)).toEqual({ 'torn-read': 1 });
    expect(convicted(passed, { abandoned: new Set(['y']) })).toEqual({});
  });

  test('where nothing later was read, or the half was seen, it may still come', () => {
    expect(convicted(half((scribe) => scribe))).toEqual({});
    const seen = half((scribe) => scribe.send(2, 'y', 3, 'c'));
    expect(
      convicted(
        seen.poll(3, 'y', [
          [2, 'b'],
          [3, 'c'],
        ]),
      ),
    ).toEqual({});
    const earlier = write()
      .send(2, 'y', 3, 'c')
      .op(0, 'info', 'txn', [
        ['send', 'x', [0, 'a']],
        ['send', 'y', [null, 'b']],
      ])
      .poll(1, 'x', [[0, 'a']]);
    expect(convicted(earlier.poll(3, 'y', [[3, 'c']]))).toEqual({});
  });
});

describe('rw edges', () => {
  const skew = (): Scribe =>
    together(
      write().send(5, 'x', 0, 'a').send(5, 'y', 0, 'A'),
      [
        0,
        'ok',
        [
          ['poll', { x: [[0, 'a']] }],
          ['send', 'y', [1, 'B']],
        ],
      ],
      [
        1,
        'ok',
        [
          ['poll', { y: [[0, 'A']] }],
          ['send', 'x', [1, 'b']],
        ],
      ],
    ).op(2, 'ok', 'poll', [
      [
        'poll',
        {
          x: [
            [0, 'a'],
            [1, 'b'],
          ],
          y: [
            [0, 'A'],
            [1, 'B'],
          ],
        },
      ],
    ]);

  test('after the last polled record are drawn only where polls return all there is', () => {
    expect(check(skew().rows).counts).toEqual({});
    const result = check(skew().rows, { rwDeps: true });
    expect(Object.keys(result.anomalies)).toEqual(['g2']);
    expect(result.anomalies.g2?.[0]?.edges?.map((edge) => edge.kind)).toEqual(['rw', 'rw']);
  });

  test('a search that the limit stops leaves the history undecided', () => {
    const result = check(skew().rows, { rwDeps: true, cycleSteps: 0 });
    expect(result.verdict).toBe('inconclusive');
    expect(Object.keys(result.undecided)).toEqual(['cycle-search-timeout']);
  });
});
