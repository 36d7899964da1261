import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { LogEnd, MicroOperation, RowType, Value } from '../../history/rows.js';
import { check } from '../check.js';
import type { AnomalyName, Finding } from '../result.js';

type Records = { readonly [key: string]: readonly (readonly [number, Value])[] };

/** Process 0 polls `records`, and is told where logs ended. */
function look(
  scribe: Scribe,
  records: Records,
  ends: { readonly [key: string]: LogEnd },
  type: RowType = 'ok',
): Scribe {
  return scribe.op(0, type, 'poll', [['poll', records] as MicroOperation], { ends });
}

function found(scribe: Scribe, name: AnomalyName): Omit<Finding, 'rows'>[] {
  return (check(scribe.rows).anomalies[name] ?? []).map(({ rows: _rows, ...finding }) => finding);
}

function ends(findings: readonly Omit<Finding, 'rows'>[]): readonly (readonly number[])[] {
  return findings.map(({ offsets }) => offsets);
}

describe('monotonic-reads', () => {
  test('goes by the furthest that was seen, as a record or as an end', () => {
    const scribe = write().log(5, 'x').readLog(5, 'x');
    look(scribe, { x: [[0, 1]] }, { x: 4 });
    look(scribe, { x: [[1, 2]] }, { x: 2 });
    look(
      scribe,
      {
        x: [
          [2, 3],
          [3, 4],
          [4, 5],
        ],
      },
      { x: 5 },
    );
    look(scribe, { x: [] }, { x: 1 });
    expect(found(scribe, 'monotonic-reads')).toEqual([
      {
        anomaly: 'monotonic-reads',
        key: 'x',
        offsets: [3, 2],
        values: [],
        operations: [12, 13, 14, 15],
        sentence:
          'Key x: process 0 had seen the log up to offset 3 (index 13), but at index 15 it was told that the log ' +
          'ended at offset 2.',
      },
      {
        anomaly: 'monotonic-reads',
        key: 'x',
        offsets: [4, 1],
        values: [5],
        operations: [16, 17, 18, 19],
        sentence:
          'Key x: process 0 had seen 5 at offset 4 (index 17), but at index 19 it was told that the log ended at ' +
          'offset 1.',
      },
    ]);
  });

  test('a poll that failed saw nothing and is told nothing', () => {
    const scribe = write().log(2, 'x').readLog(2, 'x');
    look(scribe, { x: [[1, 2]] }, { x: 2 }, 'fail');
    look(scribe, {}, { x: 1 });
    look(scribe, {}, { x: 0 }, 'fail');
    expect(found(scribe, 'monotonic-reads')).toEqual([]);
    expect(ends(found(look(scribe, {}, { x: 0 }, 'info'), 'monotonic-reads'))).toEqual([[0, 0]]);
  });
});

describe('read-your-writes', () => {
  test('goes by the highest acknowledged offset, of every key alone', () => {
    const scribe = write().send(0, 'x', 4, 1).send(0, 'y', 9, 2).send(0, 'x', 3, 3);
    const [finding, ...others] = found(look(scribe, {}, { x: 4, y: 10 }), 'read-your-writes');
    expect([finding?.key, finding?.offsets, finding?.values, finding?.operations]).toEqual([
      'x',
      [4, 4],
      [1],
      [0, 1, 6, 7],
    ]);
    expect(others).toEqual([]);
  });

  test('what was refused or never acknowledged need not be there', () => {
    for (const type of ['info', 'fail'] as const) {
      const scribe = look(write().send(0, 'x', 4, 1, type), {}, { x: 0 });
      expect(found(scribe, 'read-your-writes')).toEqual([]);
    }
    const bare = write().row(0, 'ok', 'send', [['send', 'x', 1]]);
    expect(found(look(bare, {}, { x: 0 }), 'read-your-writes')).toEqual([]);
  });
});

