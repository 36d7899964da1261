/** The leader's side of replication: proposals, acknowledgements, commitment, check-quorum. */

import { assert } from '../types/assert.js';
import type { BrokerId, Uuid } from '../types/ids.js';
import { greatest, least, plus } from '../types/ids.js';
import { lastIndex } from './log.js';
import { catchUp, leaveIfRemoved } from './membership.js';
import { matchedIndexes, quorumSize, votersWith } from './quorum.js';
import { serveReads } from './read-index.js';
import { becomeFollower } from './roles.js';
import {
  announceCommit,
  freshProgress,
  heartbeat,
  heartbeatAll,
  probeAgain,
  replicateTo,
  replicateToAll,
} from './sending.js';
import { sortedIds } from './state.js';
import type { Step } from './step.js';
import { appendToLog, armTimer, commitTo, sendNow } from './step.js';
import { tellSuccessor } from './transfer.js';
import type { AppendEntriesReply, Progress, RaftInput } from './types.js';

/** Figure 3.1, leaders 2: append to the own log and replicate; or refuse. */
export function propose(step: Step, input: Extract<RaftInput, { type: 'propose' }>): void {
  const { state, effects } = step;
  const { token, term, payload, count } = input;
  if (state.role !== 'leader' || term !== state.term || state.transfer !== null) {
    effects.push({ type: 'proposalRefused', token, leader: state.leader });
    return;
  }
  assert(Number.isSafeInteger(count) && count > 0, 'a proposal of no records');
  const base = plus(lastIndex(state), 1);
  const index = plus(lastIndex(state), count);
  appendToLog(step, [{ base, index, term, kind: 'data', payload }]);
  effects.push({ type: 'proposalAccepted', token, index, term });
  replicateToAll(step);
}

/** The progress of `from` if `directory` is the one it speaks of; else it starts anew. */
export function progressOf(step: Step, from: BrokerId, directory: Uuid): Progress | null {
  const { state, rules } = step;
  const progress = state.progress.get(from);
  if (progress === undefined || progress.directoryId === directory) {
    return progress ?? null;
  }
  const fresh = freshProgress(state, directory);
  state.progress.set(from, fresh);
  if (rules.canVote(state.configuration, { id: from, directoryId: directory })) {
    state.learners.delete(from);
  } else {
    state.learners.add(from);
  }
  replicateTo(step, from, fresh);
  return null;
}

/** An answer to AppendEntries: a match moves commitment, a refusal moves nextIndex back (3.5). */
export function handleAppendEntriesReply(
  step: Step,
  from: BrokerId,
  directory: Uuid,
  reply: AppendEntriesReply,
): void {
  const { state } = step;
  if (reply.term > state.term) {
    becomeFollower(step, reply.term, null);
    return;
  }
  const progress =
    state.role === 'leader' && reply.term === state.term ? progressOf(step, from, directory) : null;
  if (progress === null) {
    return;
  }
  progress.active = true;
  // Rounds that were never started prove nothing.
  progress.ackedRound = Math.max(progress.ackedRound, Math.min(reply.round, state.readRound));
  progress.inflight = Math.max(0, progress.inflight - 1);
  if (reply.success) {
    acknowledge(step, progress, reply);
  } else if (progress.mode !== 'snapshot') {
    const { nextIndex, matchIndex } = progress;
    const { matchIndex: hintIndex, conflictTerm } = reply;
    progress.nextIndex = step.rules.backUp(state, {
      nextIndex,
      matchIndex,
      hintIndex,
      conflictTerm,
    });
    progress.mode = 'probe';
    progress.inflight = 0;
  }
  acknowledged(step, from, progress);
}

/** A node answered: what that allows. This leader may be removed by it. */
export function acknowledged(step: Step, from: BrokerId, progress: Progress): void {
  const { state } = step;
  catchUp(step);
  tellSuccessor(step);
  tryCommit(step);
  if (state.role === 'leader') {
    serveReads(step);
    replicateTo(step, from, progress);
  }
}

function acknowledge(step: Step, progress: Progress, reply: AppendEntriesReply): void {
  const { state } = step;
  const matched = least(reply.matchIndex, lastIndex(state));
  progress.matchIndex = greatest(progress.matchIndex, matched);
  progress.nextIndex = greatest(progress.nextIndex, plus(progress.matchIndex, 1));
  if (progress.mode === 'probe') {
    // What the probe carried beyond the match is sent again by the pipeline.
    progress.mode = 'replicate';
    progress.nextIndex = plus(progress.matchIndex, 1);
    progress.inflight = 0;
  } else if (progress.mode === 'snapshot' && progress.matchIndex >= state.snapshot.index) {
    progress.mode = 'replicate';
    progress.nextIndex = plus(progress.matchIndex, 1);
  }
}

/** Moves the commit index as far as the rule allows, and tells everybody. */
export function tryCommit(step: Step): void {
  const { state, rules } = step;
  assert(state.role === 'leader', 'only a leader counts');
  const { commitIndex, term } = state;
  const matched = matchedIndexes(step);
  const quorum = quorumSize(step);
  const next = rules.advanceCommitIndex(state, { commitIndex, term, matched, quorum });
  if (next > commitIndex) {
    commitTo(step, next);
    announceCommit(step);
    serveReads(step);
    leaveIfRemoved(step);
  }
}

/** Heartbeats prevent election timeouts (figure 3.1, leaders 1). */
export function heartbeatDue(step: Step): void {
  heartbeatAll(step);
  armTimer(step, 'heartbeat', 'heartbeatInterval');
}

/**
 * 6.2: without a majority heard from since the last time, this leader may be the only one who
 * believes in it. Nodes that were silent are probed, learners that were silent forgotten: they say
 * hello again.
 */
export function checkQuorumDue(step: Step): void {
  const { state, rules } = step;
  assert(state.role === 'leader', 'check-quorum is the leader');
  const active = votersWith(step, (progress) => progress.active);
  if (rules.mustStepDown(active, quorumSize(step))) {
    becomeFollower(step, state.term, null);
    return;
  }
  for (const id of sortedIds(state.progress.keys())) {
    const progress = state.progress.get(id)!;
    if (!progress.active && state.learners.has(id)) {
      forgetLearner(step, id);
    } else if (!progress.active) {
      probeAgain(progress);
    }
    progress.active = false;
  }
  armTimer(step, 'checkQuorum', 'minimumElectionTimeout');
}

function forgetLearner(step: Step, id: BrokerId): void {
  const { state } = step;
  state.learners.delete(id);
  state.progress.delete(id);
  // A learner can bear the id of a voter, with another directory: the voter may still come back.
  const voter = state.configuration.voters.find((candidate) => candidate.id === id);
  if (voter !== undefined) {
    state.progress.set(id, freshProgress(state, voter.directoryId));
  }
}

/** A node that is no voter is there: push to it (figure 4.1's non-voting member). */
export function handleLearnerHello(step: Step, from: BrokerId, directory: Uuid): void {
  const { state, rules } = step;
  if (state.role !== 'leader') {
    const { term, leader } = state;
    if (leader !== null && leader !== from) {
      sendNow(step, from, { type: 'leaderHint', term, leader });
    }
    return;
  }
  let progress = state.progress.get(from);
  if (progress === undefined || progress.directoryId !== directory) {
    progress = freshProgress(state, directory);
    state.progress.set(from, progress);
  }
  progress.active = true;
  probeAgain(progress);
  if (!rules.canVote(state.configuration, { id: from, directoryId: directory })) {
    state.learners.add(from);
  }
  heartbeat(step, from, progress);
}
