/** The rules of a partition at their edges. */

import { describe, expect, test } from 'vitest';
import { partitionRules } from './rules.js';
import { only, TestReplica } from './test-replica.js';

const rules = partitionRules as unknown as Record<string, (...given: unknown[]) => unknown>;
const EPOCHS = [
  { epoch: 1, startOffset: 0 },
  { epoch: 4, startOffset: 5 },
  { epoch: 7, startOffset: 9 },
];

describe('leader epochs', () => {
  test('end where the next one begins, the newest at the log end, and others are not known', () => {
    const end = (epoch: number, epochs: unknown = EPOCHS) => {
      const found = rules.leaderEpochEnd!(epochs, epoch, 12) as Record<string, number>;
      return [found.epoch, found.endOffset];
    };
    expect([7, 4, 5, 1].map((epoch) => end(epoch))).toEqual([
      [7, 12],
      [4, 9],
      [4, 9],
      [1, 5],
    ]);
    expect([8, -1].map((epoch) => end(epoch))).toEqual([
      [-1, -1],
      [-1, -1],
    ]);
    expect(end(0)).toEqual([0, 0]);
    expect(end(-1, [])).toEqual([-1, -1]);
  });

  test('of a fetch fence it, and unknown followers and former incarnations are refused', () => {
    const facts = {
      isLeader: true,
      isFollower: false,
      anyReplica: false,
      leaderEpoch: 5,
      currentLeaderEpoch: 5,
      replica: null,
    };
    const known = { isAssigned: true, brokerEpoch: 3, registeredBrokerEpoch: 3 };
    const error = (changes: object) => rules.mayFetch!({ ...facts, ...changes });
    expect([4, 5, 6, -1].map((currentLeaderEpoch) => error({ currentLeaderEpoch }))).toEqual([
      74, 0, 75, 0,
    ]);
    expect(error({ replica: known })).toBe(0);
    expect(error({ replica: { ...known, isAssigned: false } })).toBe(75);
    expect(error({ replica: { ...known, brokerEpoch: 2 } })).toBe(6);
    expect(error({ replica: { ...known, brokerEpoch: 4 } })).toBe(0);
    const follower = { isLeader: false, isFollower: true };
    expect(error({ ...follower, anyReplica: true })).toBe(0);
    expect(error(follower)).toBe(6);
    expect(error({ ...follower, anyReplica: true, replica: known })).toBe(6);
    expect(error({ isLeader: false, anyReplica: true })).toBe(6);
  });

  test('of a position tell whether it is in the log', () => {
    const facts = {
      fetchOffset: 6,
      lastFetchedEpoch: 4,
      logStartOffset: 2,
      epochEnd: { epoch: 4, endOffset: 9 },
    };
    const outcome = (changes: object) => rules.divergence!({ ...facts, ...changes });
    const fits = { error: 0, diverging: null };
    const outOfRange = { error: 1, diverging: null };
    expect(outcome({})).toEqual(fits);
    expect(outcome({ fetchOffset: 9 })).toEqual(fits);
    expect(outcome({ fetchOffset: 10 })).toEqual({ error: 0, diverging: facts.epochEnd });
    expect(outcome({ lastFetchedEpoch: 5 })).toEqual({ error: 0, diverging: facts.epochEnd });
    expect(outcome({ fetchOffset: 2 })).toEqual(fits);
    expect(outcome({ fetchOffset: 1 })).toEqual(outOfRange);
    expect(outcome({ epochEnd: { epoch: -1, endOffset: -1 } })).toEqual(outOfRange);
    expect(outcome({ lastFetchedEpoch: -1, fetchOffset: 1 })).toEqual(fits);
    expect(
      [fits, outOfRange, { error: 0, diverging: facts.epochEnd }].map((each) =>
        rules.movesFollowerEnd!(each),
      ),
    ).toEqual([true, false, false]);
  });

  test('cut a log at the end of the largest common one, or of the own one before it', () => {
    const cut = (epoch: number, endOffset: number, logEndOffset = 12) =>
      rules.truncationPoint!(EPOCHS, logEndOffset, { epoch, endOffset });
    expect([cut(7, 10), cut(9, 20), cut(7, 20)]).toEqual([10, 12, 12]);
    // Epoch 4 ends here at 9, there earlier or later.
    expect([cut(4, 7), cut(4, 11)]).toEqual([7, 9]);
    // Epoch 5 is not here: back to the end of 4, whatever the leader says.
    expect([cut(5, 7), cut(5, 11)]).toEqual([9, 9]);
    expect([cut(0, 3), cut(4, 11, 8)]).toEqual([0, 8]);
  });

  test('that are others are followed anew, and so are other leaders', () => {
    const anew = (leader: number, leaderEpoch: number) =>
      rules.followsAnew!({ leader: 2, leaderEpoch: 5 }, { leader, leaderEpoch });
    expect([anew(2, 5), anew(3, 5), anew(2, 6)]).toEqual([false, true, true]);
  });
});

