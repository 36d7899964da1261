import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../../history/rows.js';
import { check } from '../check.js';
import type { CheckOptions, Finding } from '../result.js';

const ONCE: CheckOptions = { subscribe: true, exactlyOnce: {} };
const WITH_OUTPUTS: CheckOptions = { subscribe: true, exactlyOnce: { outputs: { a: 'b' } } };

/** Findings, without their rows. */
function found(scribe: Scribe, options: CheckOptions = ONCE): Omit<Finding, 'rows'>[] {
  const { anomalies } = check(scribe.rows, options);
  return (anomalies['exactly-once'] ?? []).map(({ rows: _rows, ...finding }) => finding);
}

/** Three records of a; processes 1 and 2 are members of a group. */
const members = (): Scribe =>
  write().log(3).readLog(3).row(1, 'ok', 'subscribe', ['a']).row(2, 'ok', 'subscribe', ['a']);

const polled = (...values: readonly number[]): MicroOperation => [
  'poll',
  { a: values.map((value) => [value - 1, value] as [number, number]) },
];

function consume(
  scribe: Scribe,
  process: number,
  value: number,
  type: RowType = 'ok',
  ...sends: readonly MicroOperation[]
): Scribe {
  return scribe.row(process, type, 'txn', [polled(value), ...sends]);
}

describe('consumed twice', () => {
  test('the finding names both transactions and what made them members', () => {
    expect(found(consume(consume(members(), 1, 2), 2, 2))).toEqual([
      {
        anomaly: 'exactly-once',
        key: 'a',
        offsets: [1],
        values: [2],
        operations: [8, 9, 10, 11],
        sentence:
          'Key a: 2 (offset 1) was consumed by the transaction at index 10 and again by the one at index 11, and both ' +
          'committed.',
      },
    ]);
  });

  test('by one transaction that polled it twice is once', () => {
    const again = members().row(1, 'ok', 'txn', [polled(1), polled(1)]);
    expect(found(again)).toEqual([]);
  });

  test('an unknown transaction did so if an ok operation read what only it sent', () => {
    const out: MicroOperation = ['send', 'b', [0, 'out']];
    const unknown = (): Scribe => consume(consume(members(), 1, 1, 'info', out), 2, 1);
    expect(found(unknown())).toEqual([]);
    expect(found(unknown().poll(8, 'b', [[0, 'out']], 'info'))).toEqual([]);
    expect(found(unknown().poll(8, 'b', [[0, 'out']])).map(({ operations }) => operations)).toEqual(
      [[8, 9, 10, 11, 12, 13]],
    );
    const resent = unknown().send(5, 'b', null, 'out', 'info');
    expect(found(resent.poll(8, 'b', [[0, 'out']]))).toEqual([]);
  });
});

