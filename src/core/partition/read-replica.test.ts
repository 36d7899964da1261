import { describe, expect, test } from 'vitest';
import type { BrokerId, Offset } from '../types/ids.js';
import { preferredReadReplica, type ReadReplica } from './rules-read.js';
import { only, TestReplica } from './test-replica.js';

const RACKS = { 1: 'a', 2: 'b', 3: 'b' };

/** Leader 1 of epoch 9 with log end 6; 2 and 3 have fetched as far as they are said to. */
function leader(ends: readonly [number, number], isr: readonly number[] = [1, 2, 3]): TestReplica {
  const replica = new TestReplica({ end: 6, epochs: [[1, 0]] });
  replica.assign({ leader: 1, epoch: 9, isr, racks: RACKS });
  replica.fetch(2, ends[0], 1);
  replica.fetch(3, ends[1], 1);
  return replica;
}

const preferred = (replica: TestReplica, offset: number, rack: string): number | null =>
  only(replica.consume(offset, true, rack), 'fetchAnswer').preferred;

describe('a leader that is read by a consumer of some rack', () => {
  test('names the replica there that has most, and gives no records itself', () => {
    const replica = leader([4, 5]);
    expect(only(replica.consume(3, true, 'b'), 'fetchAnswer')).toMatchObject({
      preferred: 3,
      error: 0,
      from: 3,
      upTo: 3,
    });
    expect(preferred(leader([5, 4]), 3, 'b')).toBe(2);
    expect(preferred(leader([5, 5]), 3, 'b')).toBe(3);
  });

  test('serves itself in its own rack, in one without replicas, and who names none', () => {
    const replica = leader([6, 6]);
    for (const rack of ['a', 'c', '']) {
      expect(only(replica.consume(3, true, rack), 'fetchAnswer')).toMatchObject({
        preferred: null,
        upTo: 6,
      });
    }
  });

  test('names nobody who lacks the position, or is out of sync (KAFKA-14372) or fenced', () => {
    expect(preferred(leader([4, 3]), 4, 'b')).toBe(2);
    expect(preferred(leader([6, 6], [1, 2]), 3, 'b')).toBe(2);
    expect(preferred(leader([6, 6], [1]), 3, 'b')).toBe(null);
    const facts = (id: number, changes: Partial<ReadReplica> = {}): ReadReplica => ({
      id: id as BrokerId,
      rack: 'b',
      logStartOffset: 0 as Offset,
      logEndOffset: 6 as Offset,
      inIsr: true,
      fenced: false,
      ...changes,
    });
    const asked = (...replicas: ReadReplica[]): number => askedAt(3, ...replicas);
    const askedAt = (offset: number, ...replicas: ReadReplica[]): number =>
      preferredReadReplica({
        clientRack: 'b',
        fetchOffset: offset as Offset,
        leader: 1 as BrokerId,
        replicas: [facts(1, { rack: 'a' }), ...replicas],
      });
    // In the leader's own rack nobody else is named, however much it holds.
    expect(asked(facts(1), facts(2, { logEndOffset: 9 as Offset }))).toBe(1);
    expect(asked(facts(2), facts(3))).toBe(3);
    expect(asked(facts(3), facts(2))).toBe(3);
    expect(asked(facts(2, { logStartOffset: 3 as Offset }))).toBe(2);
    expect(asked(facts(2, { logEndOffset: 2 as Offset }))).toBe(1);
    expect(asked(facts(2, { fenced: true }))).toBe(1);
    expect(asked(facts(2, { logStartOffset: 4 as Offset }))).toBe(1);
    expect(asked(facts(2, { rack: null }))).toBe(1);
    expect(asked(facts(2), facts(3, { logEndOffset: 5 as Offset }))).toBe(2);
    // One that has nothing yet holds the first position all the same.
    expect(askedAt(0, facts(2, { logEndOffset: 0 as Offset }))).toBe(2);
  });
});

describe('a follower that is read by a consumer', () => {
  const follower = (): TestReplica => {
    const replica = new TestReplica({ end: 6, highWatermark: 4, epochs: [[1, 0]] });
    replica.assign({ leader: 2, epoch: 9, racks: RACKS });
    return replica;
  };

  test('gives what is below its high watermark, and names nobody (KAFKA-13778)', () => {
    expect(only(follower().consume(1, true, 'b'), 'fetchAnswer')).toMatchObject({
      error: 0,
      preferred: null,
      from: 1,
      upTo: 4,
      highWatermark: 4,
    });
    expect(only(follower().consume(5, true), 'fetchAnswer')).toMatchObject({ error: 0, upTo: 5 });
    expect(only(follower().consume(7, true), 'fetchAnswer').error).toBe(1);
  });

  test('judges no position beyond its high watermark: its tail may be the wrong one', () => {
    const replica = new TestReplica({
      end: 8,
      highWatermark: 4,
      epochs: [
        [1, 0],
        [3, 5],
      ],
    });
    replica.assign({ leader: 2, epoch: 9, racks: RACKS });
    const at = (fetchOffset: number, lastFetchedEpoch: number) =>
      only(
        replica.give({
          type: 'fetch',
          token: 1,
          replica: null,
          anyReplica: true,
          clientRack: '',
          currentLeaderEpoch: -1,
          fetchOffset,
          lastFetchedEpoch,
        }),
        'fetchAnswer',
      );
    // A leader would say that epoch 1 ends at 5.
    expect(at(6, 1)).toMatchObject({ error: 0, diverging: null, upTo: 6 });
    expect(at(9, 1)).toMatchObject({ error: 1, diverging: null });
    // Below it all replicas agree.
    expect(at(4, 1)).toMatchObject({ error: 0, diverging: null });
    expect(at(4, 0).error).toBe(0);
  });

  test('refuses consumers that do not know of it, and the wrong epoch', () => {
    expect(only(follower().consume(1), 'fetchAnswer').error).toBe(6);
    const fetch = {
      type: 'fetch' as const,
      token: 1,
      replica: null,
      anyReplica: true,
      clientRack: '',
    };
    const of = (currentLeaderEpoch: number): number => {
      const rest = { currentLeaderEpoch, fetchOffset: 1, lastFetchedEpoch: -1 };
      return only(follower().give({ ...fetch, ...rest }), 'fetchAnswer').error;
    };
    expect([of(8), of(9), of(10)]).toEqual([74, 0, 75]);
  });
});
