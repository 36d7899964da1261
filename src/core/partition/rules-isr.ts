/** Rules of the high watermark, of ISR membership and of the controller's word. */

import { type BrokerEpoch, type BrokerId, greatest, least, type Offset } from '../types/ids.js';
import {
  FENCED_LEADER_EPOCH,
  INELIGIBLE_REPLICA,
  INVALID_REQUEST,
  INVALID_UPDATE_VERSION,
  NEW_LEADER_ELECTED,
  OPERATION_NOT_ATTEMPTED,
  UNKNOWN_TOPIC_ID,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './errors.js';
import type {
  AlterPartitionFollowUp,
  AssignmentVersion,
  HighWatermarkFacts,
  IsrMemberFacts,
  JoinFacts,
} from './rule-types.js';
import type { InflightIsrChange, PartitionInput } from './types.js';

/**
 * KIP-497: while a change is unanswered both outcomes are possible, so whoever is in either ISR
 * holds the high watermark (ISR-ONE-INFLIGHT). Sorted.
 */
export function maximalIsr(
  isr: readonly BrokerId[],
  inflight: InflightIsrChange | null,
): readonly BrokerId[] {
  if (inflight === null) {
    return isr;
  }
  const joining = inflight.isr.filter((id) => !isr.includes(id));
  return joining.length === 0 ? isr : [...isr, ...joining].sort((a, b) => a - b);
}

/**
 * HW-DEF: the smallest log end in the maximal ISR. Replicas that have caught up and may join are
 * waited for, so that they can; ineligible ones are not (KAFKA-15021). It stands still while the ISR
 * is below min.insync.replicas (KIP-966, KAFKA-15583) and never goes back (HW-MONO).
 */
export function advanceHighWatermark(facts: HighWatermarkFacts): Offset {
  if (facts.isrSize < facts.minIsr) {
    return facts.highWatermark;
  }
  let reached = facts.logEndOffset;
  for (const follower of facts.followers) {
    if (follower.inMaximalIsr || (follower.caughtUp && follower.eligible)) {
      reached = least(reached, follower.logEndOffset);
    }
  }
  return greatest(reached, facts.highWatermark);
}

/**
 * KAFKA-13091: any step may be the one that the high watermark waited for, above all the answer that
 * makes the ISR smaller.
 */
export function looksAtHighWatermark(_input: PartitionInput['type']): boolean {
  return true;
}

/**
 * ISR-JOIN: all that is committed (its log end is at the high watermark), and all that earlier
 * leaders may have committed (at the start of this leader's epoch, KAFKA-7128); unfenced and not
 * shutting down (KIP-841); and the very incarnation that is registered (KIP-903).
 */
export function mayJoinIsr(facts: JoinFacts): boolean {
  return (
    facts.logEndOffset >= facts.highWatermark &&
    facts.logEndOffset >= facts.epochStartOffset &&
    !facts.fenced &&
    !facts.inControlledShutdown &&
    facts.brokerEpoch === facts.registeredBrokerEpoch
  );
}

/**
 * ISR-SHRINK: out goes who has not been caught up for replica.lag.time.max.ms. Who stands at the
 * leader's log end lacks nothing and stays, however long it has been silent.
 */
export function shrinkIsr(
  followers: readonly IsrMemberFacts[],
  leaderEndOffset: Offset,
): readonly BrokerId[] {
  return followers
    .filter((follower) => !follower.lagging || follower.logEndOffset === leaderEndOffset)
    .map((follower) => follower.id);
}

/** KIP-903: the incarnation whose log end was seen, which need not be the registered one. */
export function isrBrokerEpoch(ofNewestFetch: BrokerEpoch, _registered: BrokerEpoch): BrokerEpoch {
  return ofNewestFetch;
}

/**
 * KIP-497, KIP-841. Only when the controller says that the epochs were right and the change was not
 * made may it be forgotten. Where the epochs were wrong, an earlier try may have been applied:
 * whoever was to join is waited for until the metadata has shown what holds (KAFKA-14144).
 */
export function afterAlterPartitionError(error: number): AlterPartitionFollowUp {
  switch (error) {
    case INELIGIBLE_REPLICA:
    case OPERATION_NOT_ATTEMPTED:
      return 'rollBack';
    case UNKNOWN_TOPIC_OR_PARTITION:
    case UNKNOWN_TOPIC_ID:
    case FENCED_LEADER_EPOCH:
    case INVALID_UPDATE_VERSION:
    case INVALID_REQUEST:
    case NEW_LEADER_ELECTED:
      return 'awaitMetadata';
    default:
      return 'retry';
  }
}

/** ISR-CAS: the controller's word of an older partition or leader epoch is history (KAFKA-12686). */
export function acceptAssignment(current: AssignmentVersion, next: AssignmentVersion): boolean {
  return next.partitionEpoch >= current.partitionEpoch && next.leaderEpoch >= current.leaderEpoch;
}
