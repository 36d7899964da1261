import { describe, expect, test } from 'vitest';
import { initialGroups } from '../../coordinator/groups.js';
import type {
  Group,
  GroupMetadataValue,
  GroupsEffect,
  GroupsInput,
  GroupsResponse,
  GroupsState,
  Member,
  OffsetsPartition,
  OffsetsRecord,
} from '../../coordinator/types.js';
import type { LeaderEpoch, Offset, PartitionIndex, Stamp, Timestamp } from '../../types/ids.js';
import { groupsProperties } from './all.js';
import { committedOffsetIsLastAccepted } from './committed-offset-is-last-accepted.js';
import { everyRequestAnsweredOnce } from './every-request-answered-once.js';
import { generationMonotonic } from './generation-monotonic.js';
import { type GroupsGhost, observeGroups, startGroupsGhost } from './ghost.js';
import { groupShape } from './group-shape.js';
import { joinPhaseWaits } from './join-phase-waits.js';
import { lateMembersRemoved } from './late-members-removed.js';
import { leaderAssignmentDelivered } from './leader-assignment-delivered.js';
import { nobodyWaitsForever } from './nobody-waits-forever.js';
import { oneOwnerPerGeneration } from './one-owner-per-generation.js';
import { onlyCurrentMembersServed } from './only-current-members-served.js';
import { pendingEqualsCommitted } from './pending-equals-committed.js';
import type { GroupsProperty } from './property.js';
import { replacedInstanceFenced } from './replaced-instance-fenced.js';
import { stableGroupIsLogged } from './stable-group-is-logged.js';
import { stateIsFoldOfLog } from './state-is-fold-of-log.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function member(memberId: string, more: Partial<Member> = {}): Member {
  return {
    memberId,
    groupInstanceId: null,
    clientId: 'c',
    clientHost: 'h',
    sessionTimeoutMs: 1,
    rebalanceTimeoutMs: 1,
    protocols: [{ name: 'range', metadata: bytes() }],
    assignment: bytes(1),
    isNew: false,
    join: null,
    sync: null,
    ...more,
  };
}

function group(members: Member[], more: Partial<Group> = {}): Group {
  return {
    groupId: 'g',
    state: 'Stable',
    generation: 3,
    protocolType: 'consumer',
    protocol: 'range',
    leader: members[0]?.memberId ?? null,
    members: new Map(members.map((each) => [each.memberId, each])),
    staticMembers: new Map(
      members.flatMap((each) =>
        each.groupInstanceId === null ? [] : [[each.groupInstanceId, each.memberId]],
      ),
    ),
    pendingMembers: new Set(),
    pendingSync: new Set(),
    initialDelay: null,
    storing: false,
    ...more,
  };
}

function value(of: Group, more: Partial<GroupMetadataValue> = {}): GroupMetadataValue {
  return {
    protocolType: 'consumer',
    generation: of.generation,
    protocol: of.protocol,
    leader: of.leader,
    currentStateTimestamp: 0 as Timestamp,
    members: [...of.members.values()].map(({ memberId, groupInstanceId, assignment }) => ({
      memberId,
      groupInstanceId,
      clientId: 'c',
      clientHost: 'h',
      rebalanceTimeout: 1,
      sessionTimeout: 1,
      subscription: bytes(),
      assignment,
    })),
    ...more,
  };
}

/** A coordinator with these groups, logged and with their timers. */
function state(...groups: Group[]): GroupsState {
  const built = initialGroups();
  const logged = (): OffsetsPartition => ({
    groups: new Map(groups.map((each) => [each.groupId, value(each)])),
    offsets: new Map(),
  });
  built.decider.committed = logged();
  built.decider.committedOffset = 9;
  built.decider.active = { term: 1, pending: logged(), pendingOffset: 9, waiters: [] };
  for (const each of groups) {
    built.groups.set(each.groupId, each);
    for (const id of each.members.keys()) {
      built.timers.add(`session ${each.groupId.length}:${each.groupId}${id}`);
    }
  }
  return built;
}

const occasion = { base: 10, now: 0 as Timestamp, stamp: 0 as Stamp, token: 1, apiVersion: 4 };
const idle: GroupsInput = { type: 'deactivate' };

function beat(memberId: string, generationId: number, groupInstanceId: string | null): GroupsInput {
  const request = { groupId: 'g', memberId, generationId, groupInstanceId };
  return { type: 'heartbeat', ...occasion, request };
}

function respond(response: GroupsResponse): GroupsEffect {
  return { type: 'respond', token: 1, response };
}

