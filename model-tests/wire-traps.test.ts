/**
 * Where brokers that are not Kafka trip, as its clients find out: the list is in docs/wire.md. What is tested
 * elsewhere is named there; the rest is here.
 */

import { existsSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  advertisedApis,
  apiVersionsApi,
  createTopicsApi,
  deleteRecordsApi,
  deleteTopicsApi,
  describeConfigsApi,
  fetchApi,
  findCoordinatorApi,
  initProducerIdApi,
  metadataApi,
  offsetFetchApi,
  offsetForLeaderEpochApi,
  produceApi,
} from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import { recordBatch } from './wire-requests.js';
import { type WireConnection, WireWorld } from './wire-world.js';

let wire: WireWorld;
let client: WireConnection;

beforeEach(() => {
  wire = new WireWorld({
    configs: { 'auto.create.topics.enable': 'false', 'num.partitions': '3' },
  });
  client = wire.connect();
});

interface Created {
  readonly errorCode: number;
  readonly topicId: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

function create(name: string, numPartitions = 1): Created & { configs: unknown } {
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 1000 });
  wire.run(0.1);
  return topics[0]!;
}

function produce(name: string, records: Uint8Array, version = 7): number {
  const topicData = [{ name, partitionData: [{ index: 0 as never, records }] }];
  const body = { acks: -1, timeoutMs: 1000, topicData };
  return client.call(produceApi, version, body).responses[0]!.partitionResponses[0]!.errorCode;
}

function fetch(topic: string, fetchOffset: number, more: object = {}): { errorCode: number } {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: 1 << 20, ...more };
  const body = { replicaId: -1, maxWaitMs: 0, topics: [{ topic, partitions: [partition] }] };
  return client.call(fetchApi, 11, body as never).responses[0]!.partitions[0]!;
}

describe('ApiVersions', () => {
  const ask = (clientSoftwareName: string, clientSoftwareVersion: string): number =>
    client.call(apiVersionsApi, 3, { clientSoftwareName, clientSoftwareVersion }).errorCode;

  test('wants names and versions of software in letters, digits, dots and dashes (trap 4)', () => {
    for (const name of ['apache-kafka-java', 'a', '4.4.0', 'A-1.b']) {
      expect([name, ask(name, '1.0'), ask('x', name)]).toEqual([name, 0, 0]);
    }
    for (const name of ['', '-a', 'a-', '.', 'a b', 'a_b', 'ä', 'a\n']) {
      const refused = ErrorCode.INVALID_REQUEST;
      expect([name, ask(name, '1.0'), ask('x', name)]).toEqual([name, refused, refused]);
    }
    expect(client.isAlive()).toBe(true);
  });

  test('shows no supported feature whose lowest level is 0 to versions below 4 (trap 5)', () => {
    const body = { clientSoftwareName: 'x', clientSoftwareVersion: '1' };
    const { supportedFeatures, finalizedFeatures } = client.call(apiVersionsApi, 3, body);
    expect(supportedFeatures.map(({ name }) => name)).toEqual(['metadata.version']);
    expect(supportedFeatures.every(({ minVersion }) => minVersion > 0)).toBe(true);
    expect(finalizedFeatures.map(({ name }) => name)).toContain('metadata.version');
  });

  test('overlaps with what librdkafka wants to see before it uses a feature (trap 6)', () => {
    const ranges = new Map(advertisedApis().map(({ apiKey, ...range }) => [apiKey, range]));
    // rdkafka_feature.c of 2.0.2: key and version of each gate, but for transactions and SASL.
    const gates: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
      MsgVer1: [
        [0, 2],
        [1, 2],
      ],
      MsgVer2: [
        [0, 3],
        [1, 4],
      ],
      BrokerBalancedConsumer: [
        [10, 0],
        [8, 1],
        [8, 2],
        [9, 1],
      ],
      BrokerGroupCoordinator: [
        [10, 0],
        [11, 0],
        [12, 0],
        [13, 0],
        [14, 0],
      ],
      LZ4: [[10, 0]],
      OffsetTime: [[2, 1]],
      IdempotentProducer: [[22, 0]],
      ZSTD: [
        [0, 7],
        [1, 10],
      ],
    };
    const missing: string[] = [];
    for (const [feature, wanted] of Object.entries(gates)) {
      for (const [key, version] of wanted) {
        const range = ranges.get(key);
        if (range === undefined || version < range.minVersion || version > range.maxVersion) {
          missing.push(`${feature}: ${key} ${version}`);
        }
      }
    }
    // Kafka's own floors (KIP-896): a real broker of 4.x lacks these too.
    expect(missing).toEqual(['MsgVer1: 1 2', 'BrokerBalancedConsumer: 8 1']);
  });

  test('has nothing of KIP-848, and a heartbeat of it ends the connection (trap 32)', () => {
    expect(advertisedApis().filter(({ apiKey }) => apiKey === 68 || apiKey === 69)).toEqual([]);
    client.send(Uint8Array.of(0, 68, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0));
    expect(client.isHungUp()).toBe(true);
  });
});

