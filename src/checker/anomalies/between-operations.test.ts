import { describe, expect, test } from 'vitest';
import { convicted, type Extra, type Scribe, write } from '../../../model-tests/checker-scribe.js';
import { check } from '../check.js';
import type { AnomalyName, Finding } from '../result.js';

/** Findings of `name`, without their rows. */
function found(scribe: Scribe, name: AnomalyName): Omit<Finding, 'rows'>[] {
  const { anomalies } = check(scribe.rows);
  return (anomalies[name] ?? []).map(({ rows: _rows, ...finding }) => finding);
}

const full = (): Scribe => write().log(5).readLog(5);

describe('what is told of a wrong step between operations', () => {
  test('of several records left out: how many, and the first of them', () => {
    const scribe = full()
      .poll(1, 'a', [[0, 1]])
      .poll(1, 'a', [[3, 4]]);
    expect(found(scribe, 'poll-skip')).toEqual([
      {
        anomaly: 'poll-skip',
        key: 'a',
        offsets: [0, 3, 1],
        values: [1, 4, 2],
        operations: [2, 3, 12, 13, 14, 15],
        sentence:
          'Key a: process 1 had polled up to 1 (offset 0) at index 13, and its next poll at index 15 began with 4 ' +
          '(offset 3): 2 records were skipped, 2 (offset 1, index 3).',
      },
    ]);
  });

  test('of one that comes again: that it is the same', () => {
    const scribe = full()
      .poll(1, 'a', [[2, 3]])
      .poll(1, 'a', [[2, 3]]);
    expect(found(scribe, 'nonmonotonic-poll')).toEqual([
      {
        anomaly: 'nonmonotonic-poll',
        key: 'a',
        offsets: [2, 2],
        values: [3, 3],
        operations: [12, 13, 14, 15],
        sentence:
          'Key a: process 1 had polled up to 3 (offset 2) at index 13, and its next poll at index 15 began with 3 ' +
          '(offset 2): it is the same record again.',
      },
    ]);
  });

  test('of sends that only readers know the offsets of: those, however the sends were written', () => {
    const scribe = write()
      .row(0, 'info', 'send', [['send', 'a', 1]])
      .row(0, 'info', 'send', [['send', 'a', 2]])
      .poll(2, 'a', [
        [4, 2],
        [6, 1],
      ]);
    expect(found(scribe, 'nonmonotonic-send')).toEqual([
      {
        anomaly: 'nonmonotonic-send',
        key: 'a',
        offsets: [6, 4],
        values: [1, 2],
        operations: [0, 1, 2, 3],
        sentence:
          'Key a: process 0 sent 1 (offset 6) at index 0, and its next send at index 1 put 2 (offset 4): the second ' +
          'stands before the first in the log.',
      },
    ]);
  });
});

describe('seeking to the beginning', () => {
  test('forgets what was polled, whichever row says so, and not what was sent', () => {
    const seek: Extra = { seekToBeginning: true };
    for (const [asked, told] of [
      [seek, {}],
      [{}, seek],
    ] as const) {
      const again = full()
        .poll(1, 'a', [[3, 4]])
        .row(1, 'invoke', 'assign', ['a'], asked)
        .row(1, 'ok', 'assign', ['a'], told);
      expect(convicted(again.poll(1, 'a', [[0, 1]]))).toEqual({});
    }
    const alone = full()
      .poll(1, 'a', [[3, 4]])
      .row(1, 'ok', 'assign', ['a'], seek);
    expect(convicted(alone.poll(1, 'a', [[0, 1]]))).toEqual({});
    const sent = write().send(1, 'a', 1, 2, 'info').assign(1, ['a'], 'ok', seek);
    expect(
      convicted(
        sent.send(1, 'a', 0, 1).poll(2, 'a', [
          [0, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({ 'nonmonotonic-send': 1 });
  });
});
