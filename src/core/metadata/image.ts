/**
 * The metadata image: the fold of the metadata log (KIP-631). Every node folds the committed log into
 * one; the controller folds what it has appended into another.
 */

import { assert, fail, present, unreachable } from '../types/assert.js';
import {
  type BrokerEpoch,
  type BrokerId,
  NO_LEADER,
  type PartitionIndex,
  type ProducerId,
  plus,
  type Uuid,
} from '../types/ids.js';
import type {
  BrokerRegistration,
  Endpoint,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
  TopicImage,
} from './types.js';

/** `PartitionChangeRecord.leader`: the leader, and with it the leader epoch, stays. */
export const NO_LEADER_CHANGE: BrokerId = -2 as BrokerId;
/** Kafka's ConfigResource.Type. */
export const TOPIC_RESOURCE = 2;
export const BROKER_RESOURCE = 4;

/** The image before the first record. */
export function emptyImage(): MetadataImage {
  return {
    brokers: new Map(),
    topics: new Map(),
    topicIds: new Map(),
    configs: new Map(),
    nextProducerId: 0n as ProducerId,
    features: new Map(),
  };
}

/** The key of a resource in `MetadataImage.configs`. */
export function configResourceKey(resourceType: number, resourceName: string): string {
  return `${resourceType}:${resourceName}`;
}

/** A copy that shares nothing mutable with `image`. */
export function cloneImage(image: MetadataImage): MetadataImage {
  const topics = new Map<Uuid, TopicImage>();
  for (const [id, topic] of image.topics) {
    const partitions = new Map<PartitionIndex, PartitionRegistration>();
    for (const [index, partition] of topic.partitions) {
      partitions.set(index, clonePartition(partition));
    }
    topics.set(id, { id: topic.id, name: topic.name, partitions });
  }
  const brokers = new Map<BrokerId, BrokerRegistration>();
  for (const [id, broker] of image.brokers) {
    brokers.set(id, cloneBroker(broker));
  }
  const configs = new Map<string, Map<string, string>>();
  for (const [resource, values] of image.configs) {
    configs.set(resource, new Map(values));
  }
  return {
    brokers,
    topics,
    topicIds: new Map(image.topicIds),
    configs,
    nextProducerId: image.nextProducerId,
    features: new Map(image.features),
  };
}

function cloneBroker(broker: BrokerRegistration): BrokerRegistration {
  return {
    id: broker.id,
    epoch: broker.epoch,
    incarnationId: broker.incarnationId,
    endPoints: broker.endPoints,
    rack: broker.rack,
    fenced: broker.fenced,
    inControlledShutdown: broker.inControlledShutdown,
    logDirs: broker.logDirs,
  };
}

function clonePartition(partition: PartitionRegistration): PartitionRegistration {
  // The arrays are replaced, never changed, so sharing them is safe.
  return {
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removingReplicas,
    addingReplicas: partition.addingReplicas,
    elr: partition.elr,
    lastKnownElr: partition.lastKnownElr,
    leader: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    leaderRecoveryState: partition.leaderRecoveryState,
    directories: partition.directories,
  };
}

/** Canonical bytes: equal for two images exactly if they are equal, whatever their history. */
export function encodeImage(image: MetadataImage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(canonicalImage(image)));
}

/** Whether the two say the same; their histories may differ. */
export function equalImages(a: MetadataImage, b: MetadataImage): boolean {
  return JSON.stringify(canonicalImage(a)) === JSON.stringify(canonicalImage(b));
}

/** Sorted arrays all the way down, so that the order of insertion does not show. */
function canonicalImage(image: MetadataImage): unknown {
  return [
    sortedEntries(image.brokers, byNumber).map(([, broker]) => [
      broker.id,
      broker.epoch,
      broker.incarnationId,
      broker.endPoints.map(canonicalEndpoint),
      broker.rack,
      broker.fenced,
      broker.inControlledShutdown,
      broker.logDirs,
    ]),
    sortedEntries(image.topics, byText).map(([, topic]) => [
      topic.id,
      topic.name,
      sortedEntries(topic.partitions, byNumber).map(canonicalPartition),
    ]),
    sortedEntries(image.topicIds, byText),
    sortedEntries(image.configs, byText).map(([key, map]) => [key, sortedEntries(map, byText)]),
    String(image.nextProducerId),
    sortedEntries(image.features, byText),
  ];
}

function canonicalEndpoint(endpoint: Endpoint): unknown {
  return [endpoint.name, endpoint.host, endpoint.port, endpoint.securityProtocol];
}

