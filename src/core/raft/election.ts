/** Elections: pre-vote (9.6), votes (3.4, 3.6.1) and the first acts of a new leader (6.4). */

import { assert } from '../types/assert.js';
import type { BrokerId, Uuid } from '../types/ids.js';
import { plus } from '../types/ids.js';
import { lastIndex, lastTerm } from './log.js';
import { quorumSize } from './quorum.js';
import { becomeFollower, changeRole, hearsLeader } from './roles.js';
import type { VoteFacts } from './rules.js';
import { sameVoter } from './rules.js';
import { freshProgress, replicateToAll } from './sending.js';
import type { Step } from './step.js';
import { appendToLog, armTimer, cancelTimer, sendDurable, sendNow, storeTerm } from './step.js';
import type { PreVoteReply, PreVoteRequest, VoteReply, VoteRequest, Voter } from './types.js';

/** The election timer ran out: ask whether an election could be won. */
export function electionDue(step: Step): void {
  const { state, rules } = step;
  if (state.role === 'leader' || state.role === 'learner') {
    return;
  }
  state.leaderHeard = false;
  state.votesGranted.clear();
  state.votesRefused.clear();
  changeRole(step, 'preCandidate', null, state.term);
  armTimer(step, 'election', 'electionTimeout');
  if (!rules.asksPreVote()) {
    becomeCandidate(step, false);
    return;
  }
  const term = plus(state.term, 1);
  for (const voter of others(step)) {
    const candidate = state.self;
    sendNow(step, voter.id, { type: 'preVoteRequest', term, candidate, voter, ...logEnd(step) });
  }
  countVote(step, state.self.id, state.self.directoryId, true);
}

/** The leader hands over (3.10): no pre-vote, and who hears the leader may vote all the same. */
export function standAtOnce(step: Step): void {
  const { state } = step;
  state.leaderHeard = false;
  state.votesGranted.clear();
  state.votesRefused.clear();
  changeRole(step, 'preCandidate', null, state.term);
  becomeCandidate(step, true);
}

/** Figure 3.1, candidates 1: a new term, a vote for oneself, and requests to everybody. */
function becomeCandidate(step: Step, transfer: boolean): void {
  const { state } = step;
  assert(state.role === 'preCandidate', 'a candidacy without a pre-vote');
  const term = plus(state.term, 1);
  state.votesGranted.clear();
  state.votesRefused.clear();
  changeRole(step, 'candidate', null, term);
  storeTerm(step, term, state.self);
  armTimer(step, 'election', 'electionTimeout');
  for (const voter of others(step)) {
    sendDurable(step, voter.id, {
      type: 'voteRequest',
      term,
      candidate: state.self,
      voter,
      ...logEnd(step),
      transfer,
    });
  }
  // The own vote counts like any other once it is durable: it waits as a message to oneself.
  sendDurable(step, state.self.id, { type: 'voteReply', term, granted: true });
}

/** At start: leads the term on in which it led before, if a (wrong) rule says so. */
export function leadOnAfterRestart(step: Step): boolean {
  const { state, rules } = step;
  const { term, votedFor, self } = state;
  const votedForItself = votedFor !== null && sameVoter(votedFor, self);
  if (!rules.leadsAgain({ term, votedForItself, lastTerm: lastTerm(state) })) {
    return false;
  }
  changeRole(step, 'preCandidate', null, term);
  changeRole(step, 'candidate', null, term);
  becomeLeader(step);
  return true;
}

/** The voters but for this node. */
function others({ state }: Step): Voter[] {
  return state.configuration.voters.filter(({ id }) => id !== state.self.id);
}

function logEnd({ state }: Step): Pick<VoteRequest, 'lastIndex' | 'lastTerm'> {
  return { lastIndex: lastIndex(state), lastTerm: lastTerm(state) };
}

/** 9.6: would this node vote? Nothing changes here, whatever the answer. */
export function handlePreVoteRequest(step: Step, from: BrokerId, request: PreVoteRequest): void {
  const { state, rules } = step;
  const granted = rules.grantPreVote(voteFacts(step, request));
  const { term } = state;
  sendDurable(step, from, { type: 'preVoteReply', term, askedTerm: request.term, granted });
}

