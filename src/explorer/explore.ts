/**
 * Breadth-first search of everything that can happen in a closed world. The first violation is therefore
 * a shortest one. Whoever is equal up to a renaming of nodes is one state: of its fingerprints under all
 * renamings the smallest counts (so fewer states, and the same answer as long as no machine compares ids).
 */

import { present } from '../core/types/assert.js';
import {
  comesBefore,
  type Fingerprint,
  finishHigh,
  finishLow,
  hexadecimal,
  newFingerprint,
} from './fingerprint.js';
import { FingerprintTable } from './fingerprint-table.js';
import { Frontier } from './frontier.js';
import { Links } from './links.js';
import type { Team } from './team.js';
import type { Violation, Visit, World } from './world.js';

export interface ExploreOptions {
  /** The memory that it may take: about 35 bytes a state, and what the widest depth needs. */
  readonly maximumStates: number;
  /** Of the fingerprints. */
  readonly seed?: number;
  /** false: every state counts, also those that are equal up to a renaming. */
  readonly symmetry?: boolean;
  /** Asked every few thousand states; false ends the search. */
  readonly goesOn?: (progress: Progress) => boolean;
  /** Other threads search the same world, each its part of it: what is told are this thread's shares (`joined`). */
  readonly team?: Team;
}

export interface Progress {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
}

/** A state that was found, by the steps that lead to it from the initial one. */
export interface Found {
  readonly violation: Violation;
  /** Numbers of steps: `follow` walks them. */
  readonly path: readonly number[];
}

export interface Exploration extends Progress {
  /** `complete`: there is no other state. `violated`: it ended with the first violation. */
  readonly ended: 'complete' | 'violated' | 'full' | 'stopped';
  /** Null also where a team came upon one: no thread knows the way to it. */
  readonly violation: Found | null;
  /** The most states that waited for their successors to be looked at. */
  readonly peakQueue: number;
  /** States in which nothing can happen any more, and the steps to the first (a team does not know them). */
  readonly deadlocks: number;
  readonly firstDeadlock: readonly number[] | null;
  /** By name: the depth at which it was first reached; null: never. */
  readonly witnesses: ReadonlyMap<string, number | null>;
  /**
   * Sums over all states and over all transitions, 16 hexadecimal digits each: equal graphs have equal digests,
   * in whatever order they were found.
   */
  readonly stateDigest: string;
  readonly edgeDigest: string;
}

const STATES_BETWEEN_QUESTIONS = 1 << 12;

/** States that wait at one depth before the threads of a team divide them: each has found them by itself until then. */
const DIVIDED_FROM = 1 << 12;

/** Explores `world` until there is nothing new, something is violated, or a limit is reached. */
export function explore<State>(world: World<State>, options: ExploreOptions): Exploration {
  return new Search(world, options).run();
}

class Search<State> {
  private readonly world: World<State>;
  private readonly options: ExploreOptions;
  private readonly permutations: number;
  private readonly seed: number;
  private readonly own: FingerprintTable;
  /** What this thread knows, or the whole team. */
  private table: { add(fingerprint: Fingerprint): boolean };
  private readonly links = new Links();
  /** Null: this thread searches by itself, so far or altogether. */
  private team: Team | null = null;
  private states = 0;
  private fingerprint: Fingerprint = newFingerprint();
  private candidate: Fingerprint = newFingerprint();
  private readonly parentFingerprint: Fingerprint = newFingerprint();
  private readonly stateSum: Fingerprint = newFingerprint();
  private readonly edgeSum: Fingerprint = newFingerprint();
  private queue = new Frontier();
  private next = new Frontier();
  private transitions = 0;
  private depth = 0;
  private peakQueue = 0;
  private deadlocks = 0;
  private firstDeadlock: number[] | null = null;
  private readonly reached: (number | null)[];
  /** The witnesses that were not reached yet, a bit each. */
  private missing: number;
  /** Number of the state that is looked at (of a team: how many were looked at), and of the step that is told of. */
  private parent = 0;
  private step = 0;
  private found: Found | null = null;
  private limit: 'full' | 'stopped' | null = null;

