/** A group coordinator over the wire while leadership moves behind its back. */

import { describe, expect, test } from 'vitest';
import type { GroupRules } from '../src/core/coordinator/rules.js';
import {
  createTopicsApi,
  findCoordinatorApi,
  joinGroupApi,
  offsetCommitApi,
  offsetFetchApi,
} from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const CONFIGS = {
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '3',
  'min.insync.replicas': '2',
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '200',
};

function create(client: WireConnection): void {
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  const { topics } = client.call(createTopicsApi, 7, {
    topics: [topic],
    timeoutMs: 5_000,
  } as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
}

/** Index of the broker that coordinates, as `client`'s broker has it; -1: nobody. */
function coordinatorOf(client: WireConnection): number {
  const { errorCode, nodeId } = client.call(findCoordinatorApi, 3, { key: 'g', keyType: 0 });
  return errorCode === ErrorCode.NONE ? nodeId - 1 : -1;
}

function commit(client: WireConnection, offset: number): number {
  const partition = { partitionIndex: 0, committedOffset: offset, committedMetadata: '' };
  const body = {
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [{ name: 't', partitions: [partition] }],
  };
  return client.call(offsetCommitApi, 8, body as never).topics[0]!.partitions[0]!.errorCode;
}

/** The position, or the error. */
function committed(client: WireConnection): { offset: number } | { error: number } {
  const body = {
    groupId: 'g',
    topics: [{ name: 't', partitionIndexes: [0] }],
    requireStable: true,
  };
  const { errorCode, topics } = client.call(offsetFetchApi, 7, body as never);
  return errorCode === ErrorCode.NONE
    ? { offset: topics[0]!.partitions[0]!.committedOffset }
    : { error: errorCode };
}

interface Scene {
  readonly wire: WireWorld;
  readonly clients: readonly WireConnection[];
  readonly coordinator: number;
}

/** Three brokers, all of them in sync on the offsets topic, and position 5 committed. */
function begin(groups: Partial<GroupRules> = {}): Scene {
  const wire = new WireWorld({ brokers: 3, configs: CONFIGS, groups });
  const clients = wire.brokers.map((_, index) => wire.connect(index));
  create(clients[0]!);
  for (let turn = 0; coordinatorOf(clients[0]!) < 0 && turn < 50; turn++) {
    wire.run(0.1);
  }
  const coordinator = coordinatorOf(clients[0]!);
  for (let turn = 0; commit(clients[coordinator]!, 5) !== ErrorCode.NONE && turn < 50; turn++) {
    wire.run(0.1);
  }
  expect(committed(clients[coordinator]!)).toEqual({ offset: 5 });
  return { wire, clients, coordinator };
}

/** The coordinator loses the other brokers, not its clients, and another one takes 9 in its place. */
function replace({ wire, clients, coordinator }: Scene): void {
  const others = [0, 1, 2].filter((index) => index !== coordinator);
  for (const other of others) {
    wire.cut(coordinator, other);
  }
  const isReplaced = (): boolean => {
    const next = coordinatorOf(clients[others[0]!]!);
    return next !== coordinator && next >= 0 && commit(clients[next]!, 9) === ErrorCode.NONE;
  };
  for (let turn = 0; !isReplaced(); turn++) {
    expect(turn).toBeLessThan(100);
    wire.run(0.1);
  }
}

describe('a coordinator that was replaced behind its back', () => {
  test('does not tell what it knew', () => {
    const scene = begin();
    replace(scene);
    const { clients, coordinator } = scene;
    // It believes that it coordinates; nobody in sync says so.
    expect(coordinatorOf(clients[coordinator]!)).toBe(coordinator);
    expect(committed(clients[coordinator]!)).toEqual({
      error: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    });
  });

  test('would, if it did not ask', () => {
    const scene = begin({ confirmsLeadership: () => false });
    replace(scene);
    expect(committed(scene.clients[scene.coordinator]!)).toEqual({ offset: 5 });
  });

  test('says so as soon as it hears of it, and then the other one answers', () => {
    const scene = begin();
    replace(scene);
    const { wire, clients, coordinator } = scene;
    wire.heal();
    expect(committed(clients[coordinator]!)).toEqual({ error: ErrorCode.NOT_COORDINATOR });
    wire.run(1);
    expect(committed(clients[coordinatorOf(clients[coordinator]!)]!)).toEqual({ offset: 9 });
  });
});

describe('a leader of an old version', () => {
  const join = (client: WireConnection, version: number, instance: string | null): number =>
    client.request(joinGroupApi, version, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      groupInstanceId: instance,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Uint8Array.of(0) }],
    });

  test('is told of static members in words that it knows (KAFKA-14422)', () => {
    const { wire, coordinator } = begin();
    const [old, fixed] = [wire.connect(coordinator), wire.connect(coordinator)];
    const asked = join(old, 3, null);
    wire.run(0.01);
    const askedToo = join(fixed, 5, 'seat');
    wire.run(0.01);
    // The group was not empty of members for long: the first generation may have one, then both join again.
    const first = old.take(joinGroupApi, 3, asked);
    expect(first.errorCode).toBe(ErrorCode.NONE);
    const again = old.call(joinGroupApi, 3, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: first.memberId,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Uint8Array.of(0) }],
    });
    const second = fixed.take(joinGroupApi, 5, askedToo);
    expect([again.errorCode, second.errorCode]).toEqual([0, 0]);
    expect(again.leader).toBe(first.memberId);
    expect(again.members.map(({ memberId }) => memberId).sort()).toEqual(
      [first.memberId, second.memberId].sort(),
    );
    expect(again.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual([null, null]);
  });
});

describe('a coordinator that is in its place', () => {
  test('answers as soon as all in sync have said so', () => {
    const { wire, clients, coordinator } = begin();
    const before = wire.world.now;
    expect(committed(clients[coordinator]!)).toEqual({ offset: 5 });
    // Of virtual time, in microseconds: less than any timer.
    expect(wire.world.now - before).toBeLessThan(20_000);
  });

  test('waits for one in sync that gives no answer, until that is out of sync', () => {
    const { wire, clients, coordinator } = begin();
    const [lost] = [0, 1, 2].filter((index) => index !== coordinator);
    wire.cut(coordinator, lost!);
    wire.cut([0, 1, 2].find((index) => index !== coordinator && index !== lost)!, lost!);
    const before = wire.world.now;
    expect(committed(clients[coordinator]!)).toEqual({ offset: 5 });
    expect(wire.world.now - before).toBeGreaterThan(500_000);
  });
});
