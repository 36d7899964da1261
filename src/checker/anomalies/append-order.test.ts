import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import { check } from '../check.js';

/** Offsets of the findings: what was acknowledged early, and what stands below it. */
function found(scribe: Scribe): (readonly number[])[] {
  const { anomalies } = check(scribe.rows);
  return (anomalies['append-order'] ?? []).map(({ offsets }) => offsets);
}

describe('append-order', () => {
  test('of two appends that were acknowledged at once the higher one is named', () => {
    const scribe = write()
      .op(1, 'ok', 'txn', [
        ['send', 'a', [7, 1]],
        ['send', 'a', [9, 2]],
      ])
      .send(2, 'a', 0, 3);
    expect(found(scribe)).toEqual([[9, 0]]);
  });

  test('what was never acknowledged was not acknowledged before anything', () => {
    const open = write().row(1, 'invoke', 'send', [['send', 'a', [9, 1]]], { pipelined: true });
    expect(found(open.send(2, 'a', 0, 3))).toEqual([]);
  });

  test('appends at one offset are in no order, and hide nothing above them', () => {
    const scribe = write().send(1, 'a', 9, 1).send(2, 'a', 4, 2).send(3, 'a', 4, 3);
    expect(found(scribe)).toEqual([
      [9, 4],
      [9, 4],
    ]);
    expect(found(write().send(2, 'a', 4, 2).send(3, 'a', 4, 3))).toEqual([]);
  });

  test('an append that was acknowledged without an offset stands nowhere, and hides nothing', () => {
    const scribe = write()
      .op(2, 'ok', 'send', [['send', 'a', [null, 2]]])
      .send(1, 'a', 9, 1)
      .send(3, 'a', 4, 3);
    expect(found(scribe)).toEqual([[9, 4]]);
  });
});
