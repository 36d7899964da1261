/** Rules of leader epochs, fetching and truncation (KIP-101, 279, 320, 595, 903). */

import { greatest, type LeaderEpoch, least, NO_EPOCH, type Offset } from '../types/ids.js';
import { latestEpoch } from './epochs.js';
import {
  FENCED_LEADER_EPOCH,
  NONE,
  NOT_LEADER_OR_FOLLOWER,
  OFFSET_OUT_OF_RANGE,
  UNKNOWN_LEADER_EPOCH,
} from './errors.js';
import type {
  Divergence,
  DivergenceFacts,
  EpochEnd,
  FetchFencingFacts,
  FollowerEndFacts,
  LeaderVersion,
} from './rule-types.js';
import type { EpochEntry } from './types.js';

/**
 * EPOCH-CACHE: truncation drops every entry at or behind the point. Also where no record is cut: an
 * election without data leaves an entry at the very end, which may conflict (KAFKA-10706).
 */
export function epochsAfterTruncation(
  epochs: readonly EpochEntry[],
  endOffset: Offset,
  _previousEndOffset: Offset,
): EpochEntry[] {
  return epochs.filter((entry) => entry.startOffset < endOffset);
}

/**
 * KIP-101 as amended by KIP-279: the largest epoch of this log that is not larger than the requested
 * one, and where it ends. Smaller than all of them: its data is gone from this log, which begins
 * where the first known epoch does. Larger than all: not known.
 */
export function leaderEpochEnd(
  epochs: readonly EpochEntry[],
  requestedEpoch: LeaderEpoch,
  logEndOffset: Offset,
): EpochEnd {
  const latest = latestEpoch(epochs);
  if (requestedEpoch === NO_EPOCH || latest < requestedEpoch) {
    return { epoch: NO_EPOCH, endOffset: -1 as Offset };
  }
  if (latest === requestedEpoch) {
    return { epoch: requestedEpoch, endOffset: logEndOffset };
  }
  const higher = epochs.findIndex((entry) => entry.epoch > requestedEpoch);
  const endOffset = epochs[higher]!.startOffset;
  return { epoch: higher === 0 ? requestedEpoch : epochs[higher - 1]!.epoch, endOffset };
}

/**
 * FENCE (KIP-320) and KIP-903: only the leader of the epoch that the request names answers, or, to a
 * consumer that knows of it, a follower of that leader (KIP-392); a follower's former incarnation is refused. A follower that this leader does not know has newer
 * metadata than the leader.
 */
export function mayFetch(facts: FetchFencingFacts): number {
  if (facts.currentLeaderEpoch !== NO_EPOCH) {
    if (facts.currentLeaderEpoch < facts.leaderEpoch) {
      return FENCED_LEADER_EPOCH;
    }
    if (facts.currentLeaderEpoch > facts.leaderEpoch) {
      return UNKNOWN_LEADER_EPOCH;
    }
  }
  const reads = facts.replica === null && facts.anyReplica && facts.isFollower;
  if (!facts.isLeader && !reads) {
    return NOT_LEADER_OR_FOLLOWER;
  }
  if (facts.replica === null) {
    return NONE;
  }
  if (!facts.replica.isAssigned) {
    return UNKNOWN_LEADER_EPOCH;
  }
  const stale = facts.replica.brokerEpoch < facts.replica.registeredBrokerEpoch;
  return stale ? NOT_LEADER_OR_FOLLOWER : NONE;
}

/**
 * KIP-595 (Fetch 12): a position (offset, epoch of the record before it) that is not in the leader's
 * log is answered with the largest epoch both may have and its end, instead of data.
 */
export function divergence(facts: DivergenceFacts): Divergence {
  if (facts.lastFetchedEpoch === NO_EPOCH) {
    return { error: NONE, diverging: null };
  }
  const { epochEnd } = facts;
  if (epochEnd.epoch === NO_EPOCH || facts.fetchOffset < facts.logStartOffset) {
    return { error: OFFSET_OUT_OF_RANGE, diverging: null };
  }
  const diverges =
    epochEnd.epoch < facts.lastFetchedEpoch || epochEnd.endOffset < facts.fetchOffset;
  return { error: NONE, diverging: diverges ? epochEnd : null };
}

