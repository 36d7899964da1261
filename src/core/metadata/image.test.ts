import { describe, expect, test } from 'vitest';
import type { BrokerEpoch, BrokerId, ProducerId, Uuid } from '../types/ids.js';
import {
  applyRecord,
  cloneImage,
  emptyImage,
  encodeImage,
  equalImages,
  NO_LEADER_CHANGE,
  snapshotRecords,
} from './image.js';
import { ids, P0, setTopicConfig, TOPIC_ID, testBroker, testImage } from './test-image.js';
import type { MetadataImage, MetadataRecord } from './types.js';

const NO_CHANGE: Extract<MetadataRecord, { type: 'PartitionChangeRecord' }> = {
  type: 'PartitionChangeRecord',
  partitionId: P0,
  topicId: TOPIC_ID,
  isr: null,
  leader: NO_LEADER_CHANGE,
  replicas: null,
  removingReplicas: null,
  addingReplicas: null,
  leaderRecoveryState: -1,
  directories: null,
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
};

function richImage(): MetadataImage {
  const image = testImage({
    isr: ids(1),
    elr: ids(2),
    lastKnownElr: ids(3),
    addingReplicas: ids(3),
    removingReplicas: ids(2),
    leaderRecoveryState: 'recovering',
  });
  image.brokers.set(2 as BrokerId, testBroker(2, { rack: 'r', inControlledShutdown: true }));
  setTopicConfig(image, 'retention.ms', '5');
  image.configs.set('4:', new Map([['min.insync.replicas', '2']]));
  image.features.set('metadata.version', 9);
  image.nextProducerId = 3000n as ProducerId;
  return image;
}

/** Every value anywhere in the image, changed once. */
function mutations(image: MetadataImage): ((copy: MetadataImage) => void)[] {
  const changes: ((copy: MetadataImage) => void)[] = [
    (copy) => copy.features.set('x', 1),
    (copy) => copy.topicIds.set('x', 'x' as Uuid),
    (copy) => copy.configs.get('2:t')?.set('retention.ms', '6'),
    (copy) => {
      const broker = copy.brokers.get(2 as BrokerId)!;
      broker.endPoints = broker.endPoints.map((each) => ({ ...each, port: 1 }));
    },
    (copy) => {
      copy.nextProducerId = 4000n as ProducerId;
    },
  ];
  const other = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return [];
    }
    return typeof value === 'boolean' ? !value : typeof value === 'number' ? value + 1 : 'other';
  };
  for (const field of Object.keys(testBroker(2))) {
    changes.push((copy) => {
      const broker = copy.brokers.get(2 as BrokerId)!;
      Object.assign(broker, { [field]: other(Reflect.get(broker, field)) });
    });
  }
  for (const field of Object.keys(image.topics.get(TOPIC_ID)!.partitions.get(P0)!)) {
    changes.push((copy) => {
      const partition = copy.topics.get(TOPIC_ID)!.partitions.get(P0)!;
      Object.assign(partition, { [field]: other(Reflect.get(partition, field)) });
    });
  }
  return changes;
}

