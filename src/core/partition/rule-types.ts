/** What the rules of a partition are told and what they say. */

import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  Offset,
  PartitionEpoch,
  Timestamp,
} from '../types/ids.js';

/** End of an epoch in some log; both -1: the log does not know. */
export interface EpochEnd {
  readonly epoch: LeaderEpoch;
  readonly endOffset: Offset;
}

/** A follower as the high watermark sees it. */
export interface FollowerFacts {
  /** -1: not known in this leadership. */
  readonly logEndOffset: Offset;
  readonly inMaximalIsr: boolean;
  /** At the leader's log end, or was within replica.lag.time.max.ms. */
  readonly caughtUp: boolean;
  /** Unfenced, not shutting down, and its fetches come from the registered incarnation. */
  readonly eligible: boolean;
}

export interface HighWatermarkFacts {
  readonly highWatermark: Offset;
  /** The leader's own. */
  readonly logEndOffset: Offset;
  /** Size of the committed ISR. */
  readonly isrSize: number;
  /** Effective min ISR. */
  readonly minIsr: number;
  readonly followers: readonly FollowerFacts[];
}

/** A follower as the low watermark sees it. */
export interface LogStartFacts {
  /** -1: not known in this leadership. */
  readonly logStartOffset: Offset;
  /** Registered and not fenced. */
  readonly alive: boolean;
}

/** A follower that asks, by fetching, to join the ISR. */
export interface JoinFacts {
  readonly logEndOffset: Offset;
  readonly highWatermark: Offset;
  /** Start offset of the leader's epoch. */
  readonly epochStartOffset: Offset;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** Of its newest fetch. */
  readonly brokerEpoch: BrokerEpoch;
  /** As the metadata shows it; -1: unknown broker. */
  readonly registeredBrokerEpoch: BrokerEpoch;
}

/** A member of the committed ISR as the shrinking rule sees it. */
export interface IsrMemberFacts {
  readonly id: BrokerId;
  readonly logEndOffset: Offset;
  /** Not caught up for replica.lag.time.max.ms. */
  readonly lagging: boolean;
}

export interface FetchFencingFacts {
  readonly isLeader: boolean;
  readonly isFollower: boolean;
  /** A consumer that knows to read from followers (KIP-392). */
  readonly anyReplica: boolean;
  readonly leaderEpoch: LeaderEpoch;
  /** Of the request; -1: not checked. */
  readonly currentLeaderEpoch: LeaderEpoch;
  /** null: a consumer. */
  readonly replica: {
    readonly isAssigned: boolean;
    readonly brokerEpoch: BrokerEpoch;
    /** As the metadata shows it; -1: unknown broker. */
    readonly registeredBrokerEpoch: BrokerEpoch;
  } | null;
}

export interface DivergenceFacts {
  readonly fetchOffset: Offset;
  /** -1: not known, no check. */
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  /** What the leader's log says of `lastFetchedEpoch`. */
  readonly epochEnd: EpochEnd;
}

/** What a fetch position is told: an error, a point to cut to, or neither. */
export interface Divergence {
  readonly error: number;
  readonly diverging: EpochEnd | null;
}

/** Where a follower's log ends, as the leader's epoch cache sees it. */
export interface FollowerEndFacts {
  readonly fetchOffset: Offset;
  /** Of the record before; -1: there is none. */
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  /** The first of the leader's log; -1: it has none. */
  readonly oldestEpoch: LeaderEpoch;
}

export type SequenceVerdict =
  | { readonly type: 'append' }
  /** It is in the log already, there. */
  | {
      readonly type: 'duplicate';
      readonly baseOffset: Offset;
      readonly lastOffset: Offset;
      readonly timestamp: Timestamp;
    }
  | { readonly type: 'refuse'; readonly error: number };

/** Which word of the controller counts. */
export interface AssignmentVersion {
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
}

/** Who leads, and since which election. */
export interface LeaderVersion {
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
}

/** `retry`: ask again; `rollBack`: it certainly did not happen; `awaitMetadata`: it may have. */
export type AlterPartitionFollowUp = 'retry' | 'rollBack' | 'awaitMetadata';
