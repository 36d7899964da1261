/** Each property holds of a sound step and is seen to fail on a broken one. */

import { describe, expect, it } from 'vitest';
import { cloneRaft, startRaft } from '../../raft/state.js';
import type { Entry, Message, RaftEffect, RaftInput, RaftState } from '../../raft/types.js';
import type { BrokerId, LogIndex, Stamp, Term, Uuid } from '../../types/ids.js';
import type { RaftGhost } from './ghost.js';
import { absorbInput, newRaftGhost } from './ghost.js';
import { raftProperties } from './judge.js';
import type { RaftTransition } from './transition.js';

const VOTERS = [1, 2, 3].map((id) => ({ id: id as BrokerId, directoryId: `d${id}` as Uuid }));
const STAMP = 0 as Stamp;

function entry(index: number, term: number, payload = 0): Entry {
  const at = index as LogIndex;
  const bytes = Uint8Array.of(payload);
  return { base: at, index: at, term: term as Term, kind: 'data', payload: bytes };
}

/** Node 1 (or `id`) in term 3 with entries 1 and 2 of term 3, both committed. */
function node(id = 1, change: Partial<RaftState> = {}): RaftState {
  const state = startRaft({
    self: VOTERS[id - 1]!,
    limits: { maxAppendBytes: 1, maxInflight: 1, snapshotChunkBytes: 1 },
    bootstrap: { voters: VOTERS },
    hardState: { term: 3 as Term, votedFor: VOTERS[0]! },
    snapshot: {
      index: 0 as LogIndex,
      term: 0 as Term,
      configuration: { voters: [] },
      data: new Uint8Array(0),
    },
    entries: [entry(1, 3), entry(2, 3)],
  });
  return Object.assign(state, { commitIndex: 2 as LogIndex }, change);
}

function leader(change: Partial<RaftState> = {}): RaftState {
  return node(1, { role: 'leader', leader: 1 as BrokerId, ...change });
}

interface Situation {
  transition: RaftTransition;
  world: Map<BrokerId, RaftState>;
  ghost: RaftGhost;
}

/** A step of node 1, after all three nodes started with the same log, led by node 1 in term 3. */
function situation(before: RaftState, step: Partial<RaftTransition> = {}): Situation {
  const ghost = newRaftGhost();
  const world = new Map<BrokerId, RaftState>();
  for (const { id } of VOTERS) {
    const state = node(id);
    absorbInput(ghost, { before: null, input: null, effects: [], after: state });
    world.set(id, state);
  }
  ghost.leaders.set(3 as Term, '1:d1');
  ghost.committed.push(
    { entry: entry(1, 3), committedIn: 3 as Term },
    { entry: entry(2, 3), committedIn: 3 as Term },
  );
  const transition = { before, input: null, effects: [], after: cloneRaft(before), ...step };
  world.set(1 as BrokerId, transition.after);
  return { transition, world, ghost };
}

function after(before: RaftState, change: Partial<RaftState>): Partial<RaftTransition> {
  return { after: Object.assign(cloneRaft(before), change) };
}

function send(message: Message, to = 2): RaftEffect {
  return { type: 'send', to: to as BrokerId, message };
}

function told(message: Message, from = 2): RaftInput {
  const fromDirectory = `d${from}` as Uuid;
  return { type: 'message', from: from as BrokerId, fromDirectory, message, stamp: STAMP };
}

function change(index: number, voters: readonly number[], term = 3): Entry {
  const configuration = {
    voters: voters.map((id) => ({ id: id as BrokerId, directoryId: `d${id}` as Uuid })),
  };
  return { ...entry(index, term), kind: 'configuration', configuration };
}

const candidate = VOTERS[1]!;
const asked = { candidate, voter: VOTERS[0]!, lastIndex: 9 as LogIndex, lastTerm: 9 as Term };
const granted: Message = { type: 'voteReply', term: 3 as Term, granted: true };
const preVote: Message = { type: 'preVoteRequest', term: 4 as Term, ...asked };
const stranger = { id: 1 as BrokerId, directoryId: 'elsewhere' as Uuid };
const longer = [entry(1, 3), entry(2, 3), entry(3, 3)];
const follower = node();
const checkQuorum: RaftInput = { type: 'timerFired', name: 'checkQuorum', key: 0, stamp: STAMP };

