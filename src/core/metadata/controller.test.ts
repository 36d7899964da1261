import { describe, expect, test } from 'vitest';
import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  PartitionEpoch,
  PartitionIndex,
  Uuid,
} from '../types/ids.js';
import { ZERO_UUID } from '../types/ids.js';
import { type ControllerState, controller, controllerStateFrom } from './controller.js';
import { cloneImage } from './image.js';
import { type ControllerRules, createRules } from './rules.js';
import { ids, P0, setTopicConfig, TOPIC_ID, testBroker, testImage } from './test-image.js';
import type {
  ControllerCommand,
  ControllerResponse,
  CreatableTopic,
  GrowingTopic,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
} from './types.js';

const BASE = 100;
const rules: ControllerRules = createRules({
  clusterId: 'c',
  defaultPartitions: 2,
  defaultReplicationFactor: 3,
  topicDefaults: new Map(),
});

interface Outcome {
  readonly records: readonly MetadataRecord[];
  readonly response: ControllerResponse;
  readonly state: ControllerState;
}

/** Decides and applies. */
function submit(of: ControllerState | MetadataImage, command: ControllerCommand): Outcome {
  const state =
    'image' in of ? controller.clone(of) : controllerStateFrom(cloneImage(of), BASE - 1);
  const { records, response } = controller.decide(state, command, BASE, rules);
  for (const [i, record] of records.entries()) {
    controller.evolve(state, record, BASE + i);
  }
  return { records, response, state };
}

function partitionOf(outcome: Outcome): PartitionRegistration {
  return outcome.state.image.topics.get(TOPIC_ID)!.partitions.get(P0)!;
}

function types(outcome: Outcome): string[] {
  return outcome.records.map((record) => record.type);
}

function registration(
  id: number,
  previousBrokerEpoch: number,
): Extract<ControllerCommand, { type: 'registerBroker' }> {
  const { endPoints, rack, logDirs } = testBroker(id);
  return {
    type: 'registerBroker',
    brokerId: id as BrokerId,
    clusterId: 'c',
    incarnationId: 'again' as Uuid,
    endPoints,
    rack,
    logDirs,
    previousBrokerEpoch: previousBrokerEpoch as BrokerEpoch,
  };
}

function heartbeat(
  id: number,
  changes: Partial<Extract<ControllerCommand, { type: 'brokerHeartbeat' }>> = {},
): ControllerCommand {
  return {
    type: 'brokerHeartbeat',
    brokerId: id as BrokerId,
    brokerEpoch: (id * 10) as BrokerEpoch,
    currentMetadataOffset: 99,
    wantFence: false,
    wantShutDown: false,
    ...changes,
  };
}

function expired(id: number): ControllerCommand {
  const brokerEpoch = (id * 10) as BrokerEpoch;
  return { type: 'sessionExpired', brokerId: id as BrokerId, brokerEpoch };
}

const minTwo = (
  changes: Partial<PartitionRegistration>,
  fenced: readonly number[],
): MetadataImage => setTopicConfig(testImage(changes, fenced), 'min.insync.replicas', '2');

