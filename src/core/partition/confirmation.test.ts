import { describe, expect, test } from 'vitest';
import { knowsNoNewerLeader, whoConfirms } from './confirmation.js';
import { partitionRules as rules } from './rules.js';
import { TestReplica } from './test-replica.js';

describe('a leader that must know whether it still is one', () => {
  test('asks all others in its in-sync set', () => {
    const replica = new TestReplica({ minIsr: 2 });
    replica.assign({ isr: [1, 2, 3] });
    expect(whoConfirms(replica.state, rules)).toEqual([2, 3]);
  });

  test('asks nobody where it is the only replica, and can know nothing below the minimum', () => {
    const alone = new TestReplica({ minIsr: 2 });
    alone.assign({ replicas: [1], isr: [1] });
    expect(whoConfirms(alone.state, rules)).toEqual([]);
    const left = new TestReplica({ minIsr: 2 });
    left.assign({ isr: [1] });
    expect(whoConfirms(left.state, rules)).toBeNull();
  });

  test('who does not lead has nothing to confirm', () => {
    const follower = new TestReplica({ minIsr: 1 });
    follower.assign({ leader: 2 });
    expect(whoConfirms(follower.state, rules)).toBeNull();
  });
});

describe('a replica that is asked', () => {
  const state = (
    leaderEpoch: number,
    ...epochs: number[]
  ): Parameters<typeof knowsNoNewerLeader>[0] =>
    ({
      leaderEpoch,
      epochs: epochs.map((epoch, at) => ({ epoch, startOffset: at })),
    }) as unknown as Parameters<typeof knowsNoNewerLeader>[0];

  test.each([
    ['follows that leader', state(4, 1, 4), true],
    ['has not heard of it yet', state(3, 1), true],
    ['has an empty log', state(4), true],
    ['follows a newer one, or leads itself', state(5, 4), false],
    ['has records of a newer one, though its metadata lag after a restart', state(4, 4, 5), false],
  ])('that %s', (_name, replica, expected) => {
    expect(knowsNoNewerLeader(replica, 4 as never)).toBe(expected);
  });
});
