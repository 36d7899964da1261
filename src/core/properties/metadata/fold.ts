/**
 * The judge's own fold of the metadata log (KIP-631), written a second time on purpose: an image is
 * compared with it, so it must not share a mistake with the image that brokers and controller fold.
 *
 * Nothing in it is changed in place: whatever a record touches is replaced. So whoever keeps a
 * registration keeps what was true then, and what changed between two moments is seen by identity.
 */

import type {
  BrokerRegistration,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
  TopicImage,
} from '../../metadata/types.js';
import { fail } from '../../types/assert.js';
import type { BrokerEpoch, LeaderEpoch, PartitionEpoch, ProducerId } from '../../types/ids.js';

/** `PartitionChangeRecord.leader` in Kafka's schema: the leader stays. */
const LEADER_STAYS = -2;

/** The state before the first record. */
export function startFold(): MetadataImage {
  return {
    brokers: new Map(),
    topics: new Map(),
    topicIds: new Map(),
    configs: new Map(),
    nextProducerId: 0n as ProducerId,
    features: new Map(),
  };
}

/** The same image; it shares registrations, which are never changed. */
export function copyFold(image: MetadataImage): MetadataImage {
  return {
    brokers: new Map(image.brokers),
    topics: new Map(image.topics),
    topicIds: new Map(image.topicIds),
    configs: new Map(image.configs),
    nextProducerId: image.nextProducerId,
    features: new Map(image.features),
  };
}

/** A fold that goes on from an image of somebody else, of which it keeps nothing that may change. */
export function foldFrom(image: MetadataImage): MetadataImage {
  const fold = copyFold(image);
  for (const [id, broker] of image.brokers) {
    fold.brokers.set(id, { ...broker });
  }
  for (const [id, topic] of image.topics) {
    const partitions: TopicImage['partitions'] = new Map();
    for (const [index, partition] of topic.partitions) {
      partitions.set(index, { ...partition });
    }
    fold.topics.set(id, { id, name: topic.name, partitions });
  }
  for (const [resource, values] of image.configs) {
    fold.configs.set(resource, new Map(values));
  }
  return fold;
}

/** Folds one record in. `offset`: of the record itself; it becomes a new incarnation's broker epoch. */
export function foldRecord(image: MetadataImage, record: MetadataRecord, offset: number): void {
  switch (record.type) {
    case 'RegisterBrokerRecord':
      register(image, record, offset);
      return;
    case 'UnregisterBrokerRecord':
      image.brokers.delete(record.brokerId);
      return;
    case 'BrokerRegistrationChangeRecord':
      changeBroker(image, record);
      return;
    case 'TopicRecord':
      image.topics.set(record.topicId, {
        id: record.topicId,
        name: record.name,
        partitions: new Map(),
      });
      image.topicIds.set(record.name, record.topicId);
      return;
    case 'RemoveTopicRecord': {
      const name = image.topics.get(record.topicId)?.name;
      if (name === undefined) {
        fail(`topic ${record.topicId} was removed and never made`);
      }
      image.topics.delete(record.topicId);
      image.topicIds.delete(name);
      // Kafka keys a topic's configs by its name: they go with it.
      image.configs.delete(`2:${name}`);
      return;
    }
    case 'PartitionRecord':
      setPartition(image, record, {
        replicas: record.replicas,
        isr: record.isr,
        removingReplicas: record.removingReplicas,
        addingReplicas: record.addingReplicas,
        elr: record.eligibleLeaderReplicas ?? [],
        lastKnownElr: record.lastKnownElr ?? [],
        leader: record.leader,
        leaderEpoch: record.leaderEpoch,
        partitionEpoch: record.partitionEpoch,
        leaderRecoveryState: record.leaderRecoveryState === 1 ? 'recovering' : 'recovered',
        directories: record.directories,
      });
      return;
    case 'PartitionChangeRecord':
      changePartition(image, record);
      return;
    case 'ConfigRecord':
      setConfig(image, record);
      return;
    case 'ProducerIdsRecord':
      image.nextProducerId = record.nextProducerId;
      return;
    case 'FeatureLevelRecord':
      image.features.delete(record.name);
      if (record.featureLevel !== 0) {
        image.features.set(record.name, record.featureLevel);
      }
      return;
    case 'NoOpRecord':
      return;
  }
}

