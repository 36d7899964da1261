/** Cycles told in full: in words, as edges, and with the rows that prove them. */

import { expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation } from '../../history/rows.js';
import { check } from '../check.js';
import type { AnomalyName, CheckOptions } from '../result.js';

/** The first finding of `name`, but for its rows; edges as `from kind to: value@offset of key`. */
function told(scribe: Scribe, name: AnomalyName, options: CheckOptions = {}): object {
  const { anomalies, allowed } = check(scribe.rows, options);
  const { rows: _rows, anomaly, edges, ...rest } = (anomalies[name] ?? allowed[name])![0]!;
  expect(anomaly).toBe(name);
  return {
    ...rest,
    edges: edges?.map(
      ({ from, to, kind, key, value, offset }) =>
        `${from} ${kind} ${to}: ${value}@${offset} of ${key}`,
    ),
  };
}

const polls = (key: string, ...records: [number, string][]): MicroOperation => [
  'poll',
  { [key]: records },
];

test('of writes: who stands right before whom', () => {
  const scribe = write()
    .together(
      [
        0,
        'info',
        [
          ['send', 'x', [0, 'a']],
          ['send', 'y', [1, 'B']],
          ['send', 'x', [4, 'e']],
        ],
      ],
      [
        1,
        'ok',
        [
          ['send', 'z', [0, 'c']],
          ['send', 'x', [3, 'b']],
          ['send', 'y', [0, 'A']],
        ],
      ],
    )
    .op(2, 'ok', 'poll', [polls('x', [0, 'a'], [3, 'b'])]);
  expect(told(scribe, 'G0', { wwDeps: true })).toEqual({
    key: 'x',
    offsets: [0, 3, 0, 1],
    values: ['a', 'b', 'A', 'B'],
    operations: [0, 1, 2, 3, 4, 5],
    edges: ['2 ww 3: a@0 of x', '3 ww 2: A@0 of y'],
    sentence:
      'Key x: 2 operations form a cycle: index 2 sent a of key x (offset 0), which stands right before b of key x ' +
      '(offset 3) of index 3; index 3 sent A of key y (offset 0), which stands right before B of key y (offset 1) of index 2.',
  });
});

test('of a write that only the invocation tells', () => {
  // The completion leaves out what it sent; readers found it.
  const scribe = write()
    .row(0, 'invoke', 'txn', [
      ['send', 'x', [null, 'a']],
      ['send', 'y', [null, 'B']],
    ])
    .row(1, 'invoke', 'txn', [['send', 'x', [null, 'b']], ['poll'], ['send', 'y', 'A']])
    .row(0, 'info', 'txn', [])
    .row(1, 'info', 'txn', null)
    .op(2, 'ok', 'poll', [
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
  expect(told(scribe, 'G0', { wwDeps: true })).toMatchObject({
    offsets: [0, 1, 0, 1],
    operations: [0, 1, 2, 3, 4, 5],
    edges: ['2 ww 3: a@0 of x', '3 ww 2: A@0 of y'],
  });
});

test('of reads', () => {
  const scribe = write().together(
    [0, 'ok', [['send', 'x', [null, 'a']], polls('y', [0, 'b'])]],
    [
      1,
      'info',
      [
        ['send', 'w', [1, 'd']],
        ['send', 'y', [0, 'b']],
        polls('w', [1, 'd']),
        polls('x', [5, 'a']),
      ],
    ],
  );
  expect(told(scribe, 'G1c')).toEqual({
    key: 'x',
    offsets: [5, 0],
    values: ['a', 'b'],
    operations: [0, 1, 2, 3],
    edges: ['2 wr 3: a@5 of x', '3 wr 2: b@0 of y'],
    sentence:
      'Key x: 2 operations form a cycle: index 2 sent a of key x (offset 5), which index 3 polled; ' +
      'index 3 sent b of key y (offset 0), which index 2 polled.',
  });
});

test('of what was read past', () => {
  const scribe = write()
    .send(5, 'x', 0, 'a')
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [1, 'b']],
          ['send', 'y', [0, 'A']],
        ],
      ],
      [1, 'ok', [polls('y', [0, 'A']), polls('x', [0, 'a'], [2, 'c'])]],
      [2, 'ok', [['send', 'x', [2, 'c']]]],
    )
    .poll(3, 'x', [[1, 'b']]);
  expect(told(scribe, 'g-single')).toEqual({
    key: 'x',
    offsets: [0, 2, 1, 0],
    values: ['a', 'c', 'b', 'A'],
    operations: [2, 3, 5, 6],
    edges: ['6 rw 5: b@1 of x', '5 wr 6: A@0 of y'],
    sentence:
      'Key x: 2 operations form a cycle: index 6 polled a of key x (offset 0) and c of key x (offset 2), but between ' +
      'them not b of key x (offset 1), which index 5 sent; index 5 sent A of key y (offset 0), which index 6 polled.',
  });
});

