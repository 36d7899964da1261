/**
 * Liveness on the whole graph of a closed world: from every state that owes it, a goal can still be reached.
 * The graph is explored with its edges, and walked backwards from the goals.
 */

import { type Exploration, type ExploreOptions, explore } from './explore.js';
import { comesBefore, type Fingerprint, newFingerprint } from './fingerprint.js';
import { Frontier } from './frontier.js';
import { Links } from './links.js';
import { PairTable } from './pair-table.js';
import type { World } from './world.js';

/** Where a world is to come to rest. */
export interface Goal<State> {
  readonly isReached: (state: State) => boolean;
  /** Whether it must be possible from here: the bounds of the world leave room for it. */
  readonly isOwed: (state: State) => boolean;
}

export interface Reachability {
  /** Of a graph that is not complete nothing is known. */
  readonly ended: Exploration['ended'];
  readonly states: number;
  readonly transitions: number;
  /** States that are the goal, and states that owe it: without any it proves nothing. */
  readonly goals: number;
  readonly owing: number;
  /** The shortest way to a state that owes the goal and cannot reach it; null: there is none. */
  readonly stuck: readonly number[] | null;
  /** Depth of the nearest goal; null: there is none. */
  readonly depth: number | null;
}

/** What it is called where it falls: as in the simulator. */
const CONVERGES = 'Converges';
const REST = 'rest';

/**
 * Explores `world`, and if nothing is violated asks for the goal as well. A world in which nobody owes it, or that
 * has none, proves nothing: then a witness is missing.
 */
export function exploreToGoal<State>(
  world: World<State>,
  goal: Goal<State>,
  options: ExploreOptions,
): Exploration {
  const found = explore(world, options);
  // The graph is one thread's work.
  if (found.ended !== 'complete' || (options.team?.rank ?? 0) > 0) {
    return found;
  }
  const { ended, owing, depth, stuck } = reachability(world, goal, options);
  const witnesses = new Map([...found.witnesses, [REST, owing > 0 ? depth : null]]);
  if (stuck === null) {
    return { ...found, ended, witnesses };
  }
  const detail = 'from here there is no way to rest any more, whatever happens';
  const violation = { violation: { property: CONVERGES, detail }, path: stuck };
  return { ...found, ended: 'violated', violation, witnesses };
}

const GOAL = 1;
const OWING = 2;
const REACHES = 4;
const STATES_BETWEEN_QUESTIONS = 1 << 12;

export function reachability<State>(
  world: World<State>,
  goal: Goal<State>,
  options: ExploreOptions,
): Reachability {
  return new Graph(world, goal, options).run();
}

class Graph<State> {
  private readonly world: World<State>;
  private readonly goal: Goal<State>;
  private readonly options: ExploreOptions;
  private readonly permutations: number;
  private readonly seed: number;
  private readonly numbers = new PairTable();
  private readonly links = new Links();
  private flags: Uint8Array = new Uint8Array(1 << 12);
  /** Pairs of numbers: from, to. */
  private edges: Int32Array = new Int32Array(1 << 14);
  private transitions = 0;
  private next = new Frontier();
  private fingerprint: Fingerprint = newFingerprint();
  private candidate: Fingerprint = newFingerprint();
  private limit: Exclude<Exploration['ended'], 'complete'> | null = null;

  constructor(world: World<State>, goal: Goal<State>, options: ExploreOptions) {
    this.world = world;
    this.goal = goal;
    this.options = options;
    this.permutations = options.symmetry === false ? 1 : world.permutations;
    this.seed = options.seed ?? 0;
  }

  run(): Reachability {
    this.explore();
    const { transitions, limit, links } = this;
    const states = links.length;
    const flags = this.flags.subarray(0, states);
    const count = (flag: number): number =>
      flags.reduce((sum, each) => sum + ((each & flag) === 0 ? 0 : 1), 0);
    let stuck: number[] | null = null;
    if (limit === null) {
      this.walkBack();
      const first = flags.findIndex((each) => (each & (OWING | REACHES)) === OWING);
      stuck = first < 0 ? null : links.pathTo(first);
    }
    const nearest = flags.findIndex((each) => (each & GOAL) !== 0);
    const depth = nearest < 0 ? null : links.pathTo(nearest).length;
    const ended = limit ?? 'complete';
    const [goals, owing] = [count(GOAL), count(OWING)];
    return { ended, states, transitions, goals, owing, stuck, depth };
  }

