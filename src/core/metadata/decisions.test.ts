/** What a controller remembers of brokers that shut down, and what it refuses and says to nobody's advantage. */

import { describe, expect, test } from 'vitest';
import type { BrokerEpoch, BrokerId, PartitionIndex, Uuid } from '../types/ids.js';
import {
  type ControllerState,
  cloneControllerState,
  controller,
  controllerStateFrom,
  encodeControllerState,
  equalControllerStates,
  initialControllerState,
} from './controller.js';
import { emptyImage } from './image.js';
import { type ControllerRules, createRules } from './rules.js';
import { ids, P0, TOPIC_ID, testBroker, testImage, testPartition } from './test-image.js';
import type { ControllerCommand, MetadataImage, MetadataRecord } from './types.js';

const rules: ControllerRules = createRules({
  clusterId: 'c',
  defaultPartitions: 1,
  defaultReplicationFactor: 3,
  topicDefaults: new Map(),
});

const decide = (image: MetadataImage, command: ControllerCommand, base = 100) =>
  controller.decide(controllerStateFrom(image, 99), command, base, rules);

const expired = (id: number): ControllerCommand => ({
  type: 'sessionExpired',
  brokerId: id as BrokerId,
  brokerEpoch: (id * 10) as BrokerEpoch,
});

const changed = (partition: Record<string, unknown>): MetadataRecord =>
  ({
    type: 'PartitionChangeRecord',
    topicId: TOPIC_ID,
    partitionId: P0,
    isr: null,
    leader: -2,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
    leaderRecoveryState: -1,
    directories: null,
    ...partition,
  }) as never as MetadataRecord;

describe('the state of a controller', () => {
  const stopping = (id: number): ControllerState => {
    const image = testImage();
    image.brokers.set(id as BrokerId, testBroker(id, { inControlledShutdown: true }));
    return controllerStateFrom(image, 50);
  };

  test('begins with nothing', () => {
    expect(initialControllerState()).toEqual({ image: emptyImage(), shutdownOffsets: new Map() });
  });

  test('is equal to a copy that shares nothing, and to no other', () => {
    const state = stopping(2);
    const copy = cloneControllerState(state);
    expect(copy).toEqual(state);
    expect(equalControllerStates(copy, state)).toBe(true);
    copy.shutdownOffsets.set(2 as BrokerId, 60);
    expect(state.shutdownOffsets.get(2 as BrokerId)).toBe(50);
    expect(equalControllerStates(copy, state)).toBe(false);
    expect(encodeControllerState(copy)).toHaveLength(encodeControllerState(state).length);
    expect(equalControllerStates(stopping(1), stopping(2))).toBe(false);
    expect(equalControllerStates(initialControllerState(), state)).toBe(false);
  });

  test('has the bytes of its image and of what it remembers beside it', () => {
    const state = stopping(2);
    const without = { ...state, shutdownOffsets: new Map() };
    expect(encodeControllerState(state).length).toBeGreaterThan(
      encodeControllerState(without).length,
    );
    expect(encodeControllerState(initialControllerState()).length).toBeGreaterThan(0);
  });
});

describe('who shuts down waits until all know of its last lost leadership', () => {
  const offset = (state: ControllerState, id = 1) => state.shutdownOffsets.get(id as BrokerId);
  const state = (): ControllerState => {
    const image = testImage();
    image.brokers.set(1 as BrokerId, testBroker(1, { inControlledShutdown: true }));
    return controllerStateFrom(image, 50);
  };
  const evolved = (record: MetadataRecord, from = state()): ControllerState => {
    controller.evolve(from, record, 70);
    return from;
  };

  test('a snapshot names its own end, of those that shut down and nobody else', () => {
    expect([...state().shutdownOffsets]).toEqual([[1, 50]]);
  });

  test('each change that takes a leadership from it counts, and no other change', () => {
    expect(offset(evolved(changed({ leader: 2 })))).toBe(70);
    expect(offset(evolved(changed({ leader: -1 })))).toBe(70);
    // The same leader, no word of the leader, and an ISR.
    expect(offset(evolved(changed({ leader: 1 })))).toBe(50);
    expect(offset(evolved(changed({ isr: ids(1, 2) })))).toBe(50);
    // Of another leader, which does not shut down.
    const other = state();
    other.image.topics.get(TOPIC_ID)!.partitions.set(P0, testPartition({ leader: 2 as BrokerId }));
    const after = evolved(changed({ leader: 3 }), other);
    expect([...after.shutdownOffsets]).toEqual([[1, 50]]);
  });

  test('from when it says so; a registration begins anew', () => {
    const change = (inControlledShutdown: number) =>
      ({
        type: 'BrokerRegistrationChangeRecord',
        brokerId: 2,
        brokerEpoch: 20,
        fenced: 0,
        inControlledShutdown,
        logDirs: [],
      }) as never as MetadataRecord;
    expect(offset(evolved(change(1)), 2)).toBe(70);
    expect(offset(evolved(change(0)), 2)).toBe(undefined);
    const { endPoints, rack, logDirs } = testBroker(1);
    const registered = (inControlledShutdown: boolean) =>
      ({
        type: 'RegisterBrokerRecord',
        brokerId: 1,
        incarnationId: 'again',
        brokerEpoch: -1,
        endPoints,
        features: [],
        rack,
        fenced: true,
        inControlledShutdown,
        logDirs,
      }) as never as MetadataRecord;
    expect(offset(evolved(registered(false)))).toBe(undefined);
    expect(offset(evolved(registered(true)))).toBe(70);
    const gone = { type: 'UnregisterBrokerRecord', brokerId: 1, brokerEpoch: 10 };
    expect(offset(evolved(gone as never as MetadataRecord))).toBe(undefined);
  });

  test('a decision without an offset for its records stops the controller', () => {
    expect(() => decide(testImage(), expired(1), -1)).toThrow(
      'a decision needs the offset of its first record',
    );
    expect(() => decide(testImage(), expired(1), 0)).not.toThrow();
  });
});

