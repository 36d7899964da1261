/**
 * Every version that is advertised is asked for something real, and its answer says it. A version that is
 * advertised and has no row here fails.
 */

import { describe, expect, test } from 'vitest';
import { advertisedApis, findApi, isServed } from '../src/protocol/apis.js';
import { recordBatch } from './wire-requests.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const MEMBER_ID_REQUIRED = 79;
const UNKNOWN_MEMBER_ID = 25;

type Body = Readonly<Record<string, unknown>>;

/** One broker with topic 't' of two partitions, a record in the first, and a coordinator. */
class Bench {
  readonly wire = new WireWorld({ configs: { 'auto.create.topics.enable': 'false' } });
  readonly connection: WireConnection = this.wire.connect();
  private count = 0;

  constructor() {
    this.createTopic('t', 2);
    const records = recordBatch(['value']);
    const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
    this.call('Produce', 7, { acks: -1, timeoutMs: 1000, topicData });
    this.wire.until(
      () => this.call('FindCoordinator', 0, { key: 'g' }).errorCode === 0,
      'a coordinator',
    );
  }

  call(name: string, version: number, body: Body): Record<string, unknown> {
    const { apiKey } = advertisedApis().find(({ apiKey }) => findApi(apiKey)!.name === name)!;
    return this.connection.call(findApi(apiKey)!, version, body as never) as never;
  }

  /** A name that nobody has used. */
  fresh(prefix: string): string {
    return `${prefix}${++this.count}`;
  }

  createTopic(name: string, numPartitions = 1): void {
    const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] };
    this.call('CreateTopics', 2, { topics: [topic], timeoutMs: 1000 });
    this.wire.run(0.05);
  }

  /** Joins a group of its own; answers group and member. */
  join(): { groupId: string; memberId: string; generationId: number } {
    const groupId = this.fresh('group');
    const { memberId, generationId } = this.call('JoinGroup', 3, joining(groupId, '')) as never;
    return { groupId, memberId, generationId };
  }

  /** Joins, and is given what it wants. */
  member(): { groupId: string; memberId: string; generationId: number } {
    const member = this.join();
    const assignments = [{ memberId: member.memberId, assignment: Uint8Array.of(1, 2) }];
    this.call('SyncGroup', 3, { ...member, assignments });
    return member;
  }
}

const joining = (groupId: string, memberId: string): Body => ({
  groupId,
  memberId,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 1000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Uint8Array.of(7) }],
});

interface Row {
  /** The request, or what is done to come to one. */
  readonly ask: Body | ((bench: Bench, version: number) => Body);
  /** What the answer says. */
  readonly answer: Body | ((version: number) => Body);
}

const partitionOf = (partition: Body): Body => ({ name: 't', partitions: [partition] });

