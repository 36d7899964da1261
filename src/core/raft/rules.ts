/**
 * The rules of Raft as slots. The machine asks each of them by name and decides none of this
 * itself, so that the zoo (`src/bugs/raft.ts`), the explorer and the playground can replace one.
 * Section and figure numbers are those of Ongaro's thesis.
 */

import type { LogIndex, Term } from '../types/ids.js';
import { greatest, least, plus } from '../types/ids.js';
import type { RaftLog } from './log.js';
import { entriesBetween, lastAtOrBelow, lastIndex, termAt } from './log.js';
import type {
  ChangeRefusal,
  Configuration,
  Entry,
  HardState,
  Voter,
  VoterChange,
} from './types.js';

/** The end of a log: what two logs are compared by. */
export interface LogEnd {
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** What a node weighs when it is asked for its vote, or for its pre-vote. */
export interface VoteFacts {
  /** The term that the candidate asks about. */
  readonly term: Term;
  readonly ownTerm: Term;
  readonly candidate: Voter;
  readonly votedFor: Voter | null;
  /** The candidate takes it for the voter that it is, id and directory (`canVote`). */
  readonly addressed: boolean;
  /** It leads, or heard from the leader within the minimum election timeout. */
  readonly leaderHeard: boolean;
  /** `upToDate` of the candidate's log. */
  readonly upToDate: boolean;
}

export interface ChangeFacts {
  readonly commitIndex: LogIndex;
  /** Index of the leader's no-op. */
  readonly termStartIndex: LogIndex;
  /** Index of the entry that brought the configuration in force. */
  readonly configurationIndex: LogIndex;
}

export interface RoundFacts {
  /** Up to where the node holds the log. */
  readonly matchIndex: LogIndex;
  /** Where the log ended as the round began. */
  readonly target: LogIndex;
  /** The round has lasted for an election timeout. */
  readonly slow: boolean;
}

export interface CommitFacts {
  readonly commitIndex: LogIndex;
  /** The leader's term. */
  readonly term: Term;
  /** One per voter, in any order: how far its log is known to match (0: unknown). */
  readonly matched: readonly LogIndex[];
  readonly quorum: number;
}

export interface FollowerCommitFacts {
  readonly commitIndex: LogIndex;
  readonly leaderCommit: LogIndex;
  /** The last index that the message at hand vouches for. */
  readonly lastMatched: LogIndex;
  /** The follower's last index, matched or not. */
  readonly lastIndex: LogIndex;
}

export interface BackUpFacts {
  /** Of the probe that may have been refused. */
  readonly nextIndex: LogIndex;
  readonly matchIndex: LogIndex;
  /** From the refusal. */
  readonly hintIndex: LogIndex;
  readonly conflictTerm: Term;
}

export interface ReadFacts {
  readonly commitIndex: LogIndex;
  /** Index of the leader's no-op. */
  readonly termStartIndex: LogIndex;
  /** Voters, the leader included, that answered the round of this read. */
  readonly confirmed: number;
  readonly quorum: number;
  /** Voters, the leader included, that were heard from since its last check-quorum (a lease). */
  readonly heard: number;
}

/** A node that has just started, as its disk shows it. */
export interface RestartFacts {
  readonly term: Term;
  readonly votedForItself: boolean;
  /** Of its last entry. */
  readonly lastTerm: Term;
}

export interface RaftRules {
  readonly quorum: (voters: number) => number;
  readonly canVote: (configuration: Configuration, node: Voter) => boolean;
  readonly restoredVote: (stored: HardState) => Voter | null;
  readonly leadsAgain: (facts: RestartFacts) => boolean;
  readonly upToDate: (candidate: LogEnd, own: LogEnd) => boolean;
  readonly grantVote: (facts: VoteFacts) => boolean;
  readonly grantPreVote: (facts: VoteFacts) => boolean;
  readonly asksPreVote: () => boolean;
  readonly disregardsCandidate: (leaderHeard: boolean, transfer: boolean) => boolean;
  readonly mustStepDown: (activeVoters: number, quorum: number) => boolean;
  readonly appendsNoop: () => boolean;
  readonly matchesPrevious: (log: RaftLog, prevIndex: LogIndex, prevTerm: Term) => boolean;
  readonly truncationPoint: (
    log: RaftLog,
    prevIndex: LogIndex,
    entries: readonly Entry[],
  ) => LogIndex | null;
  readonly keepsCommitted: (truncateFrom: LogIndex, commitIndex: LogIndex) => boolean;
  readonly backUp: (log: RaftLog, facts: BackUpFacts) => LogIndex;
  readonly countsSelf: (durableIndex: LogIndex, lastIndex: LogIndex) => LogIndex;
  readonly advanceCommitIndex: (log: RaftLog, facts: CommitFacts) => LogIndex;
  readonly followerCommitIndex: (facts: FollowerCommitFacts) => LogIndex;
  readonly roundAnswered: (round: number, askedIn: Term, term: Term) => number;
  readonly readIndex: (commitIndex: LogIndex, termStartIndex: LogIndex) => LogIndex;
  readonly mayServeRead: (facts: ReadFacts) => boolean;
  readonly mayChangeVoters: (facts: ChangeFacts) => boolean;
  readonly changedVoters: (
    voters: readonly Voter[],
    change: VoterChange,
  ) => readonly Voter[] | ChangeRefusal;
  readonly isCaughtUp: (facts: RoundFacts) => boolean;
  readonly leavesOnceRemoved: (commitIndex: LogIndex, configurationIndex: LogIndex) => boolean;
  readonly mayTakeOver: (matchIndex: LogIndex, lastIndex: LogIndex) => boolean;
}

/** A majority (3.1): any two of them share a voter. */
function quorum(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

/** KIP-853: a voter is a node with its directory; with an empty disk it is nobody's voter. */
function canVote(configuration: Configuration, node: Voter): boolean {
  return configuration.voters.some((voter) => sameVoter(voter, node));
}

/** Figure 3.1, persistent state: `votedFor` survives a restart. */
function restoredVote(stored: HardState): Voter | null {
  return stored.votedFor;
}

/** R-VOTE (KAFKA-10527): nobody leads a term twice; what it had not synced may be elsewhere by now. */
function leadsAgain(_facts: RestartFacts): boolean {
  return false;
}

/** 3.6.1: the later last term wins; with equal terms the longer log. */
function upToDate(candidate: LogEnd, own: LogEnd): boolean {
  if (candidate.lastTerm !== own.lastTerm) {
    return candidate.lastTerm > own.lastTerm;
  }
  return candidate.lastIndex >= own.lastIndex;
}

/**
 * Figure 3.1, RequestVote 1 and 2: one vote per term, first come, first served, log permitting. Whether the
 * node is a voter by its own log does not matter (4.1): the candidate may have a newer configuration.
 */
function grantVote(facts: VoteFacts): boolean {
  const free = facts.votedFor === null || sameVoter(facts.votedFor, facts.candidate);
  return facts.addressed && facts.term === facts.ownTerm && free && facts.upToDate;
}

/** 9.6: yes only if the log is up to date and no leader was heard from for an election timeout. */
function grantPreVote(facts: VoteFacts): boolean {
  return facts.addressed && facts.term > facts.ownTerm && !facts.leaderHeard && facts.upToDate;
}

/** 9.6: a candidate first learns whether it could win, and raises its term only then. */
function asksPreVote(): boolean {
  return true;
}

/**
 * 4.2.3: within an election timeout of hearing from a leader, RequestVote changes nothing, so that servers
 * that were removed and do not know it depose nobody; unless the leader itself asked for it.
 */
function disregardsCandidate(leaderHeard: boolean, transfer: boolean): boolean {
  return leaderHeard && !transfer;
}

/** 6.2: a leader steps down if an election timeout passes without hearing from a majority. */
function mustStepDown(activeVoters: number, quorumOfVoters: number): boolean {
  return activeVoters < quorumOfVoters;
}

/** 6.4, step 1 (and 3.6.2): a new leader commits a blank entry to learn what is committed. */
function appendsNoop(): boolean {
  return true;
}

/** Figure 3.1, AppendEntries 2. What the snapshot covers is committed, so it matches any leader. */
function matchesPrevious(log: RaftLog, prevIndex: LogIndex, prevTerm: Term): boolean {
  return prevIndex < log.snapshot.index || termAt(log, prevIndex) === prevTerm;
}

/**
 * Figure 3.1, AppendEntries 3: the log goes from its first entry on that conflicts with a new one,
 * and only then: an old message must not cut off what a newer one brought. Where to cut (the base
 * of the first entry to go), or null.
 */
function truncationPoint(
  log: RaftLog,
  prevIndex: LogIndex,
  entries: readonly Entry[],
): LogIndex | null {
  let before = prevIndex;
  for (const entry of entries) {
    if (termAt(log, entry.index) !== entry.term) {
      return entriesBetween(log, before, lastIndex(log))[0]?.base ?? null;
    }
    before = entry.index;
  }
  return null;
}

/** 3.6.3: what is committed stays. The machine's guard against peers that break the protocol. */
function keepsCommitted(truncateFrom: LogIndex, commitIndex: LogIndex): boolean {
  return truncateFrom > commitIndex;
}

/**
 * 3.5: back to the leader's last entry of the conflicting term, or over the whole term if it has
 * none of it; at least one entry back, never behind what is known to match.
 */
function backUp(log: RaftLog, facts: BackUpFacts): LogIndex {
  const { snapshot } = log;
  const probed = lastAtOrBelow(log, plus(facts.nextIndex, -1));
  let next = plus(facts.hintIndex, 1);
  if (snapshot.term === facts.conflictTerm) {
    // The term's entries may be compacted away; that the snapshot ends in it is known all the same.
    next = greatest(next, plus(snapshot.index, 1));
  }
  for (const entry of entriesBetween(log, facts.hintIndex, probed)) {
    if (entry.term === facts.conflictTerm) {
      next = plus(entry.index, 1);
    }
  }
  return greatest(least(next, probed), plus(facts.matchIndex, 1));
}

/** 10.2.1: the leader may count itself only for what is on its own disk. */
function countsSelf(durableIndex: LogIndex, _lastIndex: LogIndex): LogIndex {
  return durableIndex;
}

/** Figure 3.1, leaders 4, and 3.6.2: a majority matches, and the entry is of the leader's term. */
function advanceCommitIndex(log: RaftLog, facts: CommitFacts): LogIndex {
  const descending = [...facts.matched].sort((a, b) => b - a);
  const held = descending[facts.quorum - 1] ?? facts.commitIndex;
  const candidate = lastAtOrBelow(log, held);
  return termAt(log, candidate) === facts.term
    ? greatest(candidate, facts.commitIndex)
    : facts.commitIndex;
}

/** Figure 3.1, AppendEntries 5: the lesser of the leader's commit and the last *new* entry. */
function followerCommitIndex(facts: FollowerCommitFacts): LogIndex {
  return greatest(facts.commitIndex, least(facts.leaderCommit, facts.lastMatched));
}

/**
 * 6.4, step 2: the commit index. Before the no-op is committed it may lag behind what older leaders
 * committed; all of that lies before the no-op, so its index is a sound read index meanwhile.
 */
function readIndex(commitIndex: LogIndex, termStartIndex: LogIndex): LogIndex {
  return greatest(commitIndex, termStartIndex);
}

/**
 * 6.4, step 3: who is answered in a newer term than it asked in is told no round. It may lead that term, if it has stood for
 * election again, and after a restart it counts its rounds anew: the answer would confirm one that it has yet to begin.
 */
function roundAnswered(round: number, askedIn: Term, term: Term): number {
  return askedIn === term ? round : 0;
}

/**
 * 6.4, steps 1 and 3: an entry of the own term is committed, and a majority still follows. No leases:
 * they would need a bound on the drift of clocks (6.4.1).
 */
function mayServeRead(facts: ReadFacts): boolean {
  return facts.commitIndex >= facts.termStartIndex && facts.confirmed >= facts.quorum;
}

/**
 * 4.1: one change at a time, and (Ongaro, "bug in single-server membership changes", raft-dev, 2015-07-10) not
 * before an entry of the leader's own term is committed: else the majorities of two configurations that
 * follow on the same one may not meet.
 */
function mayChangeVoters(facts: ChangeFacts): boolean {
  return facts.commitIndex >= facts.termStartIndex && facts.configurationIndex <= facts.commitIndex;
}

/**
 * 4.1: one server at a time, so that any majority before shares a voter with any majority after. A node with
 * another directory is another server (KIP-853): the old one has to be removed first.
 */
function changedVoters(
  voters: readonly Voter[],
  { type, voter }: VoterChange,
): readonly Voter[] | ChangeRefusal {
  if (type === 'add') {
    return voters.some(({ id }) => id === voter.id)
      ? 'alreadyVoter'
      : [...voters, voter].sort((a, b) => a.id - b.id);
  }
  const left = voters.filter((each) => !sameVoter(each, voter));
  if (left.length === voters.length) {
    return 'notVoter';
  }
  return left.length === 0 ? 'lastVoter' : left;
}

/** 4.2.1: a new server counts once a round of catching up took less than an election timeout. */
function isCaughtUp({ matchIndex, target, slow }: RoundFacts): boolean {
  return matchIndex >= target && !slow;
}

/** 4.2.2: a leader that removes itself leads until the configuration without it is committed. */
function leavesOnceRemoved(commitIndex: LogIndex, configurationIndex: LogIndex): boolean {
  return commitIndex >= configurationIndex;
}

/** 3.10, step 2: who takes over must have the whole log, or it could not win. */
function mayTakeOver(matchIndex: LogIndex, lastOfLeader: LogIndex): boolean {
  return matchIndex >= lastOfLeader;
}

/** Whether two voters are the same node with the same directory. */
export function sameVoter(a: Voter, b: Voter): boolean {
  return a.id === b.id && a.directoryId === b.directoryId;
}

/** The rules as the thesis has them. */
export const raftRules: RaftRules = {
  quorum,
  canVote,
  restoredVote,
  leadsAgain,
  upToDate,
  grantVote,
  grantPreVote,
  asksPreVote,
  disregardsCandidate,
  mustStepDown,
  appendsNoop,
  matchesPrevious,
  truncationPoint,
  keepsCommitted,
  backUp,
  countsSelf,
  advanceCommitIndex,
  followerCommitIndex,
  readIndex,
  roundAnswered,
  mayServeRead,
  mayChangeVoters,
  changedVoters,
  isCaughtUp,
  leavesOnceRemoved,
  mayTakeOver,
};
