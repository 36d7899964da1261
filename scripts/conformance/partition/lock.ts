/** Lock B of a partition and its controller: spec/partition.qnt, src/core/partition and src/core/metadata. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bug } from '../../../src/bugs/bug.js';
import { canonicalText } from '../../spec/canonical.js';
import type { QuintModule, QuintState } from '../../spec/quint-evaluator.js';
import type { Difference, GraphFigures } from '../compare.js';
import { compare } from '../compare.js';
import type { Lock } from '../lock.js';
import { follow, runsIn } from '../runs.js';
import { specGraph } from '../spec-graph.js';
import { parseText } from '../texts.js';
import { RunEnds } from './ground.js';
import { afterCall } from './runs.js';
import { scopeOf } from './scope.js';
import { PartitionInSpec } from './world.js';

/** More states of a scope than these are a mistake. */
const SPEC_LIMIT = 20_000;
/** And so are more of the code's. */
const CODE_LIMIT = 1_000_000;

/** What only the judge remembers. */
const GHOSTS: readonly string[] = ['ghost'];

/** Rules that spec/producer.qnt is about. */
const OF_PRODUCERS: readonly string[] = ['acceptSequence', 'producerStateAfterFailover'];

export const partitionLock: Lock = {
  specification: 'partition',
  isOf: ({ partition = {}, controller }: Bug) =>
    controller !== undefined || Object.keys(partition).some((rule) => !OF_PRODUCERS.includes(rule)),
  graphOf: (module, init, make = specGraph) =>
    make(module, init, {
      ghosts: GHOSTS,
      outputsOf: (before, { to }) => outputsOf(module, before, to),
      limit: SPEC_LIMIT,
    }),
  compareWith: (module, folder, init, graph, bug) => {
    const runs = runsIn(readFileSync(join(folder, 'partition.qnt'), 'utf8'));
    const variables = module.variables.filter((name) => !GHOSTS.includes(name));
    const { partition, controller } = bug ?? {};
    const wrong = {
      ...(partition === undefined ? {} : { partition }),
      ...(controller === undefined ? {} : { controller }),
    };
    const world = new PartitionInSpec(scopeOf(module), variables, wrong, (each) =>
      follow(
        runs,
        init,
        () => each.empty(),
        (state, action, numbers) => afterCall(each, state, action, numbers),
      ),
    );
    try {
      return compare(world, graph, CODE_LIMIT);
    } catch (error) {
      const from = graph?.initial[0];
      if (!(error instanceof RunEnds) || from === undefined) {
        throw error;
      }
      return { difference: notThere(error.message, from), figures: NOTHING };
    }
  },
};

/** On the way to where the scope begins the code has no such step. */
function notThere(call: string, from: string): Difference {
  return { path: [], from, call, spec: { to: from, outputs: '' }, code: null };
}

const NOTHING: GraphFigures = {
  states: 0,
  edges: 0,
  stateDigest: '',
  edgeDigest: '',
  concreteStates: 0,
  concreteSteps: 0,
  hiddenSteps: 0,
  included: 0,
};

/** What a consumer is given, and what leaders would now say of the latest offset: no state shows them. */
function outputsOf(module: QuintModule, before: QuintState, after: QuintState): string {
  const read = readsIn(module, after) > readsIn(module, before);
  const shown = read ? [`read up to ${sizeOf(module.valueOf('ghost.shown', after))}`] : [];
  return [...shown, latestIn(module, after)].filter((text) => text !== '').join(', ');
}

function readsIn(module: QuintModule, state: QuintState): number {
  return Number(canonicalText(module.valueOf('spent.reads', state)));
}

function sizeOf(value: QuintState[number]): number {
  const tree = parseText(canonicalText(value));
  return tree.kind === 'set' ? tree.members.length : Number.NaN;
}

const latest = new WeakMap<QuintState, string>();

/** A list of `[id, offset]`, by id. */
function latestIn(module: QuintModule, state: QuintState): string {
  let known = latest.get(state);
  if (known === undefined) {
    const tree = parseText(canonicalText(module.valueOf('latestAnswers', state)));
    const members = tree.kind === 'set' ? tree.members : [];
    known = members
      .map(({ text }) => text.replace(/^\[(\d+), (\d+)\]$/, 'latest of $1 is $2'))
      .sort()
      .join(', ');
    latest.set(state, known);
  }
  return known;
}
