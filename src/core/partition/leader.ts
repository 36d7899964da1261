/** What every part of the leader needs: min ISR, maximal ISR, high watermark, waiting answers. */

import { assert } from '../types/assert.js';
import type { BrokerEpoch, BrokerId, Offset } from '../types/ids.js';
import { NONE, NOT_LEADER_OR_FOLLOWER, REQUEST_TIMED_OUT } from './errors.js';
import type { FollowerFacts } from './rule-types.js';
import type { PartitionRules } from './rules.js';
import type {
  FollowerProgress,
  LeaderState,
  PartitionEffect,
  PartitionState,
  WaitingProduce,
} from './types.js';

/** min.insync.replicas as far as the number of replicas allows. */
export function minIsr(state: PartitionState, rules: PartitionRules): number {
  return rules.effectiveMinIsr(state.config.minInsyncReplicas, state.replicas.length);
}

/** Broker epoch of `id` in the metadata; -1: not registered. */
export function registeredEpoch(state: PartitionState, id: BrokerId): BrokerEpoch {
  return state.brokers.get(id)?.epoch ?? (-1 as BrokerEpoch);
}

/** Whether `id` could join the ISR if only its log were long enough (KIP-841, KIP-903). */
function isEligible(state: PartitionState, id: BrokerId, progress: FollowerProgress): boolean {
  const broker = state.brokers.get(id);
  return (
    broker !== undefined &&
    !broker.fenced &&
    !broker.inControlledShutdown &&
    broker.epoch === progress.brokerEpoch
  );
}

/**
 * Moves the high watermark as far as the rule lets it. Idempotent; the machine calls it at the end of
 * every step, so that no cause is forgotten (KAFKA-13091: an ISR that became smaller is one).
 */
export function advanceLeaderHighWatermark(
  state: PartitionState,
  leaderState: LeaderState,
  rules: PartitionRules,
): void {
  if (state.highWatermark === state.logEndOffset) {
    return;
  }
  const maximal = rules.maximalIsr(state.isr, leaderState.inflight);
  const followers: FollowerFacts[] = [];
  for (const [id, progress] of leaderState.followers) {
    followers.push({
      logEndOffset: progress.logEndOffset,
      inMaximalIsr: maximal.includes(id),
      caughtUp: !progress.lagging || progress.logEndOffset === state.logEndOffset,
      eligible: isEligible(state, id, progress),
    });
  }
  const reached = rules.advanceHighWatermark({
    highWatermark: state.highWatermark,
    logEndOffset: state.logEndOffset,
    isrSize: state.isr.length,
    minIsr: minIsr(state, rules),
    followers,
  });
  assert(reached >= state.highWatermark, 'the high watermark of a leader went back');
  assert(reached <= state.logEndOffset, 'the high watermark passed the log end');
  state.highWatermark = reached;
}

/** Answers every append whose offset is reached, in the order in which they came. */
export function answerWaiting(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
  rules: PartitionRules,
): void {
  if (leaderState.waiting.length === 0) {
    return;
  }
  const reached = (waiting: WaitingProduce): boolean =>
    waiting.requiredOffset <= (waiting.acks === -1 ? state.highWatermark : state.logEndOffset);
  if (!leaderState.waiting.some(reached)) {
    return;
  }
  const standing = rules.maximalIsr(state.isr, leaderState.inflight).length;
  const errorOfAll = rules.acknowledgement(standing, minIsr(state, rules));
  const left: WaitingProduce[] = [];
  for (const waiting of leaderState.waiting) {
    if (reached(waiting)) {
      answerProduce(state, waiting, waiting.acks === -1 ? errorOfAll : NONE, effects);
    } else {
      left.push(waiting);
    }
  }
  leaderState.waiting = left;
}

/** The answer to one append. */
export function answerProduce(
  state: PartitionState,
  waiting: Pick<WaitingProduce, 'token' | 'baseOffset' | 'logAppendTime'>,
  error: number,
  effects: PartitionEffect[],
): void {
  effects.push({
    type: 'produced',
    token: waiting.token,
    error,
    baseOffset: error === NONE ? waiting.baseOffset : (-1 as Offset),
    logAppendTime: waiting.logAppendTime,
    logStartOffset: state.logStartOffset,
  });
}

/** Leadership is gone: whether the waiting appends survive, nobody here can say. */
export function failWaiting(
  state: PartitionState,
  leaderState: LeaderState,
  effects: PartitionEffect[],
): void {
  for (const waiting of leaderState.waiting) {
    answerProduce(state, waiting, NOT_LEADER_OR_FOLLOWER, effects);
  }
}

/** timeout.ms is over: the outcome is unknown to the client (MINISR-POST). */
export function expireProduce(
  state: PartitionState,
  token: number,
  effects: PartitionEffect[],
): void {
  const leaderState = state.leaderState;
  const waiting = leaderState?.waiting.find((each) => each.token === token);
  if (leaderState === null || waiting === undefined) {
    // Answered in the meantime.
    return;
  }
  leaderState.waiting = leaderState.waiting.filter((each) => each !== waiting);
  answerProduce(state, waiting, REQUEST_TIMED_OUT, effects);
}
