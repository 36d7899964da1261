/** What earlier runs found of mutants, and whether that still holds: not where the code or what was asked is another. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { env } from 'node:process';
import { readGraphFigures } from '../conformance/figures.js';
import { moduleName, readFigures } from '../spec/figures.js';
import { SPEC_FOLDER, specifications } from '../spec/plans.js';
import { type Part, testsOf } from './parts.js';
import type { Oracles, Tried } from './worker.js';

/** Digests of what mutants are shown to; of an oracle that was not asked: nothing. */
export interface OracleDigests {
  readonly tests: string;
  readonly lock: string;
}

/** What is kept of a mutant between runs. */
export interface Row extends Omit<Tried, 'mutant'>, OracleDigests {
  readonly name: string;
  /** Of the file as it was. */
  readonly source: string;
}

/** Rows by the names of their mutants, but for those of files that were others then. */
export function readRows(path: string, sources: ReadonlySet<string>): Map<string, Row> {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
  return new Map(rows.filter(({ source }) => sources.has(source)).map((row) => [row.name, row]));
}

/** Whether asking again would say the same: of who noticed a mutant only that one counts, of a survivor every one. */
export function isCurrent(row: Row, source: string, oracle: OracleDigests): boolean {
  return (
    row.source === source &&
    (row.oracle === 'lock B' || row.tests === oracle.tests) &&
    (row.oracle === 'tests' || row.lock === oracle.lock)
  );
}

/** The digests for a row that `oracles` made; what they did not ask stays as it was `before`. */
export function digestsAfter(
  oracles: Oracles,
  { tests, lock }: OracleDigests,
  before: OracleDigests | undefined,
): OracleDigests {
  return {
    tests: oracles === 'lock B' ? (before?.tests ?? '') : tests,
    lock: oracles === 'all' || oracles === 'lock B' ? lock : (before?.lock ?? ''),
  };
}

/**
 * Of the tests of a part all code that is only for tests; of lock B what its scopes are to have, which is other where a
 * specification is. Other files of the core are not looked at.
 */
export function oracleOf(root: string, part: Part): OracleDigests {
  const entries = [...testsOf(root, part), 'scripts/mutation/walks.ts'];
  const [figures, graphs] = [readFigures(SPEC_FOLDER), readGraphFigures(SPEC_FOLDER)];
  const lock = specifications
    .filter(({ name }) => part.specifications.includes(name))
    .flatMap((specification) =>
      Object.keys(specification.scopes).map((scope) => moduleName(specification, scope)),
    )
    .map((name) => [name, figures[name], graphs[name]]);
  return {
    tests: digest(testSources(root, entries).join('\n')),
    lock: digest(JSON.stringify([Number(env.MOST_STATES ?? part.mostStates), lock])),
  };
}

/** The texts of `entries` and of what they import that is only for tests too, in the order of their paths. */
export function testSources(root: string, entries: readonly string[]): string[] {
  const texts = new Map<string, string>();
  const left = [...entries];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (!texts.has(file)) {
      const text = readFileSync(join(root, file), 'utf8');
      texts.set(file, text);
      for (const [, path] of text.matchAll(/ from '(\.[^']+)\.js'/g)) {
        const imported = normalize(join(file, '..', `${path}.ts`));
        if (/^model-tests\/|\/test-[^/]*$/.test(imported)) {
          left.push(imported);
        }
      }
    }
  }
  return [...texts.keys()].sort().map((file) => texts.get(file)!);
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