  private explore(): void {
    const { world } = this;
    let queue = new Frontier();
    this.numberOf(world.initial(), 0, 0);
    for (let first = 0; this.limit === null && this.next.length > 0; first += queue.length) {
      [queue, this.next] = [this.next, queue];
      this.next.clear();
      for (let i = 0; i < queue.length && this.limit === null; i++) {
        const parent = first + i;
        if (parent % STATES_BETWEEN_QUESTIONS === 0 && !this.mayGoOn()) {
          this.limit = 'stopped';
        }
        let step = 0;
        const state = world.decode(queue.bytes, queue.start(i), queue.end(i));
        world.successors(state, (successor, violation) => {
          if (violation !== null) {
            this.limit = 'violated';
          }
          if (this.limit === null) {
            this.addEdge(parent, this.numberOf(successor, parent, step++));
          }
        });
      }
    }
  }

  private mayGoOn(): boolean {
    const { links, transitions } = this;
    return this.options.goesOn?.({ states: links.length, transitions, depth: 0 }) ?? true;
  }

  /** Of a new state, the step of `parent` that leads there is remembered. */
  private numberOf(state: State, parent: number, step: number): number {
    this.fingerprintOf(state);
    const known = this.numbers.get(this.fingerprint[0]!, this.fingerprint[1]!);
    if (known >= 0) {
      return known;
    }
    const { world, goal, links, next } = this;
    const number = links.length;
    if (number >= this.options.maximumStates) {
      this.limit = 'full';
      return 0;
    }
    if (number === this.flags.length) {
      const grown = new Uint8Array(2 * number);
      grown.set(this.flags);
      this.flags = grown;
    }
    this.numbers.set(this.fingerprint[0]!, this.fingerprint[1]!, number);
    links.push(parent, step);
    this.flags[number] = (goal.isReached(state) ? GOAL : 0) | (goal.isOwed(state) ? OWING : 0);
    const at = next.reserve(world.maximumBytes);
    next.push(world.encode(state, next.bytes, at), this.fingerprint);
    return number;
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

  private addEdge(from: number, to: number): void {
    const at = 2 * this.transitions++;
    if (at === this.edges.length) {
      const grown = new Int32Array(2 * at);
      grown.set(this.edges);
      this.edges = grown;
    }
    this.edges[at] = from;
    this.edges[at + 1] = to;
  }

  /** Marks all from which a goal can be reached. */
  private walkBack(): void {
    const { edges, flags } = this;
    const states = this.links.length;
    const ends = 2 * this.transitions;
    // The predecessors of state n stand from firsts[n] to firsts[n + 1].
    const firsts = new Int32Array(states + 1);
    for (let at = 1; at < ends; at += 2) {
      firsts[edges[at]! + 1]!++;
    }
    for (let state = 0; state < states; state++) {
      firsts[state + 1]! += firsts[state]!;
    }
    const filled = firsts.slice();
    const predecessors = new Int32Array(this.transitions);
    for (let at = 0; at < ends; at += 2) {
      predecessors[filled[edges[at + 1]!]!++] = edges[at]!;
    }
    const waiting: number[] = [];
    const reach = (state: number): void => {
      if ((flags[state]! & REACHES) === 0) {
        flags[state]! |= REACHES;
        waiting.push(state);
      }
    };
    for (let state = 0; state < states; state++) {
      if ((flags[state]! & GOAL) !== 0) {
        reach(state);
      }
    }
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      for (let at = firsts[state]!; at < firsts[state + 1]!; at++) {
        reach(predecessors[at]!);
      }
    }
  }
}
