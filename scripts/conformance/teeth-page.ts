/** The tables of docs/verification.md: what lock B sees. */

import { join } from 'node:path';
import { SPEC_FOLDER, specifications } from '../spec/plans.js';
import { openQuint } from '../spec/quint-evaluator.js';
import { locks } from './lock.js';
import { type Sight, Trial } from './teeth.js';
import { teethProgress } from './teeth-progress.js';
import { rowOf, type Tooth, tablesOf, writeRow } from './teeth-table.js';

/**
 * Tries each that has `only` in its name, behind that of its table (`raft bugs: two-votes`); how many are not seen, or
 * seen, against expectation.
 */
export async function judgeTeeth(only: string): Promise<number> {
  const progress = teethProgress();
  let wrong = 0;
  let tried = 0;
  for (const lock of locks) {
    const specification = specifications.find(({ name }) => name === lock.specification)!;
    const tables = tablesOf(lock);
    const judge = (tooth: Tooth, sight: Sight | null): void => {
      const { name: table, rows } = tables.find((each) => each.rows.includes(tooth))!;
      progress.keep(table, tooth, sight);
      const row = rowOf(tooth, sight);
      console.log(row);
      const order = rows.map(({ name }) => name);
      writeRow(table, row, order);
      tried++;
      wrong += (sight === null) === (tooth.reason !== null) ? 0 : 1;
    };
    const left: Tooth[] = [];
    for (const { name: table, rows } of tables) {
      for (const tooth of rows.filter(({ name }) => `${table}: ${name}`.includes(only))) {
        const known = progress.sightOf(table, tooth);
        if (known === undefined) {
          left.push(tooth);
        } else {
          judge(tooth, known);
        }
      }
    }
    // What will not be seen comes last: it takes every scope.
    const unseen = left.filter(({ reason }) => reason !== null);
    const seen = left.filter(({ reason }) => reason === null);
    if (left.length > 0) {
      const path = join(SPEC_FOLDER, specification.scopesFile);
      const trial = new Trial(lock, specification, await openQuint(path, false));
      for (const some of [seen, unseen]) {
        for await (const [tooth, sight] of trial.sights(some)) {
          judge(tooth, sight);
        }
      }
    }
  }
  if (only === '') {
    progress.end();
  }
  console.log(`${tried} tried, ${wrong} not as expected`);
  return tried === 0 ? 1 : wrong;
}