interface Case {
  readonly before?: GroupsState;
  readonly input?: GroupsInput;
  readonly effects?: readonly GroupsEffect[];
  readonly after?: GroupsState;
  /** Happened earlier. */
  readonly committed?: { readonly base: number; readonly records: readonly OffsetsRecord[] };
}

function judge(property: GroupsProperty, given: Case, ghost = startGroupsGhost()): string | null {
  const after = given.after ?? given.before ?? state();
  const before = given.before ?? after;
  if (given.committed !== undefined) {
    feed(ghost, given.committed.base, given.committed.records);
  }
  const step = {
    node: 'a',
    before,
    input: given.input ?? idle,
    effects: given.effects ?? [],
    after,
  };
  observeGroups(ghost, step);
  return property.violation(step, ghost);
}

function committed(base: number, records: readonly OffsetsRecord[]): GroupsInput {
  return { type: 'committed', base, records, upTo: base + records.length - 1 };
}

function feed(ghost: GroupsGhost, base: number, records: readonly OffsetsRecord[]): void {
  const input = committed(base, records);
  observeGroups(ghost, { node: 'a', before: state(), input, effects: [], after: state() });
}

function metadata(of: Group, more: Partial<GroupMetadataValue> = {}): OffsetsRecord {
  return { type: 'GroupMetadata', group: 'g', value: value(of, more) };
}

function offset(at: number): OffsetsRecord {
  return {
    type: 'OffsetCommit',
    group: 'g',
    topic: 't',
    partition: 0 as PartitionIndex,
    value: {
      offset: at as Offset,
      leaderEpoch: 0 as LeaderEpoch,
      metadata: '',
      commitTimestamp: 0 as Timestamp,
      expireTimestamp: -1 as Timestamp,
    },
  };
}

function commitRequest(generation: number, memberId: string): GroupsInput {
  const partition = {
    partitionIndex: 0 as PartitionIndex,
    committedOffset: 7 as Offset,
    committedLeaderEpoch: 0 as LeaderEpoch,
    committedMetadata: null,
  };
  return {
    type: 'offsetCommit',
    ...occasion,
    request: {
      groupId: 'g',
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: 't', partitions: [partition] }],
    },
  };
}

const accepted: GroupsResponse = {
  type: 'offsetCommit',
  topics: [
    {
      name: 't',
      topicId: 'AAAAAAAAAAAAAAAAAAAAAA' as never,
      partitions: [{ partitionIndex: 0 as PartitionIndex, errorCode: 0 }],
    },
  ],
};

function syncRequest(assignments: { memberId: string; assignment: Uint8Array }[]): GroupsInput {
  const request = {
    groupId: 'g',
    generationId: 3,
    memberId: 'm',
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments,
  };
  return { type: 'syncGroup', ...occasion, request };
}

function assigned(...assignment: number[]): GroupsEffect {
  return respond({
    type: 'syncGroup',
    errorCode: 0,
    protocolType: 'consumer',
    protocolName: 'range',
    assignment: bytes(...assignment),
  });
}

test('a good state violates nothing', () => {
  const good = state(group([member('m'), member('s-2', { groupInstanceId: 's' })]));
  for (const property of groupsProperties) {
    expect(judge(property, { after: good, input: beat('m', 3, null), effects: [] })).toBe(null);
  }
});