export function handlePreVoteReply(
  step: Step,
  from: BrokerId,
  directory: Uuid,
  reply: PreVoteReply,
): void {
  const { state } = step;
  if (reply.term > state.term) {
    becomeFollower(step, reply.term, null);
  } else if (state.role === 'preCandidate' && reply.askedTerm === state.term + 1) {
    countVote(step, from, directory, reply.granted);
  }
}

/** Figure 3.1, RequestVote. */
export function handleVoteRequest(step: Step, from: BrokerId, request: VoteRequest): void {
  const { state, rules, draft } = step;
  if (rules.disregardsCandidate(hearsLeader(state), request.transfer)) {
    // 4.2.3: no vote, and no newer term either.
    sendDurable(step, from, { type: 'voteReply', term: state.term, granted: false });
    return;
  }
  if (request.term > state.term) {
    becomeFollower(step, request.term, null);
  }
  const granted = rules.grantVote(voteFacts(step, request));
  if (granted) {
    if (state.votedFor === null || !sameVoter(state.votedFor, request.candidate)) {
      state.votedFor = request.candidate;
      draft.hardState = true;
    }
    if (state.role !== 'leader' && state.role !== 'learner') {
      armTimer(step, 'election', 'electionTimeout');
    }
  }
  sendDurable(step, from, { type: 'voteReply', term: state.term, granted });
}

function voteFacts(step: Step, request: PreVoteRequest | VoteRequest): VoteFacts {
  const { state, rules } = step;
  return {
    term: request.term,
    ownTerm: state.term,
    candidate: request.candidate,
    votedFor: state.votedFor,
    addressed: rules.canVote({ voters: [request.voter] }, state.self),
    leaderHeard: hearsLeader(state),
    upToDate: rules.upToDate(request, logEnd(step)),
  };
}

/** Answers of older terms, and to candidacies that are over, count for nothing. */
export function handleVoteReply(
  step: Step,
  from: BrokerId,
  directory: Uuid,
  reply: VoteReply,
): void {
  const { state } = step;
  if (reply.term > state.term) {
    becomeFollower(step, reply.term, null);
  } else if (state.role === 'candidate' && reply.term === state.term) {
    countVote(step, from, directory, reply.granted);
  }
}

/** One voter, one vote, however often its answer arrives. */
function countVote(step: Step, from: BrokerId, directoryId: Uuid, granted: boolean): void {
  const { state, rules } = step;
  if (!rules.canVote(state.configuration, { id: from, directoryId })) {
    return;
  }
  (granted ? state.votesGranted : state.votesRefused).add(from);
  const quorum = quorumSize(step);
  if (state.votesGranted.size >= quorum) {
    if (state.role === 'preCandidate') {
      becomeCandidate(step, false);
    } else {
      becomeLeader(step);
    }
  } else if (state.votesRefused.size >= quorum) {
    becomeFollower(step, state.term, null);
  }
}

/** 3.4, 6.4: lead, say so, and append a no-op so that commitment of older entries can be learnt. */
function becomeLeader(step: Step): void {
  const { state, rules } = step;
  assert(state.role === 'candidate', 'a leader that was no candidate');
  assert(state.pendingReads.length === 0, 'reads of an older leadership');
  changeRole(step, 'leader', state.self.id, state.term);
  state.leaderHeard = false;
  state.votesGranted.clear();
  state.votesRefused.clear();
  cancelTimer(step, 'election');
  cancelTimer(step, 'leaderSilence');
  for (const voter of state.configuration.voters) {
    if (voter.id !== state.self.id) {
      state.progress.set(voter.id, freshProgress(state, voter.directoryId));
    }
  }
  if (rules.appendsNoop()) {
    const index = plus(lastIndex(state), 1);
    const { term } = state;
    appendToLog(step, [{ base: index, index, term, kind: 'noop', payload: new Uint8Array(0) }]);
  }
  state.termStartIndex = lastIndex(state);
  armTimer(step, 'heartbeat', 'heartbeatInterval');
  armTimer(step, 'checkQuorum', 'minimumElectionTimeout');
  replicateToAll(step);
}
