/** Images for tests: brokers and one topic, written down by hand. */

import {
  type BrokerEpoch,
  type BrokerId,
  type LeaderEpoch,
  type PartitionEpoch,
  type PartitionIndex,
  type Uuid,
  ZERO_UUID,
} from '../types/ids.js';
import { emptyImage } from './image.js';
import type { BrokerRegistration, MetadataImage, PartitionRegistration } from './types.js';

export const TOPIC_ID: Uuid = 'topic00000000000000000' as Uuid;
export const P0: PartitionIndex = 0 as PartitionIndex;

/** Ids as the type that they have. */
export function ids(...values: readonly number[]): BrokerId[] {
  return values.map((value) => value as BrokerId);
}

/** A live broker whose epoch is ten times its id. */
export function testBroker(
  id: number,
  changes: Partial<BrokerRegistration> = {},
): BrokerRegistration {
  return {
    id: id as BrokerId,
    epoch: (id * 10) as BrokerEpoch,
    incarnationId: `incarnation${id}` as Uuid,
    endPoints: [{ name: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 0 }],
    rack: null,
    fenced: false,
    inControlledShutdown: false,
    logDirs: [`dir${id}` as Uuid],
    ...changes,
  };
}

/** Replicas 1, 2, 3, all in sync, led by 1 in leader epoch 4 and partition epoch 7. */
export function testPartition(changes: Partial<PartitionRegistration> = {}): PartitionRegistration {
  return {
    replicas: ids(1, 2, 3),
    isr: ids(1, 2, 3),
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: 1 as BrokerId,
    leaderEpoch: 4 as LeaderEpoch,
    partitionEpoch: 7 as PartitionEpoch,
    leaderRecoveryState: 'recovered',
    directories: [ZERO_UUID, ZERO_UUID, ZERO_UUID],
    ...changes,
  };
}

/** Three live brokers (`fenced`: except these) and the topic `t` with one partition. */
export function testImage(
  partition: Partial<PartitionRegistration> = {},
  fenced: readonly number[] = [],
): MetadataImage {
  const image = emptyImage();
  for (const id of ids(1, 2, 3)) {
    image.brokers.set(id, testBroker(id, { fenced: fenced.includes(id) }));
  }
  const partitions = new Map([[P0, testPartition(partition)]]);
  image.topics.set(TOPIC_ID, { id: TOPIC_ID, name: 't', partitions });
  image.topicIds.set('t', TOPIC_ID);
  return image;
}

/** Sets a config of the topic `t`. */
export function setTopicConfig(image: MetadataImage, name: string, value: string): MetadataImage {
  const values = image.configs.get('2:t') ?? new Map<string, string>();
  image.configs.set('2:t', values.set(name, value));
  return image;
}
