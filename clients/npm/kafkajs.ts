/** The driver of kafkajs. */

import {
  type Admin,
  CompressionTypes,
  type Consumer,
  Kafka,
  logLevel,
  type RecordMetadata,
} from 'kafkajs';
import {
  base64OrNull,
  buffer,
  CannotExpress,
  codeOf,
  type JoinAsked,
  type PollAsked,
  type ProduceAsked,
  pause,
  type ReadAsked,
  Seen,
  serve,
} from './loop.js';

const kafka = new Kafka({
  clientId: 'matrix-kafkajs',
  brokers: process.argv[2]!.split(','),
  logLevel: logLevel.NOTHING,
  retry: { initialRetryTime: 50, retries: 8, maxRetryTime: 500 },
});
const CONFIGS_OF_TOPICS = 2;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

let connected: Admin | null = null;
let member: Consumer | null = null;
let subscribed = '';
let seen = new Seen();

async function admin(): Promise<Admin> {
  if (connected === null) {
    connected = kafka.admin();
    await connected.connect();
  }
  return connected;
}

async function metadata({ topic }: { topic: string }): Promise<object> {
  const { brokers } = await (await admin()).describeCluster();
  const { topics } = await (await admin()).fetchTopicMetadata({ topics: [topic] });
  return {
    brokers: brokers.map(({ nodeId: id, host, port }) => ({ id, host, port })),
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionId: id, leader, replicas }) => ({
        id,
        leader,
        replicas,
      })),
    })),
  };
}

async function createTopic(asked: {
  topic: string;
  partitions: number;
  replicas: number;
  configs: Record<string, string>;
}): Promise<void> {
  const { topic, partitions: numPartitions, replicas: replicationFactor, configs } = asked;
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const made = await (await admin()).createTopics({
    topics: [{ topic, numPartitions, replicationFactor, configEntries }],
    waitForLeaders: true,
  });
  if (!made) {
    // The library tells of this one error by its answer.
    throw Object.assign(new Error('the topic exists'), { code: 36 });
  }
}

async function describeConfigs({ topic }: { topic: string }): Promise<object> {
  const { resources } = await (await admin()).describeConfigs({
    resources: [{ type: CONFIGS_OF_TOPICS, name: topic }],
    includeSynonyms: false,
  });
  const entries = resources[0]!.configEntries;
  return {
    configs: Object.fromEntries(entries.map((each) => [each.configName, each.configValue])),
  };
}

async function alterConfig(asked: { topic: string; name: string; value: string }): Promise<void> {
  const { topic, name, value } = asked;
  const resource = { type: CONFIGS_OF_TOPICS, name: topic, configEntries: [{ name, value }] };
  await (await admin()).alterConfigs({ validateOnly: false, resources: [resource] });
}

async function listOffsets(asked: {
  topic: string;
  partition: number;
  at: number | string;
}): Promise<object> {
  const { topic, partition, at } = asked;
  const of = <T extends { partition: number }>(all: T[]): T =>
    all.find((each) => each.partition === partition)!;
  if (typeof at === 'string') {
    const { low, high } = of(await (await admin()).fetchTopicOffsets(topic));
    return { offset: Number(at === 'earliest' ? low : high) };
  }
  const found = of(await (await admin()).fetchTopicOffsetsByTimestamp(topic, at));
  return { offset: Number(found.offset) };
}

const CODECS: Readonly<Record<string, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
};

async function produce(asked: ProduceAsked): Promise<object> {
  const { topic, partition, acks, idempotent, records, retry } = asked;
  const compression = CODECS[asked.codec];
  if (compression === undefined) {
    throw new CannotExpress(`${asked.codec} comes with a package of its own`);
  }
  const producer = kafka.producer({
    idempotent,
    allowAutoTopicCreation: false,
    ...(idempotent ? { maxInFlightRequests: 1 } : {}),
    ...(retry ? {} : { retry: { retries: 0 } }),
  });
  await producer.connect();
  try {
    const told: RecordMetadata[] = await producer.send({
      topic,
      acks,
      compression,
      messages: records.map(({ key, value, headers, timestamp }) => {
        const byName: Record<string, Buffer[]> = {};
        for (const [name, content] of headers) {
          byName[name] = [...(byName[name] ?? []), buffer(content ?? '')];
        }
        return {
          partition,
          key: key === null ? null : buffer(key),
          value: value === null ? null : buffer(value),
          headers: byName,
          timestamp: String(timestamp),
        };
      }),
    });
    const base = Number(told[0]?.baseOffset ?? -1);
    return { offsets: base < 0 ? null : records.map((_, index) => base + index) };
  } finally {
    await producer.disconnect();
  }
}

