import { describe, expect, test } from 'vitest';
import { cloneImage } from '../../metadata/image.js';
import {
  ids,
  P0,
  setTopicConfig,
  TOPIC_ID,
  testBroker,
  testImage,
  testPartition,
} from '../../metadata/test-image.js';
import type { MetadataImage, PartitionRegistration } from '../../metadata/types.js';
import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  PartitionEpoch,
  ProducerId,
  Uuid,
} from '../../types/ids.js';
import { metadataProperties } from './all.js';
import { type MetadataGhost, observeCommand, observeImage, startMetadataGhost } from './ghost.js';
import { pendingEqualsCommitted } from './pending-equals-committed.js';

interface Case {
  readonly property: string;
  readonly what: string;
  readonly before: MetadataImage;
  readonly after: MetadataImage;
  /** What the message must speak of; null: the property holds. */
  readonly message: string | null;
  readonly observe?: (ghost: MetadataGhost) => void;
}

type Facts = Partial<PartitionRegistration>;
const epoch = (value: number): LeaderEpoch => value as LeaderEpoch;
const version = (value: number): PartitionEpoch => value as PartitionEpoch;
const broker = (value: number): BrokerId => value as BrokerId;
const minTwo = (facts: Facts, fenced: readonly number[] = []): MetadataImage =>
  setTopicConfig(testImage(facts, fenced), 'min.insync.replicas', '2');
const unclean = (facts: Facts, fenced: readonly number[] = []): MetadataImage =>
  setTopicConfig(testImage(facts, fenced), 'unclean.leader.election.enable', 'true');

const LEADERLESS: Facts = { leader: broker(-1), isr: [], elr: ids(1), lastKnownElr: ids(1) };
/** Broker 2 takes over in the next epoch, alone in its ISR. */
const TWO_LEADS: Facts = {
  leader: broker(2),
  isr: ids(2),
  elr: [],
  leaderEpoch: epoch(5),
  partitionEpoch: version(8),
};

/** Broker `id` as another incarnation, fenced, with `brokerEpoch`. */
function restarted(image: MetadataImage, id: number, brokerEpoch: number): MetadataImage {
  const again = { epoch: brokerEpoch as BrokerEpoch, incarnationId: 'again' as Uuid, fenced: true };
  image.brokers.set(broker(id), testBroker(id, again));
  return image;
}

function showedEpoch(ghost: MetadataGhost, previousBrokerEpoch: number): void {
  observeCommand(ghost, {
    type: 'registerBroker',
    brokerId: broker(2),
    clusterId: 'c',
    incarnationId: 'again' as Uuid,
    endPoints: [],
    rack: null,
    logDirs: [],
    previousBrokerEpoch: previousBrokerEpoch as BrokerEpoch,
  });
}

function asked(ghost: MetadataGhost, members: readonly number[], partitionEpoch = 7): void {
  observeCommand(ghost, {
    type: 'alterPartition',
    brokerId: broker(1),
    brokerEpoch: 10 as BrokerEpoch,
    changes: [
      {
        topicId: TOPIC_ID,
        partition: P0,
        leaderEpoch: epoch(4),
        partitionEpoch: version(partitionEpoch),
        newIsr: members.map((id) => ({
          brokerId: broker(id),
          brokerEpoch: (id * 10) as BrokerEpoch,
        })),
        leaderRecoveryState: 'recovered',
      },
    ],
  });
}

function heartbeat(ghost: MetadataGhost, currentMetadataOffset: number): void {
  observeCommand(ghost, {
    type: 'brokerHeartbeat',
    brokerId: broker(2),
    brokerEpoch: 20 as BrokerEpoch,
    currentMetadataOffset,
    wantFence: false,
    wantShutDown: false,
  });
}

function changed(change: (image: MetadataImage) => void): MetadataImage {
  const image = testImage();
  change(image);
  return image;
}

const OLD = testImage();
const JOINED: Facts = { isr: ids(1, 2, 3), partitionEpoch: version(8) };
const SMALL: Facts = { isr: ids(1, 2) };

/** Property, what happens, the state before, the state after, the message, the ghost. */
type Row = readonly [string, string, MetadataImage, MetadataImage, string | null, Case['observe']?];

/** From 1 and 2 to 2 and 3. */
const MOVING: Facts = {
  replicas: ids(2, 3, 1),
  isr: ids(1, 2),
  addingReplicas: ids(3),
  removingReplicas: ids(1),
};
const MOVED: Facts = {
  ...TWO_LEADS,
  replicas: ids(2, 3),
  isr: ids(2, 3),
};
const GIVEN_UP: Facts = { ...TWO_LEADS, replicas: ids(2, 1) };