describe('Produce', () => {
  test('takes no message sets of formats 0 and 1 (trap 8)', () => {
    create('t');
    for (const magic of [0, 1]) {
      // Offset, size, CRC, magic, attributes, in v1 a timestamp, null key, value 'x'.
      const set = Buffer.alloc(12 + 4 + 2 + (magic === 1 ? 8 : 0) + 4 + 5);
      set.writeInt32BE(set.length - 12, 8);
      set[16] = magic;
      set.writeInt32BE(-1, set.length - 9);
      set.writeInt32BE(1, set.length - 5);
      expect([magic, produce('t', set, 3)]).toEqual([magic, ErrorCode.INVALID_RECORD]);
    }
  });

  test('takes every codec, and gives back what it took (trap 23)', () => {
    create('t');
    for (const codec of [0, 1, 2, 3, 4]) {
      expect([codec, produce('t', recordBatch(['a', 'b'], { codec }))]).toEqual([codec, 0]);
      expect(fetch('t', 2 * codec)).toMatchObject({ errorCode: 0, records: expect.anything() });
    }
  });

  test('of an idempotent producer begins with an id that nobody has (trap 25)', () => {
    const ask = (producerId: bigint, producerEpoch: number): readonly [number, bigint, number] => {
      const body = { transactionalId: null, transactionTimeoutMs: 1000, producerId, producerEpoch };
      const answer = client.call(initProducerIdApi, 3, body);
      return [answer.errorCode, answer.producerId, answer.producerEpoch];
    };
    // The pair says what a producer had: only one with a transactional id is given a higher epoch.
    const answers = [ask(-1n, -1), ask(-1n, -1), ask(0n, 0), ask(7n, 3)];
    expect(answers.map(([error, , epoch]) => [error, epoch])).toEqual(
      [...Array(4)].map(() => [0, 0]),
    );
    expect(new Set(answers.map(([, id]) => id)).size).toBe(4);
  });
});

describe('topics', () => {
  test('deleted and created again are others: a request by the old id finds nothing (trap 12)', () => {
    const { topicId } = create('t');
    const remove = (id: string): number =>
      client.call(deleteTopicsApi, 6, { topics: [{ name: null, topicId: id }], timeoutMs: 1000 })
        .responses[0]!.errorCode;
    expect(remove(topicId)).toBe(0);
    const again = create('t').topicId;
    expect(again).not.toBe(topicId);
    expect(remove(topicId)).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    const { topics } = client.call(metadataApi, 9, { topics: [{ name: 't' }] });
    expect(topics[0]!.errorCode).toBe(0);
    expect(remove(again)).toBe(0);
  });

  test('are created with what the answer says: id, counts, configs, defaults (trap 30)', () => {
    const made = create('t', -1);
    expect(made).toMatchObject({ errorCode: 0, numPartitions: 3, replicationFactor: 1 });
    expect(made.topicId).toMatch(/^(?!A{22})[\w-]{22}$/);
    expect(made.configs).toContainEqual(
      expect.objectContaining({ name: 'cleanup.policy', value: 'delete' }),
    );
    expect(create('t').errorCode).toBe(ErrorCode.TOPIC_ALREADY_EXISTS);
  });

  test('have configs of the true names, and an error for others (trap 30)', () => {
    create('t');
    const { results } = client.call(describeConfigsApi, 4, {
      resources: [{ resourceType: 2, resourceName: 't', configurationKeys: null }],
    });
    const names = results[0]!.configs.map(({ name }) => name);
    for (const name of ['cleanup.policy', 'retention.ms', 'min.insync.replicas', 'segment.bytes']) {
      expect(names).toContain(name);
    }
    expect(names).not.toContain('log.retention.ms');
  });

  test('that nobody knows are said to be so; brokers are told as advertised (trap 31)', () => {
    const told = client.call(metadataApi, 9, { topics: [{ name: 'nobody' }] });
    expect(told.topics).toMatchObject([
      { name: 'nobody', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] },
    ]);
    expect(told.brokers).toMatchObject([{ nodeId: 1, host: 'broker1', port: 9092 }]);
    expect(told.brokers.map(({ nodeId }) => nodeId)).toContain(told.controllerId);
  });
});

