import { describe, expect, test } from 'vitest';
import { batch, TestReplica } from '../../partition/test-replica.js';
import type {
  BatchFacts,
  PartitionEffect,
  PartitionInput,
  PartitionState,
} from '../../partition/types.js';
import { judgePartition, partitionProperties } from './all.js';
import { Batches } from './batches.js';
import { logLost, newPartitionGhost, type PartitionGhost } from './ghost.js';
import type { PartitionStep, PartitionWorld, ReplicaView } from './property.js';

/** Literals of plain numbers, as the branded types that they stand for. */
const as = <T>(value: unknown): T => value as T;

const stored = [
  batch({ at: 0, epoch: 1, producer: 5, sequence: 0, timestamp: 11 }),
  batch({ at: 1, epoch: 1, producer: 5, sequence: 1, records: 2, timestamp: 12 }),
  batch({ at: 3, epoch: 2, timestamp: 13 }),
];

interface Scene {
  step: PartitionStep & { before: PartitionState; after: PartitionState };
  world: PartitionWorld;
  ghost: PartitionGhost;
}

/** A running follower (or leader) whose state, log and epochs agree. */
function replicaState(self: number, leader: number): PartitionState {
  const replica = new TestReplica({ self, minIsr: 2 });
  replica.assign({ leader: self === 1 ? 2 : 1, epoch: 1, isr: [1, 2, 3] });
  replica.fetched({ batches: stored, highWatermark: 3 });
  replica.assign({ leader, epoch: 3, version: 2, isr: [1, 2, 3] });
  return replica.state;
}

function view(state: PartitionState, log: readonly BatchFacts[] = stored): ReplicaView {
  const { logStartOffset, logEndOffset } = state;
  return { id: state.self, log, logStartOffset, logEndOffset, state };
}

/** Replica 1 leads three replicas with the same log; nothing is wrong. */
function scene(leader = 1): Scene {
  const states = [1, 2, 3].map((self) => replicaState(self, leader));
  const self = states[0]!;
  return {
    step: {
      self: self.self,
      incarnation: 1,
      before: replicaState(1, leader),
      input: null,
      effects: [],
      after: self,
      latest: null,
    },
    world: {
      replicas: new Map(states.map((state) => [state.self, view(state)])),
      leader: as(leader),
      leaderEpoch: as(3),
      isr: as([1, 2, 3]),
      elr: [],
      minIsr: 2,
      uncleanElections: 0,
    },
    ghost: { ...newPartitionGhost(), highWatermark: as(3) },
  };
}

function withLog(at: Scene, id: number, log: readonly BatchFacts[]): Scene {
  const replicas = new Map(at.world.replicas);
  replicas.set(as(id), { ...replicas.get(as(id))!, log });
  return { ...at, world: { ...at.world, replicas } };
}

function withStep(at: Scene, step: Partial<PartitionStep>): Scene {
  return { ...at, step: { ...at.step, ...step } as Scene['step'] };
}

const effects = (...list: object[]): PartitionEffect[] => as(list);
const input = (one: object): PartitionInput => as({ stamp: 1, ...one });
const byBase = (list: readonly BatchFacts[]): Batches => {
  const batches = new Batches();
  for (const one of list) {
    batches.set(one);
  }
  return batches;
};

