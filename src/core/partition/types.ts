/**
 * One replica of one partition as a state machine: Kafka's ISR replication (KIP-101, 279, 320, 497,
 * 841, 903, 966). The machine knows offsets, epochs and sequences, never record bytes: a batch is
 * named by its facts (`BatchFacts`) and its bytes stay with the host.
 */

import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  Stamp,
  Timestamp,
  Uuid,
} from '../types/ids.js';
import type { ArmTimer, CancelTimer, TimerFired } from '../types/timers.js';

/** What a record batch's header says (format v2), after the host checked length, CRC and count. */
export interface BatchFacts {
  /** As stored. In a client's batch meaningless: the leader assigns it. */
  readonly baseOffset: Offset;
  readonly lastOffsetDelta: number;
  readonly sizeInBytes: number;
  /** As stored. In a client's batch meaningless: the leader stamps its own. */
  readonly leaderEpoch: LeaderEpoch;
  readonly maxTimestamp: Timestamp;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  /** -1 without idempotence. */
  readonly baseSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

export interface EpochEntry {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

/** One of the last five batches of a producer (DEDUP-5). */
export interface ProducerBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly timestamp: Timestamp;
}

/** What the log says of one producer id; a pure function of the log (STATE-FROM-LOG). */
export interface ProducerEntry {
  epoch: ProducerEpoch;
  /** Oldest first, at most five. */
  batches: ProducerBatch[];
  lastTimestamp: Timestamp;
}

/** What the leader knows of a follower. */
export interface FollowerProgress {
  /** Broker epoch of its newest fetch (KIP-903). */
  brokerEpoch: BrokerEpoch;
  /** Its log end as of its newest valid fetch; -1: unknown in this leadership. */
  logEndOffset: Offset;
  /** The leader's log end at its newest fetch: reaching it counts as caught up then. */
  leaderEndAtFetch: Offset;
  /** Its log start as of that fetch (KIP-107); -1: unknown in this leadership. */
  logStartOffset: Offset;
  lastFetchStamp: Stamp;
  lastCaughtUpStamp: Stamp;
  /** The lag timer of this follower has fired and it has not caught up since. */
  lagging: boolean;
}

/** A replica's broker as the metadata shows it. */
export interface ReplicaBroker {
  readonly id: BrokerId;
  readonly epoch: BrokerEpoch;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** broker.rack; null: none. */
  readonly rack: string | null;
}

/** An append that waits for the page cache (acks 0 and 1) or the high watermark (acks=all). */
export interface WaitingProduce {
  readonly token: number;
  readonly acks: -1 | 0 | 1;
  /** Answered when log end (acks 0 and 1) or high watermark (-1) reach this (last offset + 1). */
  readonly requiredOffset: Offset;
  readonly baseOffset: Offset;
  readonly logAppendTime: Timestamp;
}

/** A DeleteRecords that waits for the log starts of the live replicas (Kafka: DelayedDeleteRecords). */
export interface WaitingDelete {
  readonly token: number;
  /** Answered when the low watermark reaches this. */
  readonly requiredOffset: Offset;
}

/** An ISR change that was sent to the controller and not answered (ISR-ONE-INFLIGHT). */
export interface InflightIsrChange {
  readonly isr: readonly BrokerId[];
  /**
   * Broker epoch of each of `isr` as it was proposed (KIP-903); -1: not known. A repeated request must
   * name the incarnation whose log end was seen, not the newest.
   */
  readonly brokerEpochs: readonly BrokerEpoch[];
  readonly partitionEpoch: PartitionEpoch;
}

export interface LeaderState {
  /** Log end when this leadership began: the start offset of its epoch. */
  readonly epochStartOffset: Offset;
  followers: Map<BrokerId, FollowerProgress>;
  inflight: InflightIsrChange | null;
  waiting: WaitingProduce[];
  deleting: WaitingDelete[];
}

export interface PartitionConfig {
  /** min.insync.replicas as configured; the effective value is at most the replication factor. */
  readonly minInsyncReplicas: number;
}

export interface PartitionState {
  readonly self: BrokerId;
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  config: PartitionConfig;
  role: 'leader' | 'follower' | 'none';
  leader: BrokerId;
  leaderEpoch: LeaderEpoch;
  partitionEpoch: PartitionEpoch;
  replicas: readonly BrokerId[];
  /** Committed ISR: as the controller last said. */
  isr: readonly BrokerId[];
  leaderRecoveryState: 'recovered' | 'recovering';
  /** By id: the brokers of `replicas`. */
  brokers: Map<BrokerId, ReplicaBroker>;
  // The log, as facts.
  logStartOffset: Offset;
  /** First offset that is not in the page cache: what counts as this replica's log end. */
  logEndOffset: Offset;
  /** First offset that has not been handed to the host for appending; >= logEndOffset. */
  nextOffset: Offset;
  /** Where the log is being cut or begun anew; null once the host has fed `truncated`. */
  pendingTruncation: Offset | null;
  highWatermark: Offset;
  /** Follower: the high watermark that this leader last told; may be beyond the own log end. */
  leaderHighWatermark: Offset;
  /** Leader epoch cache (EPOCH-CACHE): strictly rising in both. */
  epochs: readonly EpochEntry[];
  producers: Map<ProducerId, ProducerEntry>;
  leaderState: LeaderState | null;
}

/** What recovery found on disk. */
export interface PartitionStart {
  readonly self: BrokerId;
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly config: PartitionConfig;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** From the checkpoint; clipped to the log. */
  readonly highWatermark: Offset;
  readonly epochs: readonly EpochEntry[];
  readonly producers: ReadonlyMap<ProducerId, ProducerEntry>;
}

/** The controller's word on this partition (from the metadata image). */
export interface PartitionAssignment {
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
  readonly leaderRecoveryState: 'recovered' | 'recovering';
}

export type PartitionTimer =
  /** Leader, key = follower: it has not been caught up for replica.lag.time.max.ms. */
  | 'replicaLag'
  /** Leader: ask the controller again for the ISR change that failed. */
  | 'alterPartitionRetry';

export type PartitionTimerAfter = 'replica.lag.time.max.ms' | 'alterPartitionRetryBackoff';

export type PartitionInput =
  /** New metadata: a new leader, ISR, partition epoch, or replicas' brokers changed. */
  | {
      readonly type: 'assigned';
      readonly assignment: PartitionAssignment;
      readonly brokers: readonly ReplicaBroker[];
      readonly stamp: Stamp;
    }
  | { readonly type: 'configured'; readonly config: PartitionConfig; readonly stamp: Stamp }
  /** Append one client batch. Answered by `produced` with this token. */
  | {
      readonly type: 'produce';
      readonly token: number;
      /** 0 and 1: answered once appended (0: the host drops the answer); -1: all. */
      readonly acks: -1 | 0 | 1;
      readonly batch: BatchFacts;
      /** Wall clock of the leader, for log append time; NO_TIMESTAMP keeps create time. */
      readonly logAppendTime: Timestamp;
      readonly stamp: Stamp;
    }
  /** timeout.ms of the waiting produce is over. */
  | { readonly type: 'produceExpired'; readonly token: number; readonly stamp: Stamp }
  /** Delete what lies below `offset` (KIP-107); -1: the high watermark. Answered by `recordsDeleted`. */
  | {
      readonly type: 'deleteRecords';
      readonly token: number;
      readonly offset: Offset;
      readonly stamp: Stamp;
    }
  /** timeout.ms of the waiting deletion is over. */
  | { readonly type: 'deleteRecordsExpired'; readonly token: number; readonly stamp: Stamp }
  /** All bytes below `endOffset` are in the page cache. */
  | { readonly type: 'appended'; readonly endOffset: Offset; readonly stamp: Stamp }
  /**
   * The log was cut to `endOffset` as the effect `truncate` said, or begun anew there as `resetLog`
   * said. Between that effect and this input everything `appended` is ignored.
   */
  | {
      readonly type: 'truncated';
      readonly endOffset: Offset;
      /** State rebuilt from the log that is left (STATE-FROM-LOG). */
      readonly producers: ReadonlyMap<ProducerId, ProducerEntry>;
      readonly stamp: Stamp;
    }
  /** Retention moved the log start. */
  | { readonly type: 'logStartMoved'; readonly offset: Offset; readonly stamp: Stamp }
  /** Someone fetches from this replica. Answered by `fetchAnswer` in the same step. */
  | {
      readonly type: 'fetch';
      readonly token: number;
      /** null: a consumer. */
      readonly replica: {
        readonly id: BrokerId;
        readonly brokerEpoch: BrokerEpoch;
        readonly logStartOffset: Offset;
      } | null;
      /** A consumer that knows to read from followers (KIP-392: Fetch from version 11 on). */
      readonly anyReplica: boolean;
      /** The rack that it reads from best; empty: any, or the leader does not choose. */
      readonly clientRack: string;
      /** -1: not checked (KIP-320). */
      readonly currentLeaderEpoch: LeaderEpoch;
      readonly fetchOffset: Offset;
      /** -1: not known, no divergence check. */
      readonly lastFetchedEpoch: LeaderEpoch;
      readonly stamp: Stamp;
    }
  /** The leader answered this follower's fetch. */
  | {
      readonly type: 'fetched';
      /** The leader epoch that the fetch carried; an answer to an older one is ignored. */
      readonly leaderEpoch: LeaderEpoch;
      /** The position that the fetch carried; an answer to another position is ignored. */
      readonly fetchOffset: Offset;
      readonly lastFetchedEpoch: LeaderEpoch;
      readonly error: number;
      readonly diverging: { readonly epoch: LeaderEpoch; readonly endOffset: Offset } | null;
      readonly highWatermark: Offset;
      readonly logStartOffset: Offset;
      readonly batches: readonly BatchFacts[];
      readonly stamp: Stamp;
    }
  /** The controller's answer to `alterPartition`; a timeout or lost connection comes as an error. */
  | {
      readonly type: 'alterPartitionAnswered';
      readonly error: number;
      /** The partition epoch that the request carried. */
      readonly requestedPartitionEpoch: PartitionEpoch;
      readonly assignment: PartitionAssignment | null;
      readonly stamp: Stamp;
    }
  | TimerFired<PartitionTimer>;

export type PartitionEffect =
  /**
   * Append these batches: the leader's produced batch (base offset and leader epoch are to be patched
   * as said), or what a follower fetched (as it is). The host feeds `appended`.
   */
  | {
      readonly type: 'append';
      /** Of the `produce` input; null on a follower. */
      readonly token: number | null;
      readonly baseOffset: Offset;
      readonly leaderEpoch: LeaderEpoch;
      readonly batches: readonly BatchFacts[];
    }
  | {
      readonly type: 'produced';
      readonly token: number;
      readonly error: number;
      /** -1 with an error. */
      readonly baseOffset: Offset;
      readonly logAppendTime: Timestamp;
      readonly logStartOffset: Offset;
    }
  | {
      readonly type: 'fetchAnswer';
      readonly token: number;
      readonly error: number;
      readonly diverging: { readonly epoch: LeaderEpoch; readonly endOffset: Offset } | null;
      /** Whom to read from instead; null: this replica. Nothing may be sent then. */
      readonly preferred: BrokerId | null;
      /** Records of [from, upTo) may be sent. */
      readonly from: Offset;
      readonly upTo: Offset;
      /** Also with OFFSET_OUT_OF_RANGE true: a follower decides by them where its log goes on. */
      readonly highWatermark: Offset;
      readonly lastStableOffset: Offset;
      readonly logStartOffset: Offset;
    }
  /**
   * Cut the log to `endOffset`, then feed `truncated`. Appends that were ordered come first. The
   * producer state of the machine is that of the longer log until then: no other input but
   * `appended` should come between.
   */
  | { readonly type: 'truncate'; readonly endOffset: Offset }
  /**
   * Drop the whole log and go on at `offset` (the leader's log start is beyond our end), then feed
   * `truncated` with that offset and no producers.
   */
  | { readonly type: 'resetLog'; readonly offset: Offset }
  /**
   * The leader's batches do not go on where this log ends: in one of the two logs is something else than
   * was written. Nothing was appended. The host says so, and asks this leader no more before the next
   * `roleChanged` (Kafka: a failed partition).
   */
  | {
      readonly type: 'replicationFailed';
      readonly logEndOffset: Offset;
      /** Of the first batch that begins before the one in front of it ends. */
      readonly baseOffset: Offset;
    }
  | {
      readonly type: 'recordsDeleted';
      readonly token: number;
      readonly error: number;
      /** Below it no live replica has records; -1: not known. */
      readonly lowWatermark: Offset;
    }
  /**
   * DeleteRecords or the leader moved the log start: move it in the log. It is to be durable before the
   * next effect. No `logStartMoved` is expected in return.
   */
  | { readonly type: 'moveLogStart'; readonly offset: Offset }
  /** The leader epoch cache changed: store it (leader-epoch-checkpoint). */
  | { readonly type: 'epochsChanged'; readonly epochs: readonly EpochEntry[] }
  | { readonly type: 'highWatermarkAdvanced'; readonly highWatermark: Offset }
  | { readonly type: 'logEndAdvanced'; readonly logEndOffset: Offset }
  /** Role or leader changed: the host starts or stops its fetcher and fails parked fetches. */
  | {
      readonly type: 'roleChanged';
      readonly role: 'leader' | 'follower' | 'none';
      readonly leader: BrokerId;
      readonly leaderEpoch: LeaderEpoch;
    }
  | {
      readonly type: 'alterPartition';
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: PartitionEpoch;
      readonly newIsr: readonly {
        readonly brokerId: BrokerId;
        readonly brokerEpoch: BrokerEpoch;
      }[];
      readonly leaderRecoveryState: 'recovered' | 'recovering';
    }
  | ArmTimer<PartitionTimer, PartitionTimerAfter>
  | CancelTimer<PartitionTimer>;
