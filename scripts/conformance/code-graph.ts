/**
 * The code's own state graph of a scope, kept: many specifications with a rule broken are held against it, and what
 * the code does is worked out once.
 */

import type { Comparison, ConcreteWorld, GraphFigures } from './compare.js';
import { compare } from './compare.js';
import type { Edge, SpecGraph } from './spec-graph.js';

export interface CodeGraph {
  readonly graph: SpecGraph;
  readonly figures: GraphFigures;
}

/** Searches the whole world; that concrete states that stand for one state have the same steps is checked. */
export function codeGraph<State>(
  world: ConcreteWorld<State>,
  variables: readonly string[],
  limit: number,
): CodeGraph {
  const texts = new Map<string, string>();
  const textOf = (state: State): string => {
    const key = world.abstractKeyOf(state);
    const text = texts.get(key) ?? world.textOf(state);
    texts.set(key, text);
    return text;
  };
  const edges = new Map<string, readonly Edge[]>();
  const recording: ConcreteWorld<State> = {
    initial: () => world.initial(),
    keyOf: (state) => world.keyOf(state),
    abstractKeyOf: (state) => world.abstractKeyOf(state),
    textOf: (state) => world.textOf(state),
    included: () => world.included(),
    steps: (state) => {
      const steps = world.steps(state);
      const from = textOf(state);
      if (!edges.has(from)) {
        const seen = steps.flatMap(({ action, call, to, outputs }) =>
          action === null || to === null ? [] : [{ action, call, to: textOf(to), outputs }],
        );
        edges.set(from, seen);
      }
      return steps;
    },
  };
  const { figures } = compare(recording, null, limit);
  return { graph: { variables, initial: [textOf(world.initial())], edges }, figures };
}

/** The same as {@link compare}, of the graph that was kept; the path has no steps that the specification does not see. */
export function compareKept({ initial, edges }: SpecGraph, spec: SpecGraph): Comparison {
  const itself = (text: string): string => text;
  const world: ConcreteWorld<string> = {
    initial: () => initial[0]!,
    keyOf: itself,
    abstractKeyOf: itself,
    textOf: itself,
    steps: (text) => edges.get(text)!,
    included: () => 0,
  };
  return compare(world, spec, Number.POSITIVE_INFINITY);
}
