/**
 * Membership by one server at a time (chapter 4): who is to be a voter is first brought up to date in rounds
 * (4.2.1), then a configuration entry is appended, which counts at once (4.1).
 */

import { plus } from '../types/ids.js';
import { lastIndex } from './log.js';
import { isVoter } from './membership-role.js';
import { becomeFollower } from './roles.js';
import { replicateToAll } from './sending.js';
import type { Step } from './step.js';
import { appendToLog, armTimer, cancelTimer } from './step.js';
import { handOver } from './transfer.js';
import type { CatchUp, ChangeRefusal, Progress, RaftInput, Voter } from './types.js';

/** 4.2.1: a server that is still behind after so many rounds is too slow, or cannot be reached. */
const MAXIMUM_ROUNDS = 10;

/** Somebody asks for one more voter, or one less. */
export function changeVoters(
  step: Step,
  input: Extract<RaftInput, { type: 'changeVoters' }>,
): void {
  const { state } = step;
  const { token, term, change } = input;
  const refusal = state.role !== 'leader' || term !== state.term ? 'notLeader' : notReady(step);
  if (refusal !== null) {
    refuse(step, token, refusal);
    return;
  }
  const voters = step.rules.changedVoters(state.configuration.voters, change);
  if (typeof voters === 'string') {
    refuse(step, token, voters);
  } else if (change.type === 'remove') {
    appendConfiguration(step, token, voters);
  } else {
    beginCatchUp(step, token, change.voter);
  }
}

function notReady({ state, rules }: Step): ChangeRefusal | null {
  const { commitIndex, termStartIndex, configurationIndex } = state;
  const isFree = state.catchUp === null && state.transfer === null;
  return isFree && rules.mayChangeVoters({ commitIndex, termStartIndex, configurationIndex })
    ? null
    : 'notReady';
}

function refuse({ effects }: Step, token: number, reason: ChangeRefusal): void {
  effects.push({ type: 'changeRefused', token, reason });
}

function beginCatchUp(step: Step, token: number, voter: Voter): void {
  const { state } = step;
  const progress = state.progress.get(voter.id);
  if (progress === undefined || progress.directoryId !== voter.directoryId) {
    refuse(step, token, 'unknownNode');
    return;
  }
  state.catchUp = {
    token,
    voter,
    round: 1,
    target: lastIndex(state),
    slow: false,
    heldIndex: progress.matchIndex,
    heldBytes: progress.snapshotOffset,
  };
  armTimer(step, 'catchUp', 'minimumElectionTimeout');
  catchUp(step);
}

/** Whoever is catching up may hold more than before: the next round, or the change itself. */
export function catchUp(step: Step): void {
  const { state, rules } = step;
  const { catchUp: round } = state;
  const progress = round === null ? null : progressOfVoter(step, round.voter);
  if (round === null || progress === null) {
    return;
  }
  const { matchIndex } = progress;
  const { target, slow } = round;
  if (rules.isCaughtUp({ matchIndex, target, slow })) {
    endCatchUp(step);
    const voters = rules.changedVoters(state.configuration.voters, {
      type: 'add',
      voter: round.voter,
    });
    const refusal = typeof voters === 'string' ? voters : notReady(step);
    if (refusal === null) {
      appendConfiguration(step, round.token, voters as readonly Voter[]);
    } else {
      refuse(step, round.token, refusal);
    }
  } else if (matchIndex >= target) {
    nextRound(step, round);
  }
}

function nextRound(step: Step, round: CatchUp): void {
  if (round.round === MAXIMUM_ROUNDS) {
    giveUp(step, round);
    return;
  }
  round.round++;
  round.target = lastIndex(step.state);
  round.slow = false;
  armTimer(step, 'catchUp', 'minimumElectionTimeout');
  // Where nothing was appended meanwhile, the round is over as it begins.
  catchUp(step);
}

/** The round has lasted for an election timeout; without any progress in it the node is given up. */
export function catchUpDue(step: Step): void {
  const { state } = step;
  const { catchUp: round } = state;
  if (round === null) {
    return;
  }
  const progress = progressOfVoter(step, round.voter);
  if (
    progress === null ||
    (progress.matchIndex === round.heldIndex && progress.snapshotOffset === round.heldBytes)
  ) {
    giveUp(step, round);
    return;
  }
  round.slow = true;
  round.heldIndex = progress.matchIndex;
  round.heldBytes = progress.snapshotOffset;
  armTimer(step, 'catchUp', 'minimumElectionTimeout');
}

function giveUp(step: Step, { token }: CatchUp): void {
  endCatchUp(step);
  refuse(step, token, 'notCaughtUp');
}

function endCatchUp(step: Step): void {
  step.state.catchUp = null;
  cancelTimer(step, 'catchUp');
}

function progressOfVoter({ state }: Step, { id, directoryId }: Voter): Progress | null {
  const progress = state.progress.get(id);
  return progress?.directoryId === directoryId ? progress : null;
}

/** 4.1: the configuration counts from the moment in which it is in the log. */
function appendConfiguration(step: Step, token: number, voters: readonly Voter[]): void {
  const { state, effects } = step;
  const { term } = state;
  const index = plus(lastIndex(state), 1);
  const before = state.configuration.voters;
  const configuration = { voters };
  const payload = new Uint8Array(0);
  appendToLog(step, [{ base: index, index, term, kind: 'configuration', payload, configuration }]);
  for (const { id, directoryId } of voters) {
    // A voter with another directory goes on as a learner. Whoever is new is known: it has caught up.
    if (state.progress.get(id)?.directoryId === directoryId) {
      state.learners.delete(id);
    }
  }
  for (const { id } of before) {
    if (state.progress.has(id) && !voters.some((voter) => voter.id === id)) {
      // Who is removed should hear of it, and goes on as one that only learns.
      state.learners.add(id);
    }
  }
  effects.push({ type: 'changeAccepted', token, index, term });
  replicateToAll(step);
}

/** 4.2.2: the configuration without this leader is committed: another one is to lead. */
export function leaveIfRemoved(step: Step): void {
  const { state, rules } = step;
  const { commitIndex, configurationIndex } = state;
  if (
    state.role === 'leader' &&
    !isVoter(state, rules) &&
    rules.leavesOnceRemoved(commitIndex, configurationIndex)
  ) {
    handOver(step);
    becomeFollower(step, state.term, null);
  }
}
