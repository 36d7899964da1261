/** The zoo of partition replication: real bugs of Kafka, planted in the rules. */

import { partitionRules } from '../core/partition/rules.js';
import { greatest, type Offset, plus } from '../core/types/ids.js';
import type { Bug } from './bug.js';

/** In the order of the protocol: epochs and truncation, ISR, high watermark, produce. */
export const partitionBugs: readonly Bug[] = [
  {
    name: 'truncate-to-high-watermark',
    title: 'A new follower cuts its log to its own high watermark, which lags',
    source: 'KIP-101, KAFKA-1211 (commit 0baea2a)',
    violates: ['NoCommittedRecordLost', 'IsrHasCommitted'],
    partition: { truncationOnBecomingFollower: (highWatermark) => highWatermark },
  },
  {
    name: 'one-step-truncation',
    title: 'Only offsets are compared, not whether the follower ever had the epoch of the answer',
    source: 'KIP-279, KAFKA-6361 (commit 9679c44)',
    violates: ['LogMatch', 'IsrHasCommitted', 'EpochCacheRising'],
    partition: {
      divergence: (facts) => {
        const { diverging, error } = partitionRules.divergence(facts);
        const short = facts.epochEnd.endOffset < facts.fetchOffset;
        return { error, diverging: short ? diverging : null };
      },
      truncationPoint: (_epochs, logEndOffset, leaderEnd) =>
        Math.min(leaderEnd.endOffset, logEndOffset) as Offset,
    },
  },
  {
    name: 'epoch-entry-at-end-kept',
    title:
      'Truncation to the log end leaves the entry of an election without data: never converges',
    source: 'KAFKA-10706 (commit bc96a8f)',
    violates: ['Converges'],
    partition: {
      epochsAfterTruncation: (epochs, endOffset, previousEndOffset) =>
        endOffset >= previousEndOffset
          ? epochs.slice()
          : epochs.filter((entry) => entry.startOffset < endOffset),
    },
  },
  {
    name: 'diverging-fetch-moves-end',
    title: 'A fetch that is told to truncate still moves the log end that the leader counts',
    source: 'KAFKA-13141 (commit fe0fe68)',
    violates: ['IsrHasCommitted', 'NoCommittedRecordLost'],
    partition: { movesFollowerEnd: (outcome) => outcome.error === 0 },
  },
  {
    name: 'early-isr-join',
    title: 'A follower joins at the high watermark, before the start of the leader epoch',
    source: 'KAFKA-7128 (commit 70c5163)',
    violates: ['IsrProposalEligible', 'IsrHasCommitted', 'NoCommittedRecordLost'],
    partition: {
      mayJoinIsr: (facts) =>
        partitionRules.mayJoinIsr({ ...facts, epochStartOffset: facts.highWatermark }),
    },
  },
  {
    name: 'stale-broker-epoch',
    title: 'The fetch of a former incarnation lets the new one, which lost its log, into the ISR',
    source: 'KIP-903, KAFKA-14617 (commit 79b5f7f)',
    violates: ['IsrProposalEligible', 'IsrHasCommitted', 'NoCommittedRecordLost'],
    partition: {
      mayFetch: (facts) =>
        partitionRules.mayFetch({
          ...facts,
          replica:
            facts.replica === null
              ? null
              : { ...facts.replica, brokerEpoch: facts.replica.registeredBrokerEpoch },
        }),
      mayJoinIsr: (facts) =>
        partitionRules.mayJoinIsr({ ...facts, brokerEpoch: facts.registeredBrokerEpoch }),
      isrBrokerEpoch: (_ofNewestFetch, registered) => registered,
    },
  },
  {
    name: 'lagging-replica-offered-to-readers',
    title: 'A leader sends consumers to the replica in their rack also when it is out of sync',
    source: 'KAFKA-14372 (commit 9d8b4e9), KIP-392',
    violates: ['PreferredReplicaInSync'],
    partition: {
      preferredReadReplica: (question) =>
        partitionRules.preferredReadReplica({
          ...question,
          replicas: question.replicas.map((replica) => ({
            ...replica,
            inIsr: true,
            logEndOffset: greatest(replica.logEndOffset, question.fetchOffset),
          })),
        }),
    },
  },
  {
    name: 'consumers-read-to-the-log-end',
    title:
      'Consumers are given what is not committed, of followers too, and it may be cut off again',
    source: 'KIP-392, "Fetch from follower"',
    violates: ['ConsistentRead'],
    partition: { readableByConsumers: (_highWatermark, logEndOffset) => logEndOffset },
  },
  {
    name: 'fenced-replica-joins',
    title: 'A fenced or stopping replica is proposed for the ISR again and again',
    source: 'KIP-841, KAFKA-13916 (commits f83d95d, 151ca12)',
    violates: ['IsrProposalEligible'],
    partition: {
      mayJoinIsr: (facts) =>
        partitionRules.mayJoinIsr({ ...facts, fenced: false, inControlledShutdown: false }),
    },
  },
  {
    name: 'inflight-isr-forgotten',
    title: 'An ISR change without a clear answer is taken as not made; it may have been',
    source: 'KIP-497, KAFKA-14144 (commit 62c2880)',
    violates: ['ReplicationQuorumSuperset'],
    partition: { afterAlterPartitionError: () => 'rollBack' },
  },
  {
    name: 'committed-isr-only',
    title: 'The high watermark ignores the replica whose joining is not answered yet',
    source: 'KIP-497 (maximal ISR)',
    violates: ['IsrHasCommitted', 'NoCommittedRecordLost'],
    partition: {
      maximalIsr: (isr) => isr,
      advanceHighWatermark: (facts) =>
        partitionRules.advanceHighWatermark({
          ...facts,
          followers: facts.followers.filter((follower) => follower.inMaximalIsr),
        }),
    },
  },
  {
    name: 'late-isr-answer-wins',
    title: 'A late answer of the controller puts an older ISR over a newer one',
    source: 'KAFKA-12686 (commit aefe0e4)',
    violates: ['ReplicaEpochsMonotonic'],
    partition: { acceptAssignment: () => true },
  },
  {
    name: 'high-watermark-below-min-isr',
    title: 'The high watermark goes on with fewer in-sync replicas than the minimum',
    source: 'KIP-966, KAFKA-15583 (commit edc7e10)',
    violates: ['HighWatermarkNeedsMinIsr', 'ConsistentRead', 'IsrHasCommitted'],
    partition: {
      advanceHighWatermark: (facts) => partitionRules.advanceHighWatermark({ ...facts, minIsr: 0 }),
    },
  },
  {
    name: 'high-watermark-waits-for-ineligible',
    title: 'The high watermark waits for a caught-up replica that may not join',
    source: 'KAFKA-15021 (pull request 13765)',
    violates: ['HighWatermarkDue'],
    partition: {
      advanceHighWatermark: (facts) =>
        partitionRules.advanceHighWatermark({
          ...facts,
          followers: facts.followers.map((follower) => ({ ...follower, eligible: true })),
        }),
    },
  },
  {
    name: 'high-watermark-not-recomputed',
    title: 'The answer that makes the ISR smaller does not move the high watermark',
    source: 'KAFKA-13091 (commit 26ee78f)',
    violates: ['HighWatermarkDue'],
    partition: {
      looksAtHighWatermark: (input) => input !== 'alterPartitionAnswered' && input !== 'assigned',
    },
  },
  {
    name: 'latest-goes-back',
    title: 'A new leader answers with its older high watermark as the latest offset',
    source: 'KIP-207, KAFKA-2334 (commit 1522929)',
    violates: ['LatestOffsetMonotonic'],
    partition: { answersLatest: () => true },
  },
  {
    name: 'ack-before-high-watermark',
    title: 'acks=all is answered as soon as the leader has appended',
    source: 'ACKALL; Kafka documentation, acks',
    violates: ['ProduceAnsweredTruthfully', 'NoCommittedRecordLost'],
    partition: { acknowledgedAt: () => 0 as Offset },
  },
  {
    name: 'ack-one-record-early',
    title: 'acks=all is answered when the high watermark is at the last record, not behind it',
    source: 'ACKALL; Kafka documentation, acks',
    violates: ['ProduceAnsweredTruthfully'],
    partition: { acknowledgedAt: (_baseOffset, lastOffset) => plus(lastOffset, 0) },
  },
  {
    name: 'append-below-min-isr',
    title: 'acks=all is appended whatever the size of the ISR; the high watermark still waits',
    source: 'MINISR-PRE; Kafka: NOT_ENOUGH_REPLICAS',
    violates: ['MinIsrOnAppend'],
    partition: { mayAppend: () => 0 },
  },
  {
    name: 'no-min-isr-check',
    title: 'min.insync.replicas is not checked anywhere: the last replica standing commits',
    source: 'KIP-966 (last replica standing); Kafka: NOT_ENOUGH_REPLICAS',
    violates: ['MinIsrOnAppend', 'HighWatermarkNeedsMinIsr', 'NoCommittedRecordLost'],
    partition: { effectiveMinIsr: () => 1 },
  },
  {
    name: 'sequence-state-not-rebuilt',
    title: 'A new leader starts without the producer state that its log holds',
    source: 'KIP-98 (state from log)',
    violates: ['ProducerStateFromLog', 'NoDuplicateSequence'],
    partition: { producerStateAfterFailover: () => new Map() },
  },
  {
    name: 'sequence-wraps-late',
    title: 'After sequence 2^31-1 the leader expects 2^31: the producer is dead',
    source: 'KAFKA-7692 (commit e4b54a5), KAFKA-7693 (commit 0f926f0)',
    violates: ['ProducerNotStuck'],
    partition: {
      acceptSequence: (entry, batch) => {
        const verdict = partitionRules.acceptSequence(entry, batch);
        const newest = entry?.epoch === batch.producerEpoch ? entry.batches.at(-1) : undefined;
        const wrapped = newest !== undefined && batch.baseSequence !== newest.lastSequence + 1;
        return verdict.type === 'append' && wrapped ? { type: 'refuse', error: 45 } : verdict;
      },
    },
  },
  {
    name: 'zombie-producer-appends',
    title: 'An older producer epoch still appends after a newer one was seen',
    source: 'KIP-98 (producer fencing)',
    violates: ['ProducerEpochRises', 'NoDuplicateSequence'],
    partition: {
      acceptSequence: (entry, batch) =>
        entry !== undefined && batch.producerEpoch < entry.epoch
          ? { type: 'append' }
          : partitionRules.acceptSequence(entry, batch),
    },
  },
  {
    name: 'deletion-answered-by-leader-alone',
    title:
      'DeleteRecords is answered when the leader has deleted, other live replicas still have the records',
    source: 'KIP-107',
    violates: ['DeletedEverywhere'],
    partition: { lowWatermark: (own) => own },
  },
  {
    name: 'log-begins-inside-no-batch',
    title:
      'A follower that begins where DeleteRecords cut a batch in two refuses that batch for ever',
    source: 'KAFKA-6975',
    violates: ['Converges'],
    partition: { mayBeginInsideBatch: () => false },
  },
  {
    name: 'deleted-past-taken-for-same',
    title:
      "A leader takes a follower's log that ends where its own begins for the same up to there, whatever its last epoch",
    source:
      'LeaderEpochFileCache.endOffsetFor, of an epoch before its first; found here (simulator, seed 95385081)',
    violates: ['NoDuplicateSequence', 'Converges'],
    partition: { vouchesForFollower: () => true },
    notFoundBecause:
      'a follower must hold records that were never committed just up to where retention or DeleteRecords ' +
      'moves the log start of the next leader: one seed in some 5,000 (95385081: model-tests/golden has it, ' +
      'shrunk to 5 deeds); model-tests/partition.test.ts finds it',
  },
];
