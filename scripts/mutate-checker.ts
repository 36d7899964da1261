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

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, execPath, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import {
  type Mutant,
  mutantsOf,
  rangeOf,
  survivorLine,
  type Tally,
  tallies,
  wasNoticed,
} from './mutants.js';

const ROOT = join(import.meta.dirname, '..');
const CHECKER = 'src/checker';
const SETTINGS = 'stryker.checker.json';
const REPORT = join(ROOT, '.stryker-tmp/checker.json');

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

const mutants: Mutant[] = [];
for (const part of ['rules', 'reading', 'linearizability'] as const) {
  const own = files.filter((file) => partOf(file) === part);
  mutants.push(...(own.length === 0 ? [] : tried(part, own)));
}
const again = mutants.filter((mutant) => !wasNoticed(mutant));
if (again.length > 0) {
  const second = new Map(tried('all', again.map(rangeOf)).map((mutant) => [mutant.name, mutant]));
  for (const mutant of again) {
    mutant.status = second.get(mutant.name)?.status ?? mutant.status;
  }
}
tell(mutants);

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

/** Runs Stryker on `targets` with the tests of `part`. */
function tried(part: string, targets: readonly string[]): Mutant[] {
  rmSync(REPORT, { force: true });
  stderr.write(`${part}: ${targets.length} ${part === 'all' ? 'places again' : 'files'}\n`);
  const { status, error } = spawnSync(
    execPath,
    [
      join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      SETTINGS,
      '--concurrency',
      values.concurrency,
      '--mutate',
      targets.join(','),
    ],
    {
      cwd: ROOT,
      env: { ...env, CHECKER_MUTANTS: part },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  try {
    return mutantsOf(JSON.parse(readFileSync(REPORT, 'utf8')));
  } catch {
    stderr.write(`Stryker left no report (${error?.message ?? `status ${status}`})\n`);
    return exit(2);
  }
}

function tell(all: readonly Mutant[]): void {
  const rows = tallies(all);
  const line = ({ name, mutants: count, noticed }: Tally): string =>
    `${name.padEnd(48)} ${String(count).padStart(6)} ${((100 * noticed) / count).toFixed(1).padStart(7)} %\n`;
  for (const row of rows) {
    stdout.write(line(row));
  }
  const noticed = all.filter(wasNoticed).length;
  stdout.write(line({ name: 'all', mutants: all.length, noticed }));
  if (values.survivors !== undefined) {
    const left = all.filter((mutant) => !wasNoticed(mutant)).map(survivorLine);
    writeFileSync(values.survivors, left.join(''));
  }
  exit(all.length > 0 && (100 * noticed) / all.length >= minimum ? 0 : 1);
}
