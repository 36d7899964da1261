/** One Raft node as a state machine: the door through which every input enters. */

import { assert, fail, unreachable } from '../types/assert.js';
import type { BrokerId } from '../types/ids.js';
import {
  electionDue,
  handlePreVoteReply,
  handlePreVoteRequest,
  handleVoteReply,
  handleVoteRequest,
  leadOnAfterRestart,
} from './election.js';
import { handleAppendEntries } from './follower.js';
import { lastIndex } from './log.js';
import { catchUpDue, changeVoters } from './membership.js';
import { isVoter } from './membership-role.js';
import { requestRead } from './read-index.js';
import {
  checkQuorumDue,
  handleAppendEntriesReply,
  handleLearnerHello,
  heartbeatDue,
  propose,
  tryCommit,
} from './replication.js';
import { leaderSilent } from './roles.js';
import type { RaftRules } from './rules.js';
import { probeAgain } from './sending.js';
import { handleInstallSnapshot, handleInstallSnapshotReply, snapshotTaken } from './snapshot.js';
import type { Step } from './step.js';
import { armTimer, flush, openStep, sendNow } from './step.js';
import { handleTimeoutNow, transferDue, transferLeadership } from './transfer.js';
import type { RaftEffect, RaftInput, RaftState, TimerName, Voter } from './types.js';

/** One transition: mutates `state`, appends to `effects`, decides by `rules`. */
export function stepRaft(
  state: RaftState,
  input: RaftInput,
  effects: RaftEffect[],
  rules: RaftRules,
): void {
  const step = openStep(state, effects, rules);
  switch (input.type) {
    case 'start':
      start(step);
      break;
    case 'message':
      handleMessage(step, input);
      break;
    case 'timerFired':
      handleTimer(step, input.name);
      break;
    case 'persisted':
      handlePersisted(step, input.sequence);
      break;
    case 'propose':
      propose(step, input);
      break;
    case 'readIndex':
      requestRead(step, input.token);
      break;
    case 'changeVoters':
      changeVoters(step, input);
      break;
    case 'transferLeadership':
      transferLeadership(step, input);
      break;
    case 'snapshotTaken':
      snapshotTaken(step, input.index, input.data);
      break;
    case 'connectionLost':
      connectionLost(step, input.peer);
      break;
    default:
      unreachable(input);
  }
  flush(step);
  assert(state.commitIndex <= lastIndex(state), 'more is committed than there is');
  assert(state.durableIndex <= lastIndex(state), 'more is durable than there is');
}

function start(step: Step): void {
  const { state } = step;
  assert(state.role === 'follower' || state.role === 'learner', 'started twice');
  sayHello(step);
  if (state.role === 'learner') {
    return;
  }
  if (leadOnAfterRestart(step)) {
    return;
  }
  armTimer(step, 'election', 'electionTimeout');
  if (state.configuration.voters.length === 1 && isVoter(state, step.rules)) {
    // Nobody else can lead, so there is nobody to wait for.
    electionDue(step);
  }
}

function handleMessage(step: Step, input: Extract<RaftInput, { type: 'message' }>): void {
  const { from, fromDirectory, message } = input;
  assert(from !== step.state.self.id, 'a message from oneself');
  switch (message.type) {
    case 'preVoteRequest':
      handlePreVoteRequest(step, from, message);
      welcomeRemoved(step, from, message.candidate);
      return;
    case 'preVoteReply':
      handlePreVoteReply(step, from, fromDirectory, message);
      return;
    case 'voteRequest':
      handleVoteRequest(step, from, message);
      return;
    case 'voteReply':
      handleVoteReply(step, from, fromDirectory, message);
      return;
    case 'appendEntries':
      handleAppendEntries(step, from, message);
      return;
    case 'appendEntriesReply':
      handleAppendEntriesReply(step, from, fromDirectory, message);
      return;
    case 'installSnapshot':
      handleInstallSnapshot(step, from, message);
      return;
    case 'installSnapshotReply':
      handleInstallSnapshotReply(step, from, fromDirectory, message);
      return;
    case 'learnerHello':
      handleLearnerHello(step, from, fromDirectory);
      return;
    case 'leaderHint':
      handleLeaderHint(step, message.leader);
      return;
    case 'timeoutNow':
      handleTimeoutNow(step, from, message);
      return;
    default:
      unreachable(message);
  }
}

function handleTimer(step: Step, name: TimerName): void {
  switch (name) {
    case 'election':
      electionDue(step);
      return;
    case 'leaderSilence':
      leaderSilent(step);
      return;
    case 'heartbeat':
      heartbeatDue(step);
      return;
    case 'checkQuorum':
      checkQuorumDue(step);
      return;
    case 'hello':
      sayHello(step);
      return;
    case 'catchUp':
      catchUpDue(step);
      return;
    case 'transfer':
      transferDue(step);
      return;
    default:
      unreachable(name);
  }
}

/** The disk has caught up to `sequence`: what waited for it leaves, the leader counts itself. */
function handlePersisted(step: Step, sequence: number): void {
  const { state } = step;
  if (!(sequence <= state.persistSequence)) {
    fail(`write ${sequence} was never handed out`);
  }
  if (sequence <= state.persistedThrough) {
    return;
  }
  state.persistedThrough = sequence;
  while (state.unpersisted.length > 0 && state.unpersisted[0]!.sequence <= sequence) {
    state.durableIndex = state.unpersisted.shift()!.lastIndex;
  }
  const waiting = state.waiting;
  state.waiting = waiting.filter(({ after }) => after > sequence);
  for (const { after, to, message } of waiting) {
    if (after > sequence) {
      break;
    }
    if (to !== state.self.id) {
      sendNow(step, to, message);
    } else if (message.type === 'voteReply') {
      handleVoteReply(step, to, state.self.directoryId, message);
    }
  }
  if (state.role === 'leader') {
    tryCommit(step);
  }
}

/** Not a voter: the leader, whoever it is, is to learn of this node and push to it. */
function sayHello(step: Step): void {
  const { state } = step;
  if (isVoter(state, step.rules)) {
    // It is one, or became one since the timer was armed.
    return;
  }
  for (const { id } of state.configuration.voters) {
    if (id !== state.self.id) {
      sendNow(step, id, { type: 'learnerHello', term: state.term });
    }
  }
  armTimer(step, 'hello', 'heartbeatInterval');
}

/**
 * Who asks for a vote and is no voter by the log here may have been removed without hearing of it: it goes
 * on as one that only learns.
 */
function welcomeRemoved(step: Step, from: BrokerId, candidate: Voter): void {
  const { state, rules } = step;
  if (!rules.canVote(state.configuration, candidate)) {
    handleLearnerHello(step, from, candidate.directoryId);
  }
}

/** Somebody else knows the leader: what this node knows of the voters may be old. */
function handleLeaderHint(step: Step, leader: BrokerId): void {
  const { state } = step;
  if (state.leader === null && leader !== state.self.id) {
    sendNow(step, leader, { type: 'learnerHello', term: state.term });
  }
}

/** A hint: stop pipelining to `peer`; a silent leader is suspected at once (no vote is skipped). */
function connectionLost(step: Step, peer: BrokerId): void {
  const { state } = step;
  const progress = state.progress.get(peer);
  if (progress !== undefined) {
    probeAgain(progress);
  }
  if (state.leader === peer) {
    state.leaderHeard = false;
  }
}
