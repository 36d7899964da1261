/** The controller's word: who leads, who is in sync, and what a replica does when it changes. */

import { assert } from '../types/assert.js';
import {
  type BrokerEpoch,
  type BrokerId,
  NO_LEADER,
  type Offset,
  type Stamp,
} from '../types/ids.js';
import { failDeletions } from './delete-records.js';
import { epochsFromStart } from './epochs.js';
import { NONE } from './errors.js';
import {
  armLagTimer,
  cancelRetry,
  expandIsrWithoutFetch,
  followUpError,
  reportRecovered,
  resolveInflight,
} from './isr.js';
import { failWaiting } from './leader.js';
import { setEpochs, truncateLog } from './log.js';
import type { PartitionRules } from './rules.js';
import type {
  FollowerProgress,
  LeaderState,
  PartitionAssignment,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from './types.js';

type AssignedInput = Extract<PartitionInput, { type: 'assigned' }>;
type AnsweredInput = Extract<PartitionInput, { type: 'alterPartitionAnswered' }>;

/**
 * New metadata. What it says of brokers is always newest, for metadata comes in order; what it says
 * of the partition may have been overtaken by an answer to AlterPartition.
 */
export function handleAssigned(
  state: PartitionState,
  input: AssignedInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  state.brokers = new Map(input.brokers.map((broker) => [broker.id, broker]));
  if (state.partitionEpoch < 0) {
    dropUnfoundedEpochs(state, effects);
  }
  if (rules.acceptAssignment(state, input.assignment)) {
    adopt(state, input.assignment, input.stamp, effects, rules);
  }
  if (state.leaderState !== null) {
    expandIsrWithoutFetch(state, state.leaderState, effects, rules);
  }
}

/**
 * The epoch checkpoint is on disk before the records are: after a crash it may name epochs that begin
 * at or behind the log end. Left in the file, they would misname what is appended there later.
 */
function dropUnfoundedEpochs(state: PartitionState, effects: PartitionEffect[]): void {
  const founded = state.epochs.filter((entry) => entry.startOffset < state.logEndOffset);
  setEpochs(state, epochsFromStart(founded, state.logStartOffset), effects);
}

/**
 * The controller's answer. An error to a request that is no longer in flight is history; a success may
 * tell of a newer ISR than the metadata has shown so far. Of replicas it says nothing.
 */
export function handleAlterPartitionAnswered(
  state: PartitionState,
  input: AnsweredInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const { assignment } = input;
  const leaderState = state.leaderState;
  if (leaderState === null) {
    return;
  }
  if (input.error !== NONE) {
    if (leaderState.inflight?.partitionEpoch === input.requestedPartitionEpoch) {
      followUpError(leaderState, input.error, effects, rules);
    }
    return;
  }
  if (
    assignment !== null &&
    assignment.leader === state.self &&
    assignment.leaderEpoch === state.leaderEpoch &&
    rules.acceptAssignment(state, assignment)
  ) {
    const { partitionEpoch } = state;
    adopt(state, { ...assignment, replicas: state.replicas }, input.stamp, effects, rules);
    // What the metadata has told before is no occasion to ask for what was refused since.
    if (state.partitionEpoch !== partitionEpoch) {
      expandIsrWithoutFetch(state, leaderState, effects, rules);
    }
  }
}

function adopt(
  state: PartitionState,
  assignment: PartitionAssignment,
  stamp: Stamp,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const { role, leader, leaderEpoch } = state;
  const before = { leader, leaderEpoch };
  const newRole = roleIn(state.self, assignment);
  state.role = newRole;
  state.leader = assignment.leader;
  state.leaderEpoch = assignment.leaderEpoch;
  state.partitionEpoch = assignment.partitionEpoch;
  state.replicas = assignment.replicas;
  state.isr = assignment.isr;
  state.leaderRecoveryState = assignment.leaderRecoveryState;
  const anew =
    newRole === 'follower'
      ? rules.followsAnew(before, assignment)
      : leader !== assignment.leader || leaderEpoch !== assignment.leaderEpoch;
  const changed = role !== newRole || anew;
  if (changed) {
    effects.push({
      type: 'roleChanged',
      role: newRole,
      leader: assignment.leader,
      leaderEpoch: assignment.leaderEpoch,
    });
  }
  if (newRole === 'leader') {
    if (changed) {
      becomeLeader(state, stamp, effects, rules);
    } else {
      keepLeading(state, stamp, effects);
    }
    reportRecovered(state, state.leaderState!, effects, rules);
    return;
  }
  if (state.leaderState !== null) {
    resign(state, state.leaderState, effects);
  }
  if (newRole === 'follower' && changed) {
    becomeFollower(state, effects, rules);
  }
}

function roleIn(self: BrokerId, assignment: PartitionAssignment): PartitionState['role'] {
  if (assignment.leader === self) {
    return 'leader';
  }
  return assignment.leader !== NO_LEADER && assignment.replicas.includes(self)
    ? 'follower'
    : 'none';
}

/**
 * A new leadership: its epoch begins at the end of the log and is written down before any record
 * carries it. What an earlier leadership knew of followers is forgotten; the high watermark is kept.
 */
function becomeLeader(
  state: PartitionState,
  stamp: Stamp,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(state.isr.includes(state.self), 'a leader is in its ISR');
  const former = state.leaderState;
  const epochStartOffset = state.nextOffset;
  const leaderState: LeaderState = {
    epochStartOffset,
    followers: new Map(),
    inflight: null,
    // The same leader in a new epoch: its log goes on, and so do those who wait for it.
    waiting: former?.waiting ?? [],
    deleting: former?.deleting ?? [],
  };
  state.leaderState = leaderState;
  state.leaderHighWatermark = 0 as Offset;
  if (former === null) {
    state.producers = rules.producerStateAfterFailover(state.producers);
  } else {
    cancelTimers(former, effects);
  }
  const epochs = rules.assignEpochEntry(state.epochs, state.leaderEpoch, epochStartOffset);
  setEpochs(state, epochs, effects);
  addFollowers(state, leaderState, stamp, effects);
}

/** A newer version of the same leadership: ISR or replicas changed. */
function keepLeading(state: PartitionState, stamp: Stamp, effects: PartitionEffect[]): void {
  const leaderState = state.leaderState;
  assert(leaderState !== null, 'a leader has its state');
  resolveInflight(state, leaderState, effects);
  for (const id of [...leaderState.followers.keys()].sort((a, b) => a - b)) {
    if (!state.replicas.includes(id)) {
      leaderState.followers.delete(id);
      effects.push({ type: 'cancelTimer', name: 'replicaLag', key: id });
    }
  }
  addFollowers(state, leaderState, stamp, effects);
}

/** Followers not known yet. Members of the ISR have replica.lag.time.max.ms to show up. */
function addFollowers(
  state: PartitionState,
  leaderState: LeaderState,
  stamp: Stamp,
  effects: PartitionEffect[],
): void {
  for (const id of [...state.replicas].sort((a, b) => a - b)) {
    if (id === state.self || leaderState.followers.has(id)) {
      continue;
    }
    const inIsr = state.isr.includes(id);
    const progress: FollowerProgress = {
      brokerEpoch: -1 as BrokerEpoch,
      logStartOffset: -1 as Offset,
      logEndOffset: -1 as Offset,
      leaderEndAtFetch: -1 as Offset,
      lastFetchStamp: stamp,
      lastCaughtUpStamp: stamp,
      lagging: !inIsr,
    };
    leaderState.followers.set(id, progress);
    if (inIsr) {
      armLagTimer(id, stamp, effects);
    }
  }
}

function resign(state: PartitionState, leaderState: LeaderState, effects: PartitionEffect[]): void {
  failWaiting(state, leaderState, effects);
  failDeletions(leaderState, effects);
  cancelTimers(leaderState, effects);
  state.leaderState = null;
}

function cancelTimers(leaderState: LeaderState, effects: PartitionEffect[]): void {
  for (const id of [...leaderState.followers.keys()].sort((a, b) => a - b)) {
    effects.push({ type: 'cancelTimer', name: 'replicaLag', key: id });
  }
  cancelRetry(effects);
}

/**
 * A new leader or epoch to follow, also if it is the same leader and epochs between were missed
 * (KAFKA-7164): the first fetch carries the last epoch, and the leader finds what diverges.
 */
function becomeFollower(
  state: PartitionState,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(state.leaderState === null, 'a follower does not lead');
  state.leaderHighWatermark = 0 as Offset;
  const point = rules.truncationOnBecomingFollower(state.highWatermark, state.logEndOffset);
  if (point !== null) {
    truncateLog(state, point, effects, rules);
  }
}