/** By property: how to break it. Everything starts from a scene where all hold. */
const broken: Readonly<Record<string, (good: Scene) => Scene>> = {
  NoCommittedRecordLost: (good) => {
    good.ghost.acknowledged = byBase(stored);
    return withLog(good, 3, stored.slice(0, 2));
  },
  IsrHasCommitted: (good) => {
    good.ghost.committed = byBase(stored.slice(1, 2));
    return withLog(good, 2, [stored[0]!, batch({ at: 1, epoch: 2, records: 2 }), stored[2]!]);
  },
  LogMatch: (good) =>
    withLog(good, 2, [batch({ at: 0, epoch: 1, timestamp: 99 }), stored[1]!, stored[2]!]),
  PreferredReplicaInSync: (good) => {
    const answer = { type: 'fetchAnswer', token: 7, error: 0, from: 0, upTo: 0, preferred: 9 };
    return withStep(good, { effects: effects(answer) });
  },
  LogStartMonotonic: (good) => {
    good.ghost.logStarts.set(as(1), as(2));
    return good;
  },
  DeletedEverywhere: (good) => {
    const deleted = { type: 'recordsDeleted', token: 7, error: 0, lowWatermark: 1 };
    return withStep(good, { effects: effects(deleted) });
  },
  EpochUnique: (good) => {
    good.ghost.leaders.set(as(3), as(2));
    const append = { type: 'append', token: 7, baseOffset: 4, leaderEpoch: 3, batches: [] };
    return withStep(good, { effects: effects(append) });
  },
  HighWatermarkMonotonicPerLeader: (good) => {
    good.step.before.highWatermark = as(4);
    return good;
  },
  FollowerHighWatermarkIsCommitted: () => {
    const other = scene(2);
    other.step.after.highWatermark = as(4);
    return other;
  },
  EpochCacheRising: (good) => {
    good.step.after.epochs = as([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 3 },
    ]);
    return good;
  },
  TruncationNeverBelowHighWatermark: () =>
    withStep(scene(2), { effects: effects({ type: 'truncate', endOffset: 2 }) }),
  NoDuplicateSequence: (good) => {
    const again = batch({ at: 4, epoch: 3, producer: 5, sequence: 1, records: 2, timestamp: 12 });
    const append = { type: 'append', token: 7, baseOffset: 4, leaderEpoch: 3, batches: [again] };
    return withStep(withLog(good, 1, [...stored, again]), { effects: effects(append) });
  },
  ProducerEpochRises: (good) => {
    const newer = batch({ at: 4, epoch: 3, producer: 6, producerEpoch: 2 });
    const older = batch({ at: 5, epoch: 3, producer: 6, producerEpoch: 1 });
    const batches = [older];
    const append = { type: 'append', token: 7, baseOffset: 5, leaderEpoch: 3, batches };
    return withStep(withLog(good, 1, [...stored, newer, older]), { effects: effects(append) });
  },
  ProducerStateFromLog: (good) => {
    good.step.after.producers.get(as(5n))!.batches.pop();
    return good;
  },
  ConsistentRead: (good) => {
    good.ghost.shown = byBase([batch({ at: 0, epoch: 1, timestamp: 99 })]);
    return good;
  },
  LatestOffsetMonotonic: (good) => {
    good.ghost.latest.set(as(2), as(4));
    return withStep(good, { latest: as(3) });
  },
  HighWatermarkDue: (good) => {
    for (const follower of good.step.after.leaderState!.followers.values()) {
      follower.logEndOffset = as(4);
    }
    return good;
  },
  MinIsrOnAppend: (good) => {
    good.step.before.isr = as([1]);
    const produce = { type: 'produce', token: 7, acks: -1, batch: batch({}), logAppendTime: -1 };
    const append = { type: 'append', token: 7, baseOffset: 4, leaderEpoch: 3, batches: [] };
    return withStep(good, { input: input(produce), effects: effects(append) });
  },
  HighWatermarkNeedsMinIsr: (good) => {
    good.step.after.isr = as([1]);
    good.step.before.highWatermark = as(2);
    return good;
  },
  ProduceAnsweredTruthfully: (good) => {
    good.ghost.pending.set('1:1:7', { acks: -1, batch: stored[2]! });
    const produced = { type: 'produced', token: 7, error: 0, baseOffset: 3 };
    return withStep(good, { effects: effects(produced) });
  },
  ReplicaEpochsMonotonic: (good) => {
    good.step.before.partitionEpoch = as(9);
    return good;
  },
  ReplicationQuorumSuperset: (good) => {
    good.step.after.isr = as([1, 2]);
    return good;
  },
  IsrProposalEligible: (good) => {
    const { after } = good.step;
    after.isr = as([1]);
    after.leaderState!.inflight = as({ isr: [1, 2], brokerEpochs: [11, 12], partitionEpoch: 2 });
    const newIsr = [{ brokerId: 1 }, { brokerId: 2 }];
    return withStep(good, { effects: effects({ type: 'alterPartition', newIsr }) });
  },
  FencedIsStale: (good) => {
    const inflight = { isr: [1, 2], brokerEpochs: [11, 12], partitionEpoch: 2 };
    good.step.before.leaderState!.inflight = as(inflight);
    const type = 'alterPartitionAnswered';
    const answer = { type, error: 74, requestedPartitionEpoch: 2, assignment: null };
    return withStep(good, { input: input(answer) });
  },
};

