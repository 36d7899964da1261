/** The driver of @platformatic/kafka. */

import zlib from 'node:zlib';
import {
  Admin,
  Consumer,
  type Message,
  type MessagesStream,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  Producer,
} from '@platformatic/kafka';
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

type Bytes = Buffer;
type Stream = MessagesStream<Bytes, Bytes, Bytes, Bytes>;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

const options = {
  clientId: 'matrix-platformatic',
  bootstrapBrokers: process.argv[2]!.split(','),
  retries: 5,
  retryDelay: 100,
  requestTimeout: 10_000,
  autocreateTopics: false,
};
const TOPIC = 2;
const SET = 0;
const UNKNOWN_TOPIC_OR_PARTITION = 3;

const admin = new Admin(options);
let member: Consumer | null = null;
let stream: Stream | null = null;
let subscribed = '';
let seen = new Seen();

async function metadata({ topic }: { topic: string }): Promise<object> {
  const told = await admin.metadata({ topics: [topic], forceUpdate: true });
  return {
    brokers: [...told.brokers].map(([id, { host, port }]) => ({ id, host, port })),
    topics: [...told.topics].map(([name, { partitions }]) => ({
      name,
      partitions: partitions.map(({ leader, replicas }, id) => ({ id, leader, replicas })),
    })),
  };
}

async function createTopic(asked: {
  topic: string;
  partitions: number;
  replicas: number;
  configs: Record<string, string>;
}): Promise<void> {
  const { topic, partitions, replicas } = asked;
  const configs = Object.entries(asked.configs).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [topic], partitions, replicas, configs });
}

async function describeConfigs({ topic }: { topic: string }): Promise<object> {
  const [told] = await admin.describeConfigs({
    resources: [{ resourceType: TOPIC, resourceName: topic }],
    includeSynonyms: false,
    includeDocumentation: false,
  });
  return { configs: Object.fromEntries(told!.configs.map(({ name, value }) => [name, value])) };
}

async function alterConfig(asked: { topic: string; name: string; value: string }): Promise<void> {
  const { topic, name, value } = asked;
  const configs = [{ name, value, configOperation: SET }] as const;
  await admin.incrementalAlterConfigs({
    resources: [{ resourceType: TOPIC, resourceName: topic, configs: [...configs] }],
  });
}

async function listOffsets(asked: {
  topic: string;
  partition: number;
  at: number | string;
}): Promise<object> {
  const { topic, partition: partitionIndex, at } = asked;
  const timestamp = at === 'latest' ? -1n : at === 'earliest' ? -2n : BigInt(at);
  const [told] = await admin.listOffsets({
    topics: [{ name: topic, partitions: [{ partitionIndex, timestamp }] }],
  });
  return { offset: Number(told!.partitions[0]!.offset) };
}

async function produce(asked: ProduceAsked): Promise<object> {
  const { topic, partition, acks, idempotent, records, retry } = asked;
  if (asked.codec === 'zstd' && !('zstdCompressSync' in zlib)) {
    throw new CannotExpress(`it takes zstd from Node, and ${process.version} has none`);
  }
  const producer = new Producer({ ...options, ...(retry ? {} : { retries: 0 }) });
  try {
    const { offsets } = await producer.send({
      acks,
      idempotent,
      compression: asked.codec as 'none',
      messages: records.map(({ key, value, headers, timestamp }) => {
        if (new Set(headers.map(([name]) => name)).size !== headers.length) {
          throw new CannotExpress('headers are a Map: a name occurs once');
        }
        const contents = headers.map(([name, content]) => [Buffer.from(name), buffer(content!)]);
        return {
          topic,
          partition,
          timestamp: BigInt(timestamp),
          headers: new Map(contents as [Buffer, Buffer][]),
          ...(key === null ? {} : { key: buffer(key) }),
          ...(value === null ? {} : { value: buffer(value) }),
        };
      }),
    });
    const base = offsets?.[0]?.offset;
    return {
      offsets: base === undefined ? null : records.map((_, index) => Number(base) + index),
    };
  } finally {
    await producer.close(true);
  }
}

function told({ offset, key, value, headers, timestamp }: Message): object {
  return {
    offset: Number(offset),
    key: base64OrNull(key),
    value: base64OrNull(value),
    headers: [...headers].map(([name, content]) => [name.toString(), base64OrNull(content)]),
    timestamp: Number(timestamp),
  };
}

/** There is no reading without a group: one for this reading alone. */
async function read({ topic, partition, offset, count, timeoutMs }: ReadAsked): Promise<object> {
  const groupId = `${topic}-read-${process.pid}-${Date.now()}`;
  const consumer = new Consumer({ ...options, groupId, maxWaitTime: 200, autocommit: false });
  const records: object[] = [];
  let failure: unknown = null;
  try {
    const reading: Stream = await consumer.consume({
      topics: [topic],
      mode: MessagesStreamModes.MANUAL,
      fallbackMode: MessagesStreamFallbackModes.FAIL,
      offsets: [{ topic, partition, offset: BigInt(offset) }],
    });
    reading.on('error', (error) => {
      failure = error;
    });
    reading.on('data', (message: Message) => {
      if (message.partition === partition && records.length < count) {
        records.push(told(message));
      }
    });
    const end = Date.now() + timeoutMs;
    while (records.length < count && failure === null && Date.now() < end) {
      await pause();
    }
  } finally {
    await closed(consumer);
  }
  if (failure !== null) {
    throw failure;
  }
  return { records };
}

