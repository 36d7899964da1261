/**
 * Lock B: one state graph. The code's world is searched breadth first; every concrete state that is found must
 * allow exactly the steps that the specification allows in the state that it stands for. So each abstract step
 * of the code is one of the specification, and each of the specification has an origin in every concrete state.
 */

import { addToDigest, digestText } from '../spec/digest.js';
import type { SpecGraph } from './spec-graph.js';

export interface ConcreteStep<State> {
  /** What happens; null: something that the specification does not see. It must change nothing there. */
  readonly action: string | null;
  /** `action(name = value, ...)`, or words for what the specification does not see. */
  readonly call: string;
  /** Where it leads; null: nowhere, for something is wrong that `outputs` tells. */
  readonly to: State | null;
  /** What the step gives out that is no part of any state; empty: nothing. */
  readonly outputs: string;
}

/** The production code in a world whose steps are those of a specification. */
export interface ConcreteWorld<State> {
  initial(): State;
  /** Equal concrete states, equal keys. */
  keyOf(state: State): string;
  /** States with equal keys of this kind stand for one state of the specification. */
  abstractKeyOf(state: State): string;
  /** The text of that state, one line per variable. */
  textOf(state: State): string;
  steps(state: State): readonly ConcreteStep<State>[];
  /** How often something was checked to be among what the specification allows, and not to be the same. */
  included(): number;
}

/** A world through which single steps are followed: it need not remember where it has been. */
export interface WalkedWorld<State> extends ConcreteWorld<State> {
  /** Of all steps the ones that the specification calls so, sooner than to look for them among all. */
  stepsCalled(state: State, call: string): readonly ConcreteStep<State>[];
  /**
   * Some of the steps that the specification does not see: the world is asked at one place only, which `draw` chooses
   * (a number from 0 to below what it is given).
   */
  unseenSteps(state: State, draw: (bound: number) => number): readonly ConcreteStep<State>[];
}

/** What was found, to be written down; every number 0 would be an empty pass. */
export interface GraphFigures {
  /** Of the specification, without what only a judge remembers. */
  readonly states: number;
  /** Different (state, action, state). */
  readonly edges: number;
  readonly stateDigest: string;
  readonly edgeDigest: string;
  /** States of the code's world, with all that the specification does not have. */
  readonly concreteStates: number;
  /** Steps of the code's world that the specification has. */
  readonly concreteSteps: number;
  /** Steps that it does not see, and commands that the code refused. */
  readonly hiddenSteps: number;
  /** What was only checked to be among what the specification allows. */
  readonly included: number;
}

/** The end of a step; `to` null: something is wrong that `outputs` tells. */
export interface End {
  readonly to: string | null;
  readonly outputs: string;
}

/** The first step that only one of the two has. */
export interface Difference {
  /** What led to the state, from the first one on. */
  readonly path: readonly string[];
  /** Text of the state. */
  readonly from: string;
  readonly call: string;
  /** null: no such step. */
  readonly spec: End | null;
  readonly code: End | null;
}

export interface Comparison {
  readonly difference: Difference | null;
  readonly figures: GraphFigures;
}

interface Found<State> {
  readonly state: State;
  readonly parent: Found<State> | null;
  readonly call: string;
}

/** By call: the number of the state that a step leads to, with its outputs. */
type Ends = ReadonlyMap<string, string>;

/** Texts of states by number. */
class Texts<State> {
  readonly all: string[] = [];
  private readonly byText = new Map<string, number>();
  private readonly byKey = new Map<string, number>();
  private readonly world: ConcreteWorld<State>;

  constructor(world: ConcreteWorld<State>) {
    this.world = world;
  }

  numberOf(text: string): number {
    let number = this.byText.get(text);
    if (number === undefined) {
      number = this.all.length;
      this.all.push(text);
      this.byText.set(text, number);
    }
    return number;
  }

  of(state: State): number {
    const key = this.world.abstractKeyOf(state);
    let number = this.byKey.get(key);
    if (number === undefined) {
      number = this.numberOf(this.world.textOf(state));
      this.byKey.set(key, number);
    }
    return number;
  }
}

/**
 * Compares until the first difference, or the end; throws beyond `limit` concrete states. Without `spec` the
 * code's graph is only held against itself (all concrete states that stand for one state have the same steps):
 * its digests tell the rest.
 */
