/** What is said of topics that are asked for, grown or deleted: to whom, and in which words. */

import { describe, expect, test } from 'vitest';
import { type BrokerId, type PartitionIndex, type Uuid, ZERO_UUID } from '../types/ids.js';
import { type ControllerRules, createRules } from './rules.js';
import { ids, P0, TOPIC_ID, testImage, testPartition } from './test-image.js';
import { topicNameProblem } from './topic-names.js';
import { createPartitions, createTopics, deleteTopics } from './topics.js';
import type { CreatableTopic, GrowingTopic, MetadataImage } from './types.js';

const rules: ControllerRules = createRules({
  clusterId: 'c',
  defaultPartitions: 2,
  defaultReplicationFactor: 3,
  topicDefaults: new Map(),
});

const NEW: CreatableTopic = {
  name: 'new',
  topicId: 'new-id' as Uuid,
  partitions: 1,
  replicationFactor: 2,
  assignments: null,
  configs: [],
};
/** The number of partitions, and of replicas, is that of the assignment. */
const BY_HAND = { partitions: -1, replicationFactor: -1 };
/** Of Kafka: the most partitions that one request creates. */
const MOST = 10_000;

type Decided = ReturnType<typeof createTopics>;

const told = ({ response }: Decided): unknown[] =>
  response.type === 'topics' ? response.topics.map(({ error, message }) => [error, message]) : [];

const create = (image: MetadataImage, ...topics: readonly Partial<CreatableTopic>[]): Decided =>
  createTopics(
    image,
    {
      type: 'createTopics',
      topics: topics.map((changes, i) => ({ ...NEW, topicId: `id${i}` as Uuid, ...changes })),
      validateOnly: false,
    },
    rules,
  );

const grow = (image: MetadataImage, ...topics: readonly Partial<GrowingTopic>[]): Decided =>
  createPartitions(
    image,
    {
      type: 'createPartitions',
      topics: topics.map((changes) => ({ name: 't', count: 2, assignments: null, ...changes })),
      validateOnly: false,
    },
    rules,
  );

