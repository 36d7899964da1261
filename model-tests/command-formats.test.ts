/** `logjury check` prints the same document of a run, whichever way its history is written. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CheckResult } from '../src/checker/result.js';
import type { Row } from '../src/history/rows.js';
import { rowLine } from '../src/history/write.js';
import { groupHistory } from './checker-group-model.js';
import { drawFrom, modelHistory } from './checker-model.js';
import { checkedByCommand } from './checker-page.js';
import { LOG_PLANTS } from './checker-plants.js';
import { EDN_SHAPES, ednOf } from './history-text.js';

const tape = fc.array(fc.nat({ max: 0xffff }), { minLength: 100, maxLength: 600, size: 'max' });
const FLAGS = [
  '--subscribe',
  '--ww-deps',
  '--compacted',
  'changes',
  '--transaction-timeout',
  '600',
];

/** Of groups, with all that rows can say; or of the log, with something wrong in it. */
function someHistory(numbers: readonly number[]): readonly Row[] {
  const draw = drawFrom(numbers);
  if (draw(2) === 0) {
    return groupHistory(draw, 200).rows;
  }
  const plant = LOG_PLANTS[draw(LOG_PLANTS.length)]!;
  return plant.into(modelHistory(draw, 80), draw) ?? [];
}

test('JSON lines and EDN in all its shapes, plain and packed', async () => {
  const verdicts = new Set<CheckResult['verdict']>();
  await fc.assert(
    fc.asyncProperty(tape, async (numbers) => {
      const rows = someHistory(numbers);
      if (rows.length === 0) {
        return;
      }
      const lines = rows.map(rowLine).join('');
      const expected = await checkedByCommand(lines, FLAGS);
      verdicts.add(expected.verdict);
      for (const text of [lines, ...EDN_SHAPES.map((shape) => ednOf(rows, shape))]) {
        expect(await checkedByCommand(text, FLAGS)).toEqual(expected);
        expect(await checkedByCommand(gzipSync(text), FLAGS)).toEqual(expected);
      }
    }),
    { numRuns: 40 },
  );
  expect(verdicts.size).toBeGreaterThan(1);
});
