/**
 * Changes the step functions of the core in every place and asks whether a test notices: mutation testing, with Stryker.
 *
 * npm run mutate -- [--only PATH,PATH] [--survivors FILE] [--concurrency N] [--minimum PERCENT]
 *
 * A mutant is tried on unit tests of its folder first; one that survives them is tried again on lock B: the state
 * graph of the code in small scopes must be that of the specification. One that no test reaches counts as a survivor,
 * and so does one that Stryker was told to ignore.
 *
 * `--only`: files whose path contains one of these, or lines of a file (`src/core/raft/rules.ts:10-20`). `--survivors`: where a line is written for each that survived.
 * Exit status: 0 at least PERCENT (90) of all were noticed, 1 fewer, 2 Stryker did not run or nothing was tried.
 */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit, stderr } from 'node:process';
import { parseArgs } from 'node:util';
import type { Mutant } from './mutants.js';
import { areEnough, type StrykerSettings, tell, tried, triedAgain } from './stryker.js';

const ROOT = join(import.meta.dirname, '..');

/** The files of the partition that are about producing and producers. */
const PRODUCTION = /\/(?:produce|producer-state|rules-produce)\.ts$/;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    only: { type: 'string', default: 'src/core' },
    survivors: { type: 'string' },
    concurrency: { type: 'string', default: '2' },
    minimum: { type: 'string', default: '90' },
  },
});
const minimum = Number(values.minimum);
const wanted = values.only.split(',');
const files = stepFiles().flatMap((file) =>
  wanted.flatMap((part) =>
    part.startsWith(`${file}:`) ? [part] : file.includes(part) ? [file] : [],
  ),
);
if (files.length === 0 || !(minimum >= 0 && minimum <= 100)) {
  stderr.write('nothing to try: --only names no step function, or --minimum is no percentage\n');
  exit(2);
}

const settings: StrykerSettings = {
  file: 'stryker.core.json',
  report: '.stryker-tmp/core.json',
  variable: 'CORE_MUTANTS',
  concurrency: values.concurrency,
};
const mutants: Mutant[] = [];
for (const part of ['raft', 'producer'] as const) {
  const own = files.filter((file) => partOf(file) === part);
  if (own.length > 0) {
    const found = tried(settings, `${part}-units`, own);
    triedAgain(settings, `${part}-lock`, found);
    mutants.push(...found);
  }
}
tell(mutants, values.survivors);
exit(areEnough(mutants, minimum) ? 0 : 1);

/** The files whose steps lock B compares, by the specification that they belong to; without tests and types. */
function stepFiles(): string[] {
  return ['src/core/raft', 'src/core/partition']
    .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`))
    .filter((file) => file.endsWith('.ts') && !/(?:\.test|types)\.ts$/.test(file))
    .filter((file) => partOf(file) !== null)
    .sort();
}

function partOf(file: string): 'raft' | 'producer' | null {
  if (file.startsWith('src/core/raft/')) {
    return 'raft';
  }
  return PRODUCTION.test(file.replace(/:.*/, '')) ? 'producer' : null;
}