describe('a topic that is not created', () => {
  test.each<[number, string, Partial<CreatableTopic>]>([
    [17, 'a topic name cannot be empty', { name: '' }],
    [17, 'a topic name cannot be "." or ".."', { name: '.' }],
    [17, 'a topic name cannot be "." or ".."', { name: '..' }],
    [17, 'a topic name has at most 249 characters', { name: 'x'.repeat(250) }],
    [17, 'a topic name consists of ASCII letters, digits, ".", "_" and "-"', { name: 'ä' }],
    [36, "Topic 't' already exists.", { name: 't' }],
    [37, 'a topic needs at least one partition', { partitions: 0 }],
    [38, 'a partition needs at least one replica', { replicationFactor: 0 }],
    [38, '4 replicas need as many brokers; 3 registered', { replicationFactor: 4 }],
    [39, 'the assignment has no partition', { ...BY_HAND, assignments: [] }],
    [
      42,
      'an explicit assignment allows no number of partitions or replicas beside it',
      { partitions: -1, assignments: [ids(1)] },
    ],
    [
      42,
      'an explicit assignment allows no number of partitions or replicas beside it',
      { replicationFactor: -1, assignments: [ids(1)] },
    ],
    [39, 'partition 0 has not as many replicas as the first', { ...BY_HAND, assignments: [ids()] }],
    [
      39,
      'partition 1 has not as many replicas as the first',
      { ...BY_HAND, assignments: [ids(1), ids(1, 2)] },
    ],
    [39, 'partition 0 has a broker twice', { ...BY_HAND, assignments: [ids(1, 1)] }],
    [
      39,
      'partition 0 names broker 9, which is not there',
      { ...BY_HAND, assignments: [ids(1, 9)] },
    ],
  ])('is refused with %d, and it is said why', (error, message, changes) => {
    const decided = create(testImage(), changes);
    expect(told(decided)).toEqual([[error, message]]);
    expect(decided.records).toEqual([]);
  });

  test('has no live broker, at all or for one of its partitions', () => {
    const allFenced = testImage({ isr: [], leader: -1 as BrokerId }, [1, 2, 3]);
    expect(told(create(allFenced, {}))).toEqual([
      [38, 'no broker is live: all are fenced or shutting down'],
    ]);
    const some = testImage({}, [2, 3]);
    const byHand = (...assignments: BrokerId[][]) =>
      told(create(some, { ...BY_HAND, assignments }));
    expect(byHand(ids(1, 2), ids(2, 3))).toEqual([
      [39, 'all brokers of partition 1 are fenced or shutting down'],
    ]);
    expect(byHand(ids(2, 1))).toEqual([[0, null]]);
  });

  test('is there already in the request, or collides with one that is', () => {
    const names = ['twin', 'twin', 'a.b', 'a_b', 't'].map((name) => ({ name }));
    expect(told(create(testImage(), ...names))).toEqual([
      [42, 'topic twin is in the request twice'],
      [42, 'topic twin is in the request twice'],
      [0, null],
      [17, 'topic a_b collides with a.b'],
      [36, "Topic 't' already exists."],
    ]);
    const image = testImage();
    image.topicIds.set('x.y', 'other' as Uuid);
    expect(told(create(image, { name: 'x_y' }))).toEqual([[17, 'topic x_y collides with x.y']]);
  });

  test('would be one too many for the request', () => {
    const refused = [44, `one request creates at most ${MOST} partitions`];
    const one = { replicationFactor: 1 };
    const asked = [
      { ...one, name: 'a', partitions: MOST - 1 },
      { ...one, name: 'b', partitions: 2 },
      { ...BY_HAND, name: 'c', assignments: [ids(1), ids(2)] },
      { ...one, name: 'd', partitions: 1 },
      { ...one, name: 'e', partitions: 1 },
    ];
    expect(told(create(testImage(), ...asked))).toEqual([
      [0, null],
      refused,
      refused,
      [0, null],
      refused,
    ]);
  });

  test('stops the controller where its id is none, or is taken', () => {
    expect(() => create(testImage(), { topicId: ZERO_UUID })).toThrow('a topic id cannot be zero');
    expect(() => create(testImage(), { topicId: TOPIC_ID })).toThrow(
      'the host drew a topic id twice',
    );
  });
});

describe('a topic that is created', () => {
  test('has all its replicas in sync that are live, and is told back as it is', () => {
    const assignments = [ids(1, 2), ids(2, 3)];
    const { records, response } = create(testImage({}, [2]), { ...BY_HAND, assignments });
    const common = {
      type: 'PartitionRecord',
      topicId: 'id0',
      removingReplicas: [],
      addingReplicas: [],
      leaderEpoch: 0,
      partitionEpoch: 0,
    };
    expect(records).toMatchObject([
      { type: 'TopicRecord', name: 'new', topicId: 'id0' },
      { ...common, partitionId: 0, replicas: [1, 2], isr: [1], leader: 1 },
      { ...common, partitionId: 1, replicas: [2, 3], isr: [3], leader: 3 },
    ]);
    const numbers = { partitions: 2, replicationFactor: 2 };
    expect(response).toEqual({
      type: 'topics',
      topics: [{ name: 'new', topicId: 'id0', error: 0, message: null, ...numbers }],
    });
  });
});

