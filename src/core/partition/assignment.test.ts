/** What a replica makes of the controller's word: its role, what it tells of it, and the timers of a leader. */

import { describe, expect, test } from 'vitest';
import { batch, has, only, TestReplica } from './test-replica.js';
import type { PartitionEffect } from './types.js';

/** Names and keys, in their order. */
function timers(effects: readonly PartitionEffect[], type: 'armTimer' | 'cancelTimer'): string[] {
  return effects.flatMap((effect) =>
    effect.type === type ? [`${effect.name} ${effect.key}`] : [],
  );
}

function leader(assigned: Parameters<TestReplica['assign']>[0] = {}): TestReplica {
  const replica = new TestReplica({ end: 4, epochs: [[1, 0]] });
  replica.assign({ epoch: 2, ...assigned });
  return replica;
}

describe('a role', () => {
  test('is told once: with another role, leader or epoch, not with another ISR', () => {
    const replica = new TestReplica();
    expect(replica.state.role).toBe('none');
    const roles = (effects: readonly PartitionEffect[]): unknown[] =>
      effects.filter(({ type }) => type === 'roleChanged');
    const told = (role: string, leaderId: number, leaderEpoch: number): unknown[] => [
      { type: 'roleChanged', role, leader: leaderId, leaderEpoch },
    ];
    expect(roles(replica.assign({ leader: 2, epoch: 1 }))).toEqual(told('follower', 2, 1));
    expect(roles(replica.assign({ leader: 2, epoch: 1, version: 2, isr: [2] }))).toEqual([]);
    expect(roles(replica.assign({ leader: 2, epoch: 2, version: 3 }))).toEqual(
      told('follower', 2, 2),
    );
    expect(roles(replica.assign({ leader: 3, epoch: 3, version: 4 }))).toEqual(
      told('follower', 3, 3),
    );
    expect(roles(replica.assign({ epoch: 4, version: 5 }))).toEqual(told('leader', 1, 4));
    expect(roles(replica.assign({ epoch: 4, version: 6, isr: [1, 2] }))).toEqual([]);
    expect(roles(replica.assign({ epoch: 5, version: 7 }))).toEqual(told('leader', 1, 5));
    expect(roles(replica.assign({ leader: -1, epoch: 6, version: 8 }))).toEqual(
      told('none', -1, 6),
    );
  });

  test('of who is no replica is none, and becomes one when it is added', () => {
    const replica = new TestReplica();
    replica.assign({ leader: 2, replicas: [2, 3], isr: [2, 3] });
    expect(replica.state.role).toBe('none');
    const added = replica.assign({ leader: 2, replicas: [1, 2, 3], isr: [2, 3], version: 2 });
    expect(only(added, 'roleChanged')).toMatchObject({ role: 'follower', leader: 2 });
  });

  test('of an older version changes nothing but what is known of brokers', () => {
    const replica = leader({ version: 5 });
    replica.assign({ leader: 2, epoch: 3, version: 4, fenced: [3] });
    expect(replica.state).toMatchObject({ role: 'leader', leaderEpoch: 2, partitionEpoch: 5 });
    expect(replica.state.brokers.get(3 as never)?.fenced).toBe(true);
  });

  test('of a leader outside of its ISR stops it', () => {
    expect(() => leader({ isr: [2, 3] })).toThrow('a leader is in its ISR');
  });
});