describe('registration', () => {
  test('gives the offset of its record as epoch, and says so', () => {
    const outcome = submit(testImage({ isr: ids(1, 2) }, [3]), registration(3, 30));
    expect(outcome.response).toEqual({ type: 'registered', error: 0, brokerEpoch: 100 });
    expect(outcome.state.image.brokers.get(3 as BrokerId)).toMatchObject({
      epoch: 100,
      fenced: true,
      incarnationId: 'again',
    });
    expect(outcome.records[0]).toMatchObject({ brokerEpoch: -1 });
  });

  test('counts the records before its own into the epoch', () => {
    const image = minTwo({ isr: ids(1), elr: ids(3) }, [2, 3]);
    const outcome = submit(image, registration(3, -1));
    expect(types(outcome)).toEqual(['PartitionChangeRecord', 'RegisterBrokerRecord']);
    expect(outcome.response).toMatchObject({ brokerEpoch: 101 });
    expect(outcome.state.image.brokers.get(3 as BrokerId)?.epoch).toBe(101);
  });

  test('lets who stopped cleanly keep the ELR, and nobody else', () => {
    const image = minTwo({ isr: ids(1), elr: ids(3) }, [2, 3]);
    expect(partitionOf(submit(image, registration(3, 30))).elr).toEqual(ids(3));
    for (const previous of [-1, 20, 31]) {
      const after = partitionOf(submit(image, registration(3, previous)));
      expect([after.elr, after.lastKnownElr]).toEqual([[], ids(3)]);
    }
  });

  test('answers the same incarnation again with the same epoch, moved or not', () => {
    const same = { ...registration(2, -1), incarnationId: 'incarnation2' as Uuid };
    const again = submit(testImage(), same);
    expect([again.records.length, again.response]).toEqual([
      0,
      { type: 'registered', error: 0, brokerEpoch: 20 },
    ]);
    const moved = submit(testImage(), { ...same, rack: 'elsewhere' });
    expect(moved.state.image.brokers.get(2 as BrokerId)).toMatchObject({
      epoch: 20,
      rack: 'elsewhere',
      fenced: false,
    });
    expect(submit(testImage(), registration(2, -1)).response).toMatchObject({ error: 101 });
  });
});