type RecordOf<Type extends MetadataRecord['type']> = Extract<MetadataRecord, { type: Type }>;

function register(
  image: MetadataImage,
  record: RecordOf<'RegisterBrokerRecord'>,
  offset: number,
): void {
  const { brokerId: id, incarnationId, endPoints, rack, fenced, logDirs } = record;
  const { inControlledShutdown } = record;
  const epoch = record.brokerEpoch === -1 ? (offset as BrokerEpoch) : record.brokerEpoch;
  const registration: BrokerRegistration = {
    id,
    epoch,
    incarnationId,
    endPoints,
    rack,
    fenced,
    inControlledShutdown,
    logDirs,
  };
  image.brokers.set(id, registration);
}

function changeBroker(
  image: MetadataImage,
  record: RecordOf<'BrokerRegistrationChangeRecord'>,
): void {
  const known = image.brokers.get(record.brokerId);
  if (known?.epoch !== record.brokerEpoch) {
    fail(`broker ${record.brokerId} changed as another one`);
  }
  image.brokers.set(record.brokerId, {
    ...known,
    fenced: record.fenced === 0 ? known.fenced : record.fenced === 1,
    inControlledShutdown: known.inControlledShutdown || record.inControlledShutdown === 1,
  });
}

function setPartition(
  image: MetadataImage,
  { topicId, partitionId }: RecordOf<'PartitionRecord'> | RecordOf<'PartitionChangeRecord'>,
  registration: PartitionRegistration,
): void {
  const topic = image.topics.get(topicId);
  if (topic === undefined) {
    fail(`a partition of ${topicId}, which was never made`);
  }
  const partitions = new Map(topic.partitions);
  partitions.set(partitionId, registration);
  image.topics.set(topicId, { id: topicId, name: topic.name, partitions });
}

function changePartition(image: MetadataImage, record: RecordOf<'PartitionChangeRecord'>): void {
  const known = image.topics.get(record.topicId)?.partitions.get(record.partitionId);
  if (known === undefined) {
    fail(`partition ${record.partitionId} changed and was never made`);
  }
  const led = record.leader !== LEADER_STAYS;
  const states = ['recovered', 'recovering'] as const;
  setPartition(image, record, {
    replicas: record.replicas ?? known.replicas,
    isr: record.isr ?? known.isr,
    removingReplicas: record.removingReplicas ?? known.removingReplicas,
    addingReplicas: record.addingReplicas ?? known.addingReplicas,
    elr: record.eligibleLeaderReplicas ?? known.elr,
    lastKnownElr: record.lastKnownElr ?? known.lastKnownElr,
    leader: led ? record.leader : known.leader,
    // KIP-631: a change record that names a leader begins a leader epoch.
    leaderEpoch: (known.leaderEpoch + (led ? 1 : 0)) as LeaderEpoch,
    partitionEpoch: (known.partitionEpoch + 1) as PartitionEpoch,
    leaderRecoveryState: states[record.leaderRecoveryState] ?? known.leaderRecoveryState,
    directories: record.directories ?? known.directories,
  });
}

function setConfig(image: MetadataImage, record: RecordOf<'ConfigRecord'>): void {
  const key = `${record.resourceType}:${record.resourceName}`;
  const values = new Map(image.configs.get(key));
  values.delete(record.name);
  if (record.value !== null) {
    values.set(record.name, record.value);
  }
  image.configs.delete(key);
  if (values.size > 0) {
    image.configs.set(key, values);
  }
}
