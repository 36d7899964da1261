import { describe, expect, test } from 'vitest';
import {
  type BrokerEpoch,
  type BrokerId,
  type LeaderEpoch,
  type PartitionEpoch,
  type Uuid,
  ZERO_UUID,
} from '../types/ids.js';
import { controller, controllerStateFrom } from './controller.js';
import { cloneImage } from './image.js';
import { type ControllerRules, createRules } from './rules.js';
import {
  assignmentTowards,
  leaderEpochBump,
  mayRevert,
  reassignmentComplete,
} from './rules-reassign.js';
import { ids, P0, setTopicConfig, TOPIC_ID, testBroker, testImage } from './test-image.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  PartitionRegistration,
} from './types.js';

const rules: ControllerRules = createRules({
  clusterId: 'c',
  defaultPartitions: 1,
  defaultReplicationFactor: 3,
  topicDefaults: new Map(),
});

interface Outcome {
  readonly image: MetadataImage;
  readonly partition: PartitionRegistration;
  readonly response: ControllerResponse;
  readonly error: number;
}

function submit(of: MetadataImage, command: ControllerCommand): Outcome {
  const state = controllerStateFrom(cloneImage(of), 99);
  const { records, response } = controller.decide(state, command, 100, rules);
  for (const [i, record] of records.entries()) {
    controller.evolve(state, record, 100 + i);
  }
  const partition = state.image.topics.get(TOPIC_ID)!.partitions.get(P0)!;
  const error =
    response.type === 'reassignments'
      ? (response.results[0]?.error ?? -1)
      : response.type === 'alterPartition'
        ? (response.partitions[0]?.error ?? -1)
        : -1;
  return { image: state.image, partition, response, error };
}

function move(
  of: MetadataImage,
  target: readonly number[] | null,
  factorMayChange = true,
): Outcome {
  return submit(of, {
    type: 'alterPartitionReassignments',
    partitions: [{ topic: 't', partition: P0, replicas: target === null ? null : ids(...target) }],
    allowReplicationFactorChange: factorMayChange,
  });
}

function alterIsr(of: MetadataImage, isr: readonly number[]): Outcome {
  const { leader, leaderEpoch, partitionEpoch } = of.topics.get(TOPIC_ID)!.partitions.get(P0)!;
  return submit(of, {
    type: 'alterPartition',
    brokerId: leader,
    brokerEpoch: (leader * 10) as BrokerEpoch,
    changes: [
      {
        topicId: TOPIC_ID,
        partition: P0,
        leaderEpoch,
        partitionEpoch,
        newIsr: isr.map((id) => ({
          brokerId: id as BrokerId,
          brokerEpoch: (id * 10) as BrokerEpoch,
        })),
        leaderRecoveryState: 'recovered',
      },
    ],
  });
}

/** Replicas 1, 2, 3 of the topic `t`, and two brokers more. */
function five(facts: Partial<PartitionRegistration> = {}): MetadataImage {
  const image = testImage(facts);
  for (const id of [4, 5]) {
    image.brokers.set(id as BrokerId, testBroker(id));
  }
  return image;
}

