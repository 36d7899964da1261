/**
 * What lock B sees: each bug of the zoo that replaces a rule of the machine, and each mutant of its specification,
 * with the smallest scope in which the graphs differ.
 */

import { join } from 'node:path';
import type { Bug } from '../../src/bugs/bug.js';
import { moduleName } from '../spec/figures.js';
import { mutants, withMutant } from '../spec/mutants.js';
import type { Specification } from '../spec/plans.js';
import { SPEC_FOLDER } from '../spec/plans.js';
import type { QuintFile } from '../spec/quint-evaluator.js';
import { openQuint, QuintFailure } from '../spec/quint-evaluator.js';
import type { Difference } from './compare.js';
import { readGraphFigures } from './figures.js';
import type { Lock } from './lock.js';
import { askedGraph, type SpecGraph } from './spec-graph.js';

const NO_MOVES = 'the specification moves no partition (KIP-455)';
const NO_DELETION = 'nothing is deleted in the specification: every log begins at 0';

/** Why a bug or a mutant changes no graph. */
export const unseen: Readonly<Record<string, string>> = {
  'raft: a read is asked of a leader only': 'only leaders are offered to choose from',
  'wiped-voter-votes': 'the specification has no voter with an empty disk (KIP-853)',
  'last-sequence-cleaned': 'the specification of production has no compaction',
  'producer: a batch is known by its first sequence only':
    'a producer never sends two batches of an epoch that begin alike, but after 2^31 sequences',
  'reassignment-ends-with-the-added': NO_MOVES,
  'reassignment-at-once': NO_MOVES,
  'removed-replica-not-fenced': NO_MOVES,
  'reassignment-given-up-at-any-price': NO_MOVES,
  'lagging-controller-fences': 'the controller of the specification never fails, and never lags',
  'lagging-replica-offered-to-readers': 'consumers read from the leader in the specification',
  'deletion-answered-by-leader-alone': NO_DELETION,
  'log-begins-inside-no-batch': NO_DELETION,
  'high-watermark-left-behind-by-reset': NO_DELETION,
};

export interface Sight {
  readonly name: string;
  readonly scope: string;
  /** Of the scope. */
  readonly states: number;
  /** Of processor time, in that scope; what the specification was asked before is not asked again. */
  readonly seconds: number;
  /** Steps to the state in which the two part. */
  readonly steps: number;
  /** The action at which they do. */
  readonly action: string;
}

/** In the place of an action: the wrong rule asks for what is not there. */
const FAILS = 'the specification fails';

/** Graphs of scopes are needed for every bug. */
const graphs = new Map<string, SpecGraph>();

function graphOf(lock: Lock, file: QuintFile, name: string, init: string): SpecGraph {
  let graph = graphs.get(name);
  if (graph === undefined) {
    graph = lock.graphOf(file(name), init, askedGraph);
    graphs.set(name, graph);
  }
  return graph;
}

/** Null: no scope shows the bug. */
export async function sightOfBug(
  lock: Lock,
  specification: Specification,
  file: QuintFile,
  bug: Bug,
): Promise<Sight | null> {
  for (const scope of bySize(specification)) {
    const name = moduleName(specification, scope);
    const init = specification.scopes[scope]!;
    const graph = graphOf(lock, file, name, init);
    const began = process.cpuUsage().user;
    const { difference } = lock.compareWith(file(name), SPEC_FOLDER, init, graph, bug);
    if (difference !== null) {
      return sight(specification, bug.name, scope, began, difference);
    }
  }
  return null;
}

/** The same of each mutant whose name has `only` in it, one after the other. */
export async function* sightsOfMutants(
  lock: Lock,
  specification: Specification,
  only: string,
): AsyncGenerator<{ readonly name: string; readonly sight: Sight | null }> {
  for (const mutant of mutants) {
    const { name, scopes } = mutant;
    if (mutant.specification === specification.name && name.includes(only)) {
      const found = await withMutant(mutant, async (folder) => {
        const file = await openQuint(join(folder, specification.scopesFile), false);
        for (const scope of scopes) {
          const seen = sightOfMutant(lock, specification, file, folder, name, scope);
          if (seen !== null) {
            return seen;
          }
        }
        return null;
      });
      yield { name, sight: found };
    }
  }
}

function sightOfMutant(
  lock: Lock,
  specification: Specification,
  file: QuintFile,
  folder: string,
  name: string,
  scope: string,
): Sight | null {
  const init = specification.scopes[scope]!;
  const began = process.cpuUsage().user;
  const module = file(moduleName(specification, scope));
  try {
    const graph = lock.graphOf(module, init, askedGraph);
    const { difference } = lock.compareWith(module, folder, init, graph, null);
    return difference === null ? null : sight(specification, name, scope, began, difference);
  } catch (error) {
    if (error instanceof QuintFailure) {
      const failed: Difference = { path: [], from: '', call: FAILS, spec: null, code: null };
      return sight(specification, name, scope, began, failed);
    }
    throw error;
  }
}

function sight(
  specification: Specification,
  name: string,
  scope: string,
  began: number,
  { path, call }: Difference,
): Sight {
  const states = statesOf(specification, scope);
  const seconds = (process.cpuUsage().user - began) / 1e6;
  return { name, scope, states, seconds, steps: path.length, action: call.replace(/\(.*/, '') };
}

function bySize(specification: Specification): string[] {
  const size = (scope: string): number => statesOf(specification, scope);
  return Object.keys(specification.scopes).sort((a, b) => size(a) - size(b));
}

/** Of the scope, without bug or mutant. */
function statesOf(specification: Specification, scope: string): number {
  return (
    readGraphFigures(SPEC_FOLDER)[moduleName(specification, scope)]?.states ??
    Number.POSITIVE_INFINITY
  );
}