/** Z21, KAFKA-13141: a position that is not in the leader's log is no log end of a follower. */
export function movesFollowerEnd(outcome: Divergence): boolean {
  return outcome.error === NONE && outcome.diverging === null;
}

/**
 * HW-EPOCH (KIP-207): until a new leader knows that everything before its epoch is committed, its
 * high watermark may be older than the one that clients have seen.
 */
export function answersLatest(highWatermark: Offset, epochStartOffset: Offset): boolean {
  return highWatermark >= epochStartOffset;
}

/**
 * TRUNC-COMMON (KIP-101, KIP-279): to the end of the largest epoch that both logs have. Where the
 * follower lacks the epoch that the leader named, it cuts back to the end of its own largest smaller
 * one and asks again.
 */
export function truncationPoint(
  epochs: readonly EpochEntry[],
  logEndOffset: Offset,
  leaderEnd: EpochEnd,
): Offset {
  const next = epochs.find((entry) => entry.epoch > leaderEnd.epoch);
  if (next === undefined) {
    return least(leaderEnd.endOffset, logEndOffset);
  }
  const common = epochs.filter((entry) => entry.epoch <= leaderEnd.epoch).at(-1);
  const knowsIt = common === undefined || common.epoch === leaderEnd.epoch;
  return least(
    knowsIt ? least(next.startOffset, leaderEnd.endOffset) : next.startOffset,
    logEndOffset,
  );
}

/**
 * TRUNC-COMMON: also the same leader in a newer epoch, for epochs between may have been missed, in which
 * it cut its own log (KAFKA-7164).
 */
export function followsAnew(before: LeaderVersion, after: LeaderVersion): boolean {
  return before.leader !== after.leader || before.leaderEpoch !== after.leaderEpoch;
}

/** KIP-595: every fetch names the epoch of the follower's last record, so that divergence shows at once. */
export function fetchedEpoch(latest: LeaderEpoch, _heard: boolean): LeaderEpoch {
  return latest;
}

/**
 * LOG-MATCH: a position at the leader's log start lies behind a record that the leader has deleted. If its epoch
 * is older than all that are left, it may or may not be that of this record, and the log up to there another
 * one. (Raft keeps the term of the last record that its snapshot includes for this question, Kafka asks it of
 * nobody.)
 */
export function vouchesForFollower(facts: FollowerEndFacts): boolean {
  const { fetchOffset, lastFetchedEpoch, logStartOffset, oldestEpoch } = facts;
  const nothingBefore = lastFetchedEpoch === NO_EPOCH || fetchOffset === 0;
  return nothingBefore || fetchOffset > logStartOffset || lastFetchedEpoch >= oldestEpoch;
}

/** TRUNC-COMMON: what a follower knows to be committed is right, also where its leader can say nothing of it. */
export function keepsLogBelowLeader(highWatermark: Offset, logEndOffset: Offset): boolean {
  return highWatermark >= logEndOffset;
}

/** KAFKA-9491: what lies below the leader's log start was committed once. */
export function highWatermarkAfterReset(_highWatermark: Offset, newStart: Offset): Offset {
  return newStart;
}

/** TRUNC-COMMON: a follower's high watermark says nothing about where its log is right (KIP-101). */
export function truncationOnBecomingFollower(
  _highWatermark: Offset,
  _logEndOffset: Offset,
): Offset | null {
  return null;
}

/**
 * HW-MONO: what the leader told, as far as the own log reaches. A new leader may know less than this
 * replica has learned before (KIP-207): what is known to be committed stays known.
 */
export function followerHighWatermark(
  highWatermark: Offset,
  leaderHighWatermark: Offset,
  logEndOffset: Offset,
): Offset {
  return greatest(highWatermark, least(leaderHighWatermark, logEndOffset));
}
