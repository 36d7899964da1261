/**
 * Lock B as an oracle for mutants: which scopes can see a mutant at all, and what the comparison says there.
 *
 * Every scope is compared once with nothing switched on; its figures must be those that are written down, so the graph
 * that is kept is the specification's. Of a mutant first the pairs are asked again that come by it, those first that
 * a search reaches first; only where one ends otherwise the scope is compared, until the first difference.
 */

import { join } from 'node:path';
import type { Comparison, ConcreteStep, ConcreteWorld } from '../conformance/compare.js';
import { graphDifferences, readGraphFigures } from '../conformance/figures.js';
import { type Lock, locks } from '../conformance/lock.js';
import { PartitionInSpec } from '../conformance/partition/world.js';
import { ProducerInSpec } from '../conformance/producer/world.js';
import { RaftInSpec } from '../conformance/raft/world.js';
import type { Edge, SpecGraph } from '../conformance/spec-graph.js';
import { moduleName, readFigures } from '../spec/figures.js';
import { SPEC_FOLDER, specifications } from '../spec/plans.js';
import { openQuint, type QuintModule } from '../spec/quint-evaluator.js';
import { beginRecording, endRecording, type Hits, switchOff, switchOn } from './switch.js';
import { replaced, watchMachines } from './watched-worlds.js';

interface Scope {
  readonly name: string;
  readonly milliseconds: number;
  readonly states: number;
  /** With no mutant it finds what is written down, or says what differs. */
  readonly compare: () => string | null;
  /** Mutants that are come by outside of all pairs. */
  readonly outside: Hits;
}

interface Pair {
  readonly scope: Scope;
  /** After so many milliseconds its scope's search comes to it. */
  readonly reach: number;
  readonly covered: Hits;
  readonly told: string;
  readonly again: () => string;
}

/** By a search: null: nothing differs. `isWhole`: every scope that could tell was asked. */
export interface LockVerdict {
  readonly by: string | null;
  readonly isWhole: boolean;
}

/** A pair is a few functions deep; nothing in it is come by as often. */
const MOST_IN_PAIR = 100_000;
const MOST_IN_SCOPE = 20_000_000;
/** Of the processor, for all comparisons of one mutant that show no difference. */
const MOST_SECONDS = 4;

const WORLDS = { raft: RaftInSpec, producer: ProducerInSpec, partition: PartitionInSpec } as const;

export class LockOracle {
  readonly covered: Set<number> = new Set();
  private readonly scopes: Scope[] = [];
  /** Of each mutant. */
  private readonly pairs = new Map<number, Pair[]>();

  /** Compares the scopes of the specifications, but for those whose worlds have more than `mostStates` states. */
  async open(names: readonly string[], mostStates: number): Promise<void> {
    const all: Pair[] = [];
    for (const lock of locks.filter(({ specification }) => names.includes(specification))) {
      const specification = specifications.find(({ name }) => name === lock.specification)!;
      const file = await openQuint(join(SPEC_FOLDER, specification.scopesFile));
      for (const [scope, init] of Object.entries(specification.scopes)) {
        const name = moduleName(specification, scope);
        if (readGraphFigures(SPEC_FOLDER)[name]!.concreteStates > mostStates) {
          continue;
        }
        all.push(...this.openScope(lock, name, file(name), init));
      }
    }
    for (const pair of all.sort((a, b) => a.reach - b.reach)) {
      for (const mutant of pair.covered.keys()) {
        const own = this.pairs.get(mutant) ?? [];
        this.pairs.set(mutant, own);
        own.push(pair);
        this.covered.add(mutant);
      }
    }
    for (const { outside } of this.scopes) {
      for (const mutant of outside.keys()) {
        this.covered.add(mutant);
      }
    }
    this.scopes.sort((a, b) => a.milliseconds - b.milliseconds);
  }

  /** How many scopes, pairs and states it knows: an empty oracle sees nothing. */
  sizes(): { scopes: number; states: number } {
    const states = this.scopes.reduce((sum, scope) => sum + scope.states, 0);
    return { scopes: this.scopes.length, states };
  }

  tried(mutant: number): LockVerdict {
    const asked = new Set<Scope>();
    const until = secondsUsed() + MOST_SECONDS;
    const ask = (scope: Scope): string | null => {
      asked.add(scope);
      return withMutant(mutant, MOST_IN_SCOPE, scope.compare);
    };
    for (const { scope, told, again } of this.pairs.get(mutant) ?? []) {
      if (!asked.has(scope) && withMutant(mutant, MOST_IN_PAIR, again) !== told) {
        const by = ask(scope);
        if (by !== null) {
          return { by: `${scope.name}: ${by}`, isWhole: true };
        }
        if (secondsUsed() > until) {
          return { by: null, isWhole: false };
        }
      }
    }
    for (const scope of this.scopes) {
      if (scope.outside.has(mutant) && !asked.has(scope)) {
        const by = ask(scope);
        if (by !== null) {
          return { by: `${scope.name}: ${by}`, isWhole: true };
        }
        if (secondsUsed() > until) {
          return { by: null, isWhole: false };
        }
      }
    }
    return { by: null, isWhole: true };
  }