describe('passed over', () => {
  test('the finding names the send, and who consumed what stands around it', () => {
    expect(found(consume(consume(members(), 1, 1), 2, 3))).toEqual([
      {
        anomaly: 'exactly-once',
        key: 'a',
        offsets: [1],
        values: [2],
        operations: [2, 3, 8, 9, 10, 11],
        sentence:
          'Key a: 2 (offset 1), sent at index 3, was consumed by no transaction of the group, although those at index ' +
          '10 and 11 consumed what stands before and after it.',
      },
    ]);
  });

  test('every value between two that were consumed, and none before the first or after the last', () => {
    const scribe = write().log(7).readLog(7).row(1, 'ok', 'subscribe', ['a']);
    for (const value of [2, 5, 6]) {
      consume(scribe, 1, value);
    }
    expect(found(scribe).map(({ values, operations }) => [values, operations.slice(-2)])).toEqual([
      [[3], [17, 18]],
      [[4], [17, 18]],
    ]);
  });

  test('who alone knows its place is a part of the proof', () => {
    // 2 committed with what was read of b; where it stands only a poll of process 7 tells, which failed.
    const scribe = write()
      .send(9, 'a', 0, 1)
      .op(9, 'info', 'txn', [
        ['send', 'a', [null, 2]],
        ['send', 'b', [0, 'x']],
      ])
      .send(9, 'a', 2, 3)
      .poll(8, 'b', [[0, 'x']])
      .poll(7, 'a', [[1, 2]], 'fail')
      .row(1, 'ok', 'subscribe', ['a']);
    const [finding] = found(consume(consume(scribe, 1, 1), 1, 3));
    expect(finding?.offsets).toEqual([1]);
    expect(finding?.operations).toEqual([2, 3, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('what need not have committed, or may be gone, may be passed over', () => {
    const unknown = write()
      .send(9, 'a', 0, 1)
      .send(9, 'a', null, 2, 'info')
      .send(9, 'a', 2, 3)
      .poll(7, 'a', [[1, 2]], 'fail')
      .row(1, 'ok', 'subscribe', ['a']);
    expect(found(consume(consume(unknown, 1, 1), 1, 3))).toEqual([]);
    const deleted = members().row(6, 'ok', 'delete-records', { a: 2 });
    expect(found(consume(consume(deleted, 1, 1), 2, 3))).toEqual([]);
  });
});

describe('without its output', () => {
  test('the finding names the transaction and the key', () => {
    const other: MicroOperation = ['send', 'b', [0, 2]];
    expect(found(consume(members(), 1, 1, 'ok', other), WITH_OUTPUTS)).toEqual([
      {
        anomaly: 'exactly-once',
        key: 'a',
        offsets: [0],
        values: [1],
        operations: [8, 10],
        sentence:
          'Key a: 1 (offset 0) was consumed by the transaction at index 10, which committed without sending it to key ' +
          'b.',
      },
    ]);
  });

  test('is who sent it to another key, or whose output another transaction sent', () => {
    const elsewhere: MicroOperation = ['send', 'c', [0, 1]];
    expect(found(consume(members(), 1, 1, 'ok', elsewhere), WITH_OUTPUTS)).toHaveLength(1);
    const others = members()
      .send(5, 'b', 0, 1)
      .poll(8, 'b', [[0, 1]]);
    expect(found(consume(others, 1, 1), WITH_OUTPUTS)).toHaveLength(1);
  });

  test('is nobody who aborted or of whom that is unknown, and no key has one that is not named', () => {
    const out: MicroOperation = ['send', 'b', [0, 7]];
    expect(found(consume(members(), 1, 1, 'fail'), WITH_OUTPUTS)).toEqual([]);
    const unknown = consume(members(), 1, 1, 'info', out).poll(8, 'b', [[0, 7]]);
    expect(found(unknown, WITH_OUTPUTS)).toEqual([]);
    const inputs = members()
      .send(9, 'c', 0, 1)
      .poll(8, 'c', [[0, 1]]);
    const unnamed = inputs.row(1, 'ok', 'txn', [['poll', { c: [[0, 1]] }]]);
    expect(found(unnamed, WITH_OUTPUTS)).toEqual([]);
  });
});

describe('what an unknown transaction polled that nobody was told of', () => {
  const blind = (scribe: Scribe, invoked: MicroOperation[] = [['poll']]): Scribe =>
    consume(scribe, 1, 1).row(1, 'invoke', 'txn', invoked);

  test('it may have consumed: its answer never came, or says nothing of its polls', () => {
    expect(found(consume(blind(members()), 2, 3))).toEqual([]);
    expect(found(consume(blind(members()).row(1, 'info', 'txn', null), 2, 3))).toEqual([]);
    expect(found(consume(blind(members()).row(1, 'info', 'txn', [['poll']]), 2, 3))).toEqual([]);
    const late = blind(members()).row(2, 'invoke', 'txn', [['poll']]);
    expect(found(late.row(2, 'ok', 'txn', [polled(3)]))).toEqual([]);
  });

  test('but not if it failed, polled nothing at all, told of its polls, or is of another group', () => {
    expect(found(consume(blind(members()).row(1, 'fail', 'txn', null), 2, 3))).toHaveLength(1);
    const sends = blind(members(), [['send', 'b', [null, 7]]]).row(1, 'info', 'txn', null);
    expect(found(consume(sends, 2, 3))).toHaveLength(1);
    const told = blind(members()).row(1, 'info', 'txn', [['poll', {}]]);
    expect(found(consume(told, 2, 3))).toHaveLength(1);
    const stranger = members()
      .row(7, 'ok', 'subscribe', ['a'], { group: 'other' })
      .row(7, 'invoke', 'txn', [['poll']]);
    expect(found(consume(consume(stranger, 1, 1), 2, 3))).toHaveLength(1);
  });

  test('and not what was passed over before it began', () => {
    const after = consume(consume(members(), 1, 1), 2, 3).row(1, 'invoke', 'txn', [['poll']]);
    expect(found(after)).toHaveLength(1);
  });
});