const rows: readonly Row[] = [
  [
    'ReassignmentShape',
    'one that comes and goes',
    OLD,
    testImage({ ...MOVING, removingReplicas: ids(3) }),
    'twice',
  ],
  [
    'ReassignmentShape',
    'a stranger',
    OLD,
    testImage({ ...MOVING, addingReplicas: ids(9) }),
    'within',
  ],
  [
    'ReassignmentShape',
    'nobody stays',
    OLD,
    testImage({ ...MOVING, addingReplicas: [], removingReplicas: ids(1, 2, 3) }),
    'to be removed',
  ],
  ['ReassignmentShape', 'a move', OLD, testImage(MOVING), null],
  [
    'ReplicasLeaveInSync',
    'early',
    testImage(MOVING),
    testImage({ ...MOVED, isr: ids(2) }),
    '3 of the replicas',
  ],
  ['ReplicasLeaveInSync', 'without a fetch', testImage(MOVING), testImage(MOVED), '3, which never'],
  [
    'ReplicasLeaveInSync',
    'in sync',
    testImage(MOVING),
    testImage(MOVED),
    null,
    (g) => asked(g, [1, 2, 3]),
  ],
  ['ReplicasLeaveInSync', 'given up', testImage(MOVING), testImage(GIVEN_UP), null],
  [
    'ReplicasLeaveInSync',
    'given up with all that is',
    testImage({ ...MOVING, leader: broker(3), isr: ids(3) }),
    testImage(GIVEN_UP),
    'nobody else',
  ],
  [
    'ReplicasLeaveInSync',
    'given up, loss allowed',
    unclean({ ...MOVING, leader: broker(3), isr: ids(3) }),
    unclean(GIVEN_UP),
    null,
  ],
  [
    'LeaderEpochMonotonic',
    'a replica goes unnoticed',
    testImage(MOVING),
    testImage({ replicas: ids(1, 2) }),
    '3 is a replica no more',
  ],
  [
    'NoUncleanElectionUnlessConfigured',
    'anyone, because an operator says so',
    testImage(LEADERLESS, [1]),
    testImage(TWO_LEADS, [1]),
    null,
    (ghost) =>
      observeCommand(ghost, {
        type: 'electUncleanLeaders',
        partitions: [{ topicId: TOPIC_ID, partition: P0 }],
      }),
  ],
  ['LeaderInIsr', 'a leader outside', OLD, testImage({ isr: ids(2, 3) }), 'outside the ISR'],
  ['LeaderInIsr', 'an ISR without leader', OLD, testImage({ leader: broker(-1) }), 'nobody leads'],
  ['LeaderInIsr', 'neither', OLD, testImage(LEADERLESS), null],
  ['IsrSubsetOfReplicas', 'a stranger', OLD, testImage({ isr: ids(1, 9) }), 'not within'],
  ['IsrSubsetOfReplicas', 'a broker twice', OLD, testImage({ elr: ids(2, 2) }), 'twice'],
  ['IsrSubsetOfReplicas', 'all in order', OLD, OLD, null],
  ['ElrShape', 'an overlap', OLD, minTwo({ isr: ids(1), elr: ids(1, 2) }), 'overlap'],
  ['ElrShape', 'an ELR beside enough', OLD, minTwo({ isr: ids(1, 2), elr: ids(3) }), 'minimum 2'],
  ['ElrShape', 'an ELR that is needed', OLD, minTwo({ isr: ids(1), elr: ids(2) }), null],
  ['ElrKeepsMembers', 'one forgotten', minTwo(SMALL), minTwo({ isr: ids(1) }), '2 held everything'],
  ['ElrKeepsMembers', 'one kept', minTwo(SMALL), minTwo({ isr: ids(1), elr: ids(2) }), null],
  ['ElrKeepsMembers', 'enough in sync', OLD, minTwo({ isr: ids(1, 2) }), null],
  [
    'ElrKeepsMembers',
    'an unclean restart',
    minTwo({ isr: ids(1), elr: ids(2) }),
    restarted(minTwo({ isr: ids(1) }), 2, 50),
    null,
    (ghost) => showedEpoch(ghost, -1),
  ],
  ['ElectionNotMissed', 'the ELR is live', OLD, testImage(LEADERLESS), '1 may'],
  ['ElectionNotMissed', 'the ELR is fenced', OLD, testImage(LEADERLESS, [1]), null],
  ['ElectionNotMissed', 'unclean allowed', OLD, unclean(LEADERLESS, [1]), 'unclean election'],
  [
    'ElectionNotMissed',
    'the last known leader is live',
    OLD,
    testImage({ ...LEADERLESS, elr: [] }, [2, 3]),
    '1 may',
  ],
  ['LeaderEpochMonotonic', 'back', OLD, testImage({ leaderEpoch: epoch(3) }), 'epoch 3 after 4'],
  ['LeaderEpochMonotonic', 'two leaders', OLD, testImage({ leader: broker(2) }), 'leaders 1 and 2'],
  [
    'LeaderEpochMonotonic',
    'two leaders, seen long ago',
    testImage({ leaderEpoch: epoch(3) }),
    testImage({ leader: broker(2) }),
    'leaders 1 and 2',
    (ghost) => observeImage(ghost, OLD),
  ],
  ['LeaderEpochMonotonic', 'a new epoch', OLD, testImage(TWO_LEADS), null],
  ['PartitionEpochMonotonic', 'back', OLD, testImage({ partitionEpoch: version(6) }), '6 after 7'],
  ['PartitionEpochMonotonic', 'a silent change', OLD, testImage(SMALL), 'within partition epoch 7'],
  ['PartitionEpochMonotonic', 'a change', OLD, testImage(TWO_LEADS), null],
  [
    'BrokerEpochUnique',
    'one epoch for two brokers',
    OLD,
    changed((image) => image.brokers.set(broker(2), testBroker(2, { epoch: 10 as BrokerEpoch }))),
    'epoch 10 names',
  ],
  ['BrokerEpochUnique', 'an epoch that fell', OLD, restarted(testImage(), 2, 5), 'from epoch 20'],
  ['BrokerEpochUnique', 'a new incarnation', OLD, restarted(testImage(), 2, 50), null],
  ['OneIncarnation', 'a rival', OLD, restarted(testImage(), 2, 50), 'replaced while'],
  ['OneIncarnation', 'a successor', testImage({}, [2]), restarted(testImage(), 2, 50), null],
  ['FencedNotInIsr', 'fenced', OLD, testImage({}, [2]), '2 is in the ISR'],
  ['FencedNotInIsr', 'unknown', OLD, changed((image) => image.brokers.delete(broker(3))), '3 is'],
  ['FencedNotInIsr', 'out', OLD, testImage({ isr: ids(1, 3) }, [2]), null],
  ['UnfencedHasApplied', 'early', testImage({}, [2]), OLD, 'at offset 19', (g) => heartbeat(g, 19)],
  ['UnfencedHasApplied', 'in time', testImage({}, [2]), OLD, null, (g) => heartbeat(g, 20)],
  [
    'NoUncleanElectionUnlessConfigured',
    'anyone',
    testImage(LEADERLESS, [1]),
    testImage(TWO_LEADS, [1]),
    '2 leads, from outside',
  ],
  [
    'NoUncleanElectionUnlessConfigured',
    'anyone, where that is allowed',
    unclean(LEADERLESS, [1]),
    unclean(TWO_LEADS, [1]),
    null,
  ],
  [
    'NoUncleanElectionUnlessConfigured',
    'the last known leader, nobody being eligible',
    testImage({ ...LEADERLESS, elr: [], lastKnownElr: ids(2) }),
    testImage(TWO_LEADS),
    null,
  ],
  [
    'NoUncleanElectionUnlessConfigured',
    'the last known leader before one who is eligible',
    testImage({ ...LEADERLESS, lastKnownElr: ids(2) }),
    testImage(TWO_LEADS),
    '2 leads, from outside',
  ],
  ['UncleanElectionMarked', 'no mark', testImage(LEADERLESS), testImage(TWO_LEADS), 'not marked'],
  [
    'UncleanElectionMarked',
    'a mark',
    testImage(LEADERLESS),
    testImage({ ...TWO_LEADS, leaderRecoveryState: 'recovering' }),
    null,
  ],
  [
    'UncleanElectionMarked',
    'an ISR that grows early',
    OLD,
    testImage({ leaderRecoveryState: 'recovering' }),
    'grew while',
  ],
  [
    'UncleanElectionMarked',
    'a mark that an election wipes away',
    testImage({ isr: ids(1), elr: ids(2), leaderRecoveryState: 'recovering' }),
    testImage(TWO_LEADS),
    'went away',
  ],
  [
    'UncleanRestartLeavesElr',
    'it stays',
    minTwo({ isr: ids(1), elr: ids(2) }),
    restarted(minTwo({ isr: ids(1), elr: ids(2) }), 2, 50),
    '2 restarted uncleanly',
    (ghost) => showedEpoch(ghost, -1),
  ],
  [
    'UncleanRestartLeavesElr',
    'it stays after a clean shutdown',
    minTwo({ isr: ids(1), elr: ids(2) }),
    restarted(minTwo({ isr: ids(1), elr: ids(2) }), 2, 50),
    null,
    (ghost) => showedEpoch(ghost, 20),
  ],
  [
    'IsrJoinCurrentEpoch',
    'a fetch of an earlier incarnation',
    testImage(SMALL),
    changed((image) => {
      image.topics.get(TOPIC_ID)?.partitions.set(P0, testPartition(JOINED));
      image.brokers.set(broker(3), testBroker(3, { epoch: 31 as BrokerEpoch }));
    }),
    '3 joined',
    (ghost) => asked(ghost, [1, 2, 3]),
  ],
  [
    'IsrJoinCurrentEpoch',
    'a fetch of this one',
    testImage(SMALL),
    testImage(JOINED),
    null,
    (ghost) => asked(ghost, [1, 2, 3]),
  ],
  [
    'IsrCompareAndSet',
    'asked for on another state',
    testImage(SMALL),
    testImage(JOINED),
    'nobody asked for',
    (ghost) => asked(ghost, [1, 2, 3], 6),
  ],
  [
    'IsrCompareAndSet',
    'asked for on this state',
    testImage(SMALL),
    testImage(JOINED),
    null,
    (ghost) => asked(ghost, [1, 2, 3]),
  ],
  ['IsrCompareAndSet', 'a live one lost', OLD, testImage(SMALL), 'nobody asked for'],
  ['IsrCompareAndSet', 'a fenced one lost', OLD, testImage(SMALL, [3]), null],
  [
    'TopicIdUnique',
    'a deleted id comes back',
    changed((image) => image.topics.delete(TOPIC_ID)),
    OLD,
    'came back',
    (ghost) => observeImage(ghost, OLD),
  ],
  [
    'TopicIdUnique',
    'a name that leads elsewhere',
    OLD,
    changed((image) => image.topicIds.set('t', 'other' as Uuid)),
    'does not lead',
  ],
  ['TopicIdUnique', 'as it was', OLD, OLD, null, (ghost) => observeImage(ghost, OLD)],
  [
    'ProducerIdsRise',
    'back',
    changed((image) => {
      image.nextProducerId = 1000n as ProducerId;
    }),
    OLD,
    '0 after 1000',
  ],
  ['ProducerIdsRise', 'as it was', OLD, OLD, null],
];