describe('a reassignment', () => {
  test('keeps the old replicas until all of the target are in sync, then ends by itself', () => {
    const begun = move(five(), [4, 5, 2]);
    expect(begun.error).toBe(0);
    expect(begun.partition).toMatchObject({
      replicas: ids(4, 5, 2, 1, 3),
      isr: ids(1, 2, 3),
      addingReplicas: ids(4, 5),
      removingReplicas: ids(1, 3),
      leader: 1,
      leaderEpoch: 4,
      partitionEpoch: 8,
    });
    expect(begun.partition.directories.length).toBe(5);
    expect(begun.partition.directories[0]).toBe('dir4');

    const half = alterIsr(begun.image, [1, 2, 3, 4]);
    expect([half.error, half.partition.replicas]).toEqual([0, ids(4, 5, 2, 1, 3)]);
    const whole = alterIsr(half.image, [1, 2, 3, 4, 5]);
    // The leader that asked for it leads no more: it has to learn that from the metadata.
    expect(whole.error).toBe(108);
    expect(whole.partition).toMatchObject({
      replicas: ids(4, 5, 2),
      isr: ids(2, 4, 5),
      addingReplicas: [],
      removingReplicas: [],
      leader: 4,
      leaderEpoch: 5,
      directories: ['dir4', 'dir5', whole.partition.directories[2]],
    });
  });

  test('fences who was taken away by a new leader epoch, though the leader stays', () => {
    const { partition, error } = move(five(), [1, 2]);
    expect(error).toBe(0);
    expect(partition).toMatchObject({ replicas: ids(1, 2), isr: ids(1, 2), leader: 1 });
    expect(partition.leaderEpoch).toBe(5);
  });

  test('of the order alone changes no epoch of the leader', () => {
    const { partition } = move(five(), [3, 2, 1]);
    expect(partition).toMatchObject({ replicas: ids(3, 2, 1), leader: 1, leaderEpoch: 4 });
  });

  test('waits for those of the target that were replicas before (KAFKA-15665)', () => {
    const begun = move(five({ isr: ids(1, 2) }), [1, 3, 4]);
    const joined = alterIsr(begun.image, [1, 2, 4]);
    expect(joined.partition).toMatchObject({ replicas: ids(1, 3, 4, 2), removingReplicas: ids(2) });
    expect(alterIsr(joined.image, [1, 2, 3, 4]).partition.replicas).toEqual(ids(1, 3, 4));
  });

  test('takes nobody with it into ELR or last known ELR who is a replica no more', () => {
    const image = setTopicConfig(
      five({ isr: ids(1), elr: ids(2), lastKnownElr: ids(3) }),
      'min.insync.replicas',
      '2',
    );
    const { partition } = move(image, [1]);
    expect(partition).toMatchObject({ replicas: ids(1), isr: ids(1), elr: [], lastKnownElr: [] });
  });

  test('gives way to another one, which removes what the first was adding', () => {
    const first = move(five(), [1, 2, 4]);
    const second = move(first.image, [1, 2, 5]);
    expect(second.partition).toMatchObject({
      replicas: ids(1, 2, 5, 3, 4),
      addingReplicas: ids(5),
      removingReplicas: ids(3, 4),
    });
  });

  test('that is asked for twice is one, and leaves nobody behind when it is given up', () => {
    const once = move(five(), [4, 2, 3]);
    const twice = move(once.image, [4, 2, 3]);
    expect(twice.error).toBe(0);
    expect(twice.partition).toEqual(once.partition);
    const reordered = move(once.image, [2, 4, 3]);
    expect(reordered.partition).toMatchObject({ addingReplicas: ids(4), removingReplicas: ids(1) });
    expect(move(twice.image, null).partition.replicas).toEqual(ids(2, 3, 1));
  });

  test('is given up on request', () => {
    const begun = alterIsr(move(five(), [4, 5, 2]).image, [1, 2, 3, 4]);
    const { partition, error } = move(begun.image, null);
    expect(error).toBe(0);
    expect(partition).toMatchObject({
      replicas: ids(2, 1, 3),
      isr: ids(1, 2, 3),
      addingReplicas: [],
      removingReplicas: [],
      leader: 1,
      leaderEpoch: (4 + 1) as LeaderEpoch,
    });
    expect(move(five(), null).error).toBe(85);
  });

  test('is not given up where only the added hold everything, unless loss is allowed', () => {
    const only: Partial<PartitionRegistration> = {
      replicas: ids(4, 5, 1),
      isr: ids(4),
      leader: 4 as BrokerId,
      addingReplicas: ids(4, 5),
      removingReplicas: ids(1),
      partitionEpoch: 9 as PartitionEpoch,
    };
    expect(move(five(only), null).error).toBe(39);
    const unclean = setTopicConfig(five(only), 'unclean.leader.election.enable', 'true');
    const { partition, error } = move(unclean, null);
    expect(error).toBe(0);
    expect(partition).toMatchObject({
      replicas: ids(1),
      isr: ids(1),
      leader: 1,
      leaderRecoveryState: 'recovering',
    });
  });

  test('is refused where it names nobody, somebody twice or nobody known, or another number', () => {
    expect(move(five(), []).error).toBe(39);
    expect(move(five(), [1, 1]).error).toBe(39);
    expect(move(five(), [1, 9]).error).toBe(39);
    expect(move(five(), [1, 2], false).error).toBe(38);
    expect(move(five(), [1, 2, 4], false).error).toBe(0);
    // Where a move is under way, its target is what counts (KIP-860).
    const growing = move(five(), [1, 2, 3, 4]).image;
    expect(move(growing, [1, 2, 3], false).error).toBe(38);
    expect(move(growing, [1, 2, 3, 5], false).error).toBe(0);
    const command = {
      type: 'alterPartitionReassignments' as const,
      partitions: [1, 2].map(() => ({ topic: 't', partition: P0, replicas: ids(1, 2) })),
      allowReplicationFactorChange: true,
    };
    const { response } = submit(five(), command);
    expect(response).toMatchObject({ results: [{ error: 0 }, { error: 42 }] });
    const unknown = { topic: 'u', partition: P0, replicas: ids(1) };
    expect(submit(five(), { ...command, partitions: [unknown] }).error).toBe(3);
  });
});

