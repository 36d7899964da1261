/** Lock B of a partition and its controller: spec/partition.qnt, src/core/partition and src/core/metadata. */

import type { Bug } from '../../../src/bugs/bug.js';
import { canonicalText } from '../../spec/canonical.js';
import { SPEC_FOLDER } from '../../spec/plans.js';
import type { QuintModule, QuintState, QuintStep } from '../../spec/quint-evaluator.js';
import { codeGraph } from '../code-graph.js';
import type { Difference, GraphFigures } from '../compare.js';
import { compare } from '../compare.js';
import type { Lock } from '../lock.js';
import { endOf, runsOf } from '../runs.js';
import { CODE_LIMIT, settingsWith, variablesOf } from '../sides.js';
import { type GraphSettings, specGraph } from '../spec-graph.js';
import { fieldOf, parseText, type Tree } from '../texts.js';
import { watching } from '../wrong-rules.js';
import { type PartitionState, RunEnds } from './ground.js';
import { afterCall } from './runs.js';
import { scopeOf } from './scope.js';
import { PartitionInSpec, type WrongRules } from './world.js';

/** Rules that spec/producer.qnt is about. */
const OF_PRODUCERS: readonly string[] = ['acceptSequence', 'producerStateAfterFailover'];

export const partitionLock: Lock = {
  specification: 'partition',
  isOf: ({ partition = {}, controller }: Bug) =>
    controller !== undefined || Object.keys(partition).some((rule) => !OF_PRODUCERS.includes(rule)),
  settingsOf,
  graphOf: (module, init, make = specGraph) => make(module, init, settingsOf(module)),
  compareWith: (module, folder, init, graph, bug) => {
    const { partition = {}, controller = {} } = bug ?? {};
    const world = worldOf(module, folder, init, { partition, controller });
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
  walkedWorldOf: (module, bug) => {
    const { partition = {}, controller = {} } = bug ?? {};
    return worldOf(module, SPEC_FOLDER, 'init', { partition, controller }, false);
  },
  codeGraph: (module, init, watch) => {
    const [partition, controller] = [watching('partition', watch), watching('controller', watch)];
    const world = worldOf(module, SPEC_FOLDER, init, { partition, controller });
    return codeGraph(world, variablesOf(module), CODE_LIMIT);
  },
};

function settingsOf(module: QuintModule): GraphSettings {
  return settingsWith((before, step) => outputsOf(module, before, step));
}

function worldOf(
  module: QuintModule,
  folder: string,
  init: string,
  wrong: WrongRules,
  remembers: boolean = true,
): PartitionInSpec {
  const runs = runsOf(folder, 'partition');
  const start = (world: PartitionInSpec): PartitionState => endOf(runs, init, world, afterCall);
  return new PartitionInSpec(scopeOf(module), variablesOf(module), wrong, start, remembers);
}

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
function outputsOf(module: QuintModule, before: QuintState, step: QuintStep): string {
  const shown =
    step.action === 'handleConsumerFetch' ? [`read up to ${endOfRead(module, before, step)}`] : [];
  return [...shown, latestIn(module, step.to)].filter((text) => text !== '').join(', ');
}

/**
 * By what the judge remembers of records that were shown; where it has learnt of none (all were shown before, or it looks
 * away since an unclean election), by the high watermark.
 */
function endOfRead(module: QuintModule, before: QuintState, { picks, to }: QuintStep): number {
  const old = new Set(shownIn(module, before).map(({ text }) => text));
  const news = shownIn(module, to).filter(({ text }) => !old.has(text));
  if (news.length > 0) {
    return Math.max(...news.map((placed) => Number(fieldOf(placed, 'offset').text))) + 1;
  }
  const [, id] = picks.find(([name]) => name === 'id')!;
  const end = module.valueOf(`replicas.get(${canonicalText(id)}).highWatermark`, before);
  return Number(canonicalText(end));
}

function shownIn(module: QuintModule, state: QuintState): readonly Tree[] {
  const shown = parseText(canonicalText(module.valueOf('ghost.shown', state)));
  return shown.kind === 'set' ? shown.members : [];
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