  constructor(world: World<State>, options: ExploreOptions) {
    this.world = world;
    this.options = options;
    this.permutations = options.symmetry === false ? 1 : world.permutations;
    this.seed = options.seed ?? 0;
    this.own = new FingerprintTable(options.maximumStates);
    this.table = this.own;
    this.reached = world.witnesses.map(() => null);
    this.missing = 2 ** world.witnesses.length - 1;
  }

  run(): Exploration {
    this.meet(this.world.initial(), null);
    let first = 0;
    let waiting = this.next.length;
    while (!this.isOver() && waiting > 0) {
      if (this.team === null && waiting >= DIVIDED_FROM && this.options.team !== undefined) {
        this.divide(this.options.team);
      }
      [this.queue, this.next] = [this.next, this.queue];
      this.next.clear();
      this.expandAll(first);
      first += this.queue.length;
      waiting = this.team === null ? this.next.length : this.team.sum(this.next.length);
      this.depth += waiting > 0 ? 1 : 0;
    }
    if (this.team === null && (this.options.team?.rank ?? 0) > 0) {
      // The world was too small to divide: the first thread tells of it.
      this.forgetAll();
    }
    return this.told();
  }

  private told(): Exploration {
    const { states, transitions, depth, peakQueue, deadlocks, firstDeadlock, reached } = this;
    const isViolated = this.found !== null || this.team?.ended === 'violated';
    return {
      states,
      transitions,
      depth,
      ended: isViolated ? 'violated' : (this.limit ?? this.team?.ended ?? 'complete'),
      violation: this.team === null ? this.found : null,
      peakQueue,
      deadlocks,
      firstDeadlock,
      witnesses: new Map(this.world.witnesses.map((name, i) => [name, reached[i]!])),
      stateDigest: hexadecimal(this.stateSum),
      edgeDigest: hexadecimal(this.edgeSum),
    };
  }

  private isOver(): boolean {
    return this.found !== null || this.limit !== null || (this.team?.ended ?? null) !== null;
  }

  /**
   * From here on every thread looks at its share of what waits, and of what its steps lead to at all that no other one
   * has met. All have done the same up to here, so they agree on what waits, and in which order.
   */
  private divide(team: Team): void {
    const { size, rank } = team;
    if (rank === 0) {
      this.own.forEach((fingerprint) => {
        team.table.add(fingerprint);
      });
      team.begin(this.states);
    } else {
      this.forgetAll();
    }
    // Nobody asks the table before it knows what was met.
    team.sum(0);
    this.table = team.table;
    this.team = team;
    this.next.keep((index) => index % size === rank);
  }

  /** What another thread tells, too. */
  private forgetAll(): void {
    this.states = 0;
    this.transitions = 0;
    this.deadlocks = 0;
    this.peakQueue = 0;
    this.found = null;
    this.stateSum.fill(0);
    this.edgeSum.fill(0);
  }

  /** `first`: the number of the first state in the queue. */
  private expandAll(first: number): void {
    const { world, queue, next } = this;
    for (let i = 0; i < queue.length && !this.isOver(); i++) {
      this.parent = first + i;
      this.step = 0;
      const state = world.decode(queue.bytes, queue.start(i), queue.end(i));
      queue.fingerprint(i, this.parentFingerprint);
      world.successors(state, this.visit);
      if (this.step === 0) {
        this.deadlocks++;
        this.firstDeadlock ??= this.team === null ? this.links.pathTo(this.parent) : null;
      }
      this.peakQueue = Math.max(this.peakQueue, queue.length - i - 1 + next.length);
      if (this.parent % STATES_BETWEEN_QUESTIONS === 0 && !this.mayGoOn()) {
        this.stop('stopped');
      }
    }
  }

