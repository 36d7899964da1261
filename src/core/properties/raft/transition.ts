/** What a property of Raft is judged on: one step of one node, and how to read it. */

import type {
  Configuration,
  Entry,
  RaftEffect,
  RaftInput,
  RaftState,
  Role,
  Voter,
} from '../../raft/types.js';
import type { BrokerId, LogIndex, Term, Uuid } from '../../types/ids.js';

/** What is read of the state before a step: a whole state, or a judge's copy of this much of it. */
export interface RaftBefore {
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: Voter | null;
  readonly leaderHeard: boolean;
  readonly commitIndex: LogIndex;
  readonly snapshot: { readonly index: LogIndex; readonly term: Term };
  readonly entries: readonly Entry[];
  readonly waiting: { readonly length: number };
  readonly progress: ReadonlyMap<
    BrokerId,
    { readonly directoryId: Uuid; readonly matchIndex: LogIndex }
  >;
}

/** One step of one node. `before` and `input` are null where the node has just started. */
export interface RaftTransition {
  readonly before: RaftBefore | null;
  readonly input: RaftInput | null;
  readonly effects: readonly RaftEffect[];
  readonly after: RaftState;
  /** What the step left of the log, where the judge knows; left out: `keptOf` compares. */
  readonly kept?: KeptEntries;
}

/**
 * The entries of `before` that a step left as they are, by position: `from` (included) to `to` (not
 * included), now at `0` to `to - from`. Those in front went into a snapshot, those behind were cut;
 * what `after` holds further on is new.
 */
export interface KeptEntries {
  readonly from: number;
  readonly to: number;
}

/** The states of all running nodes after the step; the stepping node's own is `after`. */
export type RaftWorld = ReadonlyMap<BrokerId, RaftState>;

/** A voter as a map key. */
export function voterKey(voter: Voter): string {
  return `${voter.id}:${voter.directoryId}`;
}

/** Whether the two are the same node with the same directory. */
export function sameVoter(a: Voter | null, b: Voter | null): boolean {
  return a === b || (a?.id === b?.id && a?.directoryId === b?.directoryId);
}

/** What the step left of the log. */
export function keptOf({ before, after, kept }: RaftTransition): KeptEntries {
  return kept ?? compareLogs(before?.entries ?? [], after);
}

/** {@link KeptEntries} by looking at every entry. */
export function compareLogs(before: readonly Entry[], after: RaftState): KeptEntries {
  const from = firstBehind(before, after.snapshot.index);
  let to = from;
  while (to < before.length && before[to] === after.entries[to - from]) {
    to++;
  }
  return { from, to };
}

/** Position of the first of ascending entries that ends behind `index`. */
export function firstBehind(entries: readonly { index: LogIndex }[], index: LogIndex): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.index <= index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
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
  const entry = log.entries[firstBehind(log.entries, index) - 1];
  return entry?.index === index ? entry.term : null;
}

/** Whether two entries are the same in everything. */
export function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a === b ||
    (a.index === b.index &&
      a.base === b.base &&
      a.term === b.term &&
      a.kind === b.kind &&
      sameBytes(a.payload, b.payload) &&
      sameConfiguration(a.configuration, b.configuration))
  );
}

function sameConfiguration(a: Configuration | undefined, b: Configuration | undefined): boolean {
  const key = (of: Configuration | undefined): string | undefined =>
    of?.voters.map(voterKey).join();
  return a === b || key(a) === key(b);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b || a.length !== b.length) {
    return a === b;
  }
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) {
      return false;
    }
  }
  return true;
}

/** Strictly more than half of `voters`. */
export function isMajority(count: number, voters: number): boolean {
  return 2 * count > voters;
}

/** Whether the node is a voter of its own configuration, directory included. */
export function votes(state: RaftState): boolean {
  for (const voter of state.configuration.voters) {
    if (sameVoter(voter, state.self)) {
      return true;
    }
  }
  return false;
}

/** Whether the node began to lead in this step. */
export function beganToLead({ before, after }: RaftTransition): boolean {
  return after.role === 'leader' && (before?.role !== 'leader' || before.term !== after.term);
}

/** Whether the node led one and the same term before and after this step. */
export function keptLeading({ before, after }: RaftTransition): boolean {
  return after.role === 'leader' && before?.role === 'leader' && before.term === after.term;
}
