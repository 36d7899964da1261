import { describe, expect, test } from 'vitest';
import { convicted, type Scribe, write } from '../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../history/rows.js';
import { check } from './check.js';

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

  test('what a failed poll saw of a failed or an unknown send is no loss', () => {
    for (const type of ['fail', 'info'] as const) {
      const scribe = write()
        .send(1, 'a', null, 7, type)
        .poll(2, 'a', [[0, 7]], 'fail');
      expect(convicted(scribe.send(3, 'a', 1, 9).poll(4, 'a', [[1, 9]]))).toEqual({});
    }
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

describe('the words of losses', () => {
  test('of an unknown transaction: what shows that it committed is a part of the proof', () => {
    const txn: MicroOperation[] = [
      ['send', 'a', [0, 1]],
      ['send', 'b', [0, 2]],
    ];
    const scribe = write()
      .op(1, 'info', 'txn', txn)
      .poll(2, 'b', [[0, 2]])
      .send(3, 'a', 1, 9)
      .poll(4, 'a', [[1, 9]]);
    const finding = check(scribe.rows).anomalies['lost-write']?.[0];
    expect(finding?.operations).toEqual([0, 1, 2, 3, 6, 7]);
    expect(finding?.sentence).toBe(
      'Key a: 1 must have committed (another value of the same operation was read) at index 1 and stood at ' +
        'offset 0, but no ok poll ever returned it, although the one at index 7 returned 9 at offset 1.',
    );
  });

  test('where only a failed poll knows the place, it is a part of the proof', () => {
    const txn: MicroOperation[] = [
      ['send', 'a', [null, 1]],
      ['send', 'b', [0, 2]],
    ];
    const scribe = write()
      .op(1, 'info', 'txn', txn)
      .poll(2, 'b', [[0, 2]])
      .poll(5, 'a', [[0, 1]], 'fail')
      .send(3, 'a', 1, 9)
      .poll(4, 'a', [[1, 9]]);
    const finding = check(scribe.rows).anomalies['lost-write']?.[0];
    expect(finding?.operations).toEqual([0, 1, 2, 3, 4, 5, 8, 9]);
  });

  test('the nearest value beyond that was read is the witness, and the highest one the bound', () => {
    const scribe = write()
      .log(4)
      .poll(1, 'a', [
        [0, 1],
        [2, 3],
      ])
      .poll(2, 'a', [[3, 4]]);
    expect(check(scribe.rows).anomalies['lost-write']?.[0]?.values).toEqual([2, 3]);
    // Whoever was sent last need not stand last.
    const back = write()
      .send(1, 'a', 2, 30)
      .send(2, 'a', 1, 20)
      .send(3, 'a', 0, 10)
      .poll(4, 'a', [[2, 30]])
      .poll(5, 'a', [[0, 10]]);
    expect(check(back.rows).counts['lost-write']).toBe(1);
  });

  test('of many unseen values the first twelve are told', () => {
    const { sentence, offsets, values } = check(write().log(14).readLog(0).rows).anomalies
      .unseen![0]!;
    expect(sentence).toMatch(
      /^Key a: 14 acknowledged values were returned by no ok poll: 1 \(index 1\), 2 .*, 12 \(index 23\) and 2 more\.$/,
    );
    expect([offsets.length, values.length]).toEqual([12, 12]);
    const twelve = check(write().log(12).readLog(0).rows).anomalies.unseen![0]!;
    expect(twelve.sentence).toMatch(/12 \(index 23\)\.$/);
  });

  test('an acknowledged value without an offset is unseen too', () => {
    const bare = write().row(1, 'ok', 'send', [['send', 'a', 5]]);
    const noOffset = bare.row(2, 'ok', 'send', [['send', 'b', [null, 6]]]);
    const found = check(noOffset.log(1, 'c').readLog(1, 'c').rows).anomalies.unseen ?? [];
    expect(found.map(({ key, values, offsets }) => [key, values, offsets])).toEqual([
      ['a', [5], []],
      ['b', [6], []],
    ]);
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
