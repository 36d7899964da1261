/** The state of one replica: made from what recovery found, copied, compared. */

import { assert } from '../types/assert.js';
import {
  greatest,
  least,
  NO_EPOCH,
  NO_LEADER,
  type Offset,
  type PartitionEpoch,
} from '../types/ids.js';
import { encodePartition } from './encoding.js';
import { cloneProducers } from './producer-state.js';
import type { LeaderState, PartitionStart, PartitionState } from './types.js';

/**
 * A replica as recovery found it, without a role until `assigned`. The high watermark checkpoint is
 * only a hint from the past: it is clipped to the log, and below the log start everything is committed.
 * The host waits with the first `assigned` until its metadata has reached its own registration, so
 * that no replica takes up the leadership that an earlier incarnation has lost.
 */
export function startPartition(start: PartitionStart): PartitionState {
  assert(start.logStartOffset >= 0, 'a log starts at an offset');
  assert(start.logStartOffset <= start.logEndOffset, 'a log ends behind its start');
  return {
    self: start.self,
    topicId: start.topicId,
    partition: start.partition,
    config: start.config,
    role: 'none',
    leader: NO_LEADER,
    leaderEpoch: NO_EPOCH,
    partitionEpoch: -1 as PartitionEpoch,
    replicas: [],
    isr: [],
    leaderRecoveryState: 'recovered',
    brokers: new Map(),
    logStartOffset: start.logStartOffset,
    logEndOffset: start.logEndOffset,
    nextOffset: start.logEndOffset,
    pendingTruncation: null,
    highWatermark: greatest(start.logStartOffset, least(start.highWatermark, start.logEndOffset)),
    leaderHighWatermark: 0 as Offset,
    // Checked against the log by the first `assigned`, which can have it stored again.
    epochs: start.epochs,
    producers: cloneProducers(start.producers),
    leaderState: null,
  };
}

/** A copy that shares nothing mutable with `state`. */
export function clonePartition(state: PartitionState): PartitionState {
  return {
    self: state.self,
    topicId: state.topicId,
    partition: state.partition,
    config: state.config,
    role: state.role,
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    partitionEpoch: state.partitionEpoch,
    replicas: state.replicas,
    isr: state.isr,
    leaderRecoveryState: state.leaderRecoveryState,
    brokers: new Map(state.brokers),
    logStartOffset: state.logStartOffset,
    logEndOffset: state.logEndOffset,
    nextOffset: state.nextOffset,
    pendingTruncation: state.pendingTruncation,
    highWatermark: state.highWatermark,
    leaderHighWatermark: state.leaderHighWatermark,
    epochs: state.epochs,
    producers: cloneProducers(state.producers),
    leaderState: state.leaderState === null ? null : cloneLeaderState(state.leaderState),
  };
}

function cloneLeaderState(leaderState: LeaderState): LeaderState {
  const followers: LeaderState['followers'] = new Map();
  for (const [id, follower] of leaderState.followers) {
    followers.set(id, {
      brokerEpoch: follower.brokerEpoch,
      logEndOffset: follower.logEndOffset,
      leaderEndAtFetch: follower.leaderEndAtFetch,
      logStartOffset: follower.logStartOffset,
      lastFetchStamp: follower.lastFetchStamp,
      lastCaughtUpStamp: follower.lastCaughtUpStamp,
      lagging: follower.lagging,
    });
  }
  return {
    epochStartOffset: leaderState.epochStartOffset,
    followers,
    inflight: leaderState.inflight,
    waiting: leaderState.waiting.slice(),
    deleting: leaderState.deleting.slice(),
  };
}

/** Whether two states are the same but for stamps. */
export function equalPartitions(a: PartitionState, b: PartitionState): boolean {
  const left = encodePartition(a);
  const right = encodePartition(b);
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