describe('a broker that is lost', () => {
  const twoPartitions = (): MetadataImage => {
    const image = testImage();
    const { partitions } = image.topics.get(TOPIC_ID)!;
    const others = { replicas: ids(2, 3), isr: ids(2, 3), leader: 2 as BrokerId };
    partitions.set(1 as PartitionIndex, testPartition(others));
    return image;
  };

  test('leaves the partitions that it holds, and no others are touched', () => {
    const { records } = decide(twoPartitions(), expired(1));
    const changes = records.flatMap((record) =>
      record.type === 'PartitionChangeRecord' ? [[record.partitionId, record.isr]] : [],
    );
    expect(changes).toEqual([[0, ids(2, 3)]]);
    expect(decide(twoPartitions(), expired(3)).records).toHaveLength(3);
  });
});

describe('a heartbeat', () => {
  const beat = (image: MetadataImage, more: Record<string, unknown> = {}) =>
    decide(image, {
      type: 'brokerHeartbeat',
      brokerId: 1,
      brokerEpoch: 10,
      currentMetadataOffset: 99,
      wantFence: false,
      wantShutDown: false,
      ...more,
    } as never);
  const says = (isCaughtUp: boolean, isFenced: boolean, shouldShutDown = false) => ({
    type: 'heartbeat',
    error: 0,
    isCaughtUp,
    isFenced,
    shouldShutDown,
  });

  test('of a live broker changes nothing', () => {
    expect(beat(testImage())).toEqual({ records: [], response: says(true, false) });
  });

  test('can ask to be fenced, and to stay so', () => {
    const { records, response } = beat(testImage(), { wantFence: true });
    expect(response).toEqual(says(true, true));
    expect(records.at(-1)).toMatchObject({
      type: 'BrokerRegistrationChangeRecord',
      brokerId: 1,
      fenced: 1,
    });
    const fenced = testImage({ isr: ids(2, 3), leader: 2 as BrokerId }, [1]);
    expect(beat(fenced, { wantFence: true })).toEqual({ records: [], response: says(true, true) });
    // It has not applied its own registration.
    const behind = beat(fenced, { currentMetadataOffset: 9 });
    expect(behind).toEqual({ records: [], response: says(false, true) });
  });

  test('of an earlier incarnation is refused, and tells it to serve nobody', () => {
    expect(beat(testImage(), { brokerEpoch: 9 })).toEqual({
      records: [],
      response: { ...says(false, true), error: 77 },
    });
  });
});

describe('an incarnation', () => {
  test('that comes with other addresses is written down again', () => {
    const { endPoints, rack, logDirs, incarnationId } = testBroker(2);
    const register = (port: number) =>
      decide(testImage(), {
        type: 'registerBroker',
        brokerId: 2,
        clusterId: 'c',
        incarnationId,
        endPoints: endPoints.map((each) => ({ ...each, port })),
        rack,
        logDirs,
        previousBrokerEpoch: -1,
      } as never);
    expect(register(9092).records).toEqual([]);
    expect(register(9093).records).toMatchObject([
      { type: 'RegisterBrokerRecord', brokerId: 2, brokerEpoch: 20, fenced: false },
    ]);
  });

  test('that is not the one in the image is no loss, and a broker that is not there cannot be forgotten', () => {
    const earlier = { ...expired(1), brokerEpoch: 9 } as never;
    expect(decide(testImage(), earlier)).toEqual({
      records: [],
      response: { type: 'done', error: 77, message: 'another incarnation' },
    });
    expect(decide(testImage(), { type: 'unregisterBroker', brokerId: 9 } as never)).toEqual({
      records: [],
      response: { type: 'done', error: 102, message: 'broker 9 is not registered' },
    });
    expect(() => decide(testImage(), { type: 'nothing' } as never)).toThrow('unreachable');
  });
});

describe('a partition without a leader', () => {
  test('remembers its last leader first, and once', () => {
    const image = testImage({ isr: ids(1), lastKnownElr: ids(3, 1) }, [2, 3]);
    const { records } = decide(image, expired(1));
    expect(records[0]).toMatchObject({ leader: -1, isr: [], lastKnownElr: ids(1, 3) });
  });
});