function canonicalPartition([index, partition]: [PartitionIndex, PartitionRegistration]): unknown {
  return [
    index,
    partition.replicas,
    partition.isr,
    partition.removingReplicas,
    partition.addingReplicas,
    partition.elr,
    partition.lastKnownElr,
    partition.leader,
    partition.leaderEpoch,
    partition.partitionEpoch,
    partition.leaderRecoveryState,
    partition.directories,
  ];
}

/** Entries in key order; a Map's own order depends on its history. */
export function sortedEntries<K, V>(map: ReadonlyMap<K, V>, compare: Compare<K>): [K, V][] {
  return [...map].sort((a, b) => compare(a[0], b[0]));
}

type Compare<K> = (a: K, b: K) => number;

export function byNumber(a: number, b: number): number {
  return a - b;
}

/** By UTF-16 code units: the same everywhere, unlike a locale's order. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Folds one record into `image`, in place. `offset` is the record's own; a broker's epoch is the
 * offset of its registration record (REG-EPOCH, KIP-631), unless the record carries one.
 */
export function applyRecord(image: MetadataImage, record: MetadataRecord, offset: number): void {
  if (!Number.isSafeInteger(offset)) {
    fail(`${offset} is no offset`);
  }
  switch (record.type) {
    case 'RegisterBrokerRecord':
      applyRegistration(image, record, offset);
      return;
    case 'UnregisterBrokerRecord': {
      const broker = present(image.brokers.get(record.brokerId), 'an unknown broker unregistered');
      assert(broker.epoch === record.brokerEpoch, 'another incarnation unregistered');
      image.brokers.delete(record.brokerId);
      return;
    }
    case 'BrokerRegistrationChangeRecord':
      applyRegistrationChange(image, record);
      return;
    case 'TopicRecord':
      if (image.topics.has(record.topicId)) {
        fail(`topic id ${record.topicId} exists`);
      }
      if (image.topicIds.has(record.name)) {
        fail(`topic ${record.name} exists`);
      }
      image.topics.set(record.topicId, {
        id: record.topicId,
        name: record.name,
        partitions: new Map(),
      });
      image.topicIds.set(record.name, record.topicId);
      return;
    case 'RemoveTopicRecord': {
      const topic = present(image.topics.get(record.topicId), 'an unknown topic was removed');
      image.topics.delete(record.topicId);
      image.topicIds.delete(topic.name);
      image.configs.delete(configResourceKey(TOPIC_RESOURCE, topic.name));
      return;
    }
    case 'PartitionRecord':
      applyPartition(image, record);
      return;
    case 'PartitionChangeRecord':
      applyPartitionChange(image, record);
      return;
    case 'ConfigRecord':
      applyConfig(image, record);
      return;
    case 'ProducerIdsRecord':
      assert(record.nextProducerId >= image.nextProducerId, 'producer ids went back');
      image.nextProducerId = record.nextProducerId;
      return;
    case 'FeatureLevelRecord':
      // Level 0 is "off" and leaves no trace (KIP-584).
      if (record.featureLevel === 0) {
        image.features.delete(record.name);
      } else {
        image.features.set(record.name, record.featureLevel);
      }
      return;
    case 'NoOpRecord':
      return;
    default:
      unreachable(record);
  }
}

type RecordOf<Type extends MetadataRecord['type']> = Extract<MetadataRecord, { type: Type }>;

function applyRegistration(
  image: MetadataImage,
  record: RecordOf<'RegisterBrokerRecord'>,
  offset: number,
): void {
  const epoch = record.brokerEpoch >= 0 ? record.brokerEpoch : (offset as BrokerEpoch);
  const known = image.brokers.get(record.brokerId);
  assert(known === undefined || epoch >= known.epoch, 'a broker epoch went back');
  image.brokers.set(record.brokerId, {
    id: record.brokerId,
    epoch,
    incarnationId: record.incarnationId,
    endPoints: record.endPoints,
    rack: record.rack,
    fenced: record.fenced,
    inControlledShutdown: record.inControlledShutdown,
    logDirs: record.logDirs,
  });
}

function applyRegistrationChange(
  image: MetadataImage,
  record: RecordOf<'BrokerRegistrationChangeRecord'>,
): void {
  const broker = present(image.brokers.get(record.brokerId), 'an unknown broker changed');
  assert(broker.epoch === record.brokerEpoch, 'another incarnation of the broker changed');
  if (record.fenced !== 0) {
    broker.fenced = record.fenced > 0;
  }
  if (record.inControlledShutdown > 0) {
    broker.inControlledShutdown = true;
  }
}

