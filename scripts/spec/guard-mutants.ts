/**
 * Every guard of a specification broken in turn. The graph of the specification is that of the code (lock B), so a guard is seen to
 * matter where breaking it changes the graph of some scope; what only the judge remembers shows in the properties instead.
 */

import { join } from 'node:path';
import { canonicalText } from './canonical.js';
import { addToDigest, digestText } from './digest.js';
import { type AllFigures, differences, moduleName, plainName, searchScope } from './figures.js';
import { REACHES } from './guard-figures.js';
import type { GuardProgress, ProgressKeeper } from './guard-progress.js';
import { BROKEN, breakGuard, type Guard, guardsIn, MATTERS, watchGuard } from './guards.js';
import { allScopes, namesOf, SPEC_FOLDER, type Specification } from './plans.js';
import {
  openQuintTree,
  QuintFailure,
  type QuintFile,
  type QuintModule,
  type QuintState,
} from './quint-evaluator.js';

/** A guard, and where breaking it shows. */
export interface GuardVerdict {
  readonly file: string;
  readonly definition: string;
  /** As it stands in the file, and what was done with it. */
  readonly guard: string;
  readonly broken: string;
  /** The smallest scope that tells; null: none does. */
  readonly scope: string | null;
  /** The state in which a step is there that was not, or is not, by the number of steps to it, and the action; or the property. */
  readonly tells: string | null;
  /** In how many scopes it was broken and nothing told, where it had a value that counts. */
  readonly silent: number;
}

interface Open extends GuardProgress {
  readonly guard: Guard;
}

/** A search that asks everything is slow; for what only the judge remembers a small scope is enough. */
const MOST_STATES_WITH_PROPERTIES = 10_000;

interface Judging {
  /** After each scope, how many guards nothing has told of yet. */
  readonly told?: (scope: string, left: number, of: number) => void;
  /** Of these scopes only; then what only the judge remembers is not asked for. */
  readonly isSearched?: (scope: string) => boolean;
  readonly keeper?: ProgressKeeper;
  /** Not tried again. */
  readonly known?: readonly GuardVerdict[];
}

/** The definitions that have guards. */
export async function guardedDefinitions(
  specification: Specification,
): Promise<ReadonlySet<string>> {
  const { tree } = await openQuintTree(join(SPEC_FOLDER, specification.scopesFile));
  return new Set(guardsIn(tree, filesOf(specification)).map(({ definition }) => definition));
}

/** Where the guards of a specification stand. */
function filesOf({ name }: Specification): string[] {
  return ['', '_rules', '_steps'].map((part) => `${name}${part}.qnt`);
}

export async function judgeGuards(
  specification: Specification,
  figures: AllFigures,
  { told = () => {}, isSearched, keeper, known = [] }: Judging = {},
): Promise<GuardVerdict[]> {
  const { open, tree } = await openQuintTree(join(SPEC_FOLDER, specification.scopesFile));
  const kept = keeper?.load() ?? null;
  const done = kept?.scopes ?? [];
  const left = [...known];
  const guards = guardsIn(tree, filesOf(specification)).map((guard, at): Open => {
    const { file, definition, guard: text, broken } = verdictOf({ guard, tried: [] }, null, null);
    const position = left.findIndex(
      (each) =>
        each.file === file &&
        each.definition === definition &&
        each.guard === text &&
        each.broken === broken,
    );
    // Two of one text stand in the order of the text.
    const [verdict = null] = position < 0 ? [] : left.splice(position, 1);
    const begun = { tried: [], remembered: [], asked: false, verdict };
    return { ...(kept?.guards[at] ?? begun), guard };
  });
  const save = (): void =>
    keeper?.save({ scopes: done, guards: guards.map(({ guard: _, ...progress }) => progress) });
  const scopes = Object.entries(allScopes(specification))
    .filter(([scope]) => isSearched?.(scope) !== false && !done.includes(scope))
    .sort(([a], [b]) => statesIn(figures, specification, a) - statesIn(figures, specification, b));
  for (const [scope, init] of scopes) {
    if (guards.every(({ verdict }) => verdict !== null)) {
      break;
    }
    const name = moduleName(specification, scope);
    breakIn(scope, name, () => open(name), init, guards, figures[name]?.edgeDigest);
    done.push(scope);
    save();
    told(name, guards.filter(({ verdict }) => verdict === null).length, guards.length);
  }
  const unasked = guards.filter(({ verdict, asked }) => verdict === null && !asked);
  for (const each of isSearched === undefined ? unasked : []) {
    each.verdict = askProperties(each, specification, open, figures);
    each.asked = true;
    save();
  }
  keeper?.end();
  return guards.map((each) => each.verdict ?? verdictOf(each, null, null));
}

/** Searches the scope as it is, and breaks those guards of which nothing has told in the states in which that matters. */
function breakIn(
  scope: string,
  name: string,
  open: () => QuintModule,
  init: string,
  guards: readonly Open[],
  expected: string | undefined,
): void {
  const left = guards.filter(({ verdict }) => verdict === null);
  const { edgeDigest, matters } = search(open, init, left);
  if (edgeDigest !== expected) {
    throw new Error(`${name} is not as figures.json has it`);
  }
  for (const [each, states] of matters) {
    inBroken(each.guard, () => {
      const module = open();
      each.verdict = firstDifference(module, name, states, each);
      if (each.verdict === null && remembersOtherwise(module, states)) {
        each.remembered.push(scope);
      }
    });
    each.tried.push(scope);
  }
}