test('of what came next', () => {
  const scribe = write()
    .send(5, 'x', 0, 'a')
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [1, 'b']],
          ['send', 'y', [0, 'A']],
        ],
      ],
      [1, 'ok', [polls('y', [0, 'A']), polls('x', [0, 'a'])]],
    )
    .poll(3, 'x', [[1, 'b']]);
  expect(told(scribe, 'g-single', { rwDeps: true })).toEqual({
    key: 'x',
    offsets: [0, 1, 0],
    values: ['a', 'b', 'A'],
    operations: [2, 3, 4, 5],
    edges: ['5 rw 4: b@1 of x', '4 wr 5: A@0 of y'],
    sentence:
      'Key x: 2 operations form a cycle: index 5 polled up to a of key x (offset 0), right before b of key x (offset 1), ' +
      'which index 4 sent; index 4 sent A of key y (offset 0), which index 5 polled.',
  });
});

test('of real time', () => {
  const scribe = write()
    .row(0, 'invoke', 'txn', [['send', 'x', [null, 'a']], ['poll']])
    .poll(1, 'x', [[0, 'a']])
    .send(2, 'y', 0, 'b')
    .row(0, 'ok', 'txn', [
      ['send', 'x', [0, 'a']],
      ['poll', { y: [[0, 'b']] }],
    ])
    .poll(3, 'x', [[0, 'a']]);
  expect(told(scribe, 'G1c-realtime')).toEqual({
    key: 'y',
    offsets: [0, 0],
    values: ['b', 'a'],
    operations: [0, 1, 2, 3, 4, 5],
    edges: ['2 realtime 4: null@null of null', '4 wr 5: b@0 of y', '5 wr 2: a@0 of x'],
    sentence:
      'Key y: 3 operations form a cycle: index 2 was ok before index 4 was invoked (at index 3); ' +
      'index 4 sent b of key y (offset 0), which index 5 polled; index 5 sent a of key x (offset 0), which index 2 polled.',
  });
});

test('the first of several proofs is told, of each kind', () => {
  const values: [number, string][] = [0, 1, 2, 3].map((offset) => [offset, `v${offset}`]);
  const [v0, v1, v2, v3] = values.map((sent): MicroOperation => ['send', 'x', sent]) as [
    MicroOperation,
    MicroOperation,
    MicroOperation,
    MicroOperation,
  ];
  const writes = write()
    .together(
      [0, 'ok', [v0, v2, ['send', 'y', [0, 'A']]]],
      [1, 'ok', [v1, v3, ['send', 'y', [1, 'B']]]],
    )
    .poll(3, 'x', values);
  expect(told(writes, 'G0', { wwDeps: true })).toMatchObject({
    edges: ['2 ww 3: v0@0 of x', '3 ww 2: v1@1 of x'],
  });
  const misses = write()
    .send(5, 'x', 0, 'a')
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [1, 'b']],
          ['send', 'x', [2, 'c']],
          ['send', 'y', [0, 'A']],
          ['send', 'y', [1, 'B']],
        ],
      ],
      [1, 'ok', [polls('y', [0, 'A'], [1, 'B']), polls('x', [0, 'a'], [3, 'd'])]],
      [2, 'ok', [['send', 'x', [3, 'd']]]],
    )
    .poll(3, 'x', [
      [1, 'b'],
      [2, 'c'],
    ]);
  expect(told(misses, 'g-single')).toMatchObject({
    offsets: [0, 3, 1, 0],
    edges: ['6 rw 5: b@1 of x', '5 wr 6: A@0 of y'],
  });
  const nexts = write()
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [1, 'b']],
          ['send', 'z', [1, 'c']],
          ['send', 'y', [0, 'A']],
        ],
      ],
      [
        1,
        'ok',
        [polls('y', [0, 'A']), polls('w', [0, 'p']), polls('x', [0, 'a']), polls('z', [0, 'd'])],
      ],
      [
        5,
        'ok',
        [
          ['send', 'x', [0, 'a']],
          ['send', 'z', [0, 'd']],
          ['send', 'w', [0, 'p']],
        ],
      ],
      [6, 'ok', [['send', 'w', [1, 'q']]]],
    )
    .poll(3, 'x', [[1, 'b']]);
  expect(told(nexts, 'g-single', { rwDeps: true })).toMatchObject({
    offsets: [0, 1, 0],
    edges: ['5 rw 4: b@1 of x', '4 wr 5: A@0 of y'],
  });
});

