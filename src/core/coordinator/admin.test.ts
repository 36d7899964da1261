import { describe, expect, test } from 'vitest';
import { Bench, bytes } from '../../../model-tests/groups-bench.js';
import { listGroups } from './admin.js';
import { initialGroups } from './groups.js';
import { subscribedTopics } from './subscription.js';

/** What a consumer of these topics says of itself: version 1, topics, no user data, no partitions. */
function subscription(...topics: readonly string[]): Uint8Array {
  const names = topics.flatMap((topic) => [0, topic.length, ...Buffer.from(topic)]);
  return bytes(0, 1, 0, 0, 0, topics.length, ...names, 255, 255, 255, 255, 0, 0, 0, 0);
}

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const consumerOf = (...topics: readonly string[]) => ({
  protocols: [{ name: 'range', metadata: subscription(...topics) }],
});

function asked(bench: Bench, type: 'describeGroup' | 'deleteGroup', groupId = 'g', version = 5) {
  return bench.answers.get(bench.ask(type, version, { groupId }));
}

function offsetsLeft(bench: Bench, groupId = 'g'): number {
  return bench.state.decider.committed.offsets.get(groupId)?.size ?? 0;
}

function empty(bench: Bench, memberId: string): void {
  bench.ask('leaveGroup', 2, { groupId: 'g', memberId, members: [] });
  expect(bench.group().state).toBe('Empty');
}

describe('a description', () => {
  test('has members, metadata and assignments of a stable group', () => {
    const bench = new Bench();
    const [leader, follower] = bench.stable(2);
    expect(asked(bench, 'describeGroup')).toEqual({
      type: 'describeGroup',
      errorCode: 0,
      groupId: 'g',
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [leader!, follower!].map((memberId, at) => ({
        memberId,
        groupInstanceId: null,
        clientId: 'app',
        clientHost: '/h',
        memberMetadata: bytes(1),
        memberAssignment: bytes(at),
      })),
    });
  });

  test('tells no metadata of a group on its way, and none of strangers', () => {
    const bench = new Bench();
    const [leader] = bench.stable(1);
    bench.join();
    expect(asked(bench, 'describeGroup')).toMatchObject({
      groupState: 'PreparingRebalance',
      protocolData: '',
      members: [{ memberId: leader, memberMetadata: bytes(), memberAssignment: bytes() }, {}],
    });
    expect(asked(bench, 'describeGroup', 'nobody')).toMatchObject({
      errorCode: 0,
      groupState: 'Dead',
    });
    expect(asked(bench, 'describeGroup', 'nobody', 6)).toMatchObject({ errorCode: 69 });
  });

  test('of a name that only has offsets is an empty group', () => {
    const bench = new Bench();
    bench.commitOffset('', -1, 7);
    expect(asked(bench, 'describeGroup', 'g', 6)).toMatchObject({
      errorCode: 0,
      groupState: 'Empty',
      protocolType: '',
    });
  });

  test('lists all groups of this coordinator, once it is loaded', () => {
    const bench = new Bench();
    expect(listGroups(initialGroups())).toBeNull();
    expect(listGroups(bench.state)).toEqual([]);
    bench.stable(1);
    bench.ask('offsetCommit', 8, {
      groupId: 'alone',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [
        {
          name: 't',
          partitions: [
            {
              partitionIndex: 0,
              committedOffset: 1,
              committedLeaderEpoch: 0,
              committedMetadata: '',
            },
          ],
        },
      ],
    });
    expect(listGroups(bench.state)).toEqual([
      { groupId: 'alone', protocolType: '', groupState: 'Empty' },
      { groupId: 'g', protocolType: 'consumer', groupState: 'Stable' },
    ]);
  });
});