export function compare<State>(
  world: ConcreteWorld<State>,
  spec: SpecGraph | null,
  limit: number,
): Comparison {
  const texts = new Texts(world);
  const first = world.initial();
  const queue: Found<State>[] = [{ state: first, parent: null, call: 'init' }];
  const known = new Set([world.keyOf(first)]);
  const expected = new Map<number, Ends>();
  const sums = { state: 0n, edge: 0n, edges: 0, steps: 0, hidden: 0 };
  let difference = spec === null ? null : differentStart(world.textOf(first), spec);
  for (let at = 0; at < queue.length && difference === null; at++) {
    const found = queue[at]!;
    const from = texts.of(found.state);
    const steps = world.steps(found.state);
    const ends = endsOf(texts, steps);
    let wanted = expected.get(from);
    if (wanted === undefined) {
      wanted = spec === null ? ends : specEnds(texts, spec, from);
      expected.set(from, wanted);
      sums.state = addToDigest(sums.state, texts.all[from]!);
      for (const edge of edgeTexts(texts, from, steps)) {
        sums.edge = addToDigest(sums.edge, edge);
        sums.edges++;
      }
    }
    difference = firstDifference(texts, found, wanted, ends) ?? firstSeen(texts, found, steps);
    for (const { action, call, to } of steps) {
      sums[action === null ? 'hidden' : 'steps']++;
      const key = to === null ? '' : world.keyOf(to);
      if (to !== null && !known.has(key)) {
        known.add(key);
        queue.push({ state: to, parent: found, call });
      }
    }
    if (known.size > limit) {
      throw new Error(`the code's world has more than ${limit} states`);
    }
  }
  return {
    difference,
    figures: {
      states: expected.size,
      edges: sums.edges,
      stateDigest: digestText(sums.state),
      edgeDigest: digestText(sums.edge),
      concreteStates: known.size,
      concreteSteps: sums.steps,
      hiddenSteps: sums.hidden,
      included: world.included(),
    },
  };
}

function differentStart(text: string, spec: SpecGraph): Difference | null {
  const from = spec.initial[0]!;
  const [wanted, made] = [from, text].map((to) => ({ to, outputs: '' }));
  return spec.initial.includes(text)
    ? null
    : { path: [], from, call: 'init', spec: wanted!, code: made! };
}

/** What the specification says of the state. */
function specEnds<State>(texts: Texts<State>, spec: SpecGraph, from: number): Ends {
  // A state that the specification does not have was told as the end of a step to it.
  const edges = spec.edges.get(texts.all[from]!) ?? [];
  return new Map(
    edges.map(({ call, to, outputs }) => [call, endText(texts.numberOf(to), outputs)]),
  );
}

/** The same of the code. */
function endsOf<State>(texts: Texts<State>, steps: readonly ConcreteStep<State>[]): Ends {
  const ends = new Map<string, string>();
  for (const { action, call, to, outputs } of steps) {
    const end = endText(to === null ? null : texts.of(to), outputs);
    if (action === null) {
      continue;
    }
    if ((ends.get(call) ?? end) !== end) {
      throw new Error(`${call} leads to two states that the specification tells apart`);
    }
    ends.set(call, end);
  }
  return ends;
}

function endText(to: number | null, outputs: string): string {
  return `${to ?? ''} ${outputs}`;
}

function endOf<State>(texts: Texts<State>, text: string | undefined): End | null {
  if (text === undefined) {
    return null;
  }
  const space = text.indexOf(' ');
  const to = space === 0 ? null : texts.all[Number(text.slice(0, space))]!;
  return { to, outputs: text.slice(space + 1) };
}

function firstDifference<State>(
  texts: Texts<State>,
  found: Found<State>,
  spec: Ends,
  code: Ends,
): Difference | null {
  for (const call of [...spec.keys(), ...code.keys()]) {
    const wanted = spec.get(call);
    const made = code.get(call);
    // What ends in a fault is wrong, whatever the specification says.
    if (wanted !== made || made?.startsWith(' ') === true) {
      const from = texts.all[texts.of(found.state)]!;
      const [asked, done] = [endOf(texts, wanted), endOf(texts, made)];
      return { path: pathTo(found), from, call, spec: asked, code: done };
    }
  }
  return null;
}

/** A step that the specification should not see, and does. */
function firstSeen<State>(
  texts: Texts<State>,
  found: Found<State>,
  steps: readonly ConcreteStep<State>[],
): Difference | null {
  const from = texts.of(found.state);
  for (const { action, call, to, outputs } of steps) {
    const end = to === null ? null : texts.of(to);
    if (action === null && end !== from) {
      const code = { to: end === null ? null : texts.all[end]!, outputs };
      return { path: pathTo(found), from: texts.all[from]!, call, spec: null, code };
    }
  }
  return null;
}

/** As `scripts/spec/search.ts` writes the edges that it adds up. */
function edgeTexts<State>(
  texts: Texts<State>,
  from: number,
  steps: readonly ConcreteStep<State>[],
): Set<string> {
  return new Set(
    steps.flatMap(({ action, to }) =>
      action === null || to === null
        ? []
        : [`${texts.all[from]}\n${action}\n${texts.all[texts.of(to)]}`],
    ),
  );
}

function pathTo<State>(found: Found<State>): string[] {
  const path: string[] = [];
  for (let at: Found<State> | null = found; at !== null && at.parent !== null; at = at.parent) {
    path.unshift(at.call);
  }
  return path;
}
