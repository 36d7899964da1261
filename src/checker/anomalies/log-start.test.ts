import { describe, expect, test } from 'vitest';
import { type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { MicroOperation, RowType } from '../../history/rows.js';
import { check } from '../check.js';
import type { Finding } from '../result.js';

/** Findings of records below a log start, without their rows. */
function below(scribe: Scribe): Omit<Finding, 'rows'>[] {
  const { anomalies } = check(scribe.rows);
  return (anomalies['below-log-start'] ?? []).map(({ rows: _rows, ...finding }) => finding);
}

/** Process 1 asks for `f`, and is told that the log of x begins at `start`. */
function told(scribe: Scribe, f: string, start: number, type: RowType = 'ok'): Scribe {
  return scribe.row(1, 'invoke', f, { x: start }).row(1, type, f, { x: start });
}

const log = (): Scribe => write().log(4, 'x');

describe('below-log-start', () => {
  test('the highest start that was told before the poll binds it, whatever was told later', () => {
    const scribe = told(told(told(log(), 'log-start', 1), 'delete-records', 3), 'log-start', 2);
    expect(below(scribe.poll(2, 'x', [[2, 3]]).poll(3, 'x', [[3, 4]]))).toEqual([
      {
        anomaly: 'below-log-start',
        key: 'x',
        offsets: [3, 2],
        values: [3],
        operations: [10, 11, 14, 15],
        sentence:
          'Key x: the log began at offset 3 (index 11), but a later poll returned 3 at offset 2 (index 15).',
      },
    ]);
    const between = told(log(), 'log-start', 1).row(2, 'invoke', 'poll', [['poll']]);
    const polled: MicroOperation = [
      'poll',
      {
        x: [
          [0, 1],
          [1, 2],
        ],
      },
    ];
    told(between, 'log-start', 3).row(2, 'ok', 'poll', [polled]);
    expect(below(between).map(({ offsets }) => offsets)).toEqual([[1, 0]]);
  });

  test('told is a start when the answer came, not when it was asked for', () => {
    // The start 3 was asked for first and told last, after the poll had begun.
    const scribe = log().row(5, 'invoke', 'delete-records', { x: 3 });
    told(scribe, 'log-start', 1)
      .row(2, 'invoke', 'poll', [['poll']])
      .row(5, 'ok', 'delete-records', { x: 3 })
      .row(2, 'ok', 'poll', [
        [
          'poll',
          {
            x: [
              [0, 1],
              [2, 3],
            ],
          },
        ],
      ]);
    expect(below(scribe).map(({ offsets }) => offsets)).toEqual([[1, 0]]);
  });

  test('of one start the first who was told it is named', () => {
    const scribe = told(told(log(), 'log-start', 2), 'log-start', 2).poll(2, 'x', [[1, 2]]);
    expect(below(scribe).map(({ operations }) => operations)).toEqual([[8, 9, 12, 13]]);
  });

  test('a request that was refused or never answered tells nothing, nor does a position of a group', () => {
    for (const type of ['fail', 'info'] as const) {
      expect(below(told(log(), 'delete-records', 3, type).poll(2, 'x', [[1, 2]]))).toEqual([]);
    }
    const committed = log().row(1, 'ok', 'commit', { x: 3 }, { group: 'g' });
    expect(below(committed.poll(2, 'x', [[1, 2]]))).toEqual([]);
  });

  test('judged are ok polls of which it is known when they began', () => {
    for (const type of ['fail', 'info'] as const) {
      expect(below(told(log(), 'log-start', 3).poll(2, 'x', [[1, 2]], type))).toEqual([]);
    }
    const uninvoked = told(log(), 'log-start', 3);
    expect(below(uninvoked.row(2, 'ok', 'poll', [['poll', { x: [[1, 2]] }]]))).toEqual([]);
    expect(below(told(log(), 'log-start', 3).send(2, 'x', 1, 2))).toEqual([]);
    expect(
      below(
        told(log(), 'log-start', 3)
          .send(9, 'y', 0, 1)
          .poll(2, 'y', [[0, 1]]),
      ),
    ).toEqual([]);
  });
});
