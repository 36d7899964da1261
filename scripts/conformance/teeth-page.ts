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
    const { specification: name } = lock;
    const specification = specifications.find((each) => each.name === name)!;
    let trial: Trial | null = null;
    for (const { name: table, rows } of tablesOf(lock)) {
      const judge = (tooth: Tooth, sight: Sight | null): void => {
        progress.keep(table, tooth, sight);
        const row = rowOf(tooth, sight);
        console.log(row);
        writeRow(
          table,
          row,
          rows.map((each) => each.name),
        );
        tried++;
        wrong += (sight === null) === (tooth.reason !== null) ? 0 : 1;
      };
      const chosen = rows.filter((row) => `${table}: ${row.name}`.includes(only));
      const left = chosen.filter((tooth) => progress.sightOf(table, tooth) === undefined);
      for (const tooth of chosen.filter((each) => !left.includes(each))) {
        judge(tooth, progress.sightOf(table, tooth) ?? null);
      }
      if (left.length > 0) {
        const path = join(SPEC_FOLDER, specification.scopesFile);
        trial ??= new Trial(lock, specification, await openQuint(path, false));
        for await (const [tooth, sight] of sightsOf(trial, left)) {
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

/** What is tried is told as soon as it is known; what will not be seen comes last, for it takes every scope. */
async function* sightsOf(
  trial: Trial,
  teeth: readonly Tooth[],
): AsyncGenerator<readonly [Tooth, Sight | null]> {
  for (const isSeen of [true, false]) {
    const some = teeth.filter(({ reason }) => (reason === null) === isSeen);
    for (const tooth of some) {
      if (tooth.bug !== null) {
        yield [tooth, trial.sightOfBug(tooth.bug)];
      }
    }
    const broken = some.flatMap(({ mutant }) => mutant ?? []);
    for await (const [mutant, sight] of trial.sightsOfMutants(broken)) {
      yield [some.find((tooth) => tooth.mutant === mutant)!, sight];
    }
  }
}
