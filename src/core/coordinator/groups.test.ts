import { describe, expect, test } from 'vitest';
import { Bench, bytes } from '../../../model-tests/groups-bench.js';
import type { LeaderEpoch, Offset, PartitionIndex, Stamp, Timestamp } from '../types/ids.js';
import { initialGroups, stepGroups } from './groups.js';
import { emptyOffsetsPartition } from './offsets-partition.js';
import { partitionFor } from './partition-for.js';
import { encodeGroups } from './state.js';
import { memberKey, parseMemberKey } from './turn.js';
import type { GroupsEffect, GroupsRequest, GroupsResponse } from './types.js';

describe('partitionFor', () => {
  test('is Java String.hashCode without its sign, modulo the partitions', () => {
    expect(partitionFor('', 50)).toBe(0);
    expect(partitionFor('hello', 50)).toBe(99162322 % 50);
    // Integer.MIN_VALUE: Math.abs would stay negative, which is why Kafka masks.
    expect(partitionFor('polygenelubricants', 50)).toBe(0);
    // As Java says: -685785664, 562889526 and -1164736450.
    expect(partitionFor('zzzzzz', 50)).toBe(34);
    expect(partitionFor('order-service', 50)).toBe(26);
    expect(partitionFor('gruppe-\u00e4-\ud83d\ude00', 50)).toBe(48);
  });
});

test('keys of members are taken apart as they were put together', () => {
  for (const [groupId, memberId] of [
    ['g', 'm'],
    ['', ''],
    ['1:g', ':x'],
    ['a b', 'c 3:d'],
  ] as const) {
    expect(parseMemberKey(memberKey(groupId, memberId))).toEqual({ groupId, memberId });
  }
});