function applyPartition(image: MetadataImage, record: RecordOf<'PartitionRecord'>): void {
  const topic = present(image.topics.get(record.topicId), 'a partition of an unknown topic');
  assert(!topic.partitions.has(record.partitionId), 'the partition exists');
  topic.partitions.set(record.partitionId, {
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
}

function applyPartitionChange(
  image: MetadataImage,
  record: RecordOf<'PartitionChangeRecord'>,
): void {
  const topic = present(image.topics.get(record.topicId), 'a change in an unknown topic');
  const partition = present(topic.partitions.get(record.partitionId), 'an unknown partition');
  partition.isr = record.isr ?? partition.isr;
  partition.replicas = record.replicas ?? partition.replicas;
  partition.removingReplicas = record.removingReplicas ?? partition.removingReplicas;
  partition.addingReplicas = record.addingReplicas ?? partition.addingReplicas;
  partition.directories = record.directories ?? partition.directories;
  partition.elr = record.eligibleLeaderReplicas ?? partition.elr;
  partition.lastKnownElr = record.lastKnownElr ?? partition.lastKnownElr;
  if (record.leaderRecoveryState >= 0) {
    partition.leaderRecoveryState = record.leaderRecoveryState === 1 ? 'recovering' : 'recovered';
  }
  // A leader in the record begins a new epoch, also if it is the same one (Kafka's merge rule).
  if (record.leader !== NO_LEADER_CHANGE) {
    partition.leader = record.leader;
    partition.leaderEpoch = plus(partition.leaderEpoch, 1);
  }
  partition.partitionEpoch = plus(partition.partitionEpoch, 1);
  assert(
    partition.leader === NO_LEADER || partition.replicas.includes(partition.leader),
    'the leader is no replica',
  );
}

function applyConfig(image: MetadataImage, record: RecordOf<'ConfigRecord'>): void {
  const key = configResourceKey(record.resourceType, record.resourceName);
  const values = image.configs.get(key) ?? new Map<string, string>();
  if (record.value === null) {
    values.delete(record.name);
  } else {
    values.set(record.name, record.value);
  }
  if (values.size === 0) {
    image.configs.delete(key);
  } else {
    image.configs.set(key, values);
  }
}

/**
 * Records whose fold, from `emptyImage()` and at whatever offsets, equals `image` exactly. Features
 * come first, as in Kafka's snapshots: they say how the rest is to be read.
 */
export function snapshotRecords(image: MetadataImage): MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const [name, featureLevel] of sortedEntries(image.features, byText)) {
    records.push({ type: 'FeatureLevelRecord', name, featureLevel });
  }
  for (const [, broker] of sortedEntries(image.brokers, byNumber)) {
    records.push({
      type: 'RegisterBrokerRecord',
      brokerId: broker.id,
      incarnationId: broker.incarnationId,
      brokerEpoch: broker.epoch,
      endPoints: broker.endPoints,
      rack: broker.rack,
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
      logDirs: broker.logDirs,
    });
  }
  for (const [, topic] of sortedEntries(image.topics, byText)) {
    records.push({ type: 'TopicRecord', name: topic.name, topicId: topic.id });
    for (const [index, partition] of sortedEntries(topic.partitions, byNumber)) {
      records.push(partitionRecord(topic.id, index, partition));
    }
  }
  for (const [key, values] of sortedEntries(image.configs, byText)) {
    const colon = key.indexOf(':');
    const resourceType = Number(key.slice(0, colon));
    const resourceName = key.slice(colon + 1);
    for (const [name, value] of sortedEntries(values, byText)) {
      records.push({ type: 'ConfigRecord', resourceType, resourceName, name, value });
    }
  }
  if (image.nextProducerId > 0n) {
    records.push({
      type: 'ProducerIdsRecord',
      brokerId: NO_LEADER,
      brokerEpoch: -1 as BrokerEpoch,
      nextProducerId: image.nextProducerId,
    });
  }
  return records;
}

/** `partition` as the record that creates it as it is. */
export function partitionRecord(
  topicId: Uuid,
  partitionId: PartitionIndex,
  partition: Readonly<PartitionRegistration>,
): RecordOf<'PartitionRecord'> {
  return {
    type: 'PartitionRecord',
    partitionId,
    topicId,
    replicas: partition.replicas,
    isr: partition.isr,
    removingReplicas: partition.removingReplicas,
    addingReplicas: partition.addingReplicas,
    leader: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    partitionEpoch: partition.partitionEpoch,
    leaderRecoveryState: partition.leaderRecoveryState === 'recovering' ? 1 : 0,
    directories: partition.directories,
    // Null is "none" on the wire (a tagged field that is left out).
    eligibleLeaderReplicas: partition.elr.length > 0 ? partition.elr : null,
    lastKnownElr: partition.lastKnownElr.length > 0 ? partition.lastKnownElr : null,
  };
}
