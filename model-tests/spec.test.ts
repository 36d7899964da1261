/**
 * The specifications, as far as a minute goes: their names are those of the code, their figures say that
 * nothing is vacuous, and of a few scopes and mutants it is seen. All of it: `npm run spec`.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { differences, moduleName, readFigures, searchScope } from '../scripts/spec/figures.js';
import { judgeMutant, mutants } from '../scripts/spec/mutants.js';
import type { Specification } from '../scripts/spec/plans.js';
import { allScopes, namesOf, SPEC_FOLDER, specifications } from '../scripts/spec/plans.js';
import { openQuint } from '../scripts/spec/quint-evaluator.js';

const ROOT = resolve(import.meta.dirname, '..');
const figures = readFigures(SPEC_FOLDER);

interface NameDifferences {
  readonly onlyInSpec: Readonly<Record<string, string>>;
  readonly onlyInCode: Readonly<Record<string, string>>;
}
const listed = JSON.parse(readFileSync(join(SPEC_FOLDER, 'properties.json'), 'utf8')) as Readonly<
  Record<string, NameDifferences>
>;

/** The scopes that are searched here, by specification: small, and between them most of the actions. */
const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  raft: ['pre_votes_three', 'check_quorum', 'add_voter'],
  producer: ['retries', 'restart', 'bump'],
  partition: ['late_metadata', 'kip320_first_try'],
};

/** The mutants that are tried here. */
const BROKEN: Readonly<Record<string, string>> = {
  raft: 'raft: a voter is added that is behind',
  producer: 'producer: a repeated batch is appended again',
  partition: 'partition: a fetch of another leadership is answered',
};

function namesInCode(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = readFileSync(join(ROOT, folder, file), 'utf8');
      return [...source.matchAll(/^ {2}name: '([A-Z]\w+)',$/gm)].map(([, name]) => name!);
    });
}

function namesIn(specification: Specification): string[] {
  const { states, steps } = namesOf(specification, SPEC_FOLDER);
  return [...states, ...steps];
}

function figuresOf(specification: Specification) {
  return Object.keys(allScopes(specification)).map(
    (scope) => figures[moduleName(specification, scope)]!,
  );
}

describe.each(specifications)('the specification of $name', (specification) => {
  const names = namesOf(specification, SPEC_FOLDER);

  test('states the properties of the code under their names, or says why not', () => {
    const { onlyInSpec, onlyInCode } = listed[specification.name]!;
    const here = namesIn(specification);
    expect(here.length).toBeGreaterThan(5);
    const elsewhere = specifications.filter((other) => other !== specification).flatMap(namesIn);
    const there = specification.sharesNamesWith.flatMap(namesInCode);
    expect(here.filter((name) => !there.includes(name)).sort()).toEqual(
      Object.keys(onlyInSpec).sort(),
    );
    const open = there.filter((name) => !here.includes(name) && !elsewhere.includes(name));
    expect(open.sort()).toEqual(Object.keys(onlyInCode).sort());
  });

  test('has figures of every scope, and of no other', () => {
    const scopes = Object.keys(allScopes(specification)).map((scope) =>
      moduleName(specification, scope),
    );
    const written = Object.keys(figures).filter((name) =>
      name.startsWith(`${specification.name}_`),
    );
    expect(written.sort()).toEqual(scopes.sort());
  });

  test('every action fires in some scope', () => {
    expect(names.actions.length).toBeGreaterThan(5);
    const fired = new Set(figuresOf(specification).flatMap(({ actions }) => Object.keys(actions)));
    expect([...fired].sort()).toEqual(names.actions);
  });

  test('every witness is reached in some scope, and what is false on purpose is refuted', () => {
    const wanted = [...names.witnesses, ...names.falseOnPurpose.map((name) => `not ${name}`)];
    const reached = new Set(
      figuresOf(specification).flatMap(({ witnesses }) => Object.keys(witnesses)),
    );
    expect([...reached].sort()).toEqual(wanted.sort());
  });

  test('small scopes are as their figures say', { timeout: 300_000 }, async () => {
    const file = await openQuint(join(SPEC_FOLDER, specification.scopesFile));
    for (const scope of SEARCHED[specification.name]!) {
      const found = searchScope(file, specification, names, scope);
      expect(found.violations.map(({ property }) => property)).toEqual([]);
      expect(found.complete).toBe(true);
      const expected = figures[moduleName(specification, scope)];
      expect(differences(found.figures, expected), scope).toEqual([]);
    }
  });

  test('a broken rule is seen', { timeout: 300_000 }, async () => {
    const mutant = mutants.find(({ name }) => name === BROKEN[specification.name])!;
    expect(await judgeMutant(mutant, false)).not.toBeNull();
  });
});

test('every mutant breaks a text that stands once in its file', () => {
  const wrong = mutants.filter(
    ({ file, from }) => readFileSync(join(SPEC_FOLDER, file), 'utf8').split(from).length !== 2,
  );
  expect(mutants.length).toBeGreaterThan(100);
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

test('a difference of figures is told', () => {
  const [name, one] = Object.entries(figures)[0]!;
  expect(differences(one, figures[name])).toEqual([]);
  expect(differences({ ...one, states: one.states + 1 }, one)).toEqual([
    `states is ${one.states + 1}, expected ${one.states}`,
  ]);
  expect(differences(one, undefined)).toEqual(['is not in figures.json']);
});