describe('a deletion', () => {
  test('is refused while somebody is a member, and of what is not there', () => {
    const bench = new Bench();
    bench.stable(1);
    expect(asked(bench, 'deleteGroup')).toEqual({ type: 'deleteGroup', errorCode: 68 });
    expect(asked(bench, 'deleteGroup', 'nobody')).toEqual({ type: 'deleteGroup', errorCode: 69 });
  });

  test('takes offsets, generation and ids that were handed out, also over a failover', () => {
    const bench = new Bench();
    const [member] = bench.stable(1);
    bench.commitOffset(member!, 1, 7);
    bench.commitOffset(member!, 1, 8, { partitionIndex: 1 });
    empty(bench, member!);
    bench.join({}, 4);
    expect(bench.group().pendingMembers.size).toBe(1);
    expect(asked(bench, 'deleteGroup')).toEqual({ type: 'deleteGroup', errorCode: 0 });
    expect([...bench.state.timers]).toEqual(['expiry ']);
    bench.failOver();
    expect(offsetsLeft(bench)).toBe(0);
    expect(listGroups(bench.state)).toEqual([]);
    expect(bench.stable(1)).toHaveLength(1);
    expect(bench.group().generation).toBe(1);
  });

  test('is answered once it is committed', () => {
    const bench = new Bench();
    bench.commitOffset('', -1, 7);
    bench.autoCommit = false;
    const token = bench.ask('deleteGroup', 2, { groupId: 'g' });
    expect(bench.error(token)).toBe(-1);
    bench.feed({ type: 'deactivate' });
    expect(bench.error(token)).toBe(16);
  });

  test('of offsets leaves those of topics that members consume', () => {
    const bench = new Bench();
    const [member] = bench.stable(1, [consumerOf('t')]);
    bench.commitOffset(member!, 1, 7);
    const deleted = (name: string) =>
      bench.answers.get(
        bench.ask('offsetDelete', 0, { groupId: 'g', topics: [{ name, partitions: [0, 5] }] }),
      );
    const partitions = (errorCode: number) => [
      { partitionIndex: 0, errorCode },
      { partitionIndex: 5, errorCode },
    ];
    expect(deleted('t')).toMatchObject({ errorCode: 0, topics: [{ partitions: partitions(86) }] });
    expect(offsetsLeft(bench)).toBe(1);
    expect(deleted('other')).toMatchObject({ topics: [{ partitions: partitions(0) }] });
    empty(bench, member!);
    expect(deleted('t')).toMatchObject({ errorCode: 0, topics: [{ partitions: partitions(0) }] });
    expect(offsetsLeft(bench)).toBe(0);
  });

  test('of offsets is for consumers and for groups that are there', () => {
    const bench = new Bench();
    const request = { groupId: 'g', topics: [] };
    expect(bench.error(bench.ask('offsetDelete', 0, request))).toBe(69);
    bench.stable(1, [{ protocolType: 'connect' }]);
    expect(bench.error(bench.ask('offsetDelete', 0, request))).toBe(68);
  });
});

describe('expiry', () => {
  test('takes offsets a retention after the group became empty, and then the group', () => {
    const bench = new Bench();
    const [member] = bench.stable(1);
    bench.commitOffset(member!, 1, 7);
    bench.now += HOUR;
    empty(bench, member!);
    bench.now += WEEK - 1;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(1);
    bench.now += 1;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(0);
    expect(listGroups(bench.state)).toEqual([]);
    bench.failOver();
    expect(listGroups(bench.state)).toEqual([]);
    expect([...bench.state.timers]).toEqual(['expiry ']);
  });

  test('spares what a member consumes, and what nobody can read of it', () => {
    const bench = new Bench();
    const [member] = bench.stable(1, [consumerOf('t')]);
    bench.commitOffset(member!, 1, 7);
    bench.now += 10 * WEEK;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(1);
    const dumb = new Bench();
    const [other] = dumb.stable(1);
    dumb.commitOffset(other!, 1, 7);
    dumb.now += 10 * WEEK;
    dumb.fire('expiry', '');
    expect(offsetsLeft(dumb)).toBe(1);
  });

  test('takes what members do not consume any more, a retention after its last commit', () => {
    const bench = new Bench();
    const [member] = bench.stable(1, [consumerOf('other')]);
    bench.commitOffset(member!, 1, 7);
    bench.now += WEEK - 1;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(1);
    bench.now += 1;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(0);
    expect(bench.group().state).toBe('Stable');
  });

  test('goes by the retention that a commit names itself, where it names one', () => {
    const bench = new Bench();
    const partition = { partitionIndex: 0, committedOffset: 7, committedMetadata: '' };
    const request = {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
    };
    const topics = [{ name: 't', partitions: [partition] }];
    bench.ask('offsetCommit', 2, { ...request, retentionTimeMs: 50, topics });
    expect(bench.log.at(-1)).toMatchObject({ value: { expireTimestamp: bench.now + 50 } });
    bench.failOver();
    bench.now += 49;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(1);
    bench.now += 1;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(0);
    // As long as a number can be: the log has a place for it.
    const retentionTimeMs = Number.MAX_SAFE_INTEGER;
    bench.ask('offsetCommit', 2, { ...request, retentionTimeMs, topics });
    expect(bench.log.at(-1)).toMatchObject({ value: { expireTimestamp: retentionTimeMs } });
  });

  test('takes nothing while the group is rebalancing', () => {
    const bench = new Bench();
    const [member] = bench.stable(1, [consumerOf('other')]);
    bench.commitOffset(member!, 1, 7);
    bench.join();
    bench.now += 10 * WEEK;
    bench.fire('expiry', '');
    expect(offsetsLeft(bench)).toBe(1);
  });
});

test('a subscription is read as far as topics go, or not at all', () => {
  expect(subscribedTopics(subscription('a', 'orders.x-1'))).toEqual(['a', 'orders.x-1']);
  expect(subscribedTopics(subscription())).toEqual([]);
  for (const cut of [0, 5, 7, 8]) {
    expect(subscribedTopics(subscription('abc').slice(0, cut))).toBeNull();
  }
  expect(subscribedTopics(bytes(255, 255, 0, 0, 0, 0))).toBeNull();
  expect(subscribedTopics(bytes(0, 0, 0, 0, 0, 1, 255, 255))).toBeNull();
});