/** Further ways to break some of them. */
const brokenElse: readonly (readonly [string, string, (good: Scene) => Scene])[] = [
  [
    'EpochUnique',
    'one name for two batches',
    (good) => {
      good.ghost.records.set(as(3), as(new Map([[4, batch({ at: 4, epoch: 3, timestamp: 50 })]])));
      const batches = [batch({ at: 4, epoch: 3, timestamp: 51 })];
      const append = { type: 'append', token: 7, baseOffset: 4, leaderEpoch: 3, batches };
      return withStep(good, { effects: effects(append) });
    },
  ],
  [
    'EpochCacheRising',
    'an epoch that begins where the one before does',
    (good) => {
      const { after } = good.step;
      after.epochs = [...after.epochs, as({ epoch: 9, startOffset: 4 })];
      return good;
    },
  ],
  [
    'ProduceAnsweredTruthfully',
    'a second answer',
    (good) => {
      good.ghost.answered.add('1:1:7');
      const produced = { type: 'produced', token: 7, error: 6, baseOffset: -1 };
      return withStep(good, { effects: effects(produced) });
    },
  ],
  [
    'ProduceAnsweredTruthfully',
    'an offset where other records are',
    (good) => {
      good.ghost.pending.set('1:1:7', { acks: 1, batch: stored[2]! });
      const produced = { type: 'produced', token: 7, error: 0, baseOffset: 1 };
      return withStep(good, { effects: effects(produced) });
    },
  ],
  [
    'PreferredReplicaInSync',
    'a follower that chooses',
    (good) => {
      const answer = { type: 'fetchAnswer', token: 7, error: 0, from: 0, upTo: 0, preferred: 1 };
      const { step } = good;
      const after = { ...step.after, role: 'follower', leaderState: null };
      return { ...good, step: { ...step, after: as(after), effects: effects(answer) } };
    },
  ],
  [
    'ConsistentRead',
    'records above the high watermark',
    (good) => {
      const answer = { type: 'fetchAnswer', token: 7, error: 0, from: 0, upTo: 4, preferred: null };
      const fetch = input({ type: 'fetch', token: 7, replica: null });
      return withStep(good, { input: fetch, effects: effects(answer) });
    },
  ],
  [
    'ProducerStateFromLog',
    'a producer that is not in the log',
    (good) => {
      good.step.after.producers.set(as(66n), as({ epoch: 0, batches: [], lastTimestamp: 1 }));
      return good;
    },
  ],
];

function violated({ step, world, ghost }: Scene): string[] {
  return judgePartition(ghost, step, world).map(({ property }) => property);
}

