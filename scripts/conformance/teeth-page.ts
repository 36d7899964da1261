/** The tables of docs/verification.md: what lock B sees. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allBugs } from '../../src/bugs/registry.js';
import { SPEC_FOLDER, specifications } from '../spec/plans.js';
import { openQuint } from '../spec/quint-evaluator.js';
import { locks } from './lock.js';
import type { Sight } from './teeth.js';
import { sightOfBug, sightsOfMutants, unseen } from './teeth.js';

const PAGE = join(import.meta.dirname, '../../docs/verification.md');

/** Tries each whose name has `only` in it; how many are not seen, or seen, against expectation. */
export async function judgeTeeth(only: string): Promise<number> {
  let wrong = 0;
  let tried = 0;
  const judge = (table: string, name: string, sight: Sight | null): void => {
    const row = rowOf(name, sight);
    console.log(row);
    writeRow(table, row);
    tried++;
    wrong += (sight === null) === (unseen[name] !== undefined) ? 0 : 1;
  };
  for (const lock of locks) {
    const specification = specifications.find(({ name }) => name === lock.specification)!;
    const file = await openQuint(join(SPEC_FOLDER, specification.scopesFile), false);
    for (const bug of allBugs.filter((each) => lock.isOf(each) && each.name.includes(only))) {
      judge(
        `${lock.specification} bugs`,
        bug.name,
        await sightOfBug(lock, specification, file, bug),
      );
    }
    for await (const { name, sight } of sightsOfMutants(lock, specification, only)) {
      judge(`${lock.specification} mutants`, name, sight);
    }
  }
  console.log(`${tried} tried, ${wrong} not as expected`);
  return tried === 0 ? 1 : wrong;
}

function rowOf(name: string, sight: Sight | null): string {
  const what = name.replace(/^\w+: /, '');
  const found =
    sight === null
      ? `not seen: ${unseen[name] ?? 'nobody knows why'} | | | |`
      : `${sight.scope} | ${sight.states} | ${sight.steps} | ${sight.seconds.toFixed(1)} | ${sight.action}`;
  return `| ${what} | ${found} |`;
}

/** Puts the row into its table at once: a long run that is ended loses nothing. */
export function writeRow(table: string, row: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const begin = `<!-- ${table} -->\n\n`;
  const end = `<!-- end of ${table} -->`;
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  if (from < begin.length || to < from) {
    throw new Error(`docs/verification.md has no table ${table}`);
  }
  const what = row.split('|')[1];
  const lines = page.slice(from, to).trimEnd().split('\n');
  const at = lines.findIndex((line) => line.split('|')[1] === what);
  lines.splice(at < 0 ? lines.length : at, at < 0 ? 0 : 1, row);
  writeFileSync(PAGE, `${page.slice(0, from)}${lines.join('\n')}\n\n${page.slice(to)}`);
}