/** What only the judge remembers shows in the properties, or in what else is counted. */
function askProperties(
  each: Open,
  specification: Specification,
  open: QuintFile,
  figures: AllFigures,
): GuardVerdict | null {
  const names = namesOf(specification, SPEC_FOLDER);
  // The first is asked in any case: what the judge remembers may differ by what it remembered before.
  const small = [...new Set([...each.tried.slice(0, 1), ...each.remembered])].filter(
    (scope) => statesIn(figures, specification, scope) <= MOST_STATES_WITH_PROPERTIES,
  );
  for (const scope of small) {
    const verdict = inBroken(each.guard, () => {
      const found = searchScope(open, specification, names, scope, true);
      const name = moduleName(specification, scope);
      const [violated] = found.violations;
      if (violated !== undefined) {
        return verdictOf(each, name, plainName(violated.property));
      }
      const [differs] = differences(found.figures, figures[name]);
      // Of a figure that is a list, which one.
      return differs === undefined ? null : verdictOf(each, name, differs.replace(/ is \{.*/, ''));
    });
    if (verdict !== null) {
      return verdict;
    }
  }
  return null;
}

function statesIn(figures: AllFigures, specification: Specification, scope: string): number {
  return figures[moduleName(specification, scope)]?.states ?? 0;
}

function verdictOf(
  { guard, tried }: Pick<Open, 'guard' | 'tried'>,
  scope: string | null,
  tells: string | null,
): GuardVerdict {
  const { file, definition, kind, text } = guard;
  return {
    file,
    definition,
    guard: text,
    broken: BROKEN[kind],
    scope,
    tells,
    silent: tried.length,
  };
}

function inBroken<T>(guard: Guard, judge: () => T): T {
  const back = breakGuard(guard);
  try {
    return judge();
  } finally {
    back();
  }
}

/** A state, and the sum of the digests of its steps: without what the judge remembers, and with it. */
interface Met {
  readonly state: QuintState;
  /** Of what is no ghost. */
  readonly text: string;
  readonly depth: number;
  sum: bigint;
  whole: bigint;
}

/**
 * The first of `states` whose steps are others. These are all states in which the broken guard makes a difference, so if
 * their steps are the same, so is the graph.
 */
function firstDifference(
  module: QuintModule,
  name: string,
  states: readonly Met[],
  each: Open,
): GuardVerdict | null {
  try {
    const differs = states.find((met) => sumOf(edgesOf(module, met).visible) !== met.sum);
    if (differs === undefined) {
      return null;
    }
    const { depth } = differs;
    return verdictOf(each, name, `after ${depth} ${depth === 1 ? 'step' : 'steps'}`);
  } catch (error) {
    if (error instanceof QuintFailure) {
      return verdictOf(each, name, REACHES);
    }
    throw error;
  }
}

/** Whether in one of `states` a step leaves the judge with another memory. */
function remembersOtherwise(module: QuintModule, states: readonly Met[]): boolean {
  return states.some((met) => sumOf(edgesOf(module, met).whole) !== met.whole);
}

/** All states breadth first, those that differ only in what the judge remembers as one; and in which each guard matters. */
function search(
  open: () => QuintModule,
  init: string,
  guards: readonly Open[],
): { edgeDigest: string; matters: ReadonlyMap<Open, Met[]> } {
  const matters = new Map<Open, Met[]>();
  const known = new Set<string>();
  const queue: Met[] = [];
  const meet = (state: QuintState, text: string, depth: number): void => {
    if (!known.has(text)) {
      known.add(text);
      queue.push({ state, text, depth, sum: 0n, whole: 0n });
    }
  };
  let now: Met | null = null;
  const watching = guards.map((each) =>
    watchGuard(each.guard, (value) => {
      if (now === null || !MATTERS[each.guard.kind].includes(value)) {
        return;
      }
      const states = matters.get(each) ?? [];
      matters.set(each, states);
      if (states.at(-1) !== now) {
        states.push(now);
      }
    }),
  );
  let all = 0n;
  try {
    const module = open();
    for (const state of module.initial(init)) {
      meet(state, visibleText(module, state), 0);
    }
    for (const met of queue) {
      now = met;
      const edges = edgesOf(module, met, (state, text) => meet(state, text, met.depth + 1));
      met.sum = sumOf(edges.visible);
      met.whole = sumOf(edges.whole);
      all = (all + met.sum) & 0xffff_ffff_ffff_ffffn;
    }
  } finally {
    for (const back of watching) {
      back();
    }
  }
  return { edgeDigest: digestText(all), matters };
}

/** Texts of the edges out of a state, without what the judge remembers and with it: each once, however many choices lead along it. */
function edgesOf(
  module: QuintModule,
  { state, text }: Met,
  told: (state: QuintState, text: string) => void = () => {},
): { visible: Set<string>; whole: Set<string> } {
  const visible = new Set<string>();
  const whole = new Set<string>();
  for (const { action, to } of module.successors(state)) {
    const arrived = visibleText(module, to);
    told(to, arrived);
    visible.add(`${text}\n${action}\n${arrived}`);
    whole.add(`${action}\n${to.map(canonicalText).join('\n')}`);
  }
  return { visible, whole };
}

function sumOf(edges: ReadonlySet<string>): bigint {
  let sum = 0n;
  for (const edge of edges) {
    sum = addToDigest(sum, edge);
  }
  return sum;
}

function visibleText({ variables }: QuintModule, state: QuintState): string {
  const visible = state.filter((_, i) => variables[i] !== 'ghost');
  return visible.map(canonicalText).join('\n');
}
