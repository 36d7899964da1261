/** One run of Stryker, and what is told of several. */

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, execPath, exit, stderr, stdout } from 'node:process';
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

export interface StrykerSettings {
  /** File of Stryker's settings. */
  readonly file: string;
  /** Where by these settings the report is. */
  readonly report: string;
  /** Variable of the environment by which the tests' settings know the part. */
  readonly variable: string;
  readonly concurrency: string;
}

/** Runs Stryker on `targets` (files, or ranges in files) with the tests of `part`; ends the process without a report. */
export function tried(
  { file, report, variable, concurrency }: StrykerSettings,
  part: string,
  targets: readonly string[],
): Mutant[] {
  const path = join(ROOT, report);
  rmSync(path, { force: true });
  stderr.write(`${part}: ${targets.length} files or places\n`);
  const { status, error } = spawnSync(
    execPath,
    [
      join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
      'run',
      file,
      '--concurrency',
      concurrency,
      '--mutate',
      targets.join(','),
    ],
    { cwd: ROOT, env: { ...env, [variable]: part }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  try {
    return mutantsOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    stderr.write(`Stryker left no report (${error?.message ?? `status ${status}`})\n`);
    return exit(2);
  }
}

/** Tries those of `mutants` that nothing noticed on the tests of `part`, and puts down what came of it. */
export function triedAgain(
  settings: StrykerSettings,
  part: string,
  mutants: readonly Mutant[],
): void {
  const again = mutants.filter((mutant) => !wasNoticed(mutant));
  if (again.length > 0) {
    const found = tried(settings, part, again.map(rangeOf));
    const second = new Map(found.map((mutant) => [mutant.name, mutant]));
    for (const mutant of again) {
      mutant.status = second.get(mutant.name)?.status ?? mutant.status;
    }
  }
}

/** A line for each file and one for all; into `survivors` one for each mutant that nothing noticed. */
export function tell(all: readonly Mutant[], survivors: string | undefined): void {
  const line = ({ name, mutants: count, noticed }: Tally): string =>
    `${name.padEnd(48)} ${String(count).padStart(6)} ${((100 * noticed) / count).toFixed(1).padStart(7)} %\n`;
  for (const row of tallies(all)) {
    stdout.write(line(row));
  }
  stdout.write(line({ name: 'all', mutants: all.length, noticed: noticedOf(all) }));
  if (survivors !== undefined) {
    const left = all.filter((mutant) => !wasNoticed(mutant)).map(survivorLine);
    writeFileSync(survivors, left.join(''));
  }
}

/** Whether there are any, and at least `minimum` percent of them were noticed. */
export function areEnough(all: readonly Mutant[], minimum: number): boolean {
  return all.length > 0 && (100 * noticedOf(all)) / all.length >= minimum;
}

function noticedOf(all: readonly Mutant[]): number {
  return all.filter(wasNoticed).length;
}
