/**
 * Searches the specifications in all their scopes: `npm run spec -- [--update] [--only TEXT] [--mutants | --guards]`.
 * Every property must hold, every figure must be as in spec/figures.json (`--update` writes it), and of
 * each mutant (`--mutants`) something must tell; of each guard broken (`--guards`) as spec/guards.json says (a run that was
 * ended goes on where it was, as long as the specification is the same; `--definition NAME`, repeatable: of the guards in
 * these definitions, and the others stand as they are written). `--only`: scopes, mutants or specifications with TEXT in their name.
 * Exit status 1 if anything is otherwise, 2 if there is nothing to judge.
 */

import { join } from 'node:path';
import { endUnusable } from '../../src/cli/errors.js';
import { flagsOf } from '../command.js';
import type { AllFigures } from './figures.js';
import { differences, moduleName, readFigures, searchScope, writeFigures } from './figures.js';
import { readGuards, writeGuards } from './guard-figures.js';
import { type GuardVerdict, guardedDefinitions, judgeGuards } from './guard-mutants.js';
import { keptInFile } from './guard-progress.js';
import { judgeMutant, mutants, survivors } from './mutants.js';
import { allScopes, namesOf, SPEC_FOLDER, type Specification, specifications } from './plans.js';
import { openQuint } from './quint-evaluator.js';
import { search } from './search.js';
import { reasonOf } from './silent-guards.js';
import { inWords } from './words.js';

const { values } = flagsOf({
  options: {
    update: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    guards: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    definition: { type: 'string', multiple: true, default: [] },
  },
});
const wrong = values.guards
  ? await breakGuards(values.only, values.update, values.definition)
  : values.mutants
    ? await judgeMutants(values.only)
    : await searchAll(values.only);
process.exitCode = wrong === 0 ? 0 : 1;

async function searchAll(only: string): Promise<number> {
  const expected = readFigures(SPEC_FOLDER);
  const found: Record<string, AllFigures[string]> = { ...expected };
  const counts = 'known_tiny_raft'.includes(only);
  let searched = counts ? 1 : 0;
  let bad = counts ? await countKnown() : 0;
  for (const specification of specifications) {
    const scopes = Object.keys(allScopes(specification)).filter((scope) =>
      moduleName(specification, scope).includes(only),
    );
    if (scopes.length === 0) {
      continue;
    }
    const names = namesOf(specification, SPEC_FOLDER);
    const file = await openQuint(join(SPEC_FOLDER, specification.scopesFile));
    for (const scope of scopes) {
      const name = moduleName(specification, scope);
      searched++;
      const began = process.cpuUsage().user;
      const { complete, figures, violations, variables } = searchScope(
        file,
        specification,
        names,
        scope,
      );
      const complaints = [
        ...(complete ? [] : ['is too large']),
        ...violations.map((violation) => inWords(violation, variables)),
        ...(values.update ? [] : differences(figures, expected[name])),
      ];
      if (values.update) {
        found[name] = figures;
        writeFigures(SPEC_FOLDER, found);
      }
      const seconds = ((process.cpuUsage().user - began) / 1e6).toFixed(1);
      console.log(
        `${name}: ${figures.states} states, ${figures.transitions} transitions, depth ${figures.depth}, ${figures.deadlocks} deadlocks, ${seconds} s`,
      );
      for (const [property, steps] of Object.entries(figures.violations ?? {})) {
        console.log(`  ${property} falls after ${steps} steps, as it must`);
      }
      for (const complaint of complaints) {
        console.log(`  ${name} ${complaint}`);
      }
      bad += complaints.length;
    }
  }
  return searched === 0 ? endUnusable(`--only: no scope has '${only}' in its name`) : bad;
}

/** The driver first: TLC, stateright and others count the tiny Raft so. Returns what is wrong. */
async function countKnown(): Promise<number> {
  const file = await openQuint(join(SPEC_FOLDER, 'known/tiny_raft.qnt'));
  const { states, transitions } = search(file('tiny_raft_2'), {
    init: 'init',
    invariants: ['OneLeaderPerTerm'],
    stepProperties: [],
    witnesses: [],
    limit: 20_000,
    ghosts: [],
  });
  // The first state is one that others count as made.
  const right = states === 15_808 && transitions + 1 === 36_346;
  console.log(
    `known_tiny_raft: ${states} states, ${transitions + 1} made${right ? '' : ', expected 15808 and 36346'}`,
  );
  return right ? 0 : 1;
}

async function judgeMutants(only: string): Promise<number> {
  let wrong = 0;
  const chosen = mutants.filter(({ name }) => name.includes(only));
  for (const mutant of chosen) {
    const verdict = await judgeMutant(mutant);
    const reason = survivors[mutant.name];
    const why = reason === undefined ? '' : ` (expected: ${reason})`;
    console.log(`${mutant.name}: ${verdict ?? `nothing tells${why}`}`);
    wrong += (verdict === null) === (reason === undefined) ? 1 : 0;
  }
  console.log(`${chosen.length} mutants, ${wrong} not as expected`);
  return chosen.length === 0 ? endUnusable(`--only: no mutant has '${only}' in its name`) : wrong;
}

/** `definitions`: the guards in them only, and what is written down of the others stands; empty: all. */
async function breakGuards(
  only: string,
  updates: boolean,
  definitions: readonly string[],
): Promise<number> {
  const figures = readFigures(SPEC_FOLDER);
  const expected = readGuards();
  const found: Record<string, readonly GuardVerdict[]> = { ...expected };
  let wrong = 0;
  const chosen = specifications.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) {
    endUnusable(`--only: no specification has '${only}' in its name`);
  }
  await refuseUnknown(definitions, chosen);
  for (const specification of chosen) {
    const { name } = specification;
    const verdicts = await judgeGuards(specification, figures, {
      told: (scope, left, of) =>
        console.log(`${scope}: nothing tells of ${left} of ${of} guards yet`),
      ...(definitions.length === 0
        ? { keeper: keptInFile(specification) }
        : {
            known: expected[name]!.filter((verdict) => !definitions.includes(verdict.definition)),
          }),
    });
    found[name] = verdicts;
    const open = verdicts.filter((verdict) => verdict.tells === null);
    for (const verdict of open) {
      const { definition, guard, broken, silent } = verdict;
      const reason = reasonOf(name, verdict) ?? 'no reason is given';
      console.log(
        `${name}: ${definition}: ${guard} ${broken}: silent in ${silent} scopes (${reason})`,
      );
      wrong += reasonOf(name, verdict) === undefined ? 1 : 0;
    }
    if (!updates && JSON.stringify(verdicts) !== JSON.stringify(expected[name])) {
      console.log(`${name}: spec/guards.json says otherwise`);
      wrong++;
    }
    console.log(`${name}: ${verdicts.length} guards, ${open.length} of which nothing tells`);
  }
  if (updates) {
    writeGuards(found);
  }
  return wrong;
}

/** Ends the process if a name is of no definition that has guards: nothing would be broken for it. */
async function refuseUnknown(
  definitions: readonly string[],
  chosen: readonly Specification[],
): Promise<void> {
  if (definitions.length === 0) {
    return;
  }
  const guarded = new Set<string>();
  for (const specification of chosen) {
    for (const definition of await guardedDefinitions(specification)) {
      guarded.add(definition);
    }
  }
  const unknown = definitions.find((definition) => !guarded.has(definition));
  if (unknown !== undefined) {
    endUnusable(
      `--definition: no definition '${unknown}' has guards in a specification that is asked`,
    );
  }
}
