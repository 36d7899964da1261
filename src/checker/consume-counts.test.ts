import { expect, test } from 'vitest';
import { recorded, write } from '../../model-tests/checker-scribe.js';
import { countConsumed } from './consume-counts.js';

test('how often each process consumed each value as a member of a group', () => {
  const scribe = write().send(9, 'b', 0, 'x').log(3).assign(4, ['a']);
  scribe.poll(4, 'a', [[0, 1]]);
  for (const process of [1, 2, 3]) {
    scribe.assign(process, ['a'], 'ok', { f: 'subscribe' });
  }
  scribe
    .poll(2, 'a', [
      [0, 1],
      [1, 2],
      [2, 3],
    ])
    .poll(1, 'a', [
      [1, 2],
      [1, 2],
      [2, 3],
    ])
    .op(3, 'ok', 'txn', [
      ['poll', { a: [[2, 3]], b: [[0, 'x']] }],
      ['send', 'a', [7, 8]],
      [
        'poll',
        {
          b: [
            [0, 'x'],
            [0, 'x'],
          ],
        },
      ],
    ])
    // Neither counts: it is not known whether they consumed.
    .poll(2, 'a', [[0, 1]], 'fail')
    .poll(2, 'a', [[0, 1]], 'info');
  const counts = countConsumed(recorded(scribe), 10);
  expect(counts).toEqual({
    distribution: { 1: 5, 2: 1, 3: 1 },
    repeated: [
      { process: 3, key: 'b', value: 'x', count: 3 },
      { process: 1, key: 'a', value: 2, count: 2 },
    ],
  });
  expect(countConsumed(recorded(scribe), 1).repeated).toEqual(counts.repeated.slice(0, 1));
  expect(countConsumed(recorded(write()), 10)).toEqual({ distribution: {}, repeated: [] });
});