describe('each property sees the state that breaks it', () => {
  test('OnlyCurrentMembersServed', () => {
    const before = state(group([member('m')]));
    const effects = [respond({ type: 'heartbeat', errorCode: 0 })];
    const served = (input: GroupsInput) =>
      judge(onlyCurrentMembersServed, { before, input, effects });
    expect(served(beat('m', 3, null))).toBe(null);
    expect(served(beat('m', 2, null))).toMatch('stranger');
    expect(served(beat('x', 3, null))).toMatch('stranger');
    const commit = (input: GroupsInput) =>
      judge(onlyCurrentMembersServed, { before, input, effects: [respond(accepted)] });
    expect(commit(commitRequest(3, 'm'))).toBe(null);
    expect(commit(commitRequest(2, 'm'))).toMatch('stranger');
    expect(commit(commitRequest(-1, ''))).toMatch('stranger');
  });

  test('ReplacedInstanceFenced', () => {
    const before = state(group([member('new', { groupInstanceId: 's' })]));
    const told = (errorCode: number) =>
      judge(replacedInstanceFenced, {
        before,
        input: beat('old', 3, 's'),
        effects: [respond({ type: 'heartbeat', errorCode })],
      });
    expect(told(82)).toBe(null);
    expect(told(25)).toMatch('not fenced');
    expect(told(0)).toMatch('not fenced');
  });

  test('LeaderAssignmentDelivered', () => {
    const of = group([member('m', { assignment: bytes(4) })]);
    const append: GroupsEffect = {
      type: 'append',
      epoch: 1 as LeaderEpoch,
      base: 10,
      records: [metadata(of)],
    };
    const logged = (...said: number[]) =>
      judge(leaderAssignmentDelivered, {
        input: syncRequest([{ memberId: 'm', assignment: bytes(...said) }]),
        effects: [append],
      });
    expect(logged(4)).toBe(null);
    expect(logged(5)).toMatch('did not give');
  });

  test('OneOwnerPerGeneration', () => {
    const of = group([member('m', { assignment: bytes(4) })]);
    const input = syncRequest([]);
    const told = (effect: GroupsEffect, records: OffsetsRecord[]) =>
      judge(oneOwnerPerGeneration, { input, effects: [effect], committed: { base: 0, records } });
    expect(told(assigned(4), [metadata(of)])).toBe(null);
    expect(told(assigned(5), [metadata(of)])).toMatch('not the logged one');
    expect(told(assigned(4), [])).toMatch('not in the log');
    expect(told(assigned(4), [metadata(of, { members: [] })])).toMatch('does not know it');
    const other = group([member('m', { assignment: bytes(5) })]);
    expect(
      judge(oneOwnerPerGeneration, { input: committed(0, [metadata(of), metadata(other)]) }),
    ).toMatch('two assignments');
  });

  test('CommittedOffsetIsLastAccepted', () => {
    const records = [offset(7)];
    const append: GroupsEffect = { type: 'append', epoch: 1 as LeaderEpoch, base: 10, records };
    const ghost = startGroupsGhost();
    const early = { input: commitRequest(3, 'm'), effects: [append, respond(accepted)] };
    expect(judge(committedOffsetIsLastAccepted, early)).toMatch('not committed');
    judge(
      committedOffsetIsLastAccepted,
      { input: commitRequest(3, 'm'), effects: [append] },
      ghost,
    );
    const later = { input: committed(10, records), effects: [respond(accepted)] };
    expect(judge(committedOffsetIsLastAccepted, later, ghost)).toBe(null);

    const fetch = (found: number): Case => ({
      committed: { base: 0, records: [offset(3), offset(7)] },
      input: {
        type: 'offsetFetch',
        ...occasion,
        request: { groupId: 'g', topics: null, requireStable: false },
      },
      effects: [
        respond({
          type: 'offsetFetch',
          groupId: 'g',
          errorCode: 0,
          topics: [
            {
              name: 't',
              topicId: 'AAAAAAAAAAAAAAAAAAAAAA' as never,
              partitions: [
                {
                  partitionIndex: 0 as PartitionIndex,
                  committedOffset: found as Offset,
                  committedLeaderEpoch: 0 as LeaderEpoch,
                  metadata: '',
                  errorCode: 0,
                },
              ],
            },
          ],
        }),
      ],
    });
    expect(judge(committedOffsetIsLastAccepted, fetch(7))).toBe(null);
    expect(judge(committedOffsetIsLastAccepted, fetch(3))).toMatch('committed is 7');
  });

  test('StableGroupIsLogged', () => {
    const after = state(group([member('old', { groupInstanceId: 's' })]));
    expect(judge(stableGroupIsLogged, { after })).toBe(null);
    after.groups.set('g', group([member('new', { groupInstanceId: 's' })]));
    expect(judge(stableGroupIsLogged, { after })).toMatch('would not find');
  });

  test('GenerationMonotonic', () => {
    const before = state(group([member('m')]));
    const after = state(group([member('m')], { generation: 2 }));
    expect(judge(generationMonotonic, { before, after })).toMatch('becomes 2');
    const of = group([member('m')]);
    const input = committed(0, [metadata(of), metadata(of, { generation: 2 })]);
    expect(judge(generationMonotonic, { input })).toMatch('logged at 1 after 3');
  });

  test('GroupShape', () => {
    const shape = (of: Group) => judge(groupShape, { after: state(of) });
    expect(shape(group([member('m')], { leader: 'x' }))).toMatch('leader x');
    expect(shape(group([member('m')], { state: 'Empty' }))).toMatch('has members');
    expect(shape(group([member('m')], { pendingMembers: new Set(['m']) }))).toMatch('two ids');
    const parked = { token: 1, apiVersion: 1 };
    expect(shape(group([member('m', { join: parked })]))).toMatch('nobody prepares');
    expect(shape(group([member('m', { sync: parked })]))).toMatch('nobody makes');
    expect(shape(group([member('m')], { protocol: 'sticky' }))).toMatch('does not support');
    expect(shape(group([member('m')], { pendingSync: new Set(['x']) }))).toMatch('a stranger');
    const seat = member('m', { groupInstanceId: 's' });
    expect(shape(group([seat], { staticMembers: new Map() }))).toMatch('instance s');
    expect(shape(group([], { staticMembers: new Map([['s', 'x']]) }))).toMatch('no member');
  });

  test('JoinPhaseWaits, LateMembersRemoved', () => {
    const before = state(
      group([member('m', { join: { token: 2, apiVersion: 3 } }), member('late')], {
        state: 'PreparingRebalance',
      }),
    );
    const formed = { state: 'CompletingRebalance', generation: 4 } as const;
    const after = state(group([member('m'), member('late')], formed));
    const input = beat('m', 3, null);
    expect(judge(joinPhaseWaits, { before, input, after })).toMatch('wait for late');
    const timer = { name: 'rebalance', key: 'g', base: 0, now: 0 as Timestamp, stamp: 0 as Stamp };
    const timeout: GroupsInput = { type: 'timerFired', ...timer } as GroupsInput;
    expect(judge(joinPhaseWaits, { before, input: timeout, after })).toBe(null);
    expect(judge(lateMembersRemoved, { before, input: timeout, after })).toMatch('late is in');
    const without = state(group([member('m')], formed));
    expect(judge(lateMembersRemoved, { before, input: timeout, after: without })).toBe(null);
    const pending = state(group([member('m')], { ...formed, pendingMembers: new Set(['p']) }));
    expect(judge(joinPhaseWaits, { before, input, after: pending })).toMatch('wait for p');
  });

  test('NobodyWaitsForever', () => {
    const stuck = (of: Group, drop = '') => {
      const after = state(of);
      after.timers.delete(drop);
      return judge(nobodyWaitsForever, { after });
    };
    expect(stuck(group([member('m')]), 'session 1:gm')).toMatch('silent forever');
    expect(stuck(group([member('m')], { state: 'PreparingRebalance' }))).toMatch('no end');
    expect(stuck(group([member('m')], { pendingSync: new Set(['m']) }))).toMatch('need not ask');
    expect(stuck(group([member('m')], { pendingMembers: new Set(['p']) }))).toMatch('without end');
    expect(stuck(group([member('m')], { storing: true }))).toMatch('take forever');
    const joined = member('m', { join: { token: 1, apiVersion: 3 } });
    const over = state(group([joined], { state: 'PreparingRebalance' }));
    over.timers.add('rebalance g');
    expect(judge(nobodyWaitsForever, { after: over })).toMatch('everybody has joined');
  });

  test('EveryRequestAnsweredOnce', () => {
    const ghost = startGroupsGhost();
    const input = beat('m', 3, null);
    expect(judge(everyRequestAnsweredOnce, { input }, ghost)).toBe(null);
    const gone = { input: idle, after: initialGroups() };
    expect(judge(everyRequestAnsweredOnce, gone, ghost)).toMatch('nobody coordinates');
    const answer = respond({ type: 'heartbeat', errorCode: 16 });
    expect(judge(everyRequestAnsweredOnce, { ...gone, effects: [answer] }, ghost)).toBe(null);
    expect(judge(everyRequestAnsweredOnce, { effects: [answer] }, ghost)).toMatch('twice');
    const soft = initialGroups();
    soft.timers.add('session 1:gm');
    expect(judge(everyRequestAnsweredOnce, { after: soft })).toMatch('soft state');
  });

  test('PendingEqualsCommitted', () => {
    const after = state(group([member('m')]));
    after.decider.active?.pending.groups.delete('g');
    expect(judge(pendingEqualsCommitted, { after })).toMatch('pending differs');
    const waiting = state();
    const response = { type: 'none' } as const;
    waiting.decider.active?.waiters.push({ token: 1, offset: 9, response });
    expect(judge(pendingEqualsCommitted, { after: waiting })).toMatch('wait for nothing');
  });

  test('StateIsFoldOfLog', () => {
    const after = state();
    const record = offset(7);
    const input = committed(0, [record]);
    expect(judge(stateIsFoldOfLog, { input, after })).toMatch('not what the log says');
    const held = { topic: 't', partition: 0 as PartitionIndex, value: record.value as never };
    after.decider.committed.offsets.set('g', new Map([['0:t', held]]));
    expect(judge(stateIsFoldOfLog, { input, after })).toBe(null);
  });
});
