/** The same mutants by Stryker and vitest, the slow way: what they say is held against what was found here. */

import { stdout } from 'node:process';
import { type Mutant, wasNoticed } from '../mutants.js';
import { type StrykerSettings, tried, triedAgain } from '../stryker.js';
import type { Part } from './parts.js';

const SETTINGS: StrykerSettings = {
  file: 'stryker.core.json',
  report: '.stryker-tmp/core.json',
  variable: 'CORE_MUTANTS',
  concurrency: '1',
};

/** How many of `found` were noticed the slow way only. `targets`: files, or lines of files. */
export function comparedWithPlain(
  part: Part,
  targets: readonly string[],
  found: readonly Mutant[],
): number {
  const plain = tried(SETTINGS, `${part.name}-units`, targets);
  triedAgain(SETTINGS, `${part.name}-lock`, plain);
  const here = new Map(found.map((mutant) => [mutant.name, mutant]));
  const both = plain.filter(({ name }) => here.has(name));
  const only = (first: boolean, second: boolean): Mutant[] =>
    both.filter(
      (each) => wasNoticed(each) === first && wasNoticed(here.get(each.name)!) === second,
    );
  const missed = only(true, false);
  for (const { name } of missed) {
    stdout.write(`only Stryker and vitest notice ${name}\n`);
  }
  for (const { name } of only(false, true)) {
    stdout.write(`they do not notice ${name}\n`);
  }
  stdout.write(
    `${both.length} of ${found.length} compared: both notice ${only(true, true).length}, neither ${only(false, false).length}, only here ${only(false, true).length}, only there ${missed.length}\n`,
  );
  return missed.length + (both.length === found.length ? 0 : 1);
}