describe('JoinGroup', () => {
  test('from version 4 on a dynamic member is told its id first (KIP-394)', () => {
    const bench = new Bench();
    const first = bench.joined(bench.join({}, 4));
    expect(first).toMatchObject({ errorCode: 79, memberId: 'app-u0', generationId: -1 });
    const second = bench.join({ memberId: 'app-u0' }, 4);
    expect(bench.answers.has(second)).toBe(false);
    bench.fire('initialDelay', 'g');
    expect(bench.joined(second)).toMatchObject({
      errorCode: 0,
      generationId: 1,
      leader: 'app-u0',
      memberId: 'app-u0',
      protocolName: 'range',
      protocolType: 'consumer',
      members: [{ memberId: 'app-u0', metadata: bytes(1) }],
    });
  });

  test('versions 0 to 3 and static members join at once', () => {
    const bench = new Bench();
    const old = bench.join({}, 3);
    const fixed = bench.join({ groupInstanceId: 'seat' }, 5);
    bench.fire('initialDelay', 'g');
    expect(bench.answers.has(old)).toBe(false);
    bench.fire('initialDelay', 'g');
    expect(bench.error(old)).toBe(0);
    expect(bench.joined(fixed)).toMatchObject({ errorCode: 0, memberId: 'seat-u1', members: [] });
  });

  test('an id that was handed out and not used is forgotten with its session', () => {
    const bench = new Bench();
    bench.join({}, 4);
    bench.fire('pendingMember', memberKey('g', 'app-u0'));
    expect(bench.state.groups.size).toBe(0);
    expect(bench.error(bench.join({ memberId: 'app-u0' }, 4))).toBe(25);
  });

  test('refuses by name of the group, session timeout, member, protocol and size', () => {
    const bench = new Bench({ maxSize: 1 });
    expect(bench.error(bench.join({ groupId: '' }))).toBe(24);
    expect(bench.error(bench.join({ sessionTimeoutMs: 5_999 }))).toBe(26);
    expect(bench.error(bench.join({ sessionTimeoutMs: 1_800_001 }))).toBe(26);
    expect(bench.error(bench.join({ memberId: 'who' }))).toBe(25);
    expect(bench.error(bench.join({ protocols: [] }))).toBe(23);
    expect(bench.error(bench.join({ protocolType: '' }))).toBe(23);
    expect(bench.state.groups.size).toBe(0);
    bench.stable(1);
    expect(bench.error(bench.join())).toBe(81);
    expect(bench.error(bench.join({ protocolType: 'connect' }))).toBe(81);
    expect(bench.joined(bench.join({ memberId: 'who' }, 7)).protocolName).toBe(null);
    expect(bench.joined(bench.join({ memberId: 'who' }, 6)).protocolName).toBe('');
  });

  test('a protocol that others do not support is refused in a group with members', () => {
    const bench = new Bench();
    bench.stable(1);
    expect(bench.error(bench.join({ protocols: [{ name: 'own', metadata: bytes() }] }))).toBe(23);
    expect(bench.error(bench.join({ protocolType: 'connect' }))).toBe(23);
  });

  test('the protocol with most votes among those that all support is chosen', () => {
    const bench = new Bench();
    const named = (...names: string[]) => ({
      protocols: names.map((name, i) => ({ name, metadata: bytes(i) })),
    });
    const tokens = [
      bench.join(named('only-mine', 'range', 'sticky')),
      bench.join(named('sticky', 'range')),
      bench.join(named('sticky', 'range')),
    ];
    bench.fire('initialDelay', 'g');
    bench.fire('initialDelay', 'g');
    expect(tokens.map((token) => bench.joined(token).protocolName)).toEqual(
      Array.from({ length: 3 }, () => 'sticky'),
    );
    expect(bench.joined(tokens[0]!).members.map((member) => [...member.metadata])).toEqual([
      [2],
      [0],
      [0],
    ]);
  });

  test('the initial delay is stretched by newcomers, at most to the rebalance timeout (KIP-134)', () => {
    const bench = new Bench({ initialRebalanceDelayMs: 3_000 });
    bench.join({ rebalanceTimeoutMs: 7_000 });
    expect(bench.group().initialDelay).toEqual({
      delayMs: 3_000,
      remainingMs: 4_000,
      memberAdded: false,
    });
    bench.join({ rebalanceTimeoutMs: 7_000 });
    bench.fire('initialDelay', 'g');
    expect(bench.group().initialDelay).toMatchObject({ delayMs: 3_000, remainingMs: 1_000 });
    bench.join({ rebalanceTimeoutMs: 7_000 });
    bench.fire('initialDelay', 'g');
    expect(bench.group().initialDelay).toMatchObject({ delayMs: 1_000, remainingMs: 0 });
    bench.join({ rebalanceTimeoutMs: 7_000 });
    bench.fire('initialDelay', 'g');
    expect(bench.group()).toMatchObject({ state: 'CompletingRebalance', generation: 1 });
  });

  test('a follower that repeats its join gets the generation again; the leader gets a new one', () => {
    const bench = new Bench();
    const [leader, follower] = bench.stable(2);
    expect(bench.joined(bench.join({ memberId: follower! }))).toMatchObject({
      errorCode: 0,
      generationId: 1,
      leader,
      members: [],
    });
    const again = bench.join({ memberId: leader! });
    expect(bench.group().state).toBe('PreparingRebalance');
    expect(bench.beat(follower!, 1)).toBe(27);
    bench.join({ memberId: follower! });
    expect(bench.joined(again)).toMatchObject({ generationId: 2, leader });
  });

  test('a follower with other metadata gets a new generation', () => {
    const bench = new Bench();
    const [, follower] = bench.stable(2);
    bench.join({ memberId: follower!, protocols: [{ name: 'range', metadata: bytes(2) }] });
    expect(bench.group().state).toBe('PreparingRebalance');
  });

  test('a repeated join beside a parked sync starts no session timer', () => {
    const bench = new Bench();
    const tokens = [bench.join(), bench.join()];
    bench.fire('initialDelay', 'g');
    bench.fire('initialDelay', 'g');
    const { memberId } = bench.joined(tokens[1]!);
    bench.sync(memberId, 1);
    expect(bench.error(bench.join({ memberId }))).toBe(0);
    expect(bench.state.timers).not.toContain(`session ${memberKey('g', memberId)}`);
  });

  test('a rebalance does not wait for an id whose owner never came (KAFKA-9752)', () => {
    const bench = new Bench();
    const [leader] = bench.stable(1);
    const { memberId } = bench.joined(bench.join({}, 4));
    const token = bench.join({ memberId: leader! });
    expect(bench.answers.has(token)).toBe(false);
    bench.fire('pendingMember', memberKey('g', memberId));
    expect(bench.joined(token)).toMatchObject({ errorCode: 0, generationId: 2 });
  });

  test('an id that was handed out is no static member, and may leave without a rebalance', () => {
    const bench = new Bench();
    bench.stable(1);
    const { memberId } = bench.joined(bench.join({}, 4));
    expect(bench.error(bench.join({ memberId, groupInstanceId: 's' }, 5))).toBe(25);
    bench.ask('leaveGroup', 2, { groupId: 'g', memberId, members: [] });
    expect(bench.group()).toMatchObject({ state: 'Stable', pendingMembers: new Set() });
  });

  test('who does not rejoin within the rebalance timeout is out (KIP-62)', () => {
    const bench = new Bench();
    const [leader, late] = bench.stable(2);
    const token = bench.join({ memberId: leader! });
    bench.fire('rebalance', 'g');
    expect(bench.joined(token)).toMatchObject({ generationId: 2 });
    expect(bench.joined(token).members.map((member) => member.memberId)).toEqual([leader]);
    expect(bench.beat(late!, 2)).toBe(25);
  });

  test('a new join whose client is gone does not stay for ever', () => {
    const bench = new Bench();
    const token = bench.join();
    bench.fire('session', memberKey('g', 'app-u0'));
    expect(bench.joined(token)).toMatchObject({ errorCode: 25, memberId: '' });
    bench.fire('initialDelay', 'g');
    expect(bench.group()).toMatchObject({ state: 'Empty', generation: 1 });
  });
});

