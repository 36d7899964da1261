/**
 * Real clients from npm against a real cluster, through kill -9 of the leader: nothing that was
 * acknowledged is lost, groups go on, every codec that the client has works.
 */

import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalCluster } from '../src/cli/local-cluster.js';

const BINARY = new URL('../dist/src/cli/main.js', import.meta.url).pathname;

let cluster: LocalCluster;

beforeAll(async () => {
  cluster = await LocalCluster.create({
    brokers: 3,
    firstPort: 0,
    directory: null,
    configs: new Map([
      ['group.initial.rebalance.delay.ms', '0'],
      ['offsets.topic.num.partitions', '4'],
    ]),
    binary: BINARY,
  });
  await cluster.start();
}, 30_000);

afterAll(async () => {
  await cluster?.close();
});

describe('kafkajs', () => {
  test('creates, produces with acks=all, consumes in a group, through kill -9 of the leader', async () => {
    const topic = 'kafkajs-failover';
    const kafka = new Kafka({
      clientId: 'kafkajs-test',
      brokers: cluster.bootstrap,
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 30, maxRetryTime: 500 },
    });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({
      topics: [{ topic, numPartitions: 3, replicationFactor: 3 }],
      waitForLeaders: true,
    });
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    const leader = metadata.topics[0]!.partitions[0]!.leader;
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const acknowledged: string[] = [];
    const send = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        const value = `v${i}`;
        await producer.send({
          topic,
          acks: -1,
          compression: i % 2 === 0 ? CompressionTypes.GZIP : CompressionTypes.None,
          messages: [{ key: `k${i % 7}`, value, headers: { h: 'x' } }],
        });
        acknowledged.push(value);
      }
    };
    await send(0, 60);
    cluster.signal(leader, 'SIGKILL');
    await send(60, 120);
    const consumer = kafka.consumer({ groupId: 'kafkajs-group', sessionTimeout: 10_000 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const seen = new Set<string>();
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error(`only ${seen.size} values came`)), 25_000).unref();
      consumer
        .run({
          eachMessage: async ({ message }) => {
            seen.add(message.value!.toString());
            if (seen.size === acknowledged.length) {
              resolve();
            }
          },
        })
        .catch(reject);
    });
    expect(acknowledged.length).toBe(120);
    expect(acknowledged.filter((value) => !seen.has(value))).toEqual([]);
    await consumer.disconnect();
    const offsets = await admin.fetchOffsets({ groupId: 'kafkajs-group', topics: [topic] });
    expect(offsets[0]!.partitions.reduce((sum, each) => sum + Number(each.offset), 0)).toBe(120);
    const { groups: listed } = await admin.listGroups();
    expect(listed).toContainEqual({ groupId: 'kafkajs-group', protocolType: 'consumer' });
    const { groups: described } = await admin.describeGroups(['kafkajs-group', 'nobody']);
    expect(described.map(({ groupId, state }) => [groupId, state])).toEqual([
      ['kafkajs-group', 'Empty'],
      ['nobody', 'Dead'],
    ]);
    await admin.deleteGroups(['kafkajs-group']);
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(
      'kafkajs-group',
    );
    const deleted = await admin.fetchOffsets({ groupId: 'kafkajs-group', topics: [topic] });
    expect(deleted[0]!.partitions.every(({ offset }) => offset === '-1')).toBe(true);
    // Made while a broker was down, and yet with a copy for it.
    const made = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
    for (const { replicas, partitionId } of made.topics[0]!.partitions) {
      expect(replicas.length, `copies of __consumer_offsets-${partitionId}`).toBe(3);
    }
    await producer.disconnect();
    await admin.disconnect();
    await cluster.startBroker(leader);
  });
});

describe('@platformatic/kafka', () => {
  test('loses nothing that was acknowledged, through kill -9 of the leader', async () => {
    const topic = 'platformatic-failover';
    const options = {
      clientId: 'platformatic-test',
      bootstrapBrokers: cluster.bootstrap,
      retries: 2,
      retryDelay: 50,
      requestTimeout: 3000,
    };
    const admin = new Admin(options);
    const [created] = await admin.createTopics({ topics: [topic], partitions: 1, replicas: 3 });
    expect(created!.name).toBe(topic);
    const metadata = await admin.metadata({ topics: [topic] });
    const leader = metadata.topics.get(topic)!.partitions[0]!.leader;
    await admin.close();
    const producer = new Producer({ ...options, serializers: stringSerializers });
    const acknowledged: string[] = [];
    for (let i = 0; i < 80; i++) {
      if (i === 40) {
        cluster.signal(leader, 'SIGKILL');
      }
      const value = `value-${i}`;
      // This client asks for metadata by itself only when what it has is old.
      for (let attempt = 1; ; attempt++) {
        try {
          await producer.send({ messages: [{ topic, key: 'k', value }], acks: -1 });
          break;
        } catch (error) {
          expect(attempt, String(error)).toBeLessThan(50);
          await producer.metadata({ topics: [topic], forceUpdate: true }).catch(() => {});
        }
      }
      acknowledged.push(value);
    }
    await producer.close(true);
    const groupId = 'platformatic-failover-group';
    const consumer = new Consumer({ ...options, groupId, deserializers: stringDeserializers });
    const mode = MessagesStreamModes.EARLIEST;
    const stream = await consumer.consume({ topics: [topic], mode, maxWaitTime: 200 });
    const seen = new Set<string>();
    for await (const message of stream) {
      seen.add(message.value);
      if (acknowledged.every((value) => seen.has(value))) {
        break;
      }
    }
    await consumer.close(true);
    expect(seen.size).toBe(acknowledged.length);
    await cluster.startBroker(leader);
  });

  test.each(['none', 'gzip', 'snappy', 'lz4'] as const)(
    'produces and consumes with %s',
    async (compression) => {
      const topic = `platformatic-${compression}`;
      const options = {
        clientId: 'platformatic-test',
        bootstrapBrokers: cluster.bootstrap,
        retries: 20,
        retryDelay: 100,
      };
      const admin = new Admin(options);
      await admin.createTopics({ topics: [topic], partitions: 2, replicas: 3 });
      await admin.close();
      const producer = new Producer({
        ...options,
        serializers: stringSerializers,
        compression,
        autocreateTopics: false,
      });
      const sent: string[] = [];
      for (let i = 0; i < 40; i++) {
        const value = `value-${i}-${'x'.repeat(200)}`;
        await producer.send({ messages: [{ topic, key: `k${i}`, value }], acks: -1 });
        sent.push(value);
      }
      await producer.close();
      const consumer = new Consumer({
        ...options,
        groupId: `group-${compression}`,
        deserializers: stringDeserializers,
      });
      const stream = await consumer.consume({
        topics: [topic],
        mode: MessagesStreamModes.EARLIEST,
        autocommit: true,
        maxWaitTime: 200,
      });
      const seen = new Set<string>();
      for await (const message of stream) {
        seen.add(message.value);
        if (seen.size === sent.length) {
          break;
        }
      }
      await consumer.close(true);
      expect(sent.filter((value) => !seen.has(value))).toEqual([]);
    },
  );
});