describe('the life of a broker', () => {
  test('ends for an incarnation when another one has registered', () => {
    const stale = submit(testImage(), heartbeat(2, { brokerEpoch: 19 as BrokerEpoch }));
    expect([stale.records.length, stale.response]).toMatchObject([0, { error: 77 }]);
    expect(submit(testImage(), heartbeat(9)).response).toMatchObject({ error: 77 });
  });

  test('loses its leaders and its seats with its session, before it is fenced', () => {
    const outcome = submit(testImage(), expired(1));
    expect(types(outcome)).toEqual(['PartitionChangeRecord', 'BrokerRegistrationChangeRecord']);
    expect(partitionOf(outcome)).toMatchObject({ leader: 2, leaderEpoch: 5, partitionEpoch: 8 });
    expect(partitionOf(outcome).isr).toEqual(ids(2, 3));
    expect(outcome.records[0]).toMatchObject({ replicas: null, eligibleLeaderReplicas: null });
    expect(submit(outcome.state, expired(1)).records).toEqual([]);
    const earlier = { ...expired(2), brokerEpoch: 19 as BrokerEpoch } as ControllerCommand;
    expect(submit(testImage(), earlier).response).toMatchObject({ error: 77 });
  });

  test('leaves the last seat too: nobody leads, and it is eligible and known', () => {
    const outcome = submit(testImage({ isr: ids(1) }, [2, 3]), expired(1));
    expect(partitionOf(outcome)).toMatchObject({ leader: -1, leaderEpoch: 5 });
    expect(partitionOf(outcome)).toMatchObject({ isr: [], elr: ids(1), lastKnownElr: ids(1) });
  });

  test('is replaced by an eligible replica, cleanly', () => {
    const outcome = submit(minTwo({ isr: ids(1), elr: ids(2, 3) }, [3]), expired(1));
    expect(partitionOf(outcome)).toMatchObject({ leader: 2, leaderRecoveryState: 'recovered' });
    expect(partitionOf(outcome)).toMatchObject({ isr: ids(2), elr: ids(1, 3) });
  });

  test('is unfenced when it has applied its registration, and then elected', () => {
    const leaderless = { leader: -1 as BrokerId, isr: [], elr: ids(2), lastKnownElr: ids(2) };
    const image = testImage(leaderless, [2]);
    const early = submit(image, heartbeat(2, { currentMetadataOffset: 19 }));
    expect([early.records.length, early.response]).toMatchObject([
      0,
      { isFenced: true, isCaughtUp: false },
    ]);
    const late = submit(image, heartbeat(2, { currentMetadataOffset: 20 }));
    expect(late.response).toMatchObject({ isFenced: false, isCaughtUp: true });
    expect(partitionOf(late)).toMatchObject({ leader: 2, leaderRecoveryState: 'recovered' });
    expect(partitionOf(late)).toMatchObject({ isr: ids(2), elr: [], lastKnownElr: [] });
  });

  test('is elected as last known leader and marked, where nobody is eligible', () => {
    const image = testImage({ leader: -1 as BrokerId, isr: [], lastKnownElr: ids(2) }, [2]);
    const outcome = submit(image, heartbeat(2));
    expect(partitionOf(outcome)).toMatchObject({ leader: 2, leaderRecoveryState: 'recovering' });
    expect(partitionOf(outcome)).toMatchObject({ isr: ids(2), elr: [], lastKnownElr: [] });
  });

  test('shuts down when its leaders have moved and everybody knows', () => {
    const begun = submit(testImage(), heartbeat(1, { wantShutDown: true }));
    expect(begun.response).toMatchObject({ shouldShutDown: false, isFenced: false });
    expect(types(begun)).toEqual(['BrokerRegistrationChangeRecord', 'PartitionChangeRecord']);
    expect(partitionOf(begun)).toMatchObject({ leader: 2, isr: ids(2, 3) });
    const waits = heartbeat(1, { wantShutDown: true, currentMetadataOffset: 101 });
    const early = submit(begun.state, { ...waits, lowestActiveOffset: 100 } as ControllerCommand);
    expect(early.response).toMatchObject({ shouldShutDown: false });
    expect(early.records).toEqual([]);
    const own = submit(
      begun.state,
      heartbeat(1, { wantShutDown: true, currentMetadataOffset: 100 }),
    );
    expect(own.response).toMatchObject({ shouldShutDown: false });
    const granted = submit(begun.state, { ...waits, lowestActiveOffset: 101 } as ControllerCommand);
    expect(granted.response).toMatchObject({ shouldShutDown: true, isFenced: true });
    expect(granted.state.image.brokers.get(1 as BrokerId)?.fenced).toBe(true);
    // It may ask again: the answer was lost.
    const again = submit(granted.state, waits);
    expect([again.records.length, again.response]).toMatchObject([0, { shouldShutDown: true }]);
  });

  test('can be forgotten', () => {
    const command = { type: 'unregisterBroker', brokerId: 1 as BrokerId } as const;
    const outcome = submit(testImage(), command);
    expect(partitionOf(outcome)).toMatchObject({ leader: 2, replicas: ids(1, 2, 3) });
    expect(outcome.state.image.brokers.has(1 as BrokerId)).toBe(false);
    expect(submit(outcome.state, command).response).toMatchObject({ error: 102 });
  });
});

function alterIsr(
  members: readonly number[],
  times = 1,
  brokerEpoch = 10,
): Extract<ControllerCommand, { type: 'alterPartition' }> {
  const change = {
    topicId: TOPIC_ID,
    partition: P0,
    leaderEpoch: 4 as LeaderEpoch,
    partitionEpoch: 7 as PartitionEpoch,
    newIsr: members.map((id) => ({
      brokerId: id as BrokerId,
      brokerEpoch: (id * 10) as BrokerEpoch,
    })),
    leaderRecoveryState: 'recovered' as const,
  };
  return {
    type: 'alterPartition',
    brokerId: 1 as BrokerId,
    brokerEpoch: brokerEpoch as BrokerEpoch,
    changes: Array.from({ length: times }, () => change),
  };
}