/** There is no reading without a group: one for this reading alone. */
async function read({ topic, partition, offset, count, timeoutMs }: ReadAsked): Promise<object> {
  const groupId = `${topic}-read-${process.pid}-${Date.now()}`;
  const consumer = kafka.consumer({
    groupId,
    maxBytesPerPartition: 8_000_000,
    maxWaitTimeInMs: 200,
  });
  const records: object[] = [];
  const end = Date.now() + timeoutMs;
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    joined = true;
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition: from, message }) => {
      const at = Number(message.offset);
      if (from === partition && at >= offset && records.length < count) {
        const { key, value, timestamp } = message;
        const headers = Object.entries(message.headers ?? {}).flatMap(([name, content]) =>
          [content].flat().map((each) => [name, base64OrNull(each as Buffer)]),
        );
        const both = { key: base64OrNull(key), value: base64OrNull(value) };
        records.push({ offset: at, ...both, headers, timestamp: Number(timestamp) });
      }
    },
  });
  while (!joined && Date.now() < end) {
    await pause();
  }
  consumer.seek({ topic, partition, offset: String(offset) });
  while (records.length < count && Date.now() < end) {
    await pause();
  }
  await consumer.disconnect();
  return { records };
}

async function join({ group, topic, assignor, instanceId, ...more }: JoinAsked): Promise<void> {
  if (instanceId !== null) {
    throw new CannotExpress('the library has no static members');
  }
  if (assignor.startsWith('cooperative')) {
    throw new CannotExpress('the library has no cooperative rebalancing');
  }
  seen = new Seen();
  subscribed = topic;
  member = kafka.consumer({
    groupId: group,
    sessionTimeout: more.sessionTimeoutMs,
    heartbeatInterval: 500,
    maxWaitTimeInMs: 200,
  });
  member.on(member.events.GROUP_JOIN, ({ payload }) => {
    seen.assign(payload.memberAssignment[topic] ?? []);
  });
  member.on(member.events.REBALANCING, () => seen.revoke());
  await member.connect();
  await member.subscribe({ topic, fromBeginning: true });
  await member.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      seen.record(partition, Number(message.offset), base64OrNull(message.value));
    },
  });
}

async function commit(): Promise<void> {
  await member!.commitOffsets(
    [...seen.positions].map(([partition, offset]) => ({
      topic: subscribed,
      partition,
      offset: String(offset),
    })),
  );
}

async function leave(): Promise<void> {
  await member?.disconnect();
  member = null;
}

async function errorsReadGuard(asked: ReadAsked): Promise<object> {
  const { high } = (await (await admin()).fetchTopicOffsets(asked.topic))[asked.partition]!;
  if (asked.offset > Number(high)) {
    throw new CannotExpress('the library resets such a position by itself and tells nobody');
  }
  return read(asked);
}

await serve(
  {
    metadata,
    createTopic,
    describeConfigs,
    alterConfig,
    listOffsets,
    produce,
    join,
    commit,
    leave,
    read: errorsReadGuard,
    poll: (asked: PollAsked) => seen.poll(asked),
    deleteTopic: async ({ topic }: { topic: string }) =>
      (await admin()).deleteTopics({ topics: [topic] }),
    createPartitions: async ({ topic, count }: { topic: string; count: number }) =>
      (await admin()).createPartitions({ topicPartitions: [{ topic, count }] }),
    deleteRecords: async (asked: { topic: string; partition: number; offset: number }) => {
      // It knows no leader of a topic that it has not asked for before.
      await (await admin()).fetchTopicOffsets(asked.topic);
      await (await admin()).deleteTopicRecords({
        topic: asked.topic,
        partitions: [{ partition: asked.partition, offset: String(asked.offset) }],
      });
    },
    seek: async ({ partition, offset }: { partition: number; offset: number }) =>
      member!.seek({ topic: subscribed, partition, offset: String(offset) }),
    listGroups: async () => ({
      groups: (await (await admin()).listGroups()).groups.map(({ groupId }) => groupId),
    }),
    describeGroup: async ({ group }: { group: string }) => ({
      state: (await (await admin()).describeGroups([group])).groups[0]!.state,
    }),
    groupOffsets: async ({ group, topic }: { group: string; topic: string }) => {
      const told = await (await admin()).fetchOffsets({ groupId: group, topics: [topic] });
      const offsets = told[0]!.partitions.map(({ partition, offset }) => [
        partition,
        Number(offset),
      ]);
      return { offsets: Object.fromEntries(offsets) };
    },
    setOffset: async (asked: Place & { group: string; offset: number }) =>
      (await admin()).setOffsets({
        groupId: asked.group,
        topic: asked.topic,
        partitions: [{ partition: asked.partition, offset: String(asked.offset) }],
      }),
    reassign: async ({ topic, partition, replicas }: Place & { replicas: number[] }) => {
      await (await admin()).alterPartitionReassignments({
        topics: [{ topic, partitionAssignment: [{ partition, replicas }] }],
      });
    },
    deleteGroup: async ({ group }: { group: string }) => (await admin()).deleteGroups([group]),
  },
  (error) => ({
    code: codeOf(error, 'code') ?? codeOf(error, 'errorCode'),
    name: error.name,
    text: error.message,
  }),
  async () => {
    await leave();
    await connected?.disconnect();
  },
);