describe('the image', () => {
  test('differs in its bytes and its equality with every single value', () => {
    const image = richImage();
    const bytes = Buffer.from(encodeImage(image)).toString();
    for (const [i, mutate] of mutations(image).entries()) {
      const copy = cloneImage(image);
      expect(equalImages(copy, image)).toBe(true);
      mutate(copy);
      expect(equalImages(copy, image), `mutation ${i}`).toBe(false);
      expect(Buffer.from(encodeImage(copy)).toString()).not.toBe(bytes);
      expect(Buffer.from(encodeImage(image)).toString(), `mutation ${i} leaked`).toBe(bytes);
    }
  });

  test('has the same bytes whatever order it was built in', () => {
    const image = richImage();
    const turned = cloneImage(image);
    turned.brokers = new Map([...turned.brokers].reverse());
    turned.configs = new Map([...turned.configs].reverse());
    expect(encodeImage(turned)).toEqual(encodeImage(image));
    expect(snapshotRecords(turned)).toEqual(snapshotRecords(image));
  });

  test('is folded again exactly from its snapshot, at any offsets', () => {
    const image = richImage();
    const again = emptyImage();
    for (const [i, record] of snapshotRecords(image).entries()) {
      applyRecord(again, record, 5000 + i);
    }
    expect(again).toEqual(image);
  });

  test('gives a broker the offset of its registration as epoch, or the one in the record', () => {
    const image = emptyImage();
    const { id, ...rest } = testBroker(4);
    const record = { type: 'RegisterBrokerRecord', brokerId: id, ...rest } as const;
    applyRecord(image, { ...record, brokerEpoch: -1 as BrokerEpoch }, 77);
    expect(image.brokers.get(id)?.epoch).toBe(77);
    applyRecord(image, { ...record, brokerEpoch: 78 as BrokerEpoch }, 99);
    expect(image.brokers.get(id)?.epoch).toBe(78);
    const older = { ...record, brokerEpoch: 5 as BrokerEpoch };
    expect(() => applyRecord(image, older, 100)).toThrow('went back');
  });

  test('raises the partition epoch with each change, the leader epoch only with a leader', () => {
    const image = testImage();
    const partition = image.topics.get(TOPIC_ID)!.partitions.get(P0)!;
    applyRecord(image, { ...NO_CHANGE, isr: ids(1, 2) }, 1);
    expect([partition.partitionEpoch, partition.leaderEpoch]).toEqual([8, 4]);
    applyRecord(image, { ...NO_CHANGE, leader: 2 as BrokerId }, 2);
    expect([partition.partitionEpoch, partition.leaderEpoch, partition.leader]).toEqual([9, 5, 2]);
    applyRecord(image, { ...NO_CHANGE, leader: -1 as BrokerId, isr: [] }, 3);
    expect([partition.partitionEpoch, partition.leaderEpoch, partition.leader]).toEqual([
      10, 6, -1,
    ]);
    applyRecord(image, { ...NO_CHANGE, leaderRecoveryState: 1 }, 4);
    expect(partition.leaderRecoveryState).toBe('recovering');
    expect(partition.isr).toEqual([]);
  });

  test('forgets the configs of a topic with it, and a config with its last value', () => {
    const image = setTopicConfig(testImage(), 'retention.ms', '5');
    applyRecord(image, { type: 'RemoveTopicRecord', topicId: TOPIC_ID }, 1);
    expect([image.topics.size, image.topicIds.size, image.configs.size]).toEqual([0, 0, 0]);
    const config = { type: 'ConfigRecord', resourceType: 4, resourceName: '', name: 'x' } as const;
    applyRecord(image, { ...config, value: '1' }, 2);
    expect(image.configs.get('4:')?.get('x')).toBe('1');
    applyRecord(image, { ...config, value: null }, 3);
    expect(image.configs.size).toBe(0);
  });

  test('keeps of a registration what a change does not say', () => {
    const image = testImage({}, [2]);
    const change = (id: number, fenced: -1 | 0 | 1, inControlledShutdown: 0 | 1) => {
      const brokerId = id as BrokerId;
      const brokerEpoch = (id * 10) as BrokerEpoch;
      const type = 'BrokerRegistrationChangeRecord';
      applyRecord(image, { type, brokerId, brokerEpoch, fenced, inControlledShutdown }, 1);
      const broker = image.brokers.get(brokerId)!;
      return [broker.fenced, broker.inControlledShutdown];
    };
    expect(change(2, 0, 0)).toEqual([true, false]);
    expect(change(2, -1, 0)).toEqual([false, false]);
    expect(change(2, 0, 1)).toEqual([false, true]);
    expect(change(2, 1, 0)).toEqual([true, true]);
    expect(change(1, 0, 0)).toEqual([false, false]);
  });

  test('takes a feature of level 0 for one that is off (KIP-584)', () => {
    const image = testImage();
    const level = (featureLevel: number): unknown => {
      applyRecord(image, { type: 'FeatureLevelRecord', name: 'f', featureLevel } as never, 1);
      return image.features.get('f');
    };
    expect([level(3), level(0)]).toEqual([3, undefined]);
    expect(image.features.has('f')).toBe(false);
  });

  test('takes the epoch 0 of a registration for an epoch', () => {
    const image = emptyImage();
    const { id, ...rest } = testBroker(4);
    const record = { type: 'RegisterBrokerRecord', brokerId: id, ...rest } as const;
    applyRecord(image, { ...record, brokerEpoch: 0 as BrokerEpoch }, 77);
    expect(image.brokers.get(id)?.epoch).toBe(0);
  });

  const other = 'other' as Uuid;
  const [nobody, one] = [9, 1].map((id) => id as BrokerId);
  const noChange = { brokerEpoch: 10 as BrokerEpoch, fenced: 0, inControlledShutdown: 0 } as const;
  const changed = { type: 'BrokerRegistrationChangeRecord', ...noChange } as const;
  const partition = snapshotRecords(testImage()).find(({ type }) => type === 'PartitionRecord')!;
  test.each<[string, MetadataRecord]>([
    ['topic t exists', { type: 'TopicRecord', name: 't', topicId: other }],
    [`topic id ${TOPIC_ID} exists`, { type: 'TopicRecord', name: 'u', topicId: TOPIC_ID }],
    ['an unknown topic was removed', { type: 'RemoveTopicRecord', topicId: other }],
    ['the leader is no replica', { ...NO_CHANGE, leader: nobody! }],
    ['a change in an unknown topic', { ...NO_CHANGE, topicId: other }],
    ['an unknown partition', { ...NO_CHANGE, partitionId: 5 as never }],
    ['a partition of an unknown topic', { ...partition, topicId: other } as never],
    ['the partition exists', partition],
    [
      'another incarnation unregistered',
      { type: 'UnregisterBrokerRecord', brokerId: one!, brokerEpoch: 11 as BrokerEpoch },
    ],
    [
      'an unknown broker unregistered',
      { type: 'UnregisterBrokerRecord', brokerId: nobody!, brokerEpoch: 90 as BrokerEpoch },
    ],
    ['an unknown broker changed', { ...changed, brokerId: nobody! }],
    [
      'another incarnation of the broker changed',
      { ...changed, brokerId: one!, brokerEpoch: 9 as BrokerEpoch },
    ],
    [
      'producer ids went back',
      { type: 'ProducerIdsRecord', ...noChange, brokerId: one!, nextProducerId: -1n } as never,
    ],
    ['unreachable', { type: 'nothing' } as never],
  ])('ends the node where the log contradicts itself: %s', (words, record) => {
    expect(() => applyRecord(testImage(), record, 1)).toThrow(words);
  });

  test('ends the node where a record has no offset, and not where producer ids stay', () => {
    const nothing = { type: 'NoOpRecord' } as const;
    expect(() => applyRecord(testImage(), nothing, 0.5)).toThrow('0.5 is no offset');
    const image = testImage();
    applyRecord(image, nothing, 1);
    expect(image).toEqual(testImage());
    const same = { type: 'ProducerIdsRecord', ...noChange, brokerId: one, nextProducerId: 0n };
    expect(() => applyRecord(image, same as never, 1)).not.toThrow();
  });
});
