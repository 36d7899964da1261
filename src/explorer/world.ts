/**
 * What the explorer asks of a closed world: all that may happen next in a state, as data, with budgets
 * that make the number of states finite. A world decides nothing of its own: it asks the machines of the core.
 */

import type { Fingerprint } from './fingerprint.js';

/** What is wrong, by the name that the property has everywhere. */
export interface Violation {
  readonly property: string;
  /** For people: which nodes, which index, which term. */
  readonly detail: string;
}

/**
 * Told of every state that one step leads to, always in the same order, so that the number of a step
 * (from 0) names it. `violation`: what is wrong with the step itself; `reached`: the witnesses that it is, a
 * bit each. The state is the world's again afterwards: whoever wants to keep it encodes it.
 */
export type Visit<State> = (successor: State, violation: Violation | null, reached: number) => void;

export interface World<State> {
  /**
   * How many renamings of its nodes leave the world as it is, the one that renames nothing (number 0)
   * included. 1: no symmetry. They must be a group.
   */
  readonly permutations: number;
  /** Bytes that the longest encoding can have. */
  readonly maximumBytes: number;
  initial(): State;
  successors(state: State, visit: Visit<State>): void;
  /** The fingerprint of `state` under the renaming of that number: of the whole state and of nothing else. */
  fingerprint(state: State, permutation: number, seed: number, into: Fingerprint): void;
  /** Writes `state` at `at`; returns where that ends. */
  encode(state: State, bytes: Uint8Array, at: number): number;
  /** The state that `encode` wrote from `at` to `end`. */
  decode(bytes: Uint8Array, at: number, end: number): State;
  /** What is wrong with a state, whichever way it was reached. Asked once for each. */
  violation(state: State): Violation | null;
  /** Names of what has to be reached at least once, at most 31: a world that never gets there proves nothing. */
  readonly witnesses: readonly string[];
}
