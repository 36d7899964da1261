/** The supported configs of topics, as in Kafka 4.4. */

import { type ConfigDefinition, type ConfigSynonym, config } from './config-definition.js';

const LONG_MAX = '9223372036854775807';
const COMPRESSION = ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'];
const TIMESTAMP_TYPES = ['CreateTime', 'LogAppendTime'];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Broker configs that give the default, each with the factor from its unit. */
function from(...names: readonly (string | readonly [string, number])[]): readonly ConfigSynonym[] {
  return names.map((entry) =>
    typeof entry === 'string' ? { name: entry, factor: 1 } : { name: entry[0], factor: entry[1] },
  );
}

/** `partition:broker`, or all. */
const THROTTLED_REPLICA = /^(\*|\d+:\d+)$/;

export const topicDefinitions: readonly ConfigDefinition[] = [
  config(
    'leader.replication.throttled.replicas',
    'list',
    '',
    { element: THROTTLED_REPLICA },
    'Replicas (partition:broker, ..., or *) whose leader counts what it sends to those out of sync.',
  ),
  config(
    'follower.replication.throttled.replicas',
    'list',
    '',
    { element: THROTTLED_REPLICA },
    'Replicas (partition:broker, ..., or *) that count what they fetch while they are out of sync.',
  ),
  config(
    'cleanup.policy',
    'list',
    'delete',
    { values: ['compact', 'delete'], synonyms: from('log.cleanup.policy') },
    'Whether old segments are deleted, or compacted to the newest record of each key.',
  ),
  config(
    'compression.type',
    'string',
    'producer',
    { values: COMPRESSION, synonyms: from('compression.type') },
    'Codec of stored batches; producer: as they came.',
  ),
  config(
    'delete.retention.ms',
    'long',
    86_400_000,
    { min: 0, synonyms: from('log.cleaner.delete.retention.ms') },
    'How long compaction keeps a tombstone.',
  ),
  config(
    'file.delete.delay.ms',
    'long',
    60_000,
    { min: 0, synonyms: from('log.segment.delete.delay.ms') },
    'How long the file of a deleted segment stays.',
  ),
  config(
    'flush.messages',
    'long',
    LONG_MAX,
    { min: 1, synonyms: from('log.flush.interval.messages') },
    'Records after which a log is synced; 1: before each acknowledgement.',
  ),
  config(
    'flush.ms',
    'long',
    LONG_MAX,
    { min: 0, synonyms: from('log.flush.interval.ms') },
    'Time after which a log is synced.',
  ),
  config(
    'index.interval.bytes',
    'int',
    4096,
    { min: 0, synonyms: from('log.index.interval.bytes') },
    'Bytes between two entries of the offset index.',
  ),
  config(
    'max.compaction.lag.ms',
    'long',
    LONG_MAX,
    { min: 1, synonyms: from('log.cleaner.max.compaction.lag.ms') },
    'Age by which compaction looks at a record, however little is new.',
  ),
  config(
    'max.message.bytes',
    'int',
    1_048_588,
    { min: 0, synonyms: from('message.max.bytes') },
    'Largest record batch, header included.',
  ),
  config(
    'message.timestamp.after.max.ms',
    'long',
    3_600_000,
    { min: 0, synonyms: from('log.message.timestamp.after.max.ms') },
    'How far a CreateTime may lie in the future.',
  ),
  config(
    'message.timestamp.before.max.ms',
    'long',
    LONG_MAX,
    { min: 0, synonyms: from('log.message.timestamp.before.max.ms') },
    'How far a CreateTime may lie in the past.',
  ),
  config(
    'message.timestamp.type',
    'string',
    'CreateTime',
    { values: TIMESTAMP_TYPES, synonyms: from('log.message.timestamp.type') },
    "Whose timestamp a record has: the producer's or the leader's.",
  ),
  config(
    'min.cleanable.dirty.ratio',
    'double',
    0.5,
    { min: 0, max: 1, synonyms: from('log.cleaner.min.cleanable.ratio') },
    'Part of a log that must be new before compaction begins.',
  ),
  config(
    'min.compaction.lag.ms',
    'long',
    0,
    { min: 0, synonyms: from('log.cleaner.min.compaction.lag.ms') },
    'Age before which compaction leaves a record alone.',
  ),
  config(
    'min.insync.replicas',
    'int',
    1,
    { min: 1, synonyms: from('min.insync.replicas') },
    'In-sync replicas without which acks=all is refused and nothing is committed.',
  ),
  config(
    'retention.bytes',
    'long',
    -1,
    { synonyms: from('log.retention.bytes') },
    'Size of a partition above which old segments go; -1: any.',
  ),
  config(
    'retention.ms',
    'long',
    604_800_000,
    {
      min: -1,
      synonyms: from(
        'log.retention.ms',
        ['log.retention.minutes', MINUTE],
        ['log.retention.hours', HOUR],
      ),
    },
    'Age at which segments go; -1: never.',
  ),
  config(
    'segment.bytes',
    'int',
    1_073_741_824,
    { min: 1_048_576, synonyms: from('log.segment.bytes') },
    'Size at which a new segment begins.',
  ),
  config(
    'segment.index.bytes',
    'int',
    10_485_760,
    { min: 4, synonyms: from('log.index.size.max.bytes') },
    'Size of an index that ends its segment.',
  ),
  config(
    'segment.ms',
    'long',
    604_800_000,
    { min: 1, synonyms: from('log.roll.ms', ['log.roll.hours', HOUR]) },
    'Age at which a new segment begins.',
  ),
  config(
    'unclean.leader.election.enable',
    'boolean',
    false,
    { synonyms: from('unclean.leader.election.enable') },
    'Whether a replica that may lack records can lead when nobody else can.',
  ),
];
