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

  test('ends the node where the log contradicts itself', () => {
    const image = testImage();
    const wrong: MetadataRecord[] = [
      { type: 'TopicRecord', name: 't', topicId: 'other' as Uuid },
      { type: 'TopicRecord', name: 'u', topicId: TOPIC_ID },
      { type: 'RemoveTopicRecord', topicId: 'other' as Uuid },
      { ...NO_CHANGE, leader: 9 as BrokerId },
      {
        type: 'UnregisterBrokerRecord',
        brokerId: 1 as BrokerId,
        brokerEpoch: 11 as BrokerEpoch,
      },
    ];
    for (const record of wrong) {
      expect(() => applyRecord(cloneImage(image), record, 1), record.type).toThrow();
    }
  });
});
