import { describe, expect, test } from 'vitest';
import { convicted, type Scribe, write } from '../../../model-tests/checker-scribe.js';
import type { RowType } from '../../history/rows.js';
import { check } from '../check.js';

type Records = readonly (readonly [offset: number, value: number])[];

/** Values 1 to 4 at offsets 0 to 3 of x, all of them read. */
const written = (): Scribe => write().log(4, 'x').readLog(4, 'x');

function processed(scribe: Scribe, process: number, records: Records, group = 'g'): Scribe {
  return scribe.row(process, 'ok', 'processed', { x: records }, { group });
}

function stand(scribe: Scribe, f: string, offset: number | null, type: RowType = 'ok'): Scribe {
  const asked = f === 'commit' ? offset : null;
  return scribe
    .row(0, 'invoke', f, { x: asked }, { group: 'g' })
    .row(0, type, f, { x: offset }, { group: 'g' });
}

/** All but offset 1. */
function processedThree(scribe: Scribe): Scribe {
  return processed(scribe, 0, [
    [0, 1],
    [2, 3],
    [3, 4],
  ]);
}

describe('processed-twice', () => {
  const options = { atMostOnce: new Set(['g']) };
  const twice = (): Scribe =>
    processed(
      processed(written(), 0, [
        [0, 1],
        [1, 2],
      ]),
      1,
      [
        [1, 2],
        [2, 3],
      ],
    );

  test('names the record and both who processed it', () => {
    const { anomalies } = check(twice().rows, options);
    expect(anomalies['processed-twice']).toEqual([
      {
        anomaly: 'processed-twice',
        key: 'x',
        offsets: [1],
        values: [2],
        operations: [10, 11],
        sentence:
          'Key x: 2 (offset 1) was processed in group g by process 0 (index 10) and again by process 1 (index 11).',
        rows: [
          expect.objectContaining({ f: 'processed', group: 'g', value: { x: [[1, 2]] } }),
          expect.objectContaining({ f: 'processed', group: 'g', value: { x: [[1, 2]] } }),
        ],
      },
    ]);
  });

  test('once more in one row is twice too', () => {
    const records: Records = [
      [0, 1],
      [0, 1],
    ];
    expect(convicted(processed(written(), 0, records), options)).toEqual({ 'processed-twice': 1 });
  });

  test('only a group that promises it is judged, each by itself', () => {
    expect(convicted(twice())).toEqual({});
    expect(convicted(twice(), { atMostOnce: new Set(['h']) })).toEqual({});
    const apart = processed(processed(written(), 0, [[0, 1]]), 1, [[0, 1]], 'h');
    expect(convicted(apart, { atMostOnce: new Set(['g', 'h']) })).toEqual({});
  });

  test('a record that stands twice in the log is another one at each offset', () => {
    const records: Records = [
      [0, 1],
      [7, 1],
    ];
    expect(convicted(processed(written(), 0, records), options)).toEqual({});
  });
});

describe('never-processed', () => {
  const options = { atLeastOnce: new Set(['g']) };
  const missing = (): Scribe => processedThree(written());

  test('names the record, and the position that passed it over', () => {
    const { anomalies } = check(stand(missing(), 'commit', 3).rows, options);
    expect(anomalies['never-processed']).toMatchObject([
      {
        key: 'x',
        offsets: [1, 3],
        values: [2],
        operations: [2, 3, 11, 12],
        sentence:
          'Key x: 2, sent at index 3, stood at offset 1; group g committed offset 3 (index 12), but none of its members ' +
          'ever processed it.',
      },
    ]);
  });

  test('a position that is told is as good as one that is committed', () => {
    const told = stand(stand(missing(), 'commit', 3, 'info'), 'committed', 3);
    expect(convicted(told, options)).toEqual({ 'never-processed': 1 });
    expect(convicted(stand(missing(), 'committed', null), options)).toEqual({});
  });

  test('of several that show the position the first is named, whatever else names the group', () => {
    const shown = stand(missing(), 'commit', 3);
    const rows = stand(
      shown.assign(0, ['x'], 'ok', { f: 'subscribe', group: 'g' }),
      'committed',
      3,
    );
    const { anomalies } = check(rows.rows, options);
    expect(anomalies['never-processed']).toMatchObject([{ operations: [2, 3, 11, 12] }]);
  });

  test('the position of one key says nothing of another one', () => {
    const other = processed(written(), 0, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]).send(9, 'y', 0, 5);
    expect(convicted(stand(other.poll(8, 'y', [[0, 5]]), 'commit', 4), options)).toEqual({});
  });

  test('who told the place of the record proves it', () => {
    const told = write()
      .send(9, 'x', null, 1)
      .poll(8, 'x', [[0, 1]]);
    const { anomalies } = check(stand(told, 'commit', 1).rows, options);
    expect(anomalies['never-processed']).toMatchObject([{ operations: [0, 1, 2, 3, 4, 5] }]);
  });

  test('a record that only an operation that failed has seen need not have committed', () => {
    const seen = write()
      .send(9, 'x', null, 1, 'info')
      .poll(8, 'x', [[0, 1]], 'fail')
      .send(7, 'x', 1, 2)
      .poll(6, 'x', [[1, 2]]);
    const rest = processed(seen, 0, [[1, 2]]);
    expect(convicted(stand(rest, 'commit', 2), options)).toEqual({});
  });

  test('what lies beyond the position is not due; the highest one counts', () => {
    const first = processed(written(), 0, [[0, 1]]);
    expect(convicted(stand(first, 'commit', 1), options)).toEqual({});
    expect(convicted(stand(missing(), 'commit', 2), options)).toEqual({ 'never-processed': 1 });
    const back = stand(stand(processed(written(), 0, [[0, 1]]), 'commit', 3), 'commit', 1);
    expect(convicted(back, options)).toEqual({ 'never-processed': 2 });
  });

  test('refused and unknown commits pass nothing over', () => {
    expect(convicted(stand(missing(), 'commit', 3, 'fail'), options)).toEqual({});
    expect(convicted(stand(missing(), 'commit', 3, 'info'), options)).toEqual({});
  });

  test('processed is processed: late, and by anybody of the group', () => {
    expect(convicted(processed(stand(missing(), 'commit', 4), 7, [[1, 2]]), options)).toEqual({});
    const other = processed(stand(missing(), 'commit', 4), 7, [[1, 2]], 'h');
    expect(convicted(other, options)).toEqual({ 'never-processed': 1 });
  });

  test('only a group that promises it is judged, by its own positions', () => {
    expect(convicted(stand(missing(), 'commit', 3))).toEqual({});
    expect(convicted(stand(missing(), 'commit', 3), { atLeastOnce: new Set(['h']) })).toEqual({});
  });

  test('records that nobody knows of, and deleted ones, are not missed', () => {
    const unknown = write().send(9, 'x', 0, 1).send(9, 'x', 1, 2, 'info');
    const read = unknown.send(7, 'x', 2, 3).poll(8, 'x', [
      [0, 1],
      [2, 3],
    ]);
    expect(convicted(stand(processedThree(read), 'commit', 3), options)).toEqual({});
    const deleted = stand(missing(), 'commit', 3).row(5, 'ok', 'delete-records', { x: 2 });
    expect(convicted(deleted, options)).toEqual({});
  });
});
