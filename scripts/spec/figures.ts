/** What a search of a scope finds, as it is written down in spec/figures.json and compared with it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Specification, SpecificationNames } from './plans.js';
import { allScopes, planFor } from './plans.js';
import type { QuintFile } from './quint-evaluator.js';
import type { Violation } from './search.js';
import { search } from './search.js';

/** No scope is so large; a search that gets there is a search that was let loose by a mistake. */
const LIMIT = 20_000;

export interface Figures {
  readonly states: number;
  readonly transitions: number;
  /** Steps of the longest of the shortest ways to a state. */
  readonly depth: number;
  /** States in which nothing more happens: the bounds are used up. */
  readonly deadlocks: number;
  readonly stateDigest: string;
  readonly edgeDigest: string;
  readonly actions: Readonly<Record<string, number>>;
  /** Witnesses that are reached, by the number of steps; `not ...`: false on purpose, and refuted. */
  readonly witnesses: Readonly<Record<string, number>>;
  /** Of a design known to be broken: what does not hold, and after how many steps. */
  readonly violations?: Readonly<Record<string, number>>;
}

/** Figures by the name of the scope's module. */
export type AllFigures = Readonly<Record<string, Figures>>;

export interface ScopeResult {
  readonly complete: boolean;
  readonly figures: Figures;
  /** None in a design known to be broken: there they are figures. */
  readonly violations: readonly Violation[];
  readonly variables: readonly string[];
}

/** The name of a scope's module. */
export function moduleName(specification: Specification, scope: string): string {
  return `${specification.name}_${scope}`;
}

/** Asks everything of a scope; `untilViolated`: only until something does not hold. */
export function searchScope(
  file: QuintFile,
  specification: Specification,
  names: SpecificationNames,
  scope: string,
  untilViolated = false,
): ScopeResult {
  const module = file(moduleName(specification, scope));
  const plan = planFor(specification, names, allScopes(specification)[scope]!, LIMIT);
  const found = search(module, { ...plan, untilViolated });
  const reached = [...found.witnesses].flatMap(([text, steps]) =>
    steps === null ? [] : [[plainName(text), steps] as const],
  );
  const { states, transitions, depth, deadlocks, stateDigest, edgeDigest } = found;
  const isBroken = scope in specification.broken;
  return {
    complete: found.complete,
    figures: {
      states,
      transitions,
      depth,
      deadlocks,
      stateDigest,
      edgeDigest,
      actions: Object.fromEntries([...found.actions].sort()),
      witnesses: Object.fromEntries(reached),
      ...(isBroken ? { violations: stepsOf(found.violations) } : {}),
    },
    violations: isBroken ? [] : found.violations,
    variables: module.variables,
  };
}

/** What falls, by name, nearest first. */
function stepsOf(violations: readonly Violation[]): Record<string, number> {
  return Object.fromEntries(
    violations.map(({ property, trace }) => [plainName(property), trace.length - 1]),
  );
}

/** `not(Name(world))` -> `not Name`, `Name(before, after)` -> `Name`. */
export function plainName(text: string): string {
  return text.replace(/\((world|before, after[^)]*)\)/, '').replace(/^not\((.*)\)$/, 'not $1');
}

export function readFigures(folder: string): AllFigures {
  return JSON.parse(readFileSync(join(folder, 'figures.json'), 'utf8')) as AllFigures;
}

/** Scope by scope in the order of their names; a scope is a few lines, so that changes can be read. */
export function writeFigures(folder: string, figures: AllFigures): void {
  const scopes = Object.keys(figures)
    .sort()
    .map((name) => {
      const lines = Object.entries(figures[name]!).map(
        ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
      );
      return `  ${JSON.stringify(name)}: {\n${lines.join(',\n')}\n  }`;
    });
  writeFileSync(join(folder, 'figures.json'), `{\n${scopes.join(',\n')}\n}\n`);
}

/** What differs, one line each; nothing where the figures are as expected. */
export function differences(found: Figures, expected: Figures | undefined): string[] {
  if (expected === undefined) {
    return ['is not in figures.json'];
  }
  const keys = [...new Set([...Object.keys(found), ...Object.keys(expected)])] as (keyof Figures)[];
  return keys.flatMap((key) => {
    const is = JSON.stringify(found[key]);
    const was = JSON.stringify(expected[key]);
    return is === was ? [] : [`${key} is ${is}, expected ${was}`];
  });
}