describe('consistent-prefix', () => {
  /** Two records of x, acknowledged in this order, then an effect in y. */
  const causes = (): Scribe =>
    write().send(1, 'x', 7, 1).send(1, 'x', 6, 2).send(2, 'y', 0, 'effect');
  const readers = (scribe: Scribe): Scribe =>
    scribe.poll(8, 'x', [
      [6, 2],
      [7, 1],
    ]);

  test('the cause is the highest offset that had been acknowledged when the effect was sent', () => {
    const scribe = causes().send(1, 'x', 9, 3);
    look(scribe, { y: [[0, 'effect']] }, {});
    look(scribe, {}, { x: 7 });
    expect(found(scribe, 'consistent-prefix')).toEqual([
      {
        anomaly: 'consistent-prefix',
        key: 'x',
        offsets: [7, 7],
        values: [1],
        operations: [0, 1, 4, 5, 8, 9, 10, 11],
        sentence:
          'Key x: process 0 had read effect at index 9, sent after 1 at offset 7 had been acknowledged (index 1), but ' +
          'at index 11 it was told that the log ended at offset 7.',
      },
    ]);
    expect(found(look(readers(scribe), {}, { x: 8 }), 'consistent-prefix')).toHaveLength(1);
  });

  test('acknowledged means when, not in which order it was invoked', () => {
    // 1 was invoked first and acknowledged last, after the effect was sent.
    const scribe = write()
      .row(1, 'invoke', 'send', [['send', 'x', [null, 1]]])
      .send(3, 'x', 4, 2)
      .send(2, 'y', 0, 'effect')
      .row(1, 'ok', 'send', [['send', 'x', [7, 1]]]);
    look(scribe, { y: [[0, 'effect']] }, {});
    expect(ends(found(look(scribe, {}, { x: 4 }), 'consistent-prefix'))).toEqual([[4, 4]]);
  });

  test('the effect is the record that was sent last of those that were read, in whatever order', () => {
    const scribe = write().send(2, 'y', 0, 'early').send(1, 'x', 7, 1).send(2, 'y', 1, 'late');
    look(scribe, { y: [[1, 'late']] }, {});
    look(scribe, { y: [[0, 'early']] }, {});
    look(scribe, {}, { x: 0 });
    expect(found(scribe, 'consistent-prefix').map(({ operations }) => operations)).toEqual([
      [2, 3, 4, 5, 6, 7, 10, 11],
    ]);
    // Of two that were sent together the first one read.
    const pair: MicroOperation[] = [
      ['send', 'y', [0, 'a']],
      ['send', 'y', [1, 'b']],
    ];
    const both = write().send(1, 'x', 7, 1).op(2, 'ok', 'txn', pair);
    look(
      both,
      {
        y: [
          [0, 'a'],
          [1, 'b'],
        ],
      },
      {},
    );
    const [finding] = found(look(both, {}, { x: 0 }), 'consistent-prefix');
    expect(finding?.sentence).toContain('process 0 had read a at index 5');
  });

  test('what nobody acknowledged is no cause, though somebody had read it', () => {
    for (const type of ['info', 'fail'] as const) {
      const scribe = write()
        .send(1, 'x', 7, 1, type)
        .poll(3, 'x', [[7, 1]])
        .send(2, 'y', 0, 'effect');
      look(scribe, { y: [[0, 'effect']] }, {});
      expect(found(look(scribe, {}, { x: 0 }), 'consistent-prefix')).toEqual([]);
    }
  });

  test('a record that nobody sent is no effect', () => {
    const scribe = causes();
    look(scribe, { y: [[5, 'phantom']] }, {});
    expect(found(look(scribe, {}, { x: 0 }), 'consistent-prefix')).toEqual([]);
  });
});

describe('a value that two operations sent', () => {
  test('shows nothing of what was acknowledged before the second of them', () => {
    const scribe = write()
      .op(1, 'info', 'send', [['send', 'y', [null, 7]]])
      .send(2, 'x', 0, 1)
      .op(3, 'ok', 'send', [['send', 'y', [null, 7]]])
      .op(0, 'ok', 'poll', [['poll', { y: [[0, 7]] }]]);
    look(scribe, {}, { x: 0 });
    expect(found(scribe.readLog(1, 'x'), 'consistent-prefix')).toEqual([]);
  });
});
