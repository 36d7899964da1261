/** The zoo of storage: recovery, checkpoints, retention, and what is taken for durable. */

import { logRules } from '../core/log/rules.js';
import type { Bug } from './bug.js';

export const logBugs: readonly Bug[] = [
  {
    name: 'damage-cut-as-torn-tail',
    title: 'Recovery cuts what was damaged after it had been synced, as if it were a torn tail',
    source:
      'FAST 2018, "Protocol-Aware Recovery for Consensus-Based Storage" (crash or corruption)',
    violates: ['IsrHasCommitted', 'RestartKeepsPersisted', 'LeaderCompleteness'],
    log: { isDamage: () => false },
  },
  {
    name: 'recovery-without-crc',
    title: 'After power loss a batch counts as whole if its header is',
    source:
      'batch format v2 (the CRC covers the records); OSDI 2014, "All File Systems Are Not Created Equal"',
    violates: ['LogIsWhatWasAppended', 'ReplicasByteEqual'],
    log: { checksRecords: () => false },
  },
  {
    name: 'files-trusted-after-crash',
    title: 'Indexes and tail of the log are taken at their word after an unclean end',
    source: 'Kafka: .kafka_cleanshutdown; KAFKA-10471',
    violates: ['LogIsWhatWasAppended', 'ReplicasByteEqual'],
    log: { trustsFiles: () => true },
  },
  {
    name: 'producer-snapshot-from-the-future',
    title:
      'A producer snapshot from behind the log end is taken: batches that are gone are duplicates',
    source: 'STATE-FROM-LOG (KIP-98)',
    violates: ['ProducerStateFromLog', 'AcknowledgedIsStored'],
    log: { mayUseSnapshot: () => true },
  },
  {
    name: 'epochs-outlive-truncation',
    title: 'leader-epoch-checkpoint keeps the epochs of records that were cut',
    source: 'EPOCH-CACHE (KIP-101)',
    violates: ['Converges', 'EpochCacheRising', 'LogMatch'],
    log: { epochsWithin: (epochs) => epochs.slice() },
    partition: { epochsAfterTruncation: (epochs) => epochs.slice() },
  },
  {
    name: 'retention-above-high-watermark',
    title: 'Retention deletes records that are not committed yet',
    source: 'KAFKA-5634 (commit 6bd7302)',
    violates: ['AssertionHolds', 'NoCommittedRecordLost'],
    log: { mayDelete: () => true },
  },
  {
    name: 'configs-outlive-their-topic',
    title:
      'A topic that is created again keeps the configs of the deleted one, until some config changes',
    source: 'Kafka: ConfigurationsDelta forgets them with RemoveTopicRecord; docs/found.md',
    violates: ['Converges', 'Serves', 'poll-skip'],
    log: { changesConfigs: (type) => type === 'ConfigRecord' },
  },
  {
    name: 'log-start-stored-late',
    title:
      'A log start is told to clients and replicas and stored now and then: a crash brings it back lower',
    source: 'KIP-107; Kafka: log.flush.start.offset.checkpoint.interval.ms',
    violates: ['LogStartMonotonic'],
    log: { storesLogStart: () => false },
  },
  {
    name: 'cleaner-beyond-high-watermark',
    title: 'Compaction lets records that are not committed take the place of committed ones',
    source: 'KAFKA-13194',
    violates: ['CleanedBelowBound', 'NewestRecordKept'],
    log: {
      mayClean: ({ isActive, largestTimestamp }, { now, minCompactionLagMs }) =>
        !isActive && largestTimestamp <= now - minCompactionLagMs,
    },
  },
  {
    name: 'tombstone-dropped-at-once',
    title: 'The first cleaning takes a tombstone away, before a slow reader has seen it',
    source: 'KAFKA-4529 (commit a9687bc); KIP-534',
    violates: ['TombstoneKept'],
    log: { keepsTombstone: () => false },
  },
  {
    name: 'last-sequence-cleaned',
    title: "Compaction takes a producer's last batch away, and with it its next sequence",
    source: 'KAFKA-5490 (commit cb0325d)',
    violates: ['LastSequenceKept', 'ProducerStateFromLog'],
    log: { keepsEmptied: ({ isLastOfSegment }) => isLastOfSegment },
  },
  {
    name: 'swap-not-synced',
    title: 'A compacted segment takes the place of older ones before it is on the disk',
    source: 'OSDI 2014, "All File Systems Are Not Created Equal"',
    violates: ['LogIsWhatWasAppended', 'NewestRecordKept', 'IsrHasCommitted'],
    log: { syncsSwap: () => false },
  },
  {
    name: 'recovery-point-before-sync',
    title: 'The recovery point is stored before the sync that it speaks of has ended',
    source: 'Kafka: recovery-point-offset-checkpoint is written after the flush',
    violates: ['LogIsWhatWasAppended'],
    log: { recoveryPointDuringSync: (_synced, asked) => asked },
  },
  {
    name: 'high-watermark-from-log-end',
    title: 'A restarted replica takes its log end for the high watermark',
    source: 'HW-PROP (the checkpoint is a lower bound, the log end is none)',
    violates: [
      'FollowerHighWatermarkIsCommitted',
      'TruncationNeverBelowHighWatermark',
      'ConsistentRead',
    ],
    log: { restoredHighWatermark: ({ logEndOffset }) => logEndOffset },
  },
  {
    name: 'vote-not-synced',
    title: 'Term and vote are written and renamed into place, but never synced',
    source: 'thesis, figure 3.1 (stable storage) and 3.8',
    violates: ['RestartKeepsPersisted', 'VoteOnce', 'BrokerKeepsRunning'],
    log: { syncsVote: () => false },
  },
  {
    name: 'entries-reported-before-sync',
    title: 'Entries of the metadata log are acknowledged before they are on the disk',
    source: 'thesis, 10.2.1; R-FLUSH (KIP-595)',
    violates: ['RestartKeepsPersisted', 'CommittedIsDurable', 'LeaderCompleteness', 'QuorumLog'],
    log: { syncsEntries: () => false },
  },
  {
    name: 'found-entries-not-synced',
    title: 'What a killed process left in the page cache counts as durable without a sync',
    source: 'thesis, 3.8; OSDI 2014, "All File Systems Are Not Created Equal"',
    violates: ['RestartKeepsPersisted', 'CommittedIsDurable', 'LeaderCompleteness', 'QuorumLog'],
    log: { syncsWhatIsFound: () => false },
  },
  {
    name: 'synced-end-too-early',
    title: 'The mark of what was synced is written before the sync: power loss looks like damage',
    source: 'src/log/raft-log.ts (the mark lags, it never leads)',
    // A broker that refuses its log is missed where the others are no quorum without it.
    violates: ['BrokerKeepsRunning', 'Converges'],
    log: { markDuringSync: (_synced, asked) => asked },
  },
  {
    name: 'metadata-beyond-snapshot-deleted',
    title: 'A snapshot drops the segment that holds newer entries too',
    source: 'KAFKA-14238 (commit b166ac4)',
    violates: ['BrokerKeepsRunning', 'RestartKeepsPersisted'],
    log: {
      mayDropSegment: (end, snapshotEnd) =>
        snapshotEnd > 1 || logRules.mayDropSegment(end, snapshotEnd),
    },
  },
];
