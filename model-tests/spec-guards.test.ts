/** Guards of the specifications broken in turn: those that are written down are those that there are, and some are tried again. */

import { describe, expect, test } from 'vitest';
import { readFigures } from '../scripts/spec/figures.js';
import { readGuards } from '../scripts/spec/guard-figures.js';
import { type GuardVerdict, judgeGuards } from '../scripts/spec/guard-mutants.js';
import { SPEC_FOLDER, specifications } from '../scripts/spec/plans.js';
import { reasonOf } from '../scripts/spec/silent-guards.js';

const written = readGuards();

/** The smallest scopes, in which the most is told at the least cost. */
const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  producer: ['overtaking', 'expiry'],
  partition: ['leads_on'],
  raft: ['votes_terms'],
};

/** Where a guard stands, and how it is broken. */
function place({ file, definition, guard, broken }: GuardVerdict): string {
  return `${file}: ${definition}: ${guard} ${broken}`;
}

describe.each(Object.keys(SEARCHED))('the guards of %s', (name) => {
  test('that nothing tells of have a reason', () => {
    const silent = written[name]!.filter(({ tells }) => tells === null);
    expect(silent.filter((verdict) => reasonOf(name, verdict) === undefined).map(place)).toEqual(
      [],
    );
    expect(silent.length).toBeLessThan(written[name]!.length / 4);
  });

  test('are written down, and broken again they show where that says', {
    timeout: 300_000,
  }, async () => {
    const specification = specifications.find((each) => each.name === name)!;
    const scopes = SEARCHED[name]!;
    const again = await judgeGuards(specification, readFigures(SPEC_FOLDER), {
      isSearched: (scope) => scopes.includes(scope),
    });
    expect(again.map(place)).toEqual(written[name]!.map(place));
    const modules = scopes.map((scope) => `${name}_${scope}`);
    const told = ({ scope }: GuardVerdict): boolean => scope !== null && modules.includes(scope);
    const isTold = again.filter(told);
    expect(isTold.length).toBeGreaterThan(20);
    // What only the judge remembers is asked for only where all scopes are searched.
    const expected = written[name]!.filter((verdict) => told(verdict));
    expect(isTold.map((verdict) => [place(verdict), verdict.scope, verdict.tells])).toEqual(
      expect.arrayContaining(
        expected
          .filter(({ tells }) => tells!.startsWith('after'))
          .map((verdict) => [place(verdict), verdict.scope, verdict.tells]),
      ),
    );
  });
});
