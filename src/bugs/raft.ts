/** Wrong variants of Raft's rules: each a mistake that was made, or that the thesis warns of. */

import type { Entry } from '../core/raft/types.js';
import type { LogIndex } from '../core/types/ids.js';
import type { Bug } from './bug.js';

/** Index 0, for rules that know no better. */
const NOTHING = 0 as LogIndex;

/** The guard that would end the node before the mistake reaches anybody is out of order too. */
const unguarded = { keepsCommitted: (): boolean => true };

/**
 * A lawful rule: a leader may go back as far as it likes. The fast back-up of 3.5 is so exact that
 * a follower's first message from a leader always reaches its conflict; plain Raft's need not.
 */
export function fromTheMatch(_log: unknown, facts: { readonly matchIndex: LogIndex }): LogIndex {
  return (facts.matchIndex + 1) as LogIndex;
}

function baseBehind(entries: readonly Entry[], index: LogIndex): LogIndex | null {
  return entries.find((entry) => entry.index > index)?.base ?? null;
}

export const raftBugs: readonly Bug[] = [
  {
    name: 'two-votes',
    title: 'A voter grants every candidate of its term a vote',
    source: 'thesis, 3.4 and figure 3.1, RequestVote 2',
    violates: ['VoteOnce', 'ElectionSafety'],
    raft: {
      grantVote: ({ addressed, term, ownTerm, upToDate }) =>
        addressed && term === ownTerm && upToDate,
    },
  },
  {
    name: 'vote-forgotten',
    title: 'A restarted voter does not remember whom it voted for',
    source: 'thesis, figure 3.1 (votedFor is persistent) and 3.8',
    violates: ['VoteOnce', 'RestartKeepsPersisted', 'ElectionSafety'],
    raft: { restoredVote: () => null },
  },
  {
    name: 'no-log-check',
    title: 'A voter votes for candidates whose log is behind its own',
    source: 'thesis, 3.6.1',
    violates: ['LeaderCompleteness', 'StateMachineSafety', 'CommittedAppendOnly', 'QuorumLog'],
    raft: { upToDate: () => true, ...unguarded },
  },
  {
    name: 'commit-beyond-match',
    title: 'A follower commits what it holds, not what the leader vouched for',
    source: 'thesis, figure 3.1, AppendEntries 5 (index of the last new entry)',
    violates: ['StateMachineSafety', 'CommittedAppendOnly'],
    raft: {
      backUp: fromTheMatch,
      followerCommitIndex: ({ commitIndex, leaderCommit, lastIndex }) =>
        Math.max(commitIndex, Math.min(leaderCommit, lastIndex)) as LogIndex,
      ...unguarded,
    },
  },
  {
    name: 'figure-8',
    title: 'A leader commits entries of older terms by counting replicas',
    source: 'thesis, 3.6.2 and figure 3.7 (figure 8 of the paper)',
    violates: [
      'NeverCommitPrevTermByCounting',
      'LeaderCompleteness',
      'StateMachineSafety',
      'CommittedAppendOnly',
    ],
    raft: {
      advanceCommitIndex: (log, { commitIndex, matched, quorum }) => {
        const held = [...matched].sort((a, b) => b - a)[quorum - 1] ?? NOTHING;
        const last = log.entries.findLast((entry) => entry.index <= held)?.index ?? NOTHING;
        return Math.max(commitIndex, last) as LogIndex;
      },
      ...unguarded,
    },
  },
  {
    name: 'truncate-on-heartbeat',
    title: 'A follower cuts its log behind every AppendEntries, conflict or not',
    source: 'thesis, figure 3.1, AppendEntries 3 (only if an entry conflicts)',
    // Where nothing follows that is cut anew, the log ends below the commit index: an assertion of the
    // machine says so before anybody else can.
    violates: [
      'CommittedAppendOnly',
      'AssertionHolds',
      'QuorumLog',
      'LeaderCompleteness',
      'CommittedIsDurable',
    ],
    raft: {
      truncationPoint: ({ entries }, prevIndex) => baseBehind(entries, prevIndex),
      ...unguarded,
    },
  },
  {
    name: 'no-previous-entry-check',
    title: 'A follower appends without looking at the entry before',
    source: 'thesis, figure 3.1, AppendEntries 2',
    // Where a gap would open in its log, an assertion of the machine says so first.
    violates: ['LogMatching', 'AssertionHolds', 'StateMachineSafety'],
    raft: { matchesPrevious: () => true, ...unguarded },
  },
  {
    name: 'quorum-of-one',
    title: 'One voter is taken for a majority',
    source: 'thesis, 3.1',
    violates: ['TermNeedsPreVote', 'ElectionSafety', 'CommittedIsDurable'],
    raft: { quorum: () => 1, ...unguarded },
  },
  {
    name: 'leader-counts-unsynced',
    title: 'A leader counts itself for entries that are not on its disk yet',
    source: 'thesis, 10.2.1',
    violates: ['CommittedIsDurable', 'QuorumLog', 'LeaderCompleteness'],
    raft: { countsSelf: (_durable, last) => last, ...unguarded },
  },
  {
    name: 'no-pre-vote',
    title: 'A node that was cut off comes back with a higher term and deposes the leader',
    source: 'thesis, 9.6; KIP-996',
    violates: ['TermNeedsPreVote'],
    raft: { asksPreVote: () => false },
  },
  {
    name: 'no-check-quorum',
    title: 'A leader that no majority answers leads on',
    source: 'thesis, 6.2; KAFKA-15489',
    violates: ['LeaderKeepsQuorum'],
    raft: { mustStepDown: () => false },
  },
  {
    name: 'wiped-voter-votes',
    title: 'A node that lost its disk still votes and is counted',
    source: 'KIP-853 (voters are known by id and directory id)',
    violates: ['OnlyVotersVote', 'VoteOnce', 'LeaderCompleteness'],
    raft: {
      canVote: ({ voters }, { id }) => voters.some((voter) => voter.id === id),
      ...unguarded,
    },
  },
  {
    name: 'disturbed-leader',
    title: 'A voter that hears its leader still listens to candidates',
    source: 'thesis, 4.2.3',
    violates: ['LeaderNotDisturbed'],
    raft: { disregardsCandidate: () => false },
  },
  {
    name: 'read-without-round',
    title: 'A leader answers reads without asking whether it still leads',
    source: 'thesis, 6.4, step 3',
    violates: ['ReadIndexLinearizable'],
    raft: {
      mayServeRead: ({ commitIndex, termStartIndex }) => commitIndex >= termStartIndex,
    },
  },
  {
    name: 'read-by-lease',
    title:
      'A leader answers reads for an election timeout after a majority was heard: no drift bound',
    source: 'thesis, 6.4.1 (leases rest on a bound of clock drift)',
    violates: ['ReadIndexLinearizable'],
    raft: {
      mayServeRead: ({ commitIndex, termStartIndex, heard, quorum }) =>
        commitIndex >= termStartIndex && heard >= quorum,
    },
  },
  {
    name: 'round-of-an-older-leader',
    title:
      'An answer to an older leader names its round, which may confirm one that it begins in its next term',
    source: 'thesis, 6.4, step 3; found here (simulator, seed 500001890)',
    violates: ['RoundsAreOfTheirTerm', 'ReadIndexLinearizable'],
    raft: { roundAnswered: (round) => round },
  },
  {
    name: 'leads-term-twice',
    title: 'A restarted leader leads its term on; what was not synced gets new content',
    source: 'KAFKA-10527 (commit 05f9803); R-VOTE',
    violates: [
      'ElectionSafety',
      'LeaderHasVotes',
      'LogMatching',
      'LeaderAppendOnly',
      'StateMachineSafety',
      'QuorumLog',
    ],
    raft: {
      leadsAgain: ({ term, votedForItself, lastTerm }) => votedForItself && lastTerm === term,
      ...unguarded,
    },
  },
  {
    name: 'log-length-not-compared',
    title:
      'Of two logs with the same last term the shorter one wins too; committed entries are cut',
    source: 'thesis, 3.6.1; KAFKA-12460 (commit c6a0f76): nothing stops the cut',
    violates: ['LeaderCompleteness', 'StateMachineSafety', 'CommittedAppendOnly', 'QuorumLog'],
    raft: { upToDate: (candidate, own) => candidate.lastTerm >= own.lastTerm, ...unguarded },
  },
  {
    name: 'read-before-noop',
    title: 'A new leader answers reads before it knows what is committed',
    source: 'thesis, 6.4, step 1',
    violates: ['ReadIndexLinearizable'],
    raft: {
      readIndex: (commitIndex) => commitIndex,
      mayServeRead: ({ confirmed, quorum }) => confirmed >= quorum,
    },
  },
  {
    name: 'change-before-own-commit',
    title: 'A new leader changes the voters before an entry of its own term is committed',
    source: 'Ongaro, "bug in single-server membership changes" (raft-dev, 2015-07-10)',
    violates: ['ChangeAfterOwnCommit', 'QuorumLog', 'LeaderCompleteness', 'StateMachineSafety'],
    raft: {
      mayChangeVoters: ({ commitIndex, configurationIndex }) => configurationIndex <= commitIndex,
      ...unguarded,
    },
  },
  {
    name: 'two-changes-under-way',
    title: 'A change of the voters begins before the one before it is committed',
    source: 'thesis, 4.1',
    violates: ['OneChangeAtATime', 'QuorumLog', 'LeaderCompleteness', 'StateMachineSafety'],
    raft: {
      mayChangeVoters: ({ commitIndex, termStartIndex }) => commitIndex >= termStartIndex,
      ...unguarded,
    },
  },
  {
    name: 'disk-replaced-in-one-step',
    title: 'A voter with a new directory takes the place of the old one in one change',
    source: 'thesis, 4.1 and figure 4.2; KIP-853 (a node with another directory is another voter)',
    violates: ['ChangesOneVoter', 'QuorumLog', 'LeaderCompleteness', 'StateMachineSafety'],
    raft: {
      changedVoters: (voters, { type, voter }) => {
        const others = voters.filter(({ id }) => id !== voter.id);
        return type === 'add' ? [...others, voter].sort((a, b) => a.id - b.id) : others;
      },
      ...unguarded,
    },
  },
  {
    name: 'voter-before-caught-up',
    title: 'A new voter counts before it holds the log: nothing is committed until it does',
    source: 'thesis, 4.2.1 and figure 4.4',
    violates: ['AddedVoterCaughtUp'],
    raft: { isCaughtUp: () => true },
  },
  {
    name: 'removed-leader-leads-on',
    title: 'A leader that is no voter any more leads on',
    source: 'thesis, 4.2.2; KAFKA-17608',
    violates: ['OnlyVotersVote'],
    raft: { leavesOnceRemoved: () => false },
  },
  {
    name: 'hands-over-to-laggard',
    title: 'A leader hands over to a follower that does not hold its whole log',
    source: 'thesis, 3.10',
    violates: ['SuccessorHoldsLog'],
    raft: { mayTakeOver: () => true },
  },
];
