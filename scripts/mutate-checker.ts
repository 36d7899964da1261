/**
 * Changes the checker's code in every place and asks whether a test notices: mutation testing, with Stryker.
 *
 * npx tsx scripts/mutate-checker.ts [--only PATH,PATH] [--survivors FILE] [--concurrency N] [--minimum PERCENT]
 *
 * A mutant is tried on the quick tests of its part of the checker first; one that survives them is tried again on all
 * tests of the checker, those of generated histories included. One that no test reaches counts as a survivor, and so
 * does one that Stryker was told to ignore.
 *
 * `--only`: files whose path contains one of these. `--survivors`: where a line is written for each that survived.
 * Exit status: 0 at least PERCENT (90) of all were noticed, 1 fewer, 2 Stryker did not run or nothing was tried.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit, stderr } from 'node:process';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutants.js';
import { areEnough, type StrykerSettings, tell, tried, triedAgain } from './stryker.js';

const ROOT = join(import.meta.dirname, '..');
const CHECKER = 'src/checker';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    only: { type: 'string', default: CHECKER },
    survivors: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    minimum: { type: 'string', default: '90' },
  },
});
const minimum = Number(values.minimum);
const wanted = values.only.split(',');
const files = checkerFiles().filter((file) => wanted.some((part) => file.includes(part)));
if (files.length === 0 || !(minimum >= 0 && minimum <= 100)) {
  stderr.write(
    'nothing to try: --only names no file of the checker, or --minimum is no percentage\n',
  );
  exit(2);
}

const settings: StrykerSettings = {
  file: 'stryker.checker.json',
  report: '.stryker-tmp/checker.json',
  variable: 'CHECKER_MUTANTS',
  concurrency: values.concurrency,
};
const mutants: Mutant[] = [];
for (const part of ['rules', 'reading', 'linearizability'] as const) {
  const own = files.filter((file) => partOf(file) === part);
  mutants.push(...(own.length === 0 ? [] : tried(settings, part, own)));
}
triedAgain(settings, 'all', mutants);
tell(mutants, values.survivors);
exit(areEnough(mutants, minimum) ? 0 : 1);

/** The files of the checker that are not tests. */
function checkerFiles(): string[] {
  return readdirSync(join(ROOT, CHECKER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${CHECKER}/${name}`)
    .sort();
}

function partOf(file: string): 'rules' | 'reading' | 'linearizability' {
  if (file.includes('/linearizability/') || file.includes('nonlinearizable')) {
    return 'linearizability';
  }
  return /\/(?:reading\/|read\.ts|row-shape)/.test(file) ? 'reading' : 'rules';
}