/** One broken step per property. */
const BROKEN: Readonly<Record<string, () => Situation>> = {
  ElectionSafety: () => {
    const one = situation(node(2), { after: node(2, { role: 'leader' }) });
    return one;
  },
  LogMatching: () =>
    situation(follower, after(follower, { entries: [entry(1, 3, 7), entry(2, 3)] })),
  LeaderCompleteness: () =>
    situation(
      follower,
      after(follower, { role: 'leader', term: 4 as Term, entries: [entry(1, 3)] }),
    ),
  StateMachineSafety: () =>
    situation(node(1, { commitIndex: 1 as LogIndex }), {
      effects: [{ type: 'committed', entries: [entry(2, 3, 7)] }],
    }),
  LeaderAppendOnly: () => situation(leader(), after(leader(), { entries: [entry(1, 3)] })),
  TermMonotonic: () => situation(follower, after(follower, { term: 2 as Term })),
  VoteOnce: () => {
    const one = situation(follower, { effects: [send(granted, 2)] });
    one.ghost.votes.set('1:d1', new Map([[3 as Term, 3 as BrokerId]]));
    return one;
  },
  CommitMonotonic: () => situation(follower, after(follower, { commitIndex: 1 as LogIndex })),
  CommittedAppendOnly: () => situation(follower, after(follower, { entries: [entry(1, 3)] })),
  NeverCommitPrevTermByCounting: () => {
    const before = leader({ term: 4 as Term, commitIndex: 1 as LogIndex });
    return situation(before, after(before, { commitIndex: 2 as LogIndex }));
  },
  CommittedIsDurable: () => {
    const before = leader({ entries: longer });
    return situation(before, after(before, { commitIndex: 3 as LogIndex }));
  },
  QuorumLog: () => {
    const one = situation(follower, {
      input: { type: 'persisted', sequence: 0, stamp: STAMP },
    });
    one.ghost.committed.push({ entry: entry(3, 3), committedIn: 3 as Term });
    return one;
  },
  PersistedBeforeReply: () => {
    const acknowledgement: Message = {
      type: 'appendEntriesReply',
      term: 3 as Term,
      success: true,
      matchIndex: 3 as LogIndex,
      conflictTerm: 0 as Term,
      round: 0,
    };
    return situation(follower, { effects: [send(acknowledgement)] });
  },
  ReadIndexLinearizable: () => {
    const effects: RaftEffect[] = [{ type: 'readReady', token: 5, index: 1 as LogIndex }];
    const one = situation(leader(), { effects });
    one.ghost.reads.set('1:5', 2 as LogIndex);
    return one;
  },
  RoundsAreOfTheirTerm: () => {
    const answer: Message = {
      type: 'appendEntriesReply',
      term: 3 as Term,
      success: false,
      matchIndex: 0 as LogIndex,
      conflictTerm: 0 as Term,
      round: 1,
    };
    const one = situation(follower, { effects: [send(answer)] });
    one.ghost.leaders.set(3 as Term, '3:of another');
    return one;
  },
  RestartKeepsPersisted: () => {
    const one = situation(node(1, { entries: [entry(1, 3)] }), {});
    const transition = { ...one.transition, before: null, after: one.transition.after };
    absorbInput(one.ghost, transition);
    return { ...one, transition };
  },
  TermNeedsPreVote: () =>
    situation(follower, after(follower, { role: 'candidate', term: 4 as Term })),
  PreVoteChangesNothing: () =>
    situation(follower, { input: told(preVote), ...after(follower, { term: 4 as Term }) }),
  LeaderNotDisturbed: () =>
    situation(node(1, { leaderHeard: true }), {
      input: told({ type: 'voteRequest', term: 4 as Term, ...asked, transfer: false }),
      effects: [send(granted)],
    }),
  LeaderKeepsQuorum: () => situation(leader(), { input: checkQuorum }),
  LeaderHasVotes: () => {
    const one = situation(follower, after(follower, { role: 'leader', term: 4 as Term }));
    one.ghost.votes.set('2:elsewhere', new Map([[4 as Term, 1 as BrokerId]]));
    return one;
  },
  ChangesOneVoter: () =>
    situation(follower, after(follower, { entries: [...follower.entries, change(3, [1, 2, 4])] })),
  OneChangeAtATime: () =>
    situation(
      follower,
      after(follower, {
        entries: [...follower.entries, change(3, [1, 2]), change(4, [1, 2, 3])],
      }),
    ),
  ChangeAfterOwnCommit: () => {
    const before = leader({ term: 4 as Term, commitIndex: 2 as LogIndex });
    return situation(before, after(before, { entries: [...before.entries, change(3, [1, 2], 4)] }));
  },
  AddedVoterCaughtUp: () => {
    const before = leader();
    const effects: RaftEffect[] = [
      { type: 'changeAccepted', token: 5, index: 3 as LogIndex, term: 3 as Term },
    ];
    const entries = [...before.entries, change(3, [1, 2, 3, 4])];
    const one = situation(before, { effects, ...after(before, { entries }) });
    one.ghost.changes.set('1:5', { added: '4:d4', end: 2 as LogIndex });
    return one;
  },
  SuccessorHoldsLog: () =>
    situation(leader({ entries: longer }), {
      effects: [send({ type: 'timeoutNow', term: 3 as Term })],
    }),
  OnlyVotersVote: () => situation(node(1, { self: stranger })),
  MatchIndexMonotonic: () => {
    const of = {
      directoryId: 'd2' as Uuid,
      nextIndex: 3 as LogIndex,
      matchIndex: 2 as LogIndex,
      active: true,
      ackedRound: 0,
      inflight: 0,
      mode: 'replicate' as const,
      snapshotOffset: 0,
    };
    const before = leader({ progress: new Map([[2 as BrokerId, of]]) });
    const fallen = new Map([[2 as BrokerId, { ...of, matchIndex: 1 as LogIndex }]]);
    return situation(before, after(before, { progress: fallen }));
  },
  CandidateTermNotInLog: () =>
    situation(follower, after(follower, { term: 7 as Term, entries: [...longer, entry(4, 7)] })),
};