describe('a replica that moves', () => {
  test('is where it was, or in the only directory of its broker (KIP-858)', () => {
    const directories = ['a', 'b', 'c'] as never as Uuid[];
    const image = testImage({ directories });
    image.brokers.set(4 as BrokerId, testBroker(4));
    const { partition } = move(image, [2, 1, 4]);
    expect(partition.replicas).toEqual(ids(2, 1, 4, 3));
    expect(partition.directories).toEqual(['b', 'a', 'dir4', 'c']);
    image.brokers.set(4 as BrokerId, testBroker(4, { logDirs: ['x', 'y'] as never as Uuid[] }));
    expect(move(image, [2, 1, 4]).partition.directories[2]).toBe(ZERO_UUID);
  });

  test('has moved once it is in sync, also where nothing else changes', () => {
    const image = testImage({ addingReplicas: ids(3) });
    expect(alterIsr(image, [1, 2, 3]).partition).toMatchObject({
      addingReplicas: [],
      isr: ids(1, 2, 3),
      partitionEpoch: 8,
    });
  });
});

describe('a reassignment that is refused', () => {
  const said = (
    of: MetadataImage,
    ...partitions: readonly (readonly [string, number, number[] | null])[]
  ) => {
    const { response } = submit(of, {
      type: 'alterPartitionReassignments',
      partitions: partitions.map(([topic, partition, replicas]) => ({
        topic,
        partition,
        replicas: replicas === null ? null : ids(...replicas),
      })),
      allowReplicationFactorChange: false,
    } as never);
    return response.type === 'reassignments'
      ? response.results.map(({ error, message }) => [error, message])
      : [];
  };

  test('says why, partition by partition', () => {
    const image = testImage();
    image.brokers.set(4 as BrokerId, testBroker(4));
    expect(said(image, ['u', 0, [1]], ['t', 1, [1]], ['t', 0, []], ['t', 0, [1, 2, 4]])).toEqual([
      [3, 'The partition does not exist.'],
      [3, 'The partition does not exist.'],
      [39, 'a partition needs at least one replica'],
      [42, 'the partition is in the request twice'],
    ]);
    const alone = (target: number[] | null): unknown => said(image, ['t', 0, target])[0];
    expect(alone([1, 2, 2])).toEqual([39, 'the replicas 1,2,2 have a broker twice']);
    expect(alone([1, 2, 9])).toEqual([39, 'the replicas name broker 9, which is not there']);
    expect(alone([1, 2])).toEqual([38, '2 replicas instead of 3, and the number may not change']);
    expect(alone(null)).toEqual([85, 'No partition reassignment is in progress.']);
    expect(alone([1, 2, 4])).toEqual([0, null]);
  });

  test('counts the replicas of the target where a move is under way, and can be given up', () => {
    const adding = { replicas: ids(1, 2, 3, 4), addingReplicas: ids(4) };
    expect(said(testImage(adding), ['t', 0, null])).toEqual([[0, null]]);
    const removing = { removingReplicas: ids(3) };
    expect(move(testImage(removing), null).partition).toMatchObject({
      replicas: ids(1, 2, 3),
      removingReplicas: [],
      partitionEpoch: 8,
    });
    expect(said(testImage(removing), ['t', 0, null])).toEqual([[0, null]]);
    expect(said(testImage(removing), ['t', 0, [1, 2]])).toEqual([[0, null]]);
    const lost = said(testImage({ ...adding, isr: ids(4), leader: 4 as BrokerId }), ['t', 0, null]);
    expect(lost).toEqual([
      [
        39,
        expect.stringMatching(/^only replicas that are being added .* an unclean election, which/),
      ],
    ]);
  });
});