describe('static members (KIP-345)', () => {
  const seats = [{ groupInstanceId: 's0' }, { groupInstanceId: 's1' }];

  test('come back under a new id without a rebalance; the old id is fenced', () => {
    const bench = new Bench();
    const [leader, old] = bench.stable(2, seats);
    const back = bench.joined(bench.join({ groupInstanceId: 's1' }, 9));
    expect(back).toMatchObject({ errorCode: 0, generationId: 1, leader, skipAssignment: false });
    expect(back.memberId).not.toBe(old);
    expect(bench.beat(old!, 1, 's1')).toBe(82);
    expect(bench.beat(old!, 1)).toBe(25);
    expect(bench.beat(back.memberId, 1, 's1')).toBe(0);
    const token = bench.sync(back.memberId, 1, [], { groupInstanceId: 's1' });
    expect(bench.answers.get(token)).toMatchObject({ errorCode: 0, assignment: bytes(1) });
  });

  test('keep the new id over a failover (KAFKA-10284)', () => {
    const bench = new Bench();
    const [, old] = bench.stable(2, seats);
    const { memberId } = bench.joined(bench.join({ groupInstanceId: 's1' }, 9));
    bench.failOver();
    expect(bench.beat(memberId, 1, 's1')).toBe(0);
    expect(bench.beat(old!, 1, 's1')).toBe(82);
  });

  test('are answered only once the new id is committed', () => {
    const bench = new Bench();
    bench.stable(2, seats);
    bench.autoCommit = false;
    const token = bench.join({ groupInstanceId: 's1' }, 9);
    expect(bench.answers.has(token)).toBe(false);
    bench.commit();
    expect(bench.error(token)).toBe(0);
  });

  test('as leader are told to skip the assignment, or before version 9 that another leads', () => {
    const bench = new Bench();
    const [old] = bench.stable(2, seats);
    const modern = bench.joined(bench.join({ groupInstanceId: 's0' }, 9));
    expect(modern).toMatchObject({ skipAssignment: true, leader: modern.memberId });
    expect(modern.members).toHaveLength(2);
    expect(modern.memberId).not.toBe(old);
    const dated = bench.joined(bench.join({ groupInstanceId: 's0' }, 5));
    expect(dated).toMatchObject({ skipAssignment: false, leader: modern.memberId, members: [] });
    expect(bench.group().leader).toBe(dated.memberId);
  });

  test('outlive a join phase that they miss, until their session ends', () => {
    const bench = new Bench();
    const [leader, seat] = bench.stable(2, [{}, { groupInstanceId: 's1' }]);
    bench.join({ memberId: leader! });
    bench.fire('rebalance', 'g');
    expect(bench.group()).toMatchObject({ generation: 2, state: 'CompletingRebalance' });
    expect([...bench.group().members.keys()].sort()).toEqual([leader, seat].sort());
    bench.fire('session', memberKey('g', seat!));
    expect([...bench.group().members.keys()]).toEqual([leader]);
  });

  test('a parked join of the replaced process ends fenced', () => {
    const bench = new Bench();
    const first = bench.join({ groupInstanceId: 's' }, 5);
    bench.join({ groupInstanceId: 's' }, 5);
    expect(bench.error(first)).toBe(82);
  });
});