describe('what does not decide', () => {
  test('sends who asks for an ISR elsewhere', () => {
    expect(rules.refuseAlterPartition()).toBe(41);
  });
});

describe('AlterPartition is refused', () => {
  const change = (more: Record<string, unknown> = {}) => ({
    topicId: TOPIC_ID,
    partition: P0,
    leaderEpoch: 4,
    partitionEpoch: 7,
    leaderRecoveryState: 'recovered',
    newIsr: [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: brokerId * 10 })),
    ...more,
  });
  const alter = (brokerId: number, ...changes: ReturnType<typeof change>[]) =>
    decide(testImage(), {
      type: 'alterPartition',
      brokerId,
      brokerEpoch: brokerId * 10,
      changes,
    } as never);
  const answered = (brokerId: number, ...changes: ReturnType<typeof change>[]) =>
    alter(brokerId, ...changes).response as never as {
      error: number;
      partitions: { error: number }[];
    };

  test('to a broker that nobody knows, without a word of any partition', () => {
    const { records, response } = alter(9, change());
    expect(records).toEqual([]);
    expect(response).toEqual({ type: 'alterPartition', error: 77, partitions: [] });
  });

  test('one by one: where there is no such topic or partition, or another one leads', () => {
    const nowhere = { topicId: 'elsewhere' as Uuid };
    const { partitions } = answered(
      1,
      change(nowhere),
      change({ partition: 5 as PartitionIndex }),
      change({ leaderEpoch: 3 }),
      change({ newIsr: [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: 10 })) }),
    );
    // The last two are of one partition: a second change cannot know what the first one makes.
    expect(partitions.map(({ error }) => error)).toEqual([100, 3, 74, 42]);
    expect(partitions[0]).toEqual({
      topicId: 'elsewhere',
      partition: 0,
      error: 100,
      leader: -1,
      leaderEpoch: -1,
      isr: [],
      leaderRecoveryState: 'recovered',
      partitionEpoch: -1,
    });
  });

  test('for an ISR in which one member is of an earlier incarnation', () => {
    const isr = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: 10 }));
    expect(answered(1, change({ newIsr: isr })).partitions[0]!.error).toBe(107);
    expect(alter(1, change({ newIsr: isr })).records).toEqual([]);
    expect(answered(1, change()).partitions[0]!.error).toBe(0);
    const known = [1, 9].map((brokerId) => ({ brokerId, brokerEpoch: brokerId * 10 }));
    expect(answered(1, change({ newIsr: known })).partitions[0]!.error).not.toBe(0);
  });
});

describe('a leader that recovers', () => {
  test('does so until it says that it has', () => {
    const image = testImage({ isr: ids(1), leaderRecoveryState: 'recovering' });
    const said = (leaderRecoveryState: string) =>
      decide(image, {
        type: 'alterPartition',
        brokerId: 1,
        brokerEpoch: 10,
        changes: [
          {
            topicId: TOPIC_ID,
            partition: P0,
            leaderEpoch: 4,
            partitionEpoch: 7,
            leaderRecoveryState,
            newIsr: [{ brokerId: 1, brokerEpoch: 10 }],
          },
        ],
      } as never);
    expect(said('recovering').records).toEqual([]);
    expect(said('recovering').response).toMatchObject({
      partitions: [{ error: 0, leaderRecoveryState: 'recovering' }],
    });
    expect(said('recovered').records).toMatchObject([{ leaderRecoveryState: 0 }]);
  });
});

describe('elections that are asked for', () => {
  const elect = (partitions: readonly (readonly [string, number])[] | null, image = testImage()) =>
    decide(image, {
      type: 'electPreferredLeaders',
      partitions: partitions?.map(([topicId, partition]) => ({ topicId, partition })) ?? null,
    } as never);
  const away = (): MetadataImage => testImage({ leader: 2 as BrokerId });

  test('tell of each partition once, also of those that are not there', () => {
    const { response } = elect([
      [TOPIC_ID, 0],
      [TOPIC_ID, 0],
      [TOPIC_ID, 4],
      ['elsewhere', 0],
    ]);
    expect(response).toEqual({
      type: 'elections',
      results: [
        { topicId: TOPIC_ID, partition: 0, error: 84 },
        { topicId: TOPIC_ID, partition: 4, error: 3 },
        { topicId: 'elsewhere', partition: 0, error: 3 },
      ],
    });
  });

  test('of all tell only of those that were held', () => {
    expect(elect(null).response).toEqual({ type: 'elections', results: [] });
    expect(elect(null, away()).response).toEqual({
      type: 'elections',
      results: [{ topicId: TOPIC_ID, partition: 0, error: 0 }],
    });
  });
});

describe('producer ids', () => {
  test('are not for a broker that nobody knows', () => {
    const command = { type: 'allocateProducerIds', brokerId: 9, brokerEpoch: 90 };
    const { records, response } = decide(testImage(), command as never);
    expect([records, response]).toEqual([
      [],
      { type: 'producerIds', error: 77, start: -1n, length: 0 },
    ]);
  });
});