describe('an unclean election that was asked for', () => {
  const leaderless: Partial<PartitionRegistration> = {
    leader: -1 as BrokerId,
    isr: [],
    elr: ids(1),
    lastKnownElr: ids(1),
  };
  const elect = (image: MetadataImage, topicId: Uuid = TOPIC_ID): Outcome =>
    submit(image, { type: 'electUncleanLeaders', partitions: [{ topicId, partition: P0 }] });
  const results = ({ response }: Outcome): unknown =>
    response.type === 'elections' ? response.results.map(({ error }) => error) : null;

  test('lets anybody live lead a partition that has no leader, marked as recovering', () => {
    const outcome = elect(testImage(leaderless, [1]));
    expect(results(outcome)).toEqual([0]);
    expect(outcome.partition).toMatchObject({
      leader: 2,
      isr: ids(2),
      elr: [],
      leaderRecoveryState: 'recovering',
    });
  });

  test('is not needed where somebody leads, and not possible where nobody is live', () => {
    expect(results(elect(testImage()))).toEqual([84]);
    expect(results(elect(testImage(leaderless, [1, 2, 3])))).toEqual([83]);
    expect(results(elect(testImage(), 'other' as Uuid))).toEqual([3]);
    const all = submit(testImage(), { type: 'electUncleanLeaders', partitions: null });
    expect(results(all)).toEqual([]);
  });
});

describe('the rules of reassignment', () => {
  test('the target comes first, what goes follows', () => {
    const standing = (replicas: readonly BrokerId[], addingReplicas: readonly BrokerId[] = []) => ({
      replicas,
      addingReplicas,
      removingReplicas: [],
    });
    expect(assignmentTowards(standing(ids(1, 2, 3)), ids(5, 2, 4))).toEqual({
      replicas: ids(5, 2, 4, 1, 3),
      addingReplicas: ids(4, 5),
      removingReplicas: ids(1, 3),
    });
  });

  test('a move is over once all of the target are in sync, and only a move is ever over', () => {
    const none = { replicas: ids(1, 2), addingReplicas: [], removingReplicas: [] };
    expect(reassignmentComplete(none, ids(1, 2))).toBe(false);
    const adding = { ...none, addingReplicas: ids(2) };
    expect([ids(1), ids(1, 2)].map((isr) => reassignmentComplete(adding, isr))).toEqual([
      false,
      true,
    ]);
    const removing = { ...none, removingReplicas: ids(2) };
    expect([ids(2), ids(1)].map((isr) => reassignmentComplete(removing, isr))).toEqual([
      false,
      true,
    ]);
    // Nobody would be left.
    expect(reassignmentComplete({ ...none, removingReplicas: ids(1, 2) }, ids(1))).toBe(false);
  });

  test('the leader epoch rises with another leader, none, or a replica less', () => {
    const before = { leader: 1 as BrokerId, replicas: ids(1, 2) };
    expect(leaderEpochBump(before, before)).toBe(false);
    expect(leaderEpochBump(before, { ...before, replicas: ids(2, 1, 3) })).toBe(false);
    expect(leaderEpochBump(before, { ...before, leader: 2 as BrokerId })).toBe(true);
    expect(leaderEpochBump(before, { ...before, leader: -1 as BrokerId })).toBe(true);
    expect(leaderEpochBump(before, { ...before, replicas: ids(1) })).toBe(true);
  });

  test('a move may be given up while one who stays has everything', () => {
    const adding = { replicas: ids(3, 1, 2), addingReplicas: ids(3), lastKnownElr: [] };
    expect(mayRevert({ ...adding, isr: ids(3), elr: [] })).toBe(false);
    // 1 may have lost what it held, and nobody knows before it is back.
    expect(mayRevert({ ...adding, isr: ids(3), elr: ids(1) })).toBe(false);
    expect(mayRevert({ ...adding, isr: ids(3, 2), elr: [] })).toBe(true);
    expect(mayRevert({ ...adding, isr: [], elr: ids(3, 1) })).toBe(true);
    expect(mayRevert({ ...adding, isr: [], elr: ids(3) })).toBe(false);
    expect(mayRevert({ ...adding, isr: [], elr: [], lastKnownElr: ids(3, 1) })).toBe(false);
    expect(mayRevert({ ...adding, isr: [], elr: [], lastKnownElr: ids(1) })).toBe(true);
    expect(mayRevert({ ...adding, isr: [], elr: [] })).toBe(true);
  });
});