  private mayGoOn(): boolean {
    const { states, transitions, depth } = this;
    if (this.options.team !== undefined && this.team === null) {
      // Soon; who stopped before the threads divide what waits would be waited for.
      return true;
    }
    return this.options.goesOn?.({ states, transitions, depth }) ?? true;
  }

  private stop(limit: 'full' | 'stopped'): void {
    this.limit = limit;
    this.team?.end(limit);
  }

  /** `path`: of the steps to it; not asked for where threads search together. */
  private wrong(violation: Violation, path: () => number[]): void {
    this.found = { violation, path: this.team === null ? path() : [] };
    this.team?.end('violated');
  }

  private readonly visit: Visit<State> = (successor, violation, reached) => {
    this.transitions++;
    if ((reached & this.missing) !== 0) {
      this.witness(reached);
    }
    this.meet(successor, violation);
    addEdge(this.edgeSum, this.parentFingerprint, this.fingerprint);
    this.step++;
  };

  /** A state that a step leads to: if it is new it is judged, and kept for its own steps. */
  private meet(state: State, violation: Violation | null): void {
    if (this.isOver()) {
      return;
    }
    if (violation !== null) {
      this.wrong(violation, () => [...this.links.pathTo(this.parent), this.step]);
      return;
    }
    this.fingerprintOf(state);
    if (!this.table.add(this.fingerprint)) {
      return;
    }
    const { world, next } = this;
    const known = this.team === null ? this.states : this.team.count();
    if (known >= this.options.maximumStates) {
      this.stop('full');
      return;
    }
    const number = this.states++;
    if (this.team === null) {
      this.links.push(this.parent, this.step);
    }
    this.stateSum[0]! += this.fingerprint[0]!;
    this.stateSum[1]! += this.fingerprint[1]!;
    const at = next.reserve(world.maximumBytes);
    next.push(world.encode(state, next.bytes, at), this.fingerprint);
    const violated = world.violation(state);
    if (violated !== null) {
      this.wrong(violated, () => this.links.pathTo(number));
    }
  }

  private witness(bits: number): void {
    for (let i = 0; i < this.reached.length; i++) {
      const bit = 1 << i;
      if ((bits & this.missing & bit) !== 0) {
        this.reached[i] = this.depth + 1;
        this.missing &= ~bit;
      }
    }
  }

  /** The smallest under all renamings. */
  private fingerprintOf(state: State): void {
    const { world, seed } = this;
    world.fingerprint(state, 0, seed, this.fingerprint);
    for (let permutation = 1; permutation < this.permutations; permutation++) {
      world.fingerprint(state, permutation, seed, this.candidate);
      if (comesBefore(this.candidate, this.fingerprint)) {
        [this.fingerprint, this.candidate] = [this.candidate, this.fingerprint];
      }
    }
  }
}

/** Adds a hash of the pair, in its direction. */
function addEdge(sum: Fingerprint, from: Fingerprint, to: Fingerprint): void {
  sum[0]! += finishLow(Math.imul(from[0]!, 0x2545f491) ^ to[0]!);
  sum[1]! += finishHigh(Math.imul(from[1]!, 0x5bd1e995) ^ to[1]!);
}

/** The states on a path from the initial one, as `encode` writes them: the initial one first. */
export function follow<State>(world: World<State>, path: readonly number[]): Uint8Array[] {
  const scratch = new Uint8Array(world.maximumBytes);
  const encoded = (state: State): Uint8Array => scratch.slice(0, world.encode(state, scratch, 0));
  const states = [encoded(world.initial())];
  for (const wanted of path) {
    const before = states.at(-1)!;
    const after: Uint8Array[] = [];
    let step = 0;
    world.successors(world.decode(before, 0, before.length), (successor) => {
      if (step++ === wanted) {
        after.push(encoded(successor));
      }
    });
    states.push(present(after[0], `a state has no step ${wanted}`));
  }
  return states;
}