describe('the lag timers of a leader', () => {
  test('run for who is in sync, in the order of their ids', () => {
    const replica = new TestReplica();
    const effects = replica.assign({ replicas: [4, 1, 3, 2], isr: [4, 1, 3] });
    expect(timers(effects, 'armTimer')).toEqual(['replicaLag 3', 'replicaLag 4']);
    expect([...replica.state.leaderState!.followers.keys()]).toEqual([2, 3, 4]);
    const laggards = [...replica.state.leaderState!.followers].map(([, { lagging }]) => lagging);
    expect(laggards).toEqual([true, false, false]);
  });

  test('end for who is no replica any more', () => {
    const replica = leader({ replicas: [1, 4, 3, 2], isr: [1, 2, 3, 4] });
    const effects = replica.assign({ epoch: 2, version: 2, replicas: [1, 2], isr: [1, 2] });
    expect(timers(effects, 'cancelTimer')).toEqual(['replicaLag 3', 'replicaLag 4']);
    expect([...replica.state.leaderState!.followers.keys()]).toEqual([2]);
    expect(timers(effects, 'armTimer')).toEqual([]);
  });

  test('end in the order of their ids, also of those that came later', () => {
    const replica = new TestReplica({ self: 3 });
    replica.assign({ leader: 3, replicas: [3, 4], isr: [3, 4] });
    replica.assign({ leader: 3, version: 2, replicas: [1, 2, 3, 4], isr: [3, 4] });
    const gone = replica.assign({ leader: 3, version: 3, replicas: [2, 3], isr: [3] });
    expect(timers(gone, 'cancelTimer').slice(0, 2)).toEqual(['replicaLag 1', 'replicaLag 4']);
    replica.assign({ leader: 3, version: 4, replicas: [1, 2, 3, 4], isr: [3] });
    const ended = replica.assign({ leader: 1, epoch: 2, version: 5, replicas: [1, 2, 3, 4] });
    expect(timers(ended, 'cancelTimer').slice(0, 3)).toEqual([
      'replicaLag 1',
      'replicaLag 2',
      'replicaLag 4',
    ]);
  });

  test('end and begin anew in a new epoch, where what was known of followers is forgotten', () => {
    const replica = leader({ replicas: [1, 3, 2] });
    replica.fetch(2, 4, 1);
    const effects = replica.assign({ epoch: 3, version: 2, replicas: [1, 3, 2] });
    const both = ['replicaLag 2', 'replicaLag 3'];
    expect(timers(effects, 'cancelTimer')).toEqual([...both, 'alterPartitionRetry 0']);
    expect(timers(effects, 'armTimer')).toEqual(both);
    expect(replica.state.leaderState!.followers.get(2 as never)).toMatchObject({
      logEndOffset: -1,
      logStartOffset: -1,
      leaderEndAtFetch: -1,
      brokerEpoch: -1,
    });
  });

  test('end with the leadership, and who waits is told', () => {
    const replica = leader({ replicas: [1, 3, 2] });
    replica.produce(batch({}));
    const effects = replica.assign({ leader: 2, epoch: 3, version: 2, replicas: [1, 3, 2] });
    expect(timers(effects, 'cancelTimer')).toEqual([
      'replicaLag 2',
      'replicaLag 3',
      'alterPartitionRetry 0',
    ]);
    expect(only(effects, 'produced')).toMatchObject({ token: 100, error: 6, baseOffset: -1 });
    expect(replica.state.leaderState).toBe(null);
  });
});

describe('an answer to AlterPartition', () => {
  const answered = (
    replica: TestReplica,
    assignment: Parameters<TestReplica['assignment']>[0] | null,
  ): readonly PartitionEffect[] =>
    replica.give({
      type: 'alterPartitionAnswered',
      error: 0,
      requestedPartitionEpoch: 1,
      assignment: assignment === null ? null : replica.assignment(assignment),
    });

  test('that names another leader or epoch, or nothing, changes nothing', () => {
    const replica = leader();
    const before = structuredClone(replica.state);
    answered(replica, null);
    answered(replica, { leader: 2, epoch: 2, version: 2, isr: [1, 2] });
    answered(replica, { leader: 1, epoch: 3, version: 2, isr: [1, 2] });
    answered(replica, { leader: 1, epoch: 1, version: 2, isr: [1, 2] });
    expect(replica.state).toEqual(before);
  });

  test('shows a newer ISR, and says nothing of replicas', () => {
    const replica = leader();
    answered(replica, { epoch: 2, version: 2, isr: [1, 2], replicas: [1, 2] });
    expect(replica.state).toMatchObject({ isr: [1, 2], partitionEpoch: 2, replicas: [1, 2, 3] });
  });

  test('to who leads no more is not heard', () => {
    const replica = new TestReplica();
    replica.assign({ leader: 2 });
    expect(answered(replica, { leader: 1, epoch: 5, version: 5 })).toEqual([]);
    expect(replica.state.leader).toBe(2);
  });
});

describe('a follower', () => {
  test('cuts where a (wrong) rule says so as it begins to follow, and else nothing', () => {
    const wrong = { truncationOnBecomingFollower: () => 2 as never };
    const cut = new TestReplica({ end: 4, epochs: [[1, 0]] }, wrong);
    expect(only(cut.assign({ leader: 2 }), 'truncate')).toMatchObject({ endOffset: 2 });
    const replica = new TestReplica({ end: 4, epochs: [[1, 0]] });
    expect(has(replica.assign({ leader: 2 }), 'truncate')).toBe(false);
  });

  test('forgets what its former leader said of the high watermark', () => {
    const replica = new TestReplica({ end: 4, epochs: [[1, 0]] });
    replica.assign({ leader: 2 });
    replica.fetched({ highWatermark: 9 });
    expect(replica.state.leaderHighWatermark).toBe(9);
    replica.assign({ leader: 3, epoch: 2, version: 2 });
    expect(replica.state).toMatchObject({ leaderHighWatermark: 0, highWatermark: 4 });
  });
});
