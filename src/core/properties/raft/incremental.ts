/**
 * The judge of a whole run: every property of Raft after every step of every node, for the price of
 * what the step changed. Of each state it keeps the few numbers and the entries that properties compare
 * with; what a step did to the log it takes from the step's writes, and checks that at its seams.
 */

import type { Entry, RaftEffect, RaftInput, RaftState, Role, Voter } from '../../raft/types.js';
import type { BrokerId, LogIndex, Term, Uuid } from '../../types/ids.js';
import type { RaftGhost } from './ghost.js';
import { newRaftGhost } from './ghost.js';
import type { RaftViolation } from './judge.js';
import { judgeRaft } from './judge.js';
import type { KeptEntries, RaftBefore } from './transition.js';
import { compareLogs, firstBehind } from './transition.js';

export class IncrementalRaftJudge {
  readonly ghost: RaftGhost = newRaftGhost();
  private readonly world = new Map<BrokerId, RaftState>();
  private readonly shadows = new Map<BrokerId, Shadow>();

  /** A node starts with this state; its earlier life, if any, is over. */
  started(state: RaftState): RaftViolation[] {
    const { id } = state.self;
    this.world.set(id, state);
    this.shadows.set(id, new Shadow(state));
    return judgeRaft(
      this.ghost,
      { before: null, input: null, effects: [], after: state },
      this.world,
    );
  }

  /** The node is down: its state counts no more, its disk does. */
  ended(id: BrokerId): void {
    this.world.delete(id);
    this.shadows.delete(id);
  }

  /** Before a step of a node that was `started`. */
  stepping(state: RaftState): void {
    this.shadows.get(state.self.id)?.look(state);
  }

  /** After the step, before its effects leave. */
  stepped(
    after: RaftState,
    input: RaftInput,
    effects: readonly RaftEffect[],
  ): readonly RaftViolation[] {
    const before = this.shadows.get(after.self.id);
    if (before === undefined) {
      return [];
    }
    const kept = before.kept(after, effects);
    const transition = { before, input, effects, after, kept };
    const violations = judgeRaft(this.ghost, transition, this.world);
    before.follow(after, kept);
    return violations;
  }
}

/** What is remembered of one node's state from before the step. */
class Shadow implements RaftBefore {
  role: Role;
  term: Term;
  votedFor: Voter | null;
  leaderHeard: boolean;
  commitIndex: LogIndex;
  snapshot: RaftState['snapshot'];
  readonly entries: Entry[];
  readonly waiting: { length: number };
  readonly progress: Map<BrokerId, { directoryId: Uuid; matchIndex: LogIndex }> = new Map();

  constructor(state: RaftState) {
    this.role = state.role;
    this.term = state.term;
    this.votedFor = state.votedFor;
    this.leaderHeard = state.leaderHeard;
    this.commitIndex = state.commitIndex;
    this.snapshot = state.snapshot;
    this.entries = state.entries.slice();
    this.waiting = { length: state.waiting.length };
  }

  look(state: RaftState): void {
    this.role = state.role;
    this.term = state.term;
    this.votedFor = state.votedFor;
    this.leaderHeard = state.leaderHeard;
    this.commitIndex = state.commitIndex;
    this.snapshot = state.snapshot;
    this.waiting.length = state.waiting.length;
    if (state.role !== 'leader') {
      return;
    }
    if (this.progress.size !== state.progress.size) {
      this.progress.clear();
    }
    for (const [id, { directoryId, matchIndex }] of state.progress) {
      const known = this.progress.get(id);
      if (known === undefined) {
        this.progress.set(id, { directoryId, matchIndex });
      } else {
        known.directoryId = directoryId;
        known.matchIndex = matchIndex;
      }
    }
  }

  /** What the step left of the entries, as its writes say if that is so at the seams. */
  kept(after: RaftState, effects: readonly RaftEffect[]): KeptEntries {
    const { entries } = this;
    const from = this.snapshot === after.snapshot ? 0 : firstBehind(entries, after.snapshot.index);
    let to = entries.length;
    let added = 0;
    for (const effect of effects) {
      if (effect.type === 'persist') {
        const cut = effect.truncateFrom;
        while (cut !== null && to > from && entries[to - 1]!.base >= cut) {
          to--;
        }
        added += effect.entries.length;
      }
    }
    const told =
      this.role === after.role &&
      after.entries.length === to - from + added &&
      (to === from || after.entries[to - from - 1] === entries[to - 1]);
    // A node that changes its role is looked at as a whole, and so is one whose writes say otherwise.
    return told ? { from, to } : compareLogs(entries, after);
  }

  /** The step was judged: the entries are as after it. */
  follow(after: RaftState, { from, to }: KeptEntries): void {
    const { entries } = this;
    entries.length = to;
    if (from > 0) {
      entries.splice(0, from);
    }
    for (let i = entries.length; i < after.entries.length; i++) {
      entries.push(after.entries[i]!);
    }
  }
}
