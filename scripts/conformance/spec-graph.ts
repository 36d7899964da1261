/** All states of a specification's scope and all steps between them, as texts. */

import { canonicalText } from '../spec/canonical.js';
import type { QuintModule, QuintState, QuintStep } from '../spec/quint-evaluator.js';

/** A step that leaves a state: what happens, with its picks, and where it leads. */
export interface Edge {
  readonly action: string;
  /** `action(name = value, ...)`, the picks by name. */
  readonly call: string;
  /** Text of the state. */
  readonly to: string;
  /** What the step gives out that is no part of any state; empty: nothing. */
  readonly outputs: string;
}

export interface SpecGraph {
  /** Names of the variables, one per line of a state's text. */
  readonly variables: readonly string[];
  readonly initial: readonly string[];
  /** Of a state by its text. */
  readonly edges: { get(from: string): readonly Edge[] | undefined };
}

export interface GraphSettings {
  /** Variables that only a judge remembers. */
  readonly ghosts: readonly string[];
  readonly outputsOf: OutputsOf;
  /** More states than these are a mistake. */
  readonly limit: number;
}

/** How a graph is made of a scope. */
export type MakeGraph = (module: QuintModule, init: string, settings: GraphSettings) => SpecGraph;

/** What of a specification's step is no part of its state, though it can be seen. */
export type OutputsOf = (before: QuintState, step: QuintStep) => string;

export function callText(
  action: string,
  picks: readonly (readonly [name: string, text: string])[],
): string {
  const named = picks.map(([name, text]) => `${name} = ${text}`).sort();
  return named.length === 0 ? action : `${action}(${named.join(', ')})`;
}

/** Searches the whole scope; throws beyond the limit. */
export const specGraph: MakeGraph = (module, init, { ghosts, outputsOf, limit }) => {
  const { variables, textOf } = visibleOf(module, ghosts);
  const known = new Set<string>();
  const edges = new Map<string, Edge[]>();
  const arrive = (state: QuintState): boolean => {
    const text = state.map(canonicalText).join('\n');
    const isNew = !known.has(text);
    known.add(text);
    return isNew;
  };
  const queue = module.initial(init).filter(arrive);
  const initial = queue.map(textOf);
  for (const state of queue) {
    if (known.size > limit) {
      throw new Error(`the scope has more than ${limit} states`);
    }
    const from = textOf(state);
    // Two states that differ in what a judge remembers have the same steps, or a guard has read it.
    const there = edges.get(from) ?? [];
    edges.set(from, there);
    for (const step of module.successors(state)) {
      const edge = { ...edgeOf(step, textOf(step.to)), outputs: outputsOf(state, step) };
      if (!there.some(({ call, to }) => call === edge.call && to === edge.to)) {
        there.push(edge);
      }
      if (arrive(step.to)) {
        queue.push(step.to);
      }
    }
  }
  return { variables, initial, edges };
};

/**
 * Asks of a state only when somebody asks, and of one of those that differ in what a judge remembers: enough to find
 * the first difference, and far less than a whole search where that is near.
 */
export function askedGraph(module: QuintModule, init: string, settings: GraphSettings): AskedGraph {
  return graphFrom(module.initial(init), module, settings);
}

/** The same of what is met on the way from some states. */
export interface AskedGraph extends SpecGraph {
  /** One that has the text. */
  stateOf(text: string): QuintState | undefined;
}

export function graphFrom(
  first: readonly QuintState[],
  module: QuintModule,
  { ghosts, outputsOf, limit }: GraphSettings,
): AskedGraph {
  const { variables, textOf } = visibleOf(module, ghosts);
  const states = new Map<string, QuintState>();
  const edges = new Map<string, readonly Edge[]>();
  const arrive = (state: QuintState): string => {
    const text = textOf(state);
    if (!states.has(text)) {
      states.set(text, state);
    }
    if (states.size > limit) {
      throw new Error(`the scope has more than ${limit} states`);
    }
    return text;
  };
  const ask = (state: QuintState): Edge[] =>
    module.successors(state).map((step) => ({
      ...edgeOf(step, arrive(step.to)),
      outputs: outputsOf(state, step),
    }));
  const initial = first.map(arrive);
  const get = (from: string): readonly Edge[] | undefined => {
    const state = states.get(from);
    if (state !== undefined && !edges.has(from)) {
      edges.set(from, ask(state));
    }
    return edges.get(from);
  };
  return { variables, initial, edges: { get }, stateOf: (text) => states.get(text) };
}

/** The names of the variables that are no ghosts, and the text of a state without those. */
export function visibleOf(
  { variables }: QuintModule,
  ghosts: readonly string[],
): { variables: readonly string[]; textOf: (state: QuintState) => string } {
  const visible = variables.flatMap((name, i) => (ghosts.includes(name) ? [] : [i]));
  return {
    variables: visible.map((i) => variables[i]!),
    textOf: (state) => visible.map((i) => canonicalText(state[i]!)).join('\n'),
  };
}

function edgeOf({ action, picks }: QuintStep, to: string): Omit<Edge, 'outputs'> {
  const texts = picks.map(([name, value]) => [name, canonicalText(value)] as const);
  return { action, call: callText(action, texts), to };
}
