/** Fetches at a replica: fencing, divergence, progress of followers (KIP-320, 392, 595, 903). */

import { assert } from '../types/assert.js';
import { type BrokerId, greatest, NO_EPOCH, type Offset, type Stamp } from '../types/ids.js';
import { NONE, OFFSET_OUT_OF_RANGE } from './errors.js';
import { armLagTimer, expandIsrIfDue } from './isr.js';
import { advanceLeaderHighWatermark, registeredEpoch } from './leader.js';
import { lastStableOffset } from './queries.js';
import type { Divergence } from './rule-types.js';
import type { PartitionRules } from './rules.js';
import type { ReadReplica } from './rules-read.js';
import type { FollowerProgress, PartitionEffect, PartitionInput, PartitionState } from './types.js';

type FetchInput = Extract<PartitionInput, { type: 'fetch' }>;

/**
 * Answers in the same step. A follower's position is first taken note of and may move the high
 * watermark, so that it hears the newest one.
 */
export function handleFetch(
  state: PartitionState,
  input: FetchInput,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  assert(input.fetchOffset >= 0, 'a fetch names an offset');
  const replica = input.replica;
  const refused = rules.mayFetch({
    isLeader: state.role === 'leader',
    isFollower: state.role === 'follower',
    anyReplica: input.anyReplica,
    leaderEpoch: state.leaderEpoch,
    currentLeaderEpoch: input.currentLeaderEpoch,
    replica:
      replica === null
        ? null
        : {
            isAssigned: state.leaderState?.followers.has(replica.id) ?? false,
            brokerEpoch: replica.brokerEpoch,
            registeredBrokerEpoch: registeredEpoch(state, replica.id),
          },
  });
  if (refused !== NONE) {
    answer(state, input, { error: refused, diverging: null }, effects, rules);
    return;
  }
  const outcome = positionInLog(state, input, rules);
  if (replica !== null && rules.movesFollowerEnd(outcome)) {
    noteProgress(state, input, replica, effects, rules);
  }
  answer(state, input, outcome, effects, rules);
}

function positionInLog(
  state: PartitionState,
  input: FetchInput,
  rules: PartitionRules,
): Divergence {
  const { fetchOffset, lastFetchedEpoch, replica } = input;
  const inRange = fetchOffset >= state.logStartOffset && fetchOffset <= state.logEndOffset;
  if (replica === null && state.role !== 'leader' && fetchOffset > state.highWatermark) {
    // What a follower has beyond its high watermark may be wrong, and what it lacks it may only lack so far:
    // it cannot tell whether the position is in the leader's log.
    return { error: inRange ? NONE : OFFSET_OUT_OF_RANGE, diverging: null };
  }
  const outcome = rules.divergence({
    fetchOffset,
    lastFetchedEpoch,
    logStartOffset: state.logStartOffset,
    epochEnd: rules.leaderEpochEnd(state.epochs, lastFetchedEpoch, state.logEndOffset),
  });
  if (outcome.error !== NONE || outcome.diverging !== null) {
    return outcome;
  }
  const { logStartOffset } = state;
  const oldestEpoch = state.epochs[0]?.epoch ?? NO_EPOCH;
  const vouched =
    replica === null ||
    rules.vouchesForFollower({ fetchOffset, lastFetchedEpoch, logStartOffset, oldestEpoch });
  return inRange && vouched ? outcome : { error: OFFSET_OUT_OF_RANGE, diverging: null };
}

function noteProgress(
  state: PartitionState,
  input: FetchInput,
  { id, brokerEpoch, logStartOffset }: NonNullable<FetchInput['replica']>,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const leaderState = state.leaderState;
  const progress = leaderState?.followers.get(id);
  if (leaderState === null || progress === undefined) {
    return;
  }
  const caughtUpSince = caughtUpStamp(state, progress, input);
  progress.brokerEpoch = brokerEpoch;
  progress.logEndOffset = input.fetchOffset;
  progress.logStartOffset = logStartOffset;
  progress.leaderEndAtFetch = greatest(state.logEndOffset, progress.leaderEndAtFetch);
  progress.lastFetchStamp = input.stamp;
  if (caughtUpSince !== null) {
    progress.lastCaughtUpStamp = caughtUpSince;
    progress.lagging = false;
    armLagTimer(id, caughtUpSince, effects);
  }
  // KAFKA-15021's order: a replica that joins is in the maximal ISR before the high watermark moves.
  expandIsrIfDue(state, leaderState, id, progress, effects, rules);
  advanceLeaderHighWatermark(state, leaderState, rules);
}

/**
 * When the follower was last at the leader's log end, if this fetch tells: now, or, having reached
 * what was the log end at its previous fetch, then (ISR-SHRINK). null: this fetch shows nothing new.
 */
function caughtUpStamp(
  state: PartitionState,
  progress: FollowerProgress,
  input: FetchInput,
): Stamp | null {
  if (input.fetchOffset >= state.logEndOffset) {
    return input.stamp;
  }
  const known = progress.logEndOffset >= 0;
  return known && input.fetchOffset >= progress.leaderEndAtFetch ? progress.lastFetchStamp : null;
}

/** KIP-392: a leader sends a consumer to the replica in its rack; followers never do (KAFKA-13778). */
function preferredReplica(
  state: PartitionState,
  { replica, clientRack, fetchOffset }: FetchInput,
  rules: PartitionRules,
): BrokerId | null {
  const { leaderState, self } = state;
  if (replica !== null || clientRack === '' || leaderState === null) {
    return null;
  }
  const replicas: ReadReplica[] = [];
  for (const id of state.replicas) {
    const broker = state.brokers.get(id);
    const progress = leaderState.followers.get(id);
    if (broker !== undefined && (progress !== undefined || id === self)) {
      replicas.push({
        id,
        rack: broker.rack,
        logStartOffset: progress?.logStartOffset ?? state.logStartOffset,
        logEndOffset: progress?.logEndOffset ?? state.logEndOffset,
        inIsr: state.isr.includes(id),
        fenced: broker.fenced,
      });
    }
  }
  const chosen = rules.preferredReadReplica({ clientRack, fetchOffset, leader: self, replicas });
  return chosen === self ? null : chosen;
}

/**
 * Followers read to the log end, consumers to the high watermark (HW-READ). A consumer between the two,
 * as after a failover to a leader that knows less, waits; it is not out of range.
 */
function answer(
  state: PartitionState,
  input: FetchInput,
  outcome: Divergence,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  const found = outcome.error === NONE && outcome.diverging === null;
  const preferred = found ? preferredReplica(state, input, rules) : null;
  const sends = found && preferred === null;
  const readable =
    input.replica === null
      ? rules.readableByConsumers(state.highWatermark, state.logEndOffset)
      : state.logEndOffset;
  const upTo: Offset = sends ? greatest(readable, input.fetchOffset) : input.fetchOffset;
  effects.push({
    type: 'fetchAnswer',
    token: input.token,
    error: outcome.error,
    diverging: outcome.diverging,
    preferred,
    from: input.fetchOffset,
    upTo,
    highWatermark: state.highWatermark,
    lastStableOffset: lastStableOffset(state),
    logStartOffset: state.logStartOffset,
  });
}
