/** What a property of Raft is judged on: one step of one node, and how to read it. */

import type { Entry, RaftEffect, RaftInput, RaftState, Voter } from '../../raft/types.js';
import type { BrokerId, LogIndex, Term } from '../../types/ids.js';

/** One step of one node. `before` and `input` are null where the node has just started. */
export interface RaftTransition {
  readonly before: RaftState | null;
  readonly input: RaftInput | null;
  readonly effects: readonly RaftEffect[];
  readonly after: RaftState;
}

/** The states of all running nodes after the step; the stepping node's own is `after`. */
export type RaftWorld = ReadonlyMap<BrokerId, RaftState>;

/** A voter as a map key. */
export function voterKey(voter: Voter): string {
  return `${voter.id}:${voter.directoryId}`;
}

/** Term of the entry that ends at `index` as far as the log knows it, else null. */
export function heldTerm(
  log: { readonly snapshot: { readonly index: LogIndex; readonly term: Term } } & {
    readonly entries: readonly { readonly index: LogIndex; readonly term: Term }[];
  },
  index: LogIndex,
): Term | null {
  if (index === log.snapshot.index) {
    return log.snapshot.term;
  }
  // From the end: what is asked for is nearly always near it.
  for (let i = log.entries.length - 1; i >= 0; i--) {
    const entry = log.entries[i]!;
    if (entry.index <= index) {
      return entry.index === index ? entry.term : null;
    }
  }
  return null;
}

/** Whether two entries are the same in everything. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a === b ||
    (a.index === b.index &&
      a.base === b.base &&
      a.term === b.term &&
      a.kind === b.kind &&
      sameBytes(a.payload, b.payload))
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, at) => byte === b[at]));
}

/** Strictly more than half of `voters`. */
export function isMajority(count: number, voters: number): boolean {
  return 2 * count > voters;
}

/** Whether the node is a voter of its own configuration, directory included. */
export function votes(state: RaftState): boolean {
  const key = voterKey(state.self);
  return state.configuration.voters.some((voter) => voterKey(voter) === key);
}

/** Whether the node began to lead in this step. */
export function beganToLead({ before, after }: RaftTransition): boolean {
  return after.role === 'leader' && (before?.role !== 'leader' || before.term !== after.term);
}

/** Whether the node led one and the same term before and after this step. */
export function keptLeading({ before, after }: RaftTransition): boolean {
  return after.role === 'leader' && before?.role === 'leader' && before.term === after.term;
}