describe('AlterPartition', () => {
  test('answers with the partition as it then is', () => {
    const outcome = submit(testImage(), alterIsr([1, 3]));
    expect(partitionOf(outcome)).toMatchObject({ isr: ids(1, 3), leader: 1, leaderEpoch: 4 });
    expect(outcome.response).toMatchObject({
      error: 0,
      partitions: [{ error: 0, isr: ids(1, 3), partitionEpoch: 8, leader: 1, leaderEpoch: 4 }],
    });
    const same = submit(testImage(), alterIsr([1, 2, 3]));
    expect([same.records.length, same.response]).toMatchObject([
      0,
      { partitions: [{ error: 0, partitionEpoch: 7 }] },
    ]);
  });

  test('refuses an earlier incarnation, and a second change of one partition', () => {
    expect(submit(testImage(), alterIsr([1, 3], 1, 9)).response).toMatchObject({ error: 77 });
    const twice = submit(testImage(), alterIsr([1, 3], 2));
    expect(twice.records.length).toBe(1);
    expect(twice.response).toMatchObject({ partitions: [{ error: 0 }, { error: 42 }] });
  });

  test('ends the recovery of a leader, which no election ends', () => {
    const recovering = { isr: ids(1), leaderRecoveryState: 'recovering' } as const;
    const reported = submit(testImage(recovering), alterIsr([1]));
    expect(partitionOf(reported)).toMatchObject({ leaderRecoveryState: 'recovered', isr: ids(1) });
    expect(reported.response).toMatchObject({ partitions: [{ leaderRecoveryState: 'recovered' }] });
    const lost = submit(testImage(recovering, [2, 3]), expired(1));
    expect(partitionOf(lost)).toMatchObject({ leader: -1, leaderRecoveryState: 'recovering' });
    const back = submit(lost.state, heartbeat(1));
    expect(partitionOf(back)).toMatchObject({ leader: 1, leaderRecoveryState: 'recovering' });
  });
});

describe('elections', () => {
  test('bring leaders home', () => {
    const image = testImage({ leader: 2 as BrokerId });
    const all = submit(image, { type: 'electPreferredLeaders', partitions: null });
    expect(partitionOf(all)).toMatchObject({ leader: 1, leaderEpoch: 5, isr: ids(1, 2, 3) });
    const named = (partition: number): ControllerCommand => ({
      type: 'electPreferredLeaders',
      partitions: [{ topicId: TOPIC_ID, partition: partition as PartitionIndex }],
    });
    const error = (of: MetadataImage, partition: number): unknown =>
      Reflect.get(submit(of, named(partition)).response, 'results')[0].error;
    expect(error(image, 0)).toBe(0);
    expect(error(testImage(), 0)).toBe(84);
    expect(error(testImage({ leader: 2 as BrokerId, isr: ids(2, 3) }), 0)).toBe(80);
    expect(error(image, 5)).toBe(3);
  });

  test('happen when a controller begins and finalizes features', () => {
    const image = testImage({ leader: -1 as BrokerId, isr: [], elr: ids(3) });
    const features = [['metadata.version', 9]] as const;
    const outcome = submit(image, { type: 'bootstrap', features });
    expect(types(outcome)).toEqual(['FeatureLevelRecord', 'PartitionChangeRecord']);
    expect(partitionOf(outcome).leader).toBe(3);
    expect(submit(outcome.state, { type: 'bootstrap', features }).records).toEqual([]);
  });
});

describe('producer ids', () => {
  test('come in blocks, each once, for current incarnations', () => {
    const ask = (brokerEpoch: number): ControllerCommand => ({
      type: 'allocateProducerIds',
      brokerId: 2 as BrokerId,
      brokerEpoch: brokerEpoch as BrokerEpoch,
    });
    const first = submit(testImage(), ask(20));
    expect(first.response).toMatchObject({ error: 0, start: 0n, length: 1000 });
    expect(submit(first.state, ask(20)).response).toMatchObject({ start: 1000n });
    expect(submit(first.state, ask(19)).response).toMatchObject({ error: 77, length: 0 });
  });
});

const NEW: CreatableTopic = {
  name: 'new',
  topicId: 'new-id' as Uuid,
  partitions: 4,
  replicationFactor: 2,
  assignments: null,
  configs: [],
};

