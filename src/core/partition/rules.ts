/**
 * The rules of ISR replication as slots. The machine knows them only through the record it is handed,
 * so that a wrong variant can take the place of a right one (src/bugs) and nothing else changes. The
 * functions, each with its source at its head, are in `rules-produce`, `rules-delete`, `rules-isr`,
 * `rules-epochs`.
 */

import type { BrokerEpoch, BrokerId, LeaderEpoch, Offset, ProducerId } from '../types/ids.js';
import { withEpochEntry } from './epochs.js';
import type {
  AlterPartitionFollowUp,
  AssignmentVersion,
  Divergence,
  DivergenceFacts,
  EpochEnd,
  FetchFencingFacts,
  FollowerEndFacts,
  HighWatermarkFacts,
  IsrMemberFacts,
  JoinFacts,
  LeaderVersion,
  LogStartFacts,
  SequenceVerdict,
} from './rule-types.js';
import { lowWatermark, mayBeginInsideBatch, mayDeleteRecords } from './rules-delete.js';
import {
  answersLatest,
  divergence,
  epochsAfterTruncation,
  fetchedEpoch,
  followerHighWatermark,
  followsAnew,
  highWatermarkAfterReset,
  keepsLogBelowLeader,
  leaderEpochEnd,
  mayFetch,
  movesFollowerEnd,
  truncationOnBecomingFollower,
  truncationPoint,
  vouchesForFollower,
} from './rules-epochs.js';
import {
  acceptAssignment,
  advanceHighWatermark,
  afterAlterPartitionError,
  isrBrokerEpoch,
  looksAtHighWatermark,
  maximalIsr,
  mayJoinIsr,
  shrinkIsr,
} from './rules-isr.js';
import {
  acceptSequence,
  acknowledgedAt,
  acknowledgement,
  effectiveMinIsr,
  mayAppend,
  producerStateAfterFailover,
} from './rules-produce.js';
import { preferredReadReplica, type ReadQuestion, readableByConsumers } from './rules-read.js';
import type {
  BatchFacts,
  EpochEntry,
  InflightIsrChange,
  PartitionInput,
  ProducerEntry,
} from './types.js';