/** What it was used for is over: how it ends is not asked. */
async function closed(consumer: Consumer): Promise<void> {
  try {
    await consumer.close(true);
  } catch {}
}

function follow(next: Stream): void {
  stream = next;
  next.on('error', () => {});
  next.on('data', (message: Message) => {
    seen.record(message.partition, Number(message.offset), base64OrNull(message.value));
  });
}

async function join(asked: JoinAsked): Promise<void> {
  const { group, topic, assignor, instanceId, sessionTimeoutMs } = asked;
  if (assignor.startsWith('cooperative')) {
    throw new CannotExpress('the library has no cooperative rebalancing');
  }
  seen = new Seen();
  subscribed = topic;
  const joining = new Consumer({
    ...options,
    groupId: group,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: 500,
    maxWaitTime: 200,
    autocommit: false,
    ...(instanceId === null ? {} : { groupInstanceId: instanceId }),
  });
  member = joining;
  joining.on('consumer:group:join', ({ assignments }) => {
    seen.assign(assignments?.find((each) => each.topic === topic)?.partitions ?? []);
  });
  joining.on('consumer:group:rebalance', () => seen.revoke());
  const { COMMITTED } = MessagesStreamModes;
  const fallbackMode = MessagesStreamFallbackModes.EARLIEST;
  follow(await joining.consume({ topics: [topic], mode: COMMITTED, fallbackMode }));
}

async function seek({ partition, offset }: { partition: number; offset: number }): Promise<void> {
  await stream!.close();
  const offsets = [{ topic: subscribed, partition, offset: BigInt(offset) }];
  const { MANUAL } = MessagesStreamModes;
  follow(await member!.consume({ topics: [subscribed], mode: MANUAL, offsets }));
}

async function commit(): Promise<void> {
  await member!.commit({
    offsets: [...seen.positions].map(([partition, offset]) => ({
      topic: subscribed,
      partition,
      offset: BigInt(offset),
      leaderEpoch: -1,
    })),
  });
}

async function leave(): Promise<void> {
  await member?.close(true);
  member = null;
}

/** What this library says in words of its own is given the code of Kafka that it stands for. */
function tell(error: Error): object {
  const { cause, errors } = error as { cause?: Error; errors?: Error[] };
  const text = [error, cause, ...(errors ?? [])].map((each) => each?.message ?? '').join(' ');
  const ownCode = text.includes('Unknown topic') ? UNKNOWN_TOPIC_OR_PARTITION : null;
  return { code: codeOf(error, 'apiCode') ?? ownCode, name: error.name, text };
}

await serve(
  {
    metadata,
    createTopic,
    describeConfigs,
    alterConfig,
    listOffsets,
    produce,
    read,
    join,
    seek,
    commit,
    leave,
    poll: (asked: PollAsked) => seen.poll(asked),
    deleteTopic: ({ topic }: { topic: string }) => admin.deleteTopics({ topics: [topic] }),
    createPartitions: ({ topic, count }: { topic: string; count: number }) =>
      admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] }),
    deleteRecords: (asked: { topic: string; partition: number; offset: number }) =>
      admin
        .deleteRecords({
          topics: [
            {
              name: asked.topic,
              partitions: [{ partition: asked.partition, offset: BigInt(asked.offset) }],
            },
          ],
        })
        .then(() => ({})),
    listGroups: async () => ({ groups: [...(await admin.listGroups()).keys()] }),
    describeGroup: async ({ group }: { group: string }) => ({
      state: (await admin.describeGroups({ groups: [group] })).get(group)!.state,
    }),
    groupOffsets: async ({ group, topic }: { group: string; topic: string }) => {
      const [told] = await admin.listConsumerGroupOffsets({ groups: [group] });
      const partitions = told!.topics.find(({ name }) => name === topic)?.partitions ?? [];
      return {
        offsets: Object.fromEntries(
          partitions.map(({ partitionIndex, committedOffset }) => [
            partitionIndex,
            Number(committedOffset),
          ]),
        ),
      };
    },
    setOffset: (asked: Place & { group: string; offset: number }) => {
      const partitionOffsets = [{ partition: asked.partition, offset: BigInt(asked.offset) }];
      const topics = [{ name: asked.topic, partitionOffsets }];
      return admin.alterConsumerGroupOffsets({ groupId: asked.group, topics });
    },
    deleteOffset: async ({ group, topic, partition }: Place & { group: string }) => {
      const topics = [{ name: topic, partitionIndexes: [partition] }];
      await admin.deleteConsumerGroupOffsets({ groupId: group, topics });
    },
    logDirs: async ({ topic, partition }: Place) => {
      const told = await admin.describeLogDirs({
        topics: [{ name: topic, partitions: [partition] }],
      });
      return {
        replicas: told.flatMap(({ broker, results }) =>
          results.flatMap(({ topics }) =>
            topics.flatMap(({ partitions }) =>
              partitions.map(({ partitionSize }) => ({ broker, size: Number(partitionSize) })),
            ),
          ),
        ),
      };
    },
    deleteGroup: ({ group }: { group: string }) => admin.deleteGroups({ groups: [group] }),
  },
  tell,
  async () => {
    await leave();
    await admin.close();
  },
);