function create(changes: Partial<CreatableTopic>, image: MetadataImage = testImage()): Outcome {
  const topics = [{ ...NEW, ...changes }];
  return submit(image, { type: 'createTopics', topics, validateOnly: false });
}

function firstError(outcome: Outcome): number {
  return outcome.response.type === 'topics' ? outcome.response.topics[0]!.error : -1;
}

describe('topics', () => {
  test('are created with their partitions and configs', () => {
    const configs = [{ name: 'retention.ms', value: '5' }];
    const outcome = create({ configs });
    const topic = outcome.state.image.topics.get(NEW.topicId);
    expect(topic?.partitions.size).toBe(4);
    for (const partition of topic?.partitions.values() ?? []) {
      expect(partition.isr).toEqual(partition.replicas);
      expect(partition).toMatchObject({ leader: partition.replicas[0], leaderEpoch: 0 });
      expect(partition.directories).toEqual(partition.replicas.map((id) => `dir${id}`));
    }
    expect(outcome.state.image.configs.get('2:new')?.get('retention.ms')).toBe('5');
    expect(outcome.response).toMatchObject({ topics: [{ partitions: 4, replicationFactor: 2 }] });
  });

  test('get defaults, and fenced brokers only as replicas out of sync', () => {
    const outcome = create({ partitions: -1, replicationFactor: -1 }, testImage({}, [2]));
    for (const partition of outcome.state.image.topics.get(NEW.topicId)!.partitions.values()) {
      expect(partition.replicas.length).toBe(3);
      expect([...partition.isr].sort()).toEqual(ids(1, 3));
      expect(partition.isr[0]).toBe(partition.leader);
    }
    expect(outcome.response).toMatchObject({ topics: [{ partitions: 2, replicationFactor: 3 }] });
  });

  test('are refused with the error that Kafka gives', () => {
    const allFenced = testImage({ isr: [], leader: -1 as BrokerId }, [1, 2, 3]);
    const refusals: [number, Partial<CreatableTopic>, MetadataImage?][] = [
      [17, { name: '' }],
      [17, { name: '..' }],
      [17, { name: 'a b' }],
      [17, { name: 'x'.repeat(250) }],
      [36, { name: 't' }],
      [37, { partitions: 0 }],
      [37, { partitions: -2 }],
      [38, { replicationFactor: 0 }],
      [38, { replicationFactor: 4 }],
      [38, {}, allFenced],
      [39, { partitions: -1, replicationFactor: -1, assignments: [] }],
      [39, { partitions: -1, replicationFactor: -1, assignments: [ids(1, 1)] }],
      [39, { partitions: -1, replicationFactor: -1, assignments: [ids(1, 9)] }],
      [39, { partitions: -1, replicationFactor: -1, assignments: [ids(1, 2), ids(1)] }],
      [42, { assignments: [ids(1)] }],
      [40, { configs: [{ name: 'no.such.config', value: '1' }] }],
      [40, { configs: [{ name: 'retention.ms', value: 'long' }] }],
      [40, { configs: [{ name: 'retention.ms', value: null }] }],
      [44, { partitions: 10_001 }],
      [0, { name: '__internal' }],
      [0, { name: 'x'.repeat(249) }],
      [0, { partitions: -1, replicationFactor: -1, assignments: [ids(2, 3)] }],
    ];
    for (const [error, changes, image] of refusals) {
      const outcome = create(changes, image);
      expect(firstError(outcome), JSON.stringify(changes).slice(0, 80)).toBe(error);
      expect(outcome.records.length > 0).toBe(error === 0);
    }
  });

  test('are taken one by one from a request, twins not at all', () => {
    const names = ['twin', 'a.b', 'twin', 't', 'a_b'];
    const topics = names.map((name, i) => ({ ...NEW, name, topicId: `id${i}` as Uuid }));
    const outcome = submit(testImage(), { type: 'createTopics', topics, validateOnly: false });
    const errors =
      outcome.response.type === 'topics' ? outcome.response.topics.map((t) => t.error) : [];
    expect(errors).toEqual([42, 0, 42, 36, 17]);
    expect([...outcome.state.image.topicIds.keys()]).toEqual(['t', 'a.b']);
    const dry = submit(testImage(), { type: 'createTopics', topics, validateOnly: true });
    expect([dry.records.length, dry.response]).toEqual([0, outcome.response]);
  });

  test('grow where the placer stopped, and never shrink', () => {
    const whole = create({ partitions: 6, replicationFactor: 2 });
    const start = create({ partitions: 2, replicationFactor: 2 });
    const grow = (count: number, more: Partial<GrowingTopic> = {}, validateOnly = false): Outcome =>
      submit(start.state.image, {
        type: 'createPartitions',
        topics: [{ name: 'new', count, assignments: null, ...more }],
        validateOnly,
      });
    const grown = grow(6);
    expect(grown.records.map((record) => record.type)).toEqual(Array(4).fill('PartitionRecord'));
    const placed = ({ state }: Outcome): unknown =>
      [...state.image.topics.get(NEW.topicId)!.partitions].map(([index, each]) => [index, each]);
    expect(placed(grown)).toEqual(placed(whole));
    const dry = grow(6, {}, true);
    expect([dry.records.length, dry.response]).toEqual([0, grown.response]);
    const manual = grow(3, { assignments: [ids(3, 1)] });
    const third = manual.state.image.topics.get(NEW.topicId)!.partitions.get(2 as PartitionIndex);
    expect(third).toMatchObject({ replicas: ids(3, 1), isr: ids(3, 1), leader: 3 });
    const refusals: [number, number, Partial<GrowingTopic>?][] = [
      [3, 3, { name: 'no-such' }],
      [37, 2],
      [37, 1],
      [37, -1],
      [39, 3, { assignments: [] }],
      [39, 3, { assignments: [ids(1)] }],
      [39, 3, { assignments: [ids(1, 1)] }],
      [39, 3, { assignments: [ids(1, 9)] }],
      [39, 4, { assignments: [ids(1, 2)] }],
      [44, 10_003],
      [0, 10_002],
    ];
    for (const [error, count, more] of refusals) {
      const outcome = grow(count, more);
      expect(firstError(outcome), `${count} ${JSON.stringify(more)}`).toBe(error);
      expect(outcome.records.length > 0).toBe(error === 0);
    }
    const topics = [1, 2].map(() => ({ name: 'new', count: 3, assignments: null }));
    const command = { type: 'createPartitions', topics, validateOnly: false } as const;
    expect(firstError(submit(start.state.image, command))).toBe(42);
  });

  test('are deleted by name or by id', () => {
    const remove = (name: string | null, topicId: Uuid): Outcome =>
      submit(testImage(), { type: 'deleteTopics', topics: [{ name, topicId }] });
    for (const outcome of [remove('t', ZERO_UUID), remove(null, TOPIC_ID)]) {
      expect(outcome.state.image.topics.size).toBe(0);
      expect(outcome.response).toMatchObject({
        topics: [{ name: 't', topicId: TOPIC_ID, error: 0 }],
      });
    }
    expect(firstError(remove('u', ZERO_UUID))).toBe(3);
    expect(firstError(remove(null, 'other' as Uuid))).toBe(100);
    expect(firstError(remove('t', TOPIC_ID))).toBe(42);
    expect(firstError(remove(null, ZERO_UUID))).toBe(42);
    const twice = [
      { name: 't', topicId: ZERO_UUID },
      { name: null, topicId: TOPIC_ID },
    ];
    const both = submit(testImage(), { type: 'deleteTopics', topics: twice });
    expect([firstError(both), both.records.length]).toEqual([42, 0]);
  });
});