  private openScope(lock: Lock, name: string, module: QuintModule, init: string): Pair[] {
    const found: Omit<Pair, 'scope'>[] = [];
    const began = performance.now();
    let lost = 0;
    const undo = watchMachines((again, call) => {
      const at = performance.now();
      beginRecording();
      const answer = call();
      const told = again();
      const covered = endRecording();
      lost += (performance.now() - at) / 2;
      found.push({ reach: performance.now() - began - lost, covered, told, again });
      return answer;
    });
    const kept = new KeptGraph(WORLDS[lock.specification as keyof typeof WORLDS]);
    beginRecording();
    const { figures } = lock.compareWith(module, SPEC_FOLDER, init, null, null);
    const outside = endRecording();
    undo();
    const graph = kept.end(module);
    const written = readGraphFigures(SPEC_FOLDER)[name];
    const { stateDigest, edgeDigest } = readFigures(SPEC_FOLDER)[name]!;
    const wrong = graphDifferences(figures, written);
    if (
      wrong.length > 0 ||
      figures.stateDigest !== stateDigest ||
      figures.edgeDigest !== edgeDigest
    ) {
      throw new Error(`${name}, with no mutant: ${wrong.join(', ') || 'the digests differ'}`);
    }
    const compare = (): string | null => {
      const bounded = boundedSearch(
        WORLDS[lock.specification as keyof typeof WORLDS],
        figures.concreteStates,
      );
      let comparison: Comparison;
      try {
        comparison = lock.compareWith(module, SPEC_FOLDER, init, graph, null);
      } finally {
        bounded();
      }
      const { difference } = comparison;
      const [differs] = graphDifferences(comparison.figures, written);
      return difference === null
        ? (differs ?? null)
        : `after ${difference.path.length} steps, ${difference.call}`;
    };
    if (compare() !== null) {
      throw new Error(`${name}, with no mutant: ${compare()}`);
    }
    const milliseconds = performance.now() - began;
    const scope = { name, milliseconds, states: figures.states, compare, outside };
    this.scopes.push(scope);
    return found.map((pair) => ({ ...pair, scope }));
  }
}

/** What comes of `ask` with the mutant switched on; an error is an answer as well. */
function withMutant(mutant: number, most: number, ask: () => string | null): string | null {
  switchOn(mutant, most);
  try {
    return ask();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  } finally {
    switchOff();
  }
}

function secondsUsed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

type WorldClass = (typeof WORLDS)[keyof typeof WORLDS];

/** Ends a search that goes far beyond what is written down: its figures are others. */
function boundedSearch(world: WorldClass, states: number): () => void {
  // The ways to where scopes begin are a few steps more.
  let left = states + 1_000;
  return replaced(world, 'steps', (own) => (self, given) => {
    if (--left < 0) {
      throw new Error('more states than are written down');
    }
    return own(self, given);
  });
}

/** The graph of the world that is searched meanwhile. */
class KeptGraph {
  private readonly edges = new Map<string, Edge[]>();
  private readonly texts = new Map<string, string>();
  private initial = '';
  private readonly undo: readonly (() => void)[];

  constructor(world: WorldClass) {
    const begun = replaced(world, 'initial', (own) => (self, given) => {
      const state = own(self, given);
      this.initial = this.textsOf(self as ConcreteWorld<never>)(state as never);
      return state;
    });
    const gone = replaced(world, 'steps', (own) => (self, given) => {
      const steps = own(self, given) as readonly ConcreteStep<never>[];
      const textOf = this.textsOf(self as ConcreteWorld<never>);
      const from = textOf(given[0] as never);
      if (!this.edges.has(from)) {
        this.edges.set(
          from,
          steps.flatMap(({ action, call, to, outputs }) =>
            action === null || to === null ? [] : [{ action, call, to: textOf(to), outputs }],
          ),
        );
      }
      return steps;
    });
    this.undo = [begun, gone];
  }

  end({ variables }: QuintModule): SpecGraph {
    for (const undo of this.undo) {
      undo();
    }
    return { variables, initial: [this.initial], edges: this.edges };
  }

  private textsOf(world: ConcreteWorld<never>): (state: never) => string {
    return (state) => {
      const key = world.abstractKeyOf(state);
      let text = this.texts.get(key);
      if (text === undefined) {
        text = world.textOf(state);
        this.texts.set(key, text);
      }
      return text;
    };
  }
}