describe('SyncGroup', () => {
  test('waits for the assignment of the leader and for its commitment', () => {
    const bench = new Bench();
    const tokens = [bench.join(), bench.join()];
    bench.fire('initialDelay', 'g');
    bench.fire('initialDelay', 'g');
    const [leader, follower] = tokens.map((token) => bench.joined(token).memberId);
    bench.autoCommit = false;
    const waiting = bench.sync(follower!, 1);
    const plan = [
      { memberId: follower, assignment: bytes(7) },
      { memberId: 'a stranger', assignment: bytes(9) },
    ];
    const leading = bench.sync(leader!, 1, plan);
    expect(bench.answers.has(waiting) || bench.answers.has(leading)).toBe(false);
    bench.commit();
    expect(bench.answers.get(waiting)).toMatchObject({
      errorCode: 0,
      assignment: bytes(7),
      protocolName: 'range',
      protocolType: 'consumer',
    });
    expect(bench.answers.get(leading)).toMatchObject({ errorCode: 0, assignment: bytes() });
  });

  test('refuses strangers, other generations and other protocols', () => {
    const bench = new Bench();
    const [id] = bench.stable(1);
    expect(bench.error(bench.sync('who', 1))).toBe(25);
    expect(bench.error(bench.sync(id!, 2))).toBe(22);
    expect(bench.error(bench.sync(id!, 1, [], { protocolName: 'sticky' }))).toBe(23);
    expect(bench.error(bench.sync(id!, 1, [], { protocolType: 'connect' }))).toBe(23);
    expect(bench.error(bench.sync(id!, 1, [], { groupId: '' }))).toBe(24);
    expect(bench.error(bench.sync(id!, 1, [], { groupId: 'none' }))).toBe(25);
  });

  test('is stored once, however often the leader asks; and not while a rebalance is prepared', () => {
    const bench = new Bench();
    const token = bench.join();
    bench.fire('initialDelay', 'g');
    const { memberId } = bench.joined(token);
    bench.autoCommit = false;
    const first = bench.sync(memberId, 1);
    const second = bench.sync(memberId, 1);
    expect(bench.log).toHaveLength(1);
    bench.commit();
    expect([bench.error(first), bench.error(second)]).toEqual([27, 0]);
    bench.join();
    expect(bench.error(bench.sync(memberId, 1))).toBe(27);
  });

  test('who never asks for its assignment is out', () => {
    const bench = new Bench();
    const tokens = [bench.join(), bench.join()];
    bench.fire('initialDelay', 'g');
    bench.fire('initialDelay', 'g');
    const [leader, silent] = tokens.map((token) => bench.joined(token).memberId);
    bench.sync(leader!, 1);
    bench.fire('sync', 'g');
    expect(bench.group().state).toBe('PreparingRebalance');
    expect(bench.group().members.has(silent!)).toBe(false);
    expect(bench.beat(leader!, 1)).toBe(27);
  });

  test('an assignment that the log does not take in time gives way to a new generation', () => {
    const bench = new Bench();
    const token = bench.join();
    bench.fire('initialDelay', 'g');
    const { memberId } = bench.joined(token);
    bench.autoCommit = false;
    const waiting = bench.sync(memberId, 1);
    bench.fire('store', 'g');
    bench.commit();
    expect(bench.error(waiting)).toBe(15);
    expect(bench.group().state).toBe('PreparingRebalance');
  });
});