export interface PartitionRules {
  // ------------------------------------------------------------------------------------ produce
  effectiveMinIsr(configured: number, replicationFactor: number): number;
  /** Kafka error code, 0: yes. */
  mayAppend(acks: -1 | 0 | 1, isrSize: number, minIsr: number): number;
  /** The offset that the high watermark (acks=all) or log end (else) must reach for the answer. */
  acknowledgedAt(baseOffset: Offset, lastOffset: Offset): Offset;
  /** Kafka error code of an acks=all answer, once its offset is reached. */
  acknowledgement(maximalIsrSize: number, minIsr: number): number;
  acceptSequence(entry: ProducerEntry | undefined, batch: BatchFacts): SequenceVerdict;
  producerStateAfterFailover(
    producers: Map<ProducerId, ProducerEntry>,
  ): Map<ProducerId, ProducerEntry>;
  // ------------------------------------------------------------------------------ DeleteRecords
  /** Kafka error code, 0: yes. */
  mayDeleteRecords(offset: Offset, highWatermark: Offset): number;
  /** The smallest log start among the live replicas; -1: not known of all. */
  lowWatermark(own: Offset, followers: readonly LogStartFacts[]): Offset;
  // ---------------------------------------------------------------------- high watermark and ISR
  maximalIsr(isr: readonly BrokerId[], inflight: InflightIsrChange | null): readonly BrokerId[];
  advanceHighWatermark(facts: HighWatermarkFacts): Offset;
  /** Whether a step with this input looks at the high watermark anew. */
  looksAtHighWatermark(input: PartitionInput['type']): boolean;
  mayJoinIsr(facts: JoinFacts): boolean;
  /** Those who stay of the followers in the ISR. */
  shrinkIsr(followers: readonly IsrMemberFacts[], leaderEndOffset: Offset): readonly BrokerId[];
  /** The broker epoch that AlterPartition names for a follower. */
  isrBrokerEpoch(ofNewestFetch: BrokerEpoch, registered: BrokerEpoch): BrokerEpoch;
  afterAlterPartitionError(error: number): AlterPartitionFollowUp;
  acceptAssignment(current: AssignmentVersion, next: AssignmentVersion): boolean;
  // -------------------------------------------------------------------------- epochs and fetching
  assignEpochEntry(
    epochs: readonly EpochEntry[],
    epoch: LeaderEpoch,
    startOffset: Offset,
  ): EpochEntry[];
  /** The cache of a log that was cut to `endOffset`. */
  epochsAfterTruncation(
    epochs: readonly EpochEntry[],
    endOffset: Offset,
    previousEndOffset: Offset,
  ): EpochEntry[];
  leaderEpochEnd(
    epochs: readonly EpochEntry[],
    requestedEpoch: LeaderEpoch,
    logEndOffset: Offset,
  ): EpochEnd;
  mayFetch(facts: FetchFencingFacts): number;
  divergence(facts: DivergenceFacts): Divergence;
  /** Whether a follower's log that nothing tells to diverge is the leader's up to where it fetches. */
  vouchesForFollower(facts: FollowerEndFacts): boolean;
  movesFollowerEnd(divergence: Divergence): boolean;
  /** Up to where consumers read. */
  readableByConsumers(highWatermark: Offset, logEndOffset: Offset): Offset;
  /** Whom a leader tells a consumer to read from; the leader: itself. */
  preferredReadReplica(question: ReadQuestion): BrokerId;
  answersLatest(highWatermark: Offset, epochStartOffset: Offset): boolean;
  // ----------------------------------------------------------------------------------- following
  /** Whether a follower begins anew, with what it knew of its leader forgotten. */
  followsAnew(before: LeaderVersion, after: LeaderVersion): boolean;
  /** The epoch that a fetch names; `heard`: the leader has answered since it is followed. */
  fetchedEpoch(latest: LeaderEpoch, heard: boolean): LeaderEpoch;
  highWatermarkAfterReset(highWatermark: Offset, newStart: Offset): Offset;
  /** Of a log that ends where the leader's begins, who cannot vouch for it: whether it counts up to there. */
  keepsLogBelowLeader(highWatermark: Offset, logEndOffset: Offset): boolean;
  /** Whether an empty log takes the batch that its start lies in. */
  mayBeginInsideBatch(): boolean;
  truncationPoint(epochs: readonly EpochEntry[], logEndOffset: Offset, leaderEnd: EpochEnd): Offset;
  /** null: nothing is cut before the leader has been asked. */
  truncationOnBecomingFollower(highWatermark: Offset, logEndOffset: Offset): Offset | null;
  followerHighWatermark(
    highWatermark: Offset,
    leaderHighWatermark: Offset,
    logEndOffset: Offset,
  ): Offset;
}

/** The rules as Kafka has them. */
export const partitionRules: PartitionRules = {
  effectiveMinIsr,
  mayAppend,
  acknowledgedAt,
  acknowledgement,
  acceptSequence,
  producerStateAfterFailover,
  mayDeleteRecords,
  lowWatermark,
  maximalIsr,
  advanceHighWatermark,
  looksAtHighWatermark,
  mayJoinIsr,
  shrinkIsr,
  isrBrokerEpoch,
  afterAlterPartitionError,
  acceptAssignment,
  // EPOCH-CACHE: a leader writes its entry before its first append; followers copy it with the data.
  assignEpochEntry: withEpochEntry,
  epochsAfterTruncation,
  leaderEpochEnd,
  mayFetch,
  divergence,
  vouchesForFollower,
  movesFollowerEnd,
  readableByConsumers,
  preferredReadReplica,
  answersLatest,
  followsAnew,
  fetchedEpoch,
  highWatermarkAfterReset,
  keepsLogBelowLeader,
  mayBeginInsideBatch,
  truncationPoint,
  truncationOnBecomingFollower,
  followerHighWatermark,
};