describe('properties of Raft', () => {
  it('have a broken step each', () => {
    const names = raftProperties.map(({ name }) => name);
    expect(Object.keys(BROKEN).sort()).toEqual([...names].sort());
  });

  it.each(raftProperties.map((one) => [one.name, one] as const))(
    '%s holds of a sound step and fails on a broken one',
    (name, { check }) => {
      for (const before of [node(), leader()]) {
        const sound = situation(before);
        expect(check(sound.transition, sound.world, sound.ghost)).toBeNull();
      }
      const { transition, world, ghost } = BROKEN[name]!();
      expect(check(transition, world, ghost)).toEqual(expect.any(String));
    },
  );

  it('who was removed and asks for a pre-vote is heard, a voter that asks for one is not', () => {
    const request = (id: number): Message => {
      const candidate = { id: id as BrokerId, directoryId: `d${id}` as Uuid };
      const end = { lastIndex: 2 as LogIndex, lastTerm: 3 as Term };
      const voter = VOTERS[0]!;
      return { type: 'preVoteRequest', term: 4 as Term, candidate, voter, ...end };
    };
    const heardAfter = (id: number): readonly string[] => {
      const { ghost, transition } = situation(leader(), { input: told(request(id), id) });
      absorbInput(ghost, transition);
      return [...(ghost.heard.get(1 as BrokerId) ?? [])];
    };
    expect(heardAfter(4)).toEqual(['4:d4']);
    expect(heardAfter(2)).toEqual([]);
  });
});