describe('the properties of a partition', () => {
  test('all hold where nothing is wrong', () => {
    expect(violated(scene(1))).toEqual([]);
    expect(violated(scene(2))).toEqual([]);
  });

  test('are each broken by some state here', () => {
    const names = partitionProperties.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(broken).sort()).toEqual(names.sort());
  });

  for (const [name, breakIt] of Object.entries(broken)) {
    test(`${name} sees it`, () => {
      expect(violated(breakIt(scene()))).toContain(name);
    });
  }

  for (const [name, what, breakIt] of brokenElse) {
    test(`${name} sees ${what}`, () => {
      expect(violated(breakIt(scene()))).toContain(name);
    });
  }

  test.each(['NoCommittedRecordLost', 'IsrHasCommitted', 'TruncationNeverBelowHighWatermark'])(
    '%s excuses what an unclean election has lost',
    (name) => {
      const bad = broken[name]!(scene());
      bad.world = { ...bad.world, uncleanElections: 1 };
      expect(violated(bad)).not.toContain(name);
    },
  );

  describe('told what a step changed', () => {
    const nothing = { anew: false, from: stored.length, epochs: false, producers: false };

    /** A scene whose replicas were all looked at once, and held what was promised. */
    function judgedOnce(): Scene {
      const good = scene();
      good.ghost.committed = byBase(stored.slice(1));
      const anew = { anew: true, from: 0, epochs: true, producers: true };
      expect(violated(withStep(good, { changes: anew }))).toEqual([]);
      return withStep(good, { changes: nothing });
    }

    test('a batch that is promised before others is asked of all candidates again', () => {
      const good = withLog(judgedOnce(), 3, stored.slice(1));
      expect(violated(good)).toEqual([]);
      good.step.before.highWatermark = as(0);
      expect(violated(good)).toEqual([]);
      good.step.before.highWatermark = good.step.after.highWatermark;
      expect(violated(good)).toEqual(['IsrHasCommitted']);
    });

    test('a replica whose log may have lost something is asked again, others are not', () => {
      const lost = withLog(judgedOnce(), 3, stored.slice(0, 2));
      expect(violated(lost)).toEqual([]);
      logLost(lost.ghost, as(2), 0);
      expect(violated(lost)).toEqual([]);
      logLost(lost.ghost, as(3), 3);
      expect(violated(lost)).toEqual(['IsrHasCommitted']);
    });

    test('an epoch cache is looked at when it is another one', () => {
      const wrong = judgedOnce();
      wrong.step.after.epochs = as([
        { epoch: 1, startOffset: 0 },
        { epoch: 3, startOffset: 3 },
      ]);
      expect(violated(wrong)).toEqual([]);
      const changes = { ...nothing, epochs: true };
      expect(violated(withStep(wrong, { changes }))).toEqual(['EpochCacheRising']);
    });
  });

  describe('of a replica whose log is compacted up to 3', () => {
    /** The first batch of producer 5 is gone, so is epoch 1; the second one was its last. */
    function cleaned(cleanedEnd: number): Scene {
      const good = scene();
      const replicas = new Map(good.world.replicas);
      replicas.set(as(1), { ...replicas.get(as(1))!, cleanedEnd });
      good.step.after.producers.get(as(5n))!.batches.shift();
      good.step.after.epochs = as([{ epoch: 2, startOffset: 3 }]);
      return { ...good, world: { ...good.world, replicas } };
    }

    test('producers and epochs need not tell of what may be gone', () => {
      expect(violated(cleaned(3))).toEqual([]);
      expect(violated(cleaned(0))).toEqual(['EpochCacheRising', 'ProducerStateFromLog']);
    });

    test("but they tell of each producer's last batch, and of what was not cleaned", () => {
      const forgotten = cleaned(3);
      forgotten.step.after.producers.get(as(5n))!.batches.pop();
      expect(violated(forgotten)).toEqual(['ProducerStateFromLog']);
      const tail = batch({ at: 4, epoch: 3, producer: 5, sequence: 3, timestamp: 14 });
      const leaderOf = (log: readonly BatchFacts[], cleanedEnd: number): Scene => {
        const replicas = new Map(forgotten.world.replicas);
        replicas.set(as(2), { ...replicas.get(as(2))!, log, cleanedEnd });
        return { ...forgotten, world: { ...forgotten.world, replicas } };
      };
      // Unless they have their log from one that has compacted it away beside a later one.
      expect(violated(leaderOf([...stored, tail], 3))).toEqual([]);
      expect(violated(leaderOf(stored, 3))).toEqual(['ProducerStateFromLog']);
      expect(violated(leaderOf([...stored, tail], 2))).toEqual(['ProducerStateFromLog']);
      const misnamed = cleaned(3);
      misnamed.step.after.epochs = as([{ epoch: 1, startOffset: 3 }]);
      expect(violated(misnamed)).toEqual(['EpochCacheRising']);
    });
  });

  test('the ghost remembers what was acknowledged, committed and shown', () => {
    const good = scene();
    const produce = { type: 'produce', token: 7, acks: -1, batch: stored[1]! };
    violated(withStep(good, { input: input(produce) }));
    good.step.before.highWatermark = as(0);
    const produced = { type: 'produced', token: 7, error: 0, baseOffset: 1 };
    expect(violated(withStep(good, { effects: effects(produced) }))).toEqual([]);
    expect([...good.ghost.acknowledged.values()]).toEqual([stored[1]]);
    expect([...good.ghost.committed.values()]).toEqual(stored.slice(0, 2));
    const fetch = input({ type: 'fetch', token: 8, replica: null });
    const answer = { type: 'fetchAnswer', token: 8, error: 0, from: 0, upTo: 1, preferred: null };
    violated(withStep(good, { input: fetch, effects: effects(answer) }));
    expect([...good.ghost.shown.values()]).toEqual(stored.slice(0, 1));
  });
});