const ROWS: Readonly<Record<string, Row>> = {
  Produce: {
    ask: () => ({
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 't', partitionData: [{ index: 1, records: recordBatch(['x']) }] }],
    }),
    answer: { responses: [{ name: 't', partitionResponses: [{ index: 1, errorCode: 0 }] }] },
  },
  Fetch: {
    ask: {
      replicaId: -1,
      maxWaitMs: 0,
      maxBytes: 1 << 20,
      topics: [
        { topic: 't', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] },
      ],
    },
    answer: {
      responses: [
        {
          topic: 't',
          partitions: [
            {
              errorCode: 0,
              highWatermark: 1,
              abortedTransactions: null,
              records: expect.anything(),
            },
          ],
        },
      ],
    },
  },
  ListOffsets: {
    ask: { replicaId: -1, topics: [partitionOf({ partitionIndex: 0, timestamp: -1 })] },
    answer: (version) => ({
      topics: [partitionOf({ errorCode: 0, offset: 1, leaderEpoch: version >= 4 ? 0 : -1 })],
    }),
  },
  Metadata: {
    ask: { topics: [{ name: 't' }] },
    answer: {
      brokers: [{ nodeId: 1, host: 'broker1', port: 9092 }],
      controllerId: 1,
      topics: [{ errorCode: 0, name: 't', partitions: [{ leaderId: 1 }, { leaderId: 1 }] }],
    },
  },
  OffsetCommit: {
    ask: (bench) => ({
      groupId: bench.fresh('simple'),
      generationIdOrMemberEpoch: -1,
      topics: [partitionOf({ partitionIndex: 0, committedOffset: 1, committedMetadata: 'm' })],
    }),
    answer: { topics: [partitionOf({ partitionIndex: 0, errorCode: 0 })] },
  },
  OffsetFetch: {
    ask: (bench, version) => {
      const groupId = bench.fresh('simple');
      const offset = { partitionIndex: 0, committedOffset: 4, committedMetadata: 'm' };
      bench.call('OffsetCommit', 8, { groupId, topics: [partitionOf(offset)] });
      const topics = [{ name: 't', partitionIndexes: [0, 1] }];
      return version >= 8 ? { groups: [{ groupId, topics }] } : { groupId, topics };
    },
    answer: (version) => {
      const partitions = [
        { partitionIndex: 0, committedOffset: 4, metadata: 'm', errorCode: 0 },
        // Of an offset that nobody has committed nothing is known, which is no error.
        { partitionIndex: 1, committedOffset: -1, metadata: '', errorCode: 0 },
      ];
      const topics = [{ name: 't', partitions }];
      return version >= 8 ? { groups: [{ errorCode: 0, topics }] } : { errorCode: 0, topics };
    },
  },
  FindCoordinator: {
    ask: (_, version) => (version >= 4 ? { coordinatorKeys: ['a', 'b'] } : { key: 'a' }),
    answer: (version) => {
      const found = { errorCode: 0, nodeId: 1, host: 'broker1', port: 9092 };
      return version >= 4
        ? {
            coordinators: [
              { ...found, key: 'a' },
              { ...found, key: 'b' },
            ],
          }
        : found;
    },
  },
  JoinGroup: {
    ask: (bench, version) => {
      const groupId = bench.fresh('group');
      if (version < 4) {
        return joining(groupId, '');
      }
      // KIP-394: first comes an id.
      const refused = bench.call('JoinGroup', version, joining(groupId, ''));
      expect(refused).toMatchObject({ errorCode: MEMBER_ID_REQUIRED });
      expect(refused.memberId).not.toBe('');
      return joining(groupId, refused.memberId as string);
    },
    answer: {
      errorCode: 0,
      generationId: 1,
      protocolName: 'range',
      leader: expect.stringMatching(/./),
      members: [{ metadata: Uint8Array.of(7) }],
    },
  },
  SyncGroup: {
    ask: (bench) => {
      const member = bench.join();
      const assignments = [{ memberId: member.memberId, assignment: Uint8Array.of(1, 2) }];
      return { ...member, assignments };
    },
    answer: { errorCode: 0, assignment: Uint8Array.of(1, 2) },
  },
  Heartbeat: { ask: (bench) => ({ ...bench.member() }), answer: { errorCode: 0 } },
  LeaveGroup: {
    ask: (bench, version) => {
      const { groupId, memberId } = bench.member();
      return version >= 3
        ? { groupId, members: [{ memberId }, { memberId: 'nobody' }] }
        : { groupId, memberId };
    },
    answer: (version) =>
      version >= 3
        ? { errorCode: 0, members: [{ errorCode: 0 }, { errorCode: UNKNOWN_MEMBER_ID }] }
        : { errorCode: 0 },
  },
  DescribeGroups: {
    ask: (bench) => ({ groups: [bench.member().groupId, 'nobody'] }),
    answer: {
      groups: [
        { errorCode: 0, groupState: 'Stable', protocolType: 'consumer', members: [{}] },
        { errorCode: 0, groupState: 'Dead', members: [] },
      ],
    },
  },
  ListGroups: {
    ask: (bench) => {
      bench.member();
      return {};
    },
    answer: (version) => ({
      errorCode: 0,
      groups: expect.arrayContaining([
        expect.objectContaining({
          protocolType: 'consumer',
          groupState: version >= 4 ? 'Stable' : '',
        }),
      ]),
    }),
  },
  ApiVersions: {
    ask: (_, version) =>
      version >= 3 ? { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' } : {},
    answer: (version) => ({
      errorCode: 0,
      apiKeys: advertisedApis(),
      finalizedFeatures: version >= 3 ? expect.arrayContaining([expect.anything()]) : [],
    }),
  },
  CreateTopics: {
    ask: (bench, version) => ({
      topics: [
        {
          name: bench.fresh('topic'),
          // KIP-464: the defaults, from version 4 on.
          numPartitions: version >= 4 ? -1 : 1,
          replicationFactor: version >= 4 ? -1 : 1,
          assignments: [],
          configs: [{ name: 'retention.ms', value: '1000' }],
        },
      ],
      timeoutMs: 1000,
    }),
    answer: (version) => ({
      topics: [
        version >= 5
          ? { errorCode: 0, numPartitions: 1, replicationFactor: 1, configs: expect.anything() }
          : { errorCode: 0 },
      ],
    }),
  },
  DeleteTopics: {
    ask: (bench, version) => {
      const name = bench.fresh('topic');
      bench.createTopic(name);
      return version >= 6
        ? { topics: [{ name }], timeoutMs: 1000 }
        : { topicNames: [name], timeoutMs: 1000 };
    },
    answer: { responses: [{ errorCode: 0 }] },
  },
  DeleteRecords: {
    ask: { topics: [partitionOf({ partitionIndex: 1, offset: -1 })], timeoutMs: 1000 },
    answer: { topics: [partitionOf({ partitionIndex: 1, errorCode: 0 })] },
  },
  InitProducerId: {
    ask: { transactionalId: null, transactionTimeoutMs: 1000 },
    answer: { errorCode: 0, producerEpoch: 0 },
  },
  OffsetForLeaderEpoch: {
    ask: {
      replicaId: -2,
      topics: [{ topic: 't', partitions: [{ partition: 0, leaderEpoch: 0 }] }],
    },
    answer: {
      topics: [{ topic: 't', partitions: [{ errorCode: 0, leaderEpoch: 0, endOffset: 1 }] }],
    },
  },
  DescribeConfigs: {
    ask: {
      resources: [{ resourceType: 2, resourceName: 't', configurationKeys: ['retention.ms'] }],
      includeSynonyms: true,
      includeDocumentation: true,
    },
    answer: (version) => ({
      results: [
        {
          errorCode: 0,
          configs: [
            {
              name: 'retention.ms',
              value: '604800000',
              configType: version >= 3 ? 5 : 0,
              synonyms: expect.anything(),
            },
          ],
        },
      ],
    }),
  },
  DescribeLogDirs: {
    ask: { topics: [{ topic: 't', partitions: [0] }] },
    answer: {
      results: [{ errorCode: 0, topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }] }],
    },
  },
  CreatePartitions: {
    ask: (bench) => {
      const name = bench.fresh('topic');
      bench.createTopic(name);
      return { topics: [{ name, count: 3, assignments: null }], timeoutMs: 1000 };
    },
    answer: { results: [{ errorCode: 0 }] },
  },
  DeleteGroups: {
    ask: (bench) => {
      const groupId = bench.fresh('simple');
      const offset = { partitionIndex: 0, committedOffset: 4, committedMetadata: 'm' };
      bench.call('OffsetCommit', 8, { groupId, topics: [partitionOf(offset)] });
      return { groupsNames: [groupId, 'nobody'] };
    },
    answer: { results: [{ errorCode: 0 }, { groupId: 'nobody', errorCode: 69 }] },
  },
  OffsetDelete: {
    ask: (bench) => {
      const groupId = bench.fresh('simple');
      const offset = { partitionIndex: 0, committedOffset: 4, committedMetadata: 'm' };
      bench.call('OffsetCommit', 8, { groupId, topics: [partitionOf(offset)] });
      return { groupId, topics: [partitionOf({ partitionIndex: 0 })] };
    },
    answer: { errorCode: 0, topics: [partitionOf({ partitionIndex: 0, errorCode: 0 })] },
  },
  ElectLeaders: {
    ask: { electionType: 0, topicPartitions: [{ topic: 't', partitions: [0] }], timeoutMs: 1000 },
    // Its preferred replica leads already (ELECTION_NOT_NEEDED).
    answer: {
      replicaElectionResults: [{ topic: 't', partitionResult: [{ errorCode: 84 }] }],
    },
  },
  DescribeQuorum: {
    ask: { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
    answer: {
      errorCode: 0,
      topics: [{ partitions: [{ errorCode: 0, leaderId: 1, currentVoters: [{ replicaId: 1 }] }] }],
    },
  },
  AddRaftVoter: {
    ask: { voterId: 1, timeoutMs: 1000, clusterId: 'another', listeners: [] },
    // INCONSISTENT_CLUSTER_ID
    answer: { errorCode: 104 },
  },
  RemoveRaftVoter: {
    ask: { voterId: 1, timeoutMs: 1000, clusterId: 'another' },
    answer: { errorCode: 104 },
  },
  AlterConfigs: {
    ask: {
      resources: [
        {
          resourceType: 2,
          resourceName: 't',
          configs: [{ name: 'max.message.bytes', value: '1000' }],
        },
      ],
      validateOnly: true,
    },
    answer: { responses: [{ errorCode: 0, resourceName: 't' }] },
  },
  IncrementalAlterConfigs: {
    ask: {
      resources: [
        {
          resourceType: 2,
          resourceName: 't',
          configs: [{ name: 'max.message.bytes', configOperation: 0, value: '1000' }],
        },
      ],
      validateOnly: true,
    },
    answer: { responses: [{ errorCode: 0, resourceName: 't' }] },
  },
  AlterPartitionReassignments: {
    ask: {
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, replicas: null }] }],
      timeoutMs: 1000,
    },
    // NO_REASSIGNMENT_IN_PROGRESS
    answer: { errorCode: 0, responses: [partitionOf({ partitionIndex: 0, errorCode: 85 })] },
  },
  ListPartitionReassignments: {
    ask: { topics: null, timeoutMs: 1000 },
    answer: { errorCode: 0, topics: [] },
  },
  DescribeCluster: {
    ask: {},
    answer: { errorCode: 0, controllerId: 1, brokers: [{ brokerId: 1, host: 'broker1' }] },
  },
};

const bench = new Bench();

describe.each(advertisedApis())('API $apiKey', ({ apiKey, minVersion, maxVersion }) => {
  const api = findApi(apiKey)!;
  for (let version = minVersion; version <= maxVersion; version++) {
    test(`${api.name} version ${version}`, () => {
      if (!isServed(api, version)) {
        // Only Produce, for librdkafka (KAFKA-18659); `wire.test.ts` sees it refused.
        expect([api.name, version < 3]).toEqual(['Produce', true]);
        return;
      }
      const row = ROWS[api.name];
      if (row === undefined) {
        throw new Error(`${api.name} is advertised and nobody tries it`);
      }
      const body = typeof row.ask === 'function' ? row.ask(bench, version) : row.ask;
      const answer = typeof row.answer === 'function' ? row.answer(version) : row.answer;
      expect(bench.call(api.name, version, body)).toMatchObject(answer);
      bench.wire.run(0.05);
      expect(bench.connection.closed).toBe(null);
    });
  }
});

test('each row is of an API that is advertised', () => {
  const names = advertisedApis().map(({ apiKey }) => findApi(apiKey)!.name);
  expect(Object.keys(ROWS).filter((name) => !names.includes(name))).toEqual([]);
});
