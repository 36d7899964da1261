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
  readonly edges: ReadonlyMap<string, readonly Edge[]>;
}

/** What of a specification's step is no part of its state, though it can be seen. */
export type OutputsOf = (before: QuintState, step: QuintStep) => string;

export function callText(
  action: string,
  picks: readonly (readonly [name: string, text: string])[],
): string {
  const named = picks.map(([name, text]) => `${name} = ${text}`).sort();
  return named.length === 0 ? action : `${action}(${named.join(', ')})`;
}

/** Searches the whole scope; throws beyond `limit` states. `ghosts`: variables that only a judge remembers. */
export function specGraph(
  module: QuintModule,
  init: string,
  { ghosts, outputsOf, limit }: { ghosts: readonly string[]; outputsOf: OutputsOf; limit: number },
): SpecGraph {
  const visible = module.variables.flatMap((name, i) => (ghosts.includes(name) ? [] : [i]));
  const textOf = (state: QuintState): string =>
    visible.map((i) => canonicalText(state[i]!)).join('\n');
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
  return { variables: visible.map((i) => module.variables[i]!), initial, edges };
}

function edgeOf({ action, picks }: QuintStep, to: string): Omit<Edge, 'outputs'> {
  const texts = picks.map(([name, value]) => [name, canonicalText(value)] as const);
  return { action, call: callText(action, texts), to };
}
