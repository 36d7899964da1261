import { describe, expect, test } from 'vitest';
import { convicted, type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../../history/rows.js';
import { check } from '../check.js';
import type { CheckOptions, Finding } from '../result.js';

/** Findings of half a transaction, without their rows. */
function torn(scribe: Scribe, options: CheckOptions = {}): Omit<Finding, 'rows'>[] {
  const { anomalies } = check(scribe.rows, options);
  return (anomalies['torn-read'] ?? []).map(({ rows: _rows, ...finding }) => finding);
}

const polled = (...records: readonly [number, number][]): MicroOperation => [
  'poll',
  { x: records },
];

describe('a transaction read past', () => {
  /** Values 1 to 6 of x: 1, 3 and 5 of one transaction, the others each sent alone. */
  const log = (type: RowType = 'ok', extra = {}): Scribe =>
    write()
      .op(
        0,
        type,
        'txn',
        [
          ['send', 'x', [0, 1]],
          ['send', 'x', [2, 3]],
          ['send', 'x', [4, 5]],
        ],
        extra,
      )
      .row(1, 'ok', 'send', [['send', 'x', [1, 2]]])
      .row(1, 'ok', 'send', [['send', 'x', [3, 4]]])
      .row(1, 'ok', 'send', [['send', 'x', [5, 6]]]);
  const all = polled([0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6]);

  test('is torn once for whoever read past it, however much was left out', () => {
    const scribe = log()
      .row(2, 'ok', 'poll', [all])
      .row(3, 'ok', 'poll', [polled([0, 1], [1, 2], [3, 4], [5, 6])])
      .row(4, 'fail', 'poll', [polled([1, 2], [3, 4], [4, 5])]);
    expect(torn(scribe)).toEqual([
      {
        anomaly: 'torn-read',
        key: 'x',
        values: [1, 3, 2, 4],
        offsets: [0, 2, 1, 3],
        operations: [0, 1, 6],
        edges: [
          { from: 1, to: 6, kind: 'wr', key: 'x', value: 1, offset: 0 },
          { from: 6, to: 1, kind: 'rw', key: 'x', value: 3, offset: 2 },
        ],
        sentence:
          'Key x: the operation at index 6 polled 1 of key x (offset 0) of the transaction at index 1, but not its ' +
          '3 of key x (offset 2), although it read from 2 of key x (offset 1) to 4 of key x (offset 3) past it.',
      },
      {
        anomaly: 'torn-read',
        key: 'x',
        values: [5, 3, 2, 4],
        offsets: [4, 2, 1, 3],
        operations: [0, 1, 7],
        edges: [
          { from: 1, to: 7, kind: 'wr', key: 'x', value: 5, offset: 4 },
          { from: 7, to: 1, kind: 'rw', key: 'x', value: 3, offset: 2 },
        ],
        sentence:
          'Key x: the operation at index 7 polled 5 of key x (offset 4) of the transaction at index 1, but not its ' +
          '3 of key x (offset 2), although it read from 2 of key x (offset 1) to 4 of key x (offset 3) past it.',
      },
    ]);
  });

  test('is not torn by whoever polled nothing else of it, nor if it was no transaction', () => {
    const past = polled([1, 2], [3, 4]);
    expect(torn(log().row(2, 'ok', 'poll', [all]).row(3, 'ok', 'poll', [past]))).toEqual([]);
    const both = polled([0, 1], [1, 2], [3, 4]);
    const sends = log('ok', { pipelined: true }).row(2, 'ok', 'poll', [all]);
    expect(torn(sends.row(3, 'ok', 'poll', [both]))).toEqual([]);
  });

  test('is not torn by itself: that it sees its own records at all is another matter', () => {
    const own = write().op(0, 'ok', 'txn', [
      ['send', 'x', [0, 1]],
      ['send', 'x', [1, 2]],
      ['send', 'x', [2, 3]],
      polled([0, 1], [2, 3]),
    ]);
    expect(convicted(own.row(1, 'ok', 'poll', [polled([0, 1], [1, 2], [2, 3])]))).toEqual({
      'int-poll-skip': 1,
      'precommitted-read': 2,
    });
  });

  test('is not torn where the record polled may be of somebody else', () => {
    // 1 was sent again by process 5: of two unknown operations nobody knows whose record it is.
    const again = log('info')
      .op(5, 'info', 'send', [['send', 'x', [null, 1]]])
      .row(2, 'ok', 'poll', [all]);
    expect(torn(again.row(3, 'ok', 'poll', [polled([0, 1], [1, 2], [3, 4])]))).toEqual([]);
    expect(torn(again.row(3, 'ok', 'poll', [polled([1, 2], [3, 4], [4, 5])]))).toHaveLength(1);
    // Process 3 sent 1 once more, unacknowledged, but did not poll it.
    const copied = log()
      .row(2, 'ok', 'poll', [all])
      .op(3, 'info', 'txn', [polled([1, 2], [3, 4]), ['send', 'x', [null, 1]]]);
    expect(torn(copied)).toEqual([]);
  });
});

describe('half a transaction that is nowhere', () => {
  const A: MicroOperation = ['send', 'x', [0, 1]];
  const B: MicroOperation = ['send', 'y', [null, 2]];
  /** Of a transaction x 1 has a place and y 2 has none. */
  const half = (type: RowType = 'info', extra = {}): Scribe =>
    write().op(0, type, 'txn', [A, B], extra);
  const later = (scribe: Scribe): Scribe => scribe.send(2, 'y', 3, 3).poll(3, 'y', [[3, 3]]);

  test('the finding shows who read one half, and who read what was sent only afterwards', () => {
    expect(torn(later(half().poll(1, 'x', [[0, 1]])))).toEqual([
      {
        anomaly: 'torn-read',
        key: 'y',
        values: [1, 2, 3],
        offsets: [0, 3],
        operations: [0, 1, 2, 3, 4, 5, 6, 7],
        edges: [
          { from: 1, to: 3, kind: 'wr', key: 'x', value: 1, offset: 0 },
          { from: 5, to: 7, kind: 'wr', key: 'y', value: 3, offset: 3 },
          { from: 7, to: 1, kind: 'rw', key: 'y', value: 2, offset: null },
        ],
        sentence:
          'Key y: the poll at index 3 returned 1 of key x (offset 0) of the transaction at index 1, so it committed; ' +
          'but nobody ever polled its 2 of key y, although the poll at index 7 returned 3 of key y (offset 3), sent ' +
          'only afterwards at index 5.',
      },
    ]);
  });

  test('it takes that something was read, of a transaction that did not fail', () => {
    expect(torn(later(half()))).toEqual([]);
    expect(torn(later(half().poll(1, 'x', [[0, 1]], 'info')))).toEqual([]);
    expect(torn(later(half('fail').poll(1, 'x', [[0, 1]])))).toEqual([]);
    expect(torn(later(half('info', { pipelined: true }).poll(1, 'x', [[0, 1]])))).toEqual([]);
  });

  test('a value of which a completion says that it was not sent is none that is missing', () => {
    const refused = write().op(0, 'info', 'txn', [A, ['send', 'y', 2]]);
    expect(torn(later(refused.poll(1, 'x', [[0, 1]])))).toEqual([]);
  });

  test('nor is one that somebody else sent, too, or whose place a poll that failed knows', () => {
    const again = half().op(5, 'info', 'send', [B]);
    expect(torn(later(again.poll(1, 'x', [[0, 1]])))).toEqual([]);
    const resent = half().op(5, 'info', 'send', [['send', 'x', [null, 1]]]);
    expect(torn(later(resent.poll(1, 'x', [[0, 1]])))).toEqual([]);
    const seen = later(half().poll(1, 'x', [[0, 1]])).poll(4, 'y', [[5, 2]], 'fail');
    expect(torn(seen)).toEqual([]);
  });

  test('nor is one that may have been deleted', () => {
    const deleted = half()
      .poll(1, 'x', [[0, 1]])
      .row(6, 'ok', 'delete-records', { y: 1 });
    expect(torn(later(deleted))).toEqual([]);
  });

  test('committed is an unknown transaction from its first read on', () => {
    const three = (...polls: readonly number[]): Scribe => {
      const scribe = write().op(0, 'info', 'txn', [A, ['send', 'x', [1, 9]], B]);
      const [first, second] = polls as [number, number];
      scribe.poll(1, 'x', [[first === 1 ? 0 : 1, first]]).send(2, 'y', 3, 3);
      return scribe.poll(1, 'x', [[second === 1 ? 0 : 1, second]]).poll(3, 'y', [[3, 3]]);
    };
    for (const [first, second] of [
      [1, 9],
      [9, 1],
    ] as const) {
      const [finding] = torn(three(first, second));
      expect([finding?.values, finding?.operations]).toEqual([
        [first, 2, 3],
        [0, 1, 2, 3, 4, 5, 8, 9],
      ]);
    }
    // What one poll returned together was read at once: the first of it is told.
    const together = write()
      .op(0, 'info', 'txn', [A, ['send', 'x', [1, 9]], B])
      .row(1, 'ok', 'poll', [polled([0, 1], [1, 9])]);
    expect(torn(later(together))[0]?.values).toEqual([1, 2, 3]);
    const before = half().send(2, 'y', 3, 3);
    expect(torn(before.poll(1, 'x', [[0, 1]]).poll(3, 'y', [[3, 3]]))).toEqual([]);
  });

  test('an acknowledged one is so at the latest when it was acknowledged', () => {
    const acknowledged = half('ok').send(2, 'y', 3, 3);
    expect(
      torn(acknowledged.poll(1, 'x', [[0, 1]]).poll(3, 'y', [[3, 3]])).map(
        ({ operations }) => operations,
      ),
    ).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
    const open = write().row(0, 'invoke', 'txn', [
      ['send', 'x', [null, 1]],
      ['send', 'y', [null, 2]],
    ]);
    const readBefore = open.poll(1, 'x', [[0, 1]]).send(2, 'y', 3, 3);
    expect(
      torn(readBefore.row(0, 'ok', 'txn', [A, B]).poll(3, 'y', [[3, 3]])).map(
        ({ operations }) => operations,
      ),
    ).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  });

  test('the witness is the value of the key that was sent last of those that were read', () => {
    const scribe = half()
      .poll(1, 'x', [[0, 1]])
      .op(2, 'ok', 'txn', [
        ['send', 'y', [3, 3]],
        ['send', 'y', [4, 4]],
      ])
      .poll(3, 'y', [
        [3, 3],
        [4, 4],
      ]);
    expect(torn(scribe)[0]?.values).toEqual([1, 2, 3]);
    // Values of which the later one was met first in the history.
    const met = write()
      .row(9, 'fail', 'poll', [['poll', { y: [[7, 7]] }]])
      .send(5, 'y', 1, 5)
      .op(0, 'info', 'txn', [A, B])
      .poll(1, 'x', [[0, 1]])
      .send(2, 'y', 7, 7)
      .row(3, 'ok', 'poll', [
        [
          'poll',
          {
            y: [
              [1, 5],
              [7, 7],
            ],
          },
        ],
      ]);
    expect(torn(met)[0]?.values).toEqual([1, 2, 7]);
  });
});

describe('what was sent afterwards', () => {
  test('is no value that another operation had sent before', () => {
    const scribe = write()
      .op(5, 'info', 'send', [['send', 'y', [null, 3]]])
      .op(0, 'info', 'txn', [
        ['send', 'x', [0, 1]],
        ['send', 'y', [null, 2]],
      ])
      .poll(1, 'x', [[0, 1]])
      .op(6, 'ok', 'send', [['send', 'y', [null, 3]]])
      .poll(3, 'y', [[0, 3]]);
    expect(convicted(scribe)).toEqual({});
  });
});