describe('Heartbeat and LeaveGroup', () => {
  test('a member lives by its heartbeats', () => {
    const bench = new Bench();
    const [first, second] = bench.stable(2);
    expect(bench.beat(first!, 1)).toBe(0);
    expect(bench.beat(first!, 0)).toBe(22);
    expect(bench.beat('who', 1)).toBe(25);
    bench.fire('session', memberKey('g', second!));
    expect(bench.beat(second!, 1)).toBe(25);
    expect(bench.beat(first!, 1)).toBe(27);
  });

  test('version 3 answers member by member, versions before for the one', () => {
    const bench = new Bench();
    const [a, b] = bench.stable(3, [{}, { groupInstanceId: 's' }]);
    const token = bench.ask('leaveGroup', 3, {
      groupId: 'g',
      memberId: '',
      members: [
        { memberId: a, groupInstanceId: null },
        { memberId: '', groupInstanceId: 's' },
        { memberId: 'who', groupInstanceId: null },
        { memberId: b, groupInstanceId: 's' },
      ],
    });
    const response = bench.answers.get(token);
    expect(
      response?.type === 'leaveGroup' && response.members.map((each) => each.errorCode),
    ).toEqual([0, 0, 25, 25]);
    expect(bench.group().members.size).toBe(1);
    const old = { groupId: 'g', memberId: 'who', members: [] };
    expect(bench.error(bench.ask('leaveGroup', 2, old))).toBe(25);
    expect(bench.error(bench.ask('leaveGroup', 3, { ...old, groupId: '' }))).toBe(24);
  });

  test('when the last one leaves, the empty generation is logged', () => {
    const bench = new Bench();
    const [id] = bench.stable(1);
    bench.ask('leaveGroup', 1, { groupId: 'g', memberId: id, members: [] });
    expect(bench.log.at(-1)).toMatchObject({
      type: 'GroupMetadata',
      group: 'g',
      value: { generation: 2, members: [], protocol: null, leader: null },
    });
    bench.failOver();
    expect(bench.group()).toMatchObject({ state: 'Empty', generation: 2 });
  });
});

describe('offsets', () => {
  test('are told once they are committed, and survive a failover', () => {
    const bench = new Bench();
    const [id] = bench.stable(1);
    bench.autoCommit = false;
    const token = bench.commitOffset(id!, 1, 42);
    expect(bench.answers.has(token)).toBe(false);
    expect(bench.fetch()).toMatchObject({ errorCode: 0, topics: [] });
    bench.commit();
    expect(bench.error(token)).toBe(0);
    const told = {
      type: 'offsetFetch',
      topics: [
        {
          name: 't',
          partitions: [{ committedOffset: 42, committedLeaderEpoch: 4, metadata: 'note' }],
        },
      ],
    };
    expect(bench.fetch()).toMatchObject(told);
    bench.failOver();
    expect(bench.fetch()).toMatchObject(told);
  });

  test('are taken from the current generation only, also while a rebalance is prepared', () => {
    const bench = new Bench();
    const [leader, follower] = bench.stable(2);
    expect(bench.error(bench.commitOffset(leader!, 0, 1))).toBe(22);
    expect(bench.error(bench.commitOffset('who', 1, 1))).toBe(25);
    expect(bench.error(bench.commitOffset('', -1, 1))).toBe(25);
    bench.join({ memberId: leader! });
    expect(bench.group().state).toBe('PreparingRebalance');
    expect(bench.error(bench.commitOffset(follower!, 1, 1))).toBe(0);
    bench.join({ memberId: follower! });
    expect(bench.group().state).toBe('CompletingRebalance');
    expect(bench.error(bench.commitOffset(follower!, 2, 1))).toBe(27);
  });

  test('of a consumer without group are taken where nobody consumes as one', () => {
    const bench = new Bench();
    expect(bench.error(bench.commitOffset('', -1, 5))).toBe(0);
    expect(bench.error(bench.commitOffset('who', 3, 5))).toBe(22);
    const request = {
      groupId: 'x',
      generationIdOrMemberEpoch: 3,
      memberId: 'm',
      retentionTimeMs: -1,
    };
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0 as PartitionIndex }] }];
    const token = bench.ask('offsetCommit', 9, { ...request, groupInstanceId: null, topics });
    expect(bench.error(token)).toBe(69);
  });

  test('with too much metadata are refused by themselves', () => {
    const bench = new Bench({ offsetMetadataMaxBytes: 4 });
    expect(bench.error(bench.commitOffset('', -1, 5, { committedMetadata: 'five!' }))).toBe(12);
    expect(bench.log).toEqual([]);
    expect(bench.error(bench.commitOffset('', -1, 5, { committedMetadata: null }))).toBe(0);
    expect(bench.fetch()).toMatchObject({ topics: [{ partitions: [{ metadata: '' }] }] });
  });

  test('that nobody committed are -1, in whatever group', () => {
    const bench = new Bench();
    expect(bench.fetch('none', [{ name: 't', partitionIndexes: [3] }])).toMatchObject({
      errorCode: 0,
      topics: [{ partitions: [{ partitionIndex: 3, committedOffset: -1, errorCode: 0 }] }],
    });
  });

  test('that the log does not take in time are of unknown outcome', () => {
    const bench = new Bench();
    bench.autoCommit = false;
    const token = bench.commitOffset('', -1, 5);
    bench.fire('commit', String(token));
    expect(bench.error(token)).toBe(15);
    bench.commit();
    expect(bench.fetch()).toMatchObject({ topics: [{ partitions: [{ committedOffset: 5 }] }] });
  });
});

