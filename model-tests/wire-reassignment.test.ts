/** Partition reassignment (KIP-455) over the wire: what operators are told, and where the records then are. */

import { describe, expect, test } from 'vitest';
import type {
  BrokerId,
  LeaderEpoch,
  Offset,
  PartitionIndex,
  Timestamp,
} from '../src/core/types/ids.js';
import { buildBatch } from '../src/log/record-batch.js';
import {
  alterPartitionReassignmentsApi,
  createTopicsApi,
  describeConfigsApi,
  describeLogDirsApi,
  electLeadersApi,
  incrementalAlterConfigsApi,
  listPartitionReassignmentsApi,
  produceApi,
} from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import type { ListPartitionReassignmentsResponse } from '../src/protocol/schemas/list-partition-reassignments.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const P0 = 0 as PartitionIndex;
const ids = (...values: number[]): BrokerId[] => values.map((value) => value as BrokerId);

function create(client: WireConnection, name: string, brokerIds: readonly number[]): void {
  const assignments = [{ partitionIndex: 0, brokerIds }];
  const topic = { name, numPartitions: -1, replicationFactor: -1, assignments, configs: [] };
  const { topics } = client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 5000 } as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
}

function produce(wire: WireWorld, topic: string, value: number, bytesOfValue = 1): number {
  const bytes = buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: 0 as LeaderEpoch,
    records: [
      {
        key: null,
        value: new Uint8Array(bytesOfValue).fill(value),
        headers: [],
        timestamp: 1 as Timestamp,
      },
    ],
  });
  const topicData = [{ name: topic, partitionData: [{ index: 0, records: bytes }] }];
  const body = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData };
  const client = wire.connect(leaderOf(wire, topic));
  const { responses } = client.call(produceApi, 7, body as never);
  client.close();
  return responses[0]!.partitionResponses[0]!.errorCode;
}

function leaderOf(wire: WireWorld, topic: string): number {
  const index = (): number =>
    wire.brokers.findIndex((broker) => broker.replicas.findByName(topic, P0)?.isLeader === true);
  wire.until(() => index() >= 0, 'a leader');
  return index();
}

/** The replicas as every broker knows them; null: they do not agree. */
function replicasOf(wire: WireWorld, topic: string): readonly number[] | null {
  const known = wire.brokers.map(({ controller: { image } }) => {
    const id = image.topicIds.get(topic);
    return id === undefined ? [] : (image.topics.get(id)?.partitions.get(P0)?.replicas ?? []);
  });
  return known.every((replicas) => replicas.join() === known[0]!.join()) ? known[0]! : null;
}

function move(
  client: WireConnection,
  name: string,
  replicas: readonly number[] | null,
  version = 1,
): number {
  const partitions = [{ partitionIndex: P0, replicas: replicas as readonly BrokerId[] | null }];
  const body = { timeoutMs: 5000, topics: [{ name, partitions }] };
  const response = client.call(alterPartitionReassignmentsApi, version, body);
  expect(response.errorCode).toBe(ErrorCode.NONE);
  return response.responses[0]!.partitions[0]!.errorCode;
}

function underWay(
  client: WireConnection,
  named: readonly string[] | null,
): ListPartitionReassignmentsResponse['topics'] {
  const topics = named?.map((name) => ({ name, partitionIndexes: [P0] })) ?? null;
  const response = client.call(listPartitionReassignmentsApi, 0, { timeoutMs: 5000, topics });
  expect(response.errorCode).toBe(ErrorCode.NONE);
  return response.topics;
}