describe('Fetch', () => {
  test('below the log start is out of range (trap 15)', () => {
    create('t');
    produce('t', recordBatch(['a', 'b', 'c']));
    const partitions = [{ partitionIndex: 0 as never, offset: 2 as never }];
    client.call(deleteRecordsApi, 2, { topics: [{ name: 't', partitions }], timeoutMs: 1000 });
    expect([1, 2].map((offset) => fetch('t', offset).errorCode)).toEqual([
      ErrorCode.OFFSET_OUT_OF_RANGE,
      0,
    ]);
  });

  test('lists no aborted transactions where it is not asked for them (trap 16)', () => {
    create('t');
    produce('t', recordBatch(['a']));
    expect(fetch('t', 0)).toMatchObject({ errorCode: 0, abortedTransactions: null });
  });

  test('and OffsetForLeaderEpoch tell an old leader epoch from one to come (trap 18)', () => {
    create('t');
    const ask = (currentLeaderEpoch: number): number => {
      const partitions = [{ partition: 0, currentLeaderEpoch, leaderEpoch: 0 }];
      const topics = [{ topic: 't', partitions }];
      const body = { replicaId: -2, topics } as never;
      return client.call(offsetForLeaderEpochApi, 3, body).topics[0]!.partitions[0]!.errorCode;
    };
    const epochs = [-1, 0, 1];
    const expected = [0, 0, ErrorCode.UNKNOWN_LEADER_EPOCH];
    expect(epochs.map(ask)).toEqual(expected);
    expect(epochs.map((epoch) => fetch('t', 0, { currentLeaderEpoch: epoch }).errorCode)).toEqual(
      expected,
    );
  });
});

test('FindCoordinator says that there is none yet, and answers key by key (trap 19)', () => {
  const first = client.call(findCoordinatorApi, 4, { coordinatorKeys: ['a', 'b'] });
  expect(first.coordinators.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ]);
  wire.run(2);
  const then = client.call(findCoordinatorApi, 4, { coordinatorKeys: ['a', 'b'] });
  expect(then.coordinators).toMatchObject([
    { key: 'a', errorCode: 0, nodeId: 1 },
    { key: 'b', errorCode: 0, nodeId: 1 },
  ]);
  // Of a type that nobody knows: an error for each key.
  const odd = client.call(findCoordinatorApi, 4, { keyType: 9, coordinatorKeys: ['a'] });
  expect(odd.coordinators).toMatchObject([{ key: 'a', nodeId: -1 }]);
  expect(odd.coordinators[0]!.errorCode).not.toBe(0);
});

test('OffsetFetch of a group that nobody knows is no error, group by group (trap 21)', () => {
  create('t');
  client.call(findCoordinatorApi, 0, { key: 'g' });
  wire.run(2);
  const topics = [{ name: 't', partitionIndexes: [0 as never] }];
  const asked = [
    { groupId: 'nobody', topics },
    { groupId: 'nobody', topics: null },
  ];
  const { groups } = client.call(offsetFetchApi, 8, { groups: asked, requireStable: true });
  const partitions = [{ partitionIndex: 0, committedOffset: -1, metadata: '', errorCode: 0 }];
  expect(groups).toMatchObject([
    { groupId: 'nobody', errorCode: 0, topics: [{ name: 't', partitions }] },
    { groupId: 'nobody', errorCode: 0, topics: [] },
  ]);
});

describe('the list of traps', () => {
  const page = readFileSync(new URL('../docs/wire.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \|(.*)\|(.*)\|$/gm)];

  test('has them all', () => {
    expect(rows.map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 33 }, (_, index) => index + 1),
    );
  });

  test('names tests that are there', () => {
    let count = 0;
    const missing: string[] = [];
    for (const [, number, , tests] of rows) {
      for (const [, file, title] of tests!.matchAll(/`([\w./-]+\.test\.ts)`(?: “([^”]+)”)?/g)) {
        const path = new URL(`../${file}`, import.meta.url);
        const source = existsSync(path) ? readFileSync(path, 'utf8') : '';
        count++;
        if (source === '' || (title !== undefined && !source.includes(title))) {
          missing.push(`${number}: ${file} ${title ?? ''}`);
        }
      }
    }
    expect(missing).toEqual([]);
    expect(count).toBeGreaterThan(30);
  });
});