const cases: readonly Case[] = rows.map(([property, what, before, after, message, observe]) => ({
  property,
  what,
  before,
  after,
  message,
  ...(observe === undefined ? {} : { observe }),
}));

describe('the properties of the metadata', () => {
  test.each(cases)('$property: $what', ({ property, before, after, message, observe }) => {
    const judge = metadataProperties.find((candidate) => candidate.name === property);
    const ghost = startMetadataGhost({ minInsyncReplicas: 1, uncleanLeaderElection: false });
    observe?.(ghost);
    const wrong = judge?.violation({ before, after }, ghost);
    if (message === null) {
      expect(wrong).toBe(null);
    } else {
      expect(wrong).toContain(message);
    }
  });

  test('each have a state that breaks them and one that does not', () => {
    for (const { name } of metadataProperties) {
      const own = cases.filter((each) => each.property === name);
      expect(
        own.some((each) => each.message === null),
        `${name} held`,
      ).toBe(true);
      expect(
        own.some((each) => each.message !== null),
        `${name} broken`,
      ).toBe(true);
    }
  });

  test('PendingEqualsCommitted: a pending state that differs with everything committed', () => {
    const equal = (a: MetadataImage, b: MetadataImage): boolean =>
      a.features.size === b.features.size;
    const committed = testImage();
    const pending = cloneImage(committed);
    const active = { term: 1, pending, pendingOffset: 4, waiters: [] };
    const decider = { committed, committedOffset: 4, active };
    expect(pendingEqualsCommitted(decider, equal)).toBe(null);
    pending.features.set('x', 1);
    expect(pendingEqualsCommitted(decider, equal)).toContain('differs');
    expect(pendingEqualsCommitted({ ...decider, committedOffset: 3 }, equal)).toBe(null);
    const waiting = { ...active, waiters: [{ token: 1, offset: 4, response: 0 }] };
    expect(pendingEqualsCommitted({ ...decider, active: waiting }, equal)).toContain('wait');
  });
});