describe('a reassignment', () => {
  test.each([0, 1])('version %i moves a partition while it is written to', (version) => {
    const wire = new WireWorld({ brokers: 4 });
    const client = wire.connect(2);
    create(client, 't', [1, 2]);
    expect(produce(wire, 't', 1)).toBe(ErrorCode.NONE);
    expect(move(client, 't', [4, 3], version)).toBe(ErrorCode.NONE);
    let sent = 1;
    while (replicasOf(wire, 't')?.join() !== '4,3') {
      sent++;
      expect([ErrorCode.NONE, ErrorCode.NOT_LEADER_OR_FOLLOWER]).toContain(produce(wire, 't', 2));
      expect(sent).toBeLessThan(200);
    }
    expect(underWay(client, null)).toEqual([]);
    expect(leaderOf(wire, 't')).toBe(3);
    expect(produce(wire, 't', 3)).toBe(ErrorCode.NONE);
    const leader = wire.brokers[3]!.replicas.findByName('t', P0)!.state;
    expect(leader.logStartOffset).toBe(0);
    expect(leader.logEndOffset).toBeGreaterThan(2);
    wire.run(1);
    for (const [index, node] of wire.nodes.entries()) {
      const has = node.files.list('/data').some((name) => name.startsWith('t-0'));
      expect(has, `broker ${index + 1}`).toBe(index >= 2);
    }
  });

  test('is listed while it is under way, and given up on request', () => {
    const wire = new WireWorld({ brokers: 4 });
    create(wire.connect(0), 't', [1, 2]);
    create(wire.connect(0), 'u', [1, 2]);
    const leader = leaderOf(wire, 't');
    const client = wire.connect(2);
    // Who is to be added hears of it, and cannot reach its leader.
    wire.cut(leader, 3);
    expect(move(client, 't', [2, 4])).toBe(ErrorCode.NONE);
    const moving = {
      partitionIndex: 0,
      replicas: ids(2, 4, 1),
      addingReplicas: ids(4),
      removingReplicas: ids(1),
    };
    expect(underWay(client, null)).toEqual([{ name: 't', partitions: [moving] }]);
    expect(underWay(client, ['t', 'u', 'none'])).toEqual([{ name: 't', partitions: [moving] }]);
    expect(underWay(client, ['u'])).toEqual([]);
    expect(move(client, 'u', null)).toBe(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
    expect(move(client, 't', null)).toBe(ErrorCode.NONE);
    expect(underWay(client, null)).toEqual([]);
    wire.heal();
    wire.until(() => replicasOf(wire, 't')?.join() === '2,1', 'the old replicas');
    wire.run(1);
    expect(wire.nodes[3]!.files.list('/data').filter((name) => name.startsWith('t-0'))).toEqual([]);
    expect(produce(wire, 't', 1)).toBe(ErrorCode.NONE);
  });

  test('of what is not there, or to nowhere, is refused', () => {
    const wire = new WireWorld({ brokers: 2 });
    const client = wire.connect(0);
    create(client, 't', [1]);
    expect(move(client, 'none', [1])).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(move(client, 't', [])).toBe(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    expect(move(client, 't', [1, 9])).toBe(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    const body = {
      timeoutMs: 5000,
      allowReplicationFactorChange: false,
      topics: [{ name: 't', partitions: [{ partitionIndex: P0, replicas: ids(1, 2) }] }],
    };
    const answer = client.call(alterPartitionReassignmentsApi, 1, body);
    expect(answer.allowReplicationFactorChange).toBe(false);
    const [refused] = answer.responses[0]!.partitions;
    expect(refused!.errorCode).toBe(ErrorCode.INVALID_REPLICATION_FACTOR);
    expect(refused!.errorMessage).toMatch(/2 replicas instead of 1/);
  });
});

/** Of broker `id` (empty: of all), or of a topic. */
function configure(
  client: WireConnection,
  resourceType: number,
  resourceName: string,
  configs: Readonly<Record<string, string>>,
): number {
  const changes = Object.entries(configs).map(([name, value]) => ({
    name,
    configOperation: 0,
    value,
  }));
  const resources = [{ resourceType, resourceName, configs: changes }];
  const body = { resources, validateOnly: false };
  return client.call(incrementalAlterConfigsApi, 1, body as never).responses[0]!.errorCode;
}

describe('a throttle', () => {
  const RATE = 2000;
  const BATCH = 10_000;
  const end = (wire: WireWorld, broker: number): number =>
    wire.brokers[broker]!.replicas.findByName('t', P0)?.state.logEndOffset ?? 0;

  test.each(['leader', 'follower'])('of the %s slows a move down, and only that', (side) => {
    const wire = new WireWorld({
      brokers: 3,
      configs: { 'replica.fetch.max.bytes': String(BATCH) },
    });
    const client = wire.connect(0);
    create(client, 't', [1, 2]);
    for (let i = 0; i < 20; i++) {
      expect(produce(wire, 't', 1, BATCH)).toBe(ErrorCode.NONE);
    }
    const leader = leaderOf(wire, 't') + 1;
    const throttled = side === 'leader' ? leader : 3;
    const rate = { [`${side}.replication.throttled.rate`]: String(RATE) };
    const replicas = { [`${side}.replication.throttled.replicas`]: `0:${throttled}` };
    expect(configure(client, 4, String(throttled), rate)).toBe(ErrorCode.NONE);
    expect(configure(client, 2, 't', replicas)).toBe(ErrorCode.NONE);
    expect(move(client, 't', [3, 2])).toBe(ErrorCode.NONE);
    wire.run(30);
    // At first a burst of ten seconds is let through, and each fetch may overshoot by what it holds.
    const copied = end(wire, 2) * BATCH;
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThanOrEqual(30 * RATE + 10 * RATE + BATCH);
    expect(underWay(client, null)).toHaveLength(1);
    // Who is in the ISR is not held back.
    const before = end(wire, 1);
    for (let i = 0; i < 5; i++) {
      expect(produce(wire, 't', 1, BATCH)).toBe(ErrorCode.NONE);
    }
    expect(end(wire, 1)).toBe(before + 5);
    expect(
      configure(client, 4, String(throttled), {
        ...rate,
        [`${side}.replication.throttled.rate`]: '1000000',
      }),
    ).toBe(ErrorCode.NONE);
    wire.until(() => replicasOf(wire, 't')?.join() === '3,2', 'the move ends', 20);
  });

  test('is configured for brokers that are there, in Kafka’s form', () => {
    const wire = new WireWorld();
    const client = wire.connect(0);
    create(client, 't', [1]);
    const rate = { 'leader.replication.throttled.rate': '1' };
    expect(configure(client, 4, '7', rate)).toBe(ErrorCode.INVALID_REQUEST);
    expect(configure(client, 4, '1', { 'log.segment.bytes': '2000000' })).toBe(
      ErrorCode.INVALID_REQUEST,
    );
    const name = 'follower.replication.throttled.replicas';
    expect(configure(client, 2, 't', { [name]: '0-1' })).toBe(ErrorCode.INVALID_CONFIG);
    expect(configure(client, 2, 't', { [name]: '*' })).toBe(ErrorCode.NONE);
    expect(configure(client, 4, '1', rate)).toBe(ErrorCode.NONE);
    const body = { resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }] };
    const { results } = client.call(describeConfigsApi, 4, body as never);
    const described = results[0]!.configs.find((config) => config.name in rate);
    expect(described).toMatchObject({ value: '1', configSource: 2, readOnly: false });
  });
});

describe('DescribeLogDirs', () => {
  test.each([1, 2, 3, 4])(
    'version %i says where replicas lie and how large they are',
    (version) => {
      const wire = new WireWorld({ brokers: 2 });
      const client = wire.connect(0);
      create(client, 't', [1, 2]);
      create(client, 'u', [2]);
      expect(produce(wire, 't', 1, 1000)).toBe(ErrorCode.NONE);
      const dirs = (broker: number, topics: object[] | null) => {
        const answer = wire.connect(broker).call(describeLogDirsApi, version, { topics } as never);
        expect([answer.errorCode, answer.results.length]).toEqual([ErrorCode.NONE, 1]);
        return answer.results[0]!;
      };
      expect(dirs(0, null)).toMatchObject({ logDir: '/data', topics: [{ name: 't' }] });
      const [partition] = dirs(1, null).topics[0]!.partitions;
      expect(partition).toMatchObject({ partitionIndex: 0, offsetLag: 0, isFutureKey: false });
      expect(partition!.partitionSize).toBeGreaterThan(1000);
      expect(dirs(1, null).topics.map(({ name }) => name)).toEqual(['t', 'u']);
      expect(dirs(1, [{ topic: 'u', partitions: [0, 1] }]).topics).toMatchObject([{ name: 'u' }]);
      expect(dirs(1, [{ topic: 'u', partitions: [1] }]).topics).toEqual([]);
    },
  );
});

describe('an election on request', () => {
  test('of the unclean kind is not needed where somebody leads', () => {
    const wire = new WireWorld({ brokers: 2 });
    const client = wire.connect(0);
    create(client, 't', [1, 2]);
    const elect = (electionType: number) =>
      client.call(electLeadersApi, 1, {
        electionType,
        topicPartitions: [{ topic: 't', partitions: [P0] }],
        timeoutMs: 5000,
      });
    for (const type of [0, 1]) {
      const { replicaElectionResults } = elect(type);
      expect(replicaElectionResults[0]!.partitionResult[0]!.errorCode).toBe(
        ErrorCode.ELECTION_NOT_NEEDED,
      );
    }
    expect(elect(2).errorCode).toBe(ErrorCode.INVALID_REQUEST);
  });
});