test('a place that only another send of the same value knows is not told', () => {
  const scribe = write()
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [null, 'a']],
          ['send', 'y', [1, 'B']],
        ],
      ],
      [
        1,
        'ok',
        [
          ['send', 'x', [1, 'b']],
          ['send', 'y', [0, 'A']],
        ],
      ],
    )
    .op(2, 'ok', 'txn', [['send', 'x', [0, 'a']]]);
  expect(told(scribe, 'G0', { wwDeps: true })).toEqual({
    key: 'x',
    offsets: [1, 0, 1],
    values: ['a', 'b', 'A', 'B'],
    operations: [0, 1, 2, 3, 4, 5],
    edges: ['2 ww 3: a@null of x', '3 ww 2: A@0 of y'],
    sentence:
      'Key x: 2 operations form a cycle: index 2 sent a of key x, which stands right before b of key x (offset 1) of ' +
      'index 3; index 3 sent A of key y (offset 0), which stands right before B of key y (offset 1) of index 2.',
  });
});

test('only what the two have to do with each other proves a step', () => {
  // 3 sends again what 2 had sent, stands behind 9, and tells of one send only that it was.
  const writes = write()
    .send(9, 'w', 0, 'j')
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [0, 'a']],
          ['send', 'x', [1, 'b']],
          ['send', 'y', [0, 'p']],
          ['send', 'z', [1, 's']],
        ],
      ],
      [
        1,
        'info',
        [
          ['send', 'x', [null, 'b']],
          ['send', 'w', [1, 'k']],
          ['send', 'y', 'q'],
          ['send', 'z', [0, 'r']],
        ],
      ],
    )
    .poll(2, 'y', [
      [0, 'p'],
      [1, 'q'],
    ]);
  expect(told(writes, 'G0', { wwDeps: true })).toMatchObject({
    edges: ['4 ww 5: p@0 of y', '5 ww 4: r@0 of z'],
  });
  const reads = write().together(
    [0, 'ok', [['send', 'x', [0, 'm']], ['send', 'x', [1, 'n']], polls('y', [0, 'b'])]],
    [1, 'info', [['send', 'x', [null, 'm']], ['send', 'y', [0, 'b']], polls('x', [1, 'n'])]],
  );
  // Where else the value stands has nothing to do with it.
  reads.poll(3, 'y', [[9, 'b']]);
  expect(told(reads, 'G1c')).toMatchObject({
    operations: [0, 1, 2, 3],
    edges: ['2 wr 3: n@1 of x', '3 wr 2: b@0 of y'],
  });
  const misses = write()
    .send(5, 'x', 0, 'a')
    .together(
      [
        0,
        'ok',
        [
          ['send', 'x', [2, 'b']],
          ['send', 'y', [0, 'A']],
        ],
      ],
      [1, 'ok', [polls('y', [0, 'A']), polls('x', [0, 'a'], [3, 'd'])]],
      [2, 'ok', [['send', 'x', [1, 'c']]]],
      [4, 'ok', [['send', 'x', [3, 'd']]]],
    )
    .poll(3, 'x', [
      [1, 'c'],
      [2, 'b'],
    ]);
  expect(told(misses, 'g-single')).toMatchObject({
    edges: ['7 rw 6: b@2 of x', '6 wr 7: A@0 of y'],
  });
});
