/** What a partition is asked without being changed by it. */

import { type LeaderEpoch, NO_EPOCH, type Offset } from '../types/ids.js';
import { latestEpoch } from './epochs.js';
import {
  FENCED_LEADER_EPOCH,
  NONE,
  NOT_LEADER_OR_FOLLOWER,
  OFFSET_NOT_AVAILABLE,
  UNKNOWN_LEADER_EPOCH,
} from './errors.js';
import { type PartitionRules, partitionRules } from './rules.js';
import type { PartitionState } from './types.js';

/**
 * Kafka error code for a request that names `currentLeaderEpoch` (KIP-320; -1: not checked) and may
 * only be answered by the leader: 0, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH or
 * NOT_LEADER_OR_FOLLOWER.
 */
export function checkLeader(state: PartitionState, currentLeaderEpoch: LeaderEpoch): number {
  if (currentLeaderEpoch !== NO_EPOCH) {
    if (currentLeaderEpoch < state.leaderEpoch) {
      return FENCED_LEADER_EPOCH;
    }
    if (currentLeaderEpoch > state.leaderEpoch) {
      return UNKNOWN_LEADER_EPOCH;
    }
  }
  return state.role === 'leader' ? NONE : NOT_LEADER_OR_FOLLOWER;
}

/** Answer to OffsetForLeaderEpoch (KIP-101, KIP-279): both -1 where the epoch is not known. */
export function endOffsetForEpoch(
  state: PartitionState,
  requestedEpoch: LeaderEpoch,
  currentLeaderEpoch: LeaderEpoch,
  rules: PartitionRules,
): { readonly error: number; readonly epoch: LeaderEpoch; readonly endOffset: Offset } {
  const error = checkLeader(state, currentLeaderEpoch);
  if (error !== NONE) {
    return { error, epoch: NO_EPOCH, endOffset: -1 as Offset };
  }
  const end = rules.leaderEpochEnd(state.epochs, requestedEpoch, state.logEndOffset);
  return { error: NONE, epoch: end.epoch, endOffset: end.endOffset };
}

/**
 * The answer to ListOffsets(-1), read uncommitted: the high watermark, or OFFSET_NOT_AVAILABLE while a
 * new leader may know an older one than clients have seen (KIP-207).
 */
export function latestOffset(
  state: PartitionState,
  rules: PartitionRules,
): { readonly error: number; readonly offset: Offset; readonly epoch: LeaderEpoch } {
  const none = { offset: -1 as Offset, epoch: NO_EPOCH };
  if (state.leaderState === null) {
    return { error: NOT_LEADER_OR_FOLLOWER, ...none };
  }
  if (!rules.answersLatest(state.highWatermark, state.leaderState.epochStartOffset)) {
    return { error: OFFSET_NOT_AVAILABLE, ...none };
  }
  return { error: NONE, offset: state.highWatermark, epoch: state.leaderEpoch };
}

/** The epoch that this follower's fetches name. */
export function fetchedEpoch(state: PartitionState, rules: PartitionRules): LeaderEpoch {
  return rules.fetchedEpoch(latestEpoch(state.epochs), state.leaderHighWatermark > 0);
}

/**
 * What the next fetch of this follower asks for, and in whose epoch. The position is the log end: to
 * name an offset is to say that all before it is in the page cache.
 */
export function followerFetchPosition(
  state: PartitionState,
  rules: PartitionRules = partitionRules,
): {
  readonly offset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly currentLeaderEpoch: LeaderEpoch;
} {
  return {
    offset: state.logEndOffset,
    lastFetchedEpoch: fetchedEpoch(state, rules),
    currentLeaderEpoch: state.leaderEpoch,
  };
}

/** Something was ordered to be appended and does not count yet (flush.messages: it is being synced). */
export function isAppending(state: PartitionState): boolean {
  return state.nextOffset > state.logEndOffset;
}

/** Offset below which a read_committed consumer reads. No transactions yet: the high watermark. */
export function lastStableOffset(state: PartitionState): Offset {
  return state.highWatermark;
}