describe('a topic that is to grow', () => {
  test.each<[number, string, Partial<GrowingTopic>]>([
    [3, 'no topic has this name', { name: 'u' }],
    [37, 'Topic already has 1 partition(s).', { count: 1 }],
    [37, 'The topic t currently has 1 partition(s); 0 would not be an increase.', { count: 0 }],
    [
      39,
      '2 more partition(s) need as many assignments, not 1',
      { count: 3, assignments: [ids(1, 2, 3)] },
    ],
    [39, 'partition 1 has not as many replicas as the first', { assignments: [ids(1)] }],
    [39, 'partition 1 has a broker twice', { assignments: [ids(1, 2, 2)] }],
    [44, `one request creates at most ${MOST} partitions`, { count: MOST + 2 }],
  ])('is refused with %d, and it is said why', (error, message, changes) => {
    const decided = grow(testImage(), changes);
    expect(told(decided)).toEqual([[error, message]]);
    expect(decided.records).toEqual([]);
  });

  test('does so once in a request, and within what the request may create', () => {
    const image = testImage();
    image.topics.set('u-id' as Uuid, {
      id: 'u-id' as Uuid,
      name: 'u',
      partitions: new Map([[P0, testPartition({ replicas: ids(1), isr: ids(1) })]]),
    });
    image.topicIds.set('u', 'u-id' as Uuid);
    const twice = [42, 'topic t is in the request twice'];
    expect(told(grow(image, {}, {}))).toEqual([twice, twice]);
    const much = grow(image, { name: 'u', count: MOST }, { count: 3 });
    expect(told(much)).toEqual([
      [0, null],
      [44, `one request creates at most ${MOST} partitions`],
    ]);
    expect(much.records).toHaveLength(MOST - 1);
    expect(told(grow(image, { name: 'u', count: MOST }, { count: 2 }))).toEqual([
      [0, null],
      [0, null],
    ]);
  });

  test('gets the partitions that were asked for, behind those that it has', () => {
    const { records, response } = grow(testImage(), { assignments: [ids(3, 2, 1)] });
    expect(records).toMatchObject([
      {
        type: 'PartitionRecord',
        topicId: TOPIC_ID,
        partitionId: 1 as PartitionIndex,
        replicas: [3, 2, 1],
        isr: [3, 2, 1],
        leader: 3,
      },
    ]);
    const numbers = { partitions: 2, replicationFactor: 3 };
    expect(response).toEqual({
      type: 'topics',
      topics: [{ name: 't', topicId: TOPIC_ID, error: 0, message: null, ...numbers }],
    });
  });
});

describe('a topic that is to be deleted', () => {
  const remove = (...topics: readonly (readonly [string | null, Uuid])[]): Decided =>
    deleteTopics(testImage(), {
      type: 'deleteTopics',
      topics: topics.map(([name, topicId]) => ({ name, topicId })),
    });

  test('is named by one of its names, once, and is there', () => {
    const other = 'other' as Uuid;
    const both = [42, 'a topic is named by its name or by its id'];
    expect(told(remove(['t', TOPIC_ID], [null, ZERO_UUID]))).toEqual([both, both]);
    expect(told(remove(['u', ZERO_UUID], ['v', ZERO_UUID], [null, other]))).toEqual([
      [3, 'no topic has this name'],
      [3, 'no topic has this name'],
      [100, 'no topic has this id'],
    ]);
    const twice = [42, 'the topic is in the request twice'];
    expect(told(remove(['t', ZERO_UUID], [null, TOPIC_ID]))).toEqual([twice, twice]);
    expect(remove(['t', TOPIC_ID]).records).toEqual([]);
  });

  test('is removed by its id, and told by both', () => {
    const numbers = { partitions: -1, replicationFactor: -1 };
    expect(remove(['t', ZERO_UUID])).toEqual({
      records: [{ type: 'RemoveTopicRecord', topicId: TOPIC_ID }],
      response: {
        type: 'topics',
        topics: [{ name: 't', topicId: TOPIC_ID, error: 0, message: null, ...numbers }],
      },
    });
    const refused = remove(['u', ZERO_UUID]).response;
    expect(refused).toMatchObject({ topics: [{ name: 'u', topicId: ZERO_UUID, ...numbers }] });
  });
});

test('the names of topics are those that Kafka takes', () => {
  const good = ['a', '...', '__x', 'A-b.c_9', 'x'.repeat(249)];
  expect(good.map(topicNameProblem)).toEqual(good.map(() => null));
});