describe('the ISR', () => {
  test('is at its largest with who is to join, in the order of the ids', () => {
    const maximal = (isr: readonly number[], asked: readonly number[] | null) =>
      rules.maximalIsr!(isr, asked === null ? null : { isr: asked });
    expect(maximal([1, 3], null)).toEqual([1, 3]);
    expect(maximal([3, 1], [1, 2, 3])).toEqual([1, 2, 3]);
    expect(maximal([3, 1], [1])).toEqual([3, 1]);
    expect(maximal([1, 10], [1, 2, 10])).toEqual([1, 2, 10]);
  });

  test('is joined by who is at the high watermark and at the start of the epoch', () => {
    const facts = {
      logEndOffset: 5,
      highWatermark: 5,
      epochStartOffset: 5,
      fenced: false,
      inControlledShutdown: false,
      brokerEpoch: 3,
      registeredBrokerEpoch: 3,
    };
    const may = (changes: object) => rules.mayJoinIsr!({ ...facts, ...changes });
    expect(may({})).toBe(true);
    expect(may({ highWatermark: 6 })).toBe(false);
    expect(may({ epochStartOffset: 6 })).toBe(false);
    expect(may({ fenced: true })).toBe(false);
    expect(may({ inControlledShutdown: true })).toBe(false);
    expect(may({ brokerEpoch: 2 })).toBe(false);
  });

  test('takes the newest word of the controller, and the same word twice', () => {
    const accept = (partitionEpoch: number, leaderEpoch: number) =>
      rules.acceptAssignment!(
        { partitionEpoch: 5, leaderEpoch: 3 },
        { partitionEpoch, leaderEpoch },
      );
    expect([accept(5, 3), accept(6, 3), accept(4, 3), accept(6, 2), accept(6, 4)]).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  test('is asked for again after errors of which nobody knows', () => {
    const follows = (error: number) => rules.afterAlterPartitionError!(error);
    expect([7, -1, 107, 74].map(follows)).toEqual(['retry', 'retry', 'rollBack', 'awaitMetadata']);
  });
});

describe('a log', () => {
  const follower = (start: number, end: number): TestReplica => {
    const replica = new TestReplica({ end, highWatermark: end, epochs: [[1, 0]] });
    Object.assign(replica.state, { logStartOffset: start });
    replica.assign({ leader: 2, epoch: 9 });
    return replica;
  };

  test('follows the start of the leader, and begins anew where that lies beyond its end', () => {
    const at = (start: number) => follower(1, 4).fetched({ logStart: start, highWatermark: 4 });
    const types = (start: number) => at(start).map(({ type }) => type);
    expect(types(0)).toEqual([]);
    expect(types(1)).toEqual([]);
    expect(types(3)).toEqual(['moveLogStart', 'epochsChanged']);
    expect(types(4)).toContain('moveLogStart');
    expect(only(at(5), 'resetLog').offset).toBe(5);
  });

  test('that has ordered more than it holds waits with that', () => {
    const replica = follower(1, 4);
    Object.assign(replica.state, { nextOffset: 6 });
    const answer = {
      type: 'fetched' as const,
      leaderEpoch: 9,
      fetchOffset: 6,
      lastFetchedEpoch: 1,
      error: 0,
      diverging: null,
      highWatermark: 4,
      logStartOffset: 5,
      batches: [],
    };
    expect(replica.give(answer)).toEqual([]);
    expect(replica.state.logStartOffset).toBe(1);
  });
});