describe('leadership', () => {
  test('before it, while loading and after it the answer says so', () => {
    const bench = new Bench();
    const state = initialGroups();
    const ask = (type: GroupsRequest['type'], request: object): GroupsResponse | undefined => {
      const effects: GroupsEffect[] = [];
      const input = { type, token: 1, apiVersion: 3, base: 0, now: 0, stamp: 0, request };
      stepGroups(state, input as unknown as GroupsRequest, effects, bench.rules);
      const [effect] = effects;
      return effect?.type === 'respond' ? effect.response : undefined;
    };
    const requests: [GroupsRequest['type'], object][] = [
      ['joinGroup', { groupId: 'g', memberId: 'm' }],
      ['syncGroup', { groupId: 'g' }],
      ['heartbeat', { groupId: 'g' }],
      ['leaveGroup', { groupId: 'g' }],
      ['offsetFetch', { groupId: 'g', topics: null }],
    ];
    for (const [type, request] of requests) {
      expect(ask(type, request)).toMatchObject({ type, errorCode: 16 });
    }
    const activate = { type: 'activate', epoch: 3 as LeaderEpoch, loadUpTo: 2 as Offset } as const;
    stepGroups(state, activate, [], bench.rules);
    for (const [type, request] of requests) {
      expect(ask(type, request)).toMatchObject({ type, errorCode: 14 });
    }
    stepGroups(state, { type: 'committed', base: 0, records: [], upTo: 1 }, [], bench.rules);
    expect(ask('offsetFetch', { groupId: 'g', topics: null })).toMatchObject({ errorCode: 0 });
  });

  test('lost, it is told to all who wait, and nothing soft is left', () => {
    const bench = new Bench();
    bench.stable(1);
    bench.autoCommit = false;
    const parked = bench.join();
    const pending = bench.commitOffset(bench.group().leader!, 1, 3);
    const effects = bench.feed({ type: 'deactivate' });
    expect(bench.error(parked)).toBe(16);
    expect(bench.error(pending)).toBe(16);
    expect(effects.some((effect) => effect.type === 'cancelTimer')).toBe(true);
    expect(bench.state).toMatchObject({ leadership: null, decider: { active: null } });
    expect(bench.state.groups.size + bench.state.timers.size).toBe(0);
  });

  test('appends come behind all other effects of their step', () => {
    const bench = new Bench();
    const [id] = bench.stable(1);
    const occasion = { base: bench.log.length, now: 0 as Timestamp, stamp: 0 as Stamp };
    const request = { groupId: 'g', memberId: id!, members: [] };
    const token = 99;
    const effects = bench.feed({ type: 'leaveGroup', apiVersion: 1, token, request, ...occasion });
    expect(effects.map((effect) => effect.type)).toEqual([
      'cancelTimer',
      'armTimer',
      'cancelTimer',
      'armTimer',
      'append',
    ]);
  });

  test('a restored replica starts from that state', () => {
    const bench = new Bench();
    bench.feed({ type: 'deactivate' });
    const restored = emptyOffsetsPartition();
    bench.feed({ type: 'restored', state: restored, upTo: 9 });
    bench.feed({ type: 'activate', epoch: 2 as LeaderEpoch, loadUpTo: 10 as Offset });
    expect(bench.state.decider.active?.pendingOffset).toBe(9);
    expect(encodeGroups(bench.state)).not.toEqual(encodeGroups(initialGroups()));
  });

  test('what a client sent is copied: its buffer is used again', () => {
    const bench = new Bench();
    const shared = Buffer.from([1, 2, 3]);
    const token = bench.join({ protocols: [{ name: 'range', metadata: shared.subarray(0, 2) }] });
    bench.fire('initialDelay', 'g');
    const { memberId } = bench.joined(token);
    const waiting = bench.sync(memberId, 1, [{ memberId, assignment: shared.subarray(1) }]);
    shared.fill(0);
    expect(bench.answers.get(waiting)).toMatchObject({ assignment: bytes(2, 3) });
    expect(bench.joined(token).members[0]?.metadata).toEqual(bytes(1, 2));
  });
});
