import { describe, expect, test } from 'vitest';
import type { PartitionIndex } from '../core/types/ids.js';
import { ErrorCode } from '../protocol/errors.js';
import { type Assignor, COOPERATIVE_STICKY, RANGE } from './assignors.js';
import { decodeAssignment, decodeSubscription, encodeAssignment } from './consumer-protocol.js';
import type { JoinAnswer } from './group-client.js';
import { GroupStanding } from './group-standing.js';

const place = (partition: number) => ({ topic: 't', partition: partition as PartitionIndex });

function standing(assignor: Assignor = RANGE, instanceId: string | null = null): GroupStanding {
  return new GroupStanding({
    instanceId,
    assignors: [assignor],
    counts: new Map([['t', 4]]),
    sessionTimeout: 1000,
    rebalanceTimeout: 500,
  });
}

/** It joined a generation in which another one leads, and was given these. */
function given(member: GroupStanding, generation: number, ...partitions: number[]): void {
  const answer: JoinAnswer = {
    type: 'joined',
    memberId: 'm',
    generation,
    protocol: 'range',
    members: null,
  };
  expect(member.joined(answer)).toMatchObject({ memberId: 'm', generation, assignments: [] });
  member.synced(generation, encodeAssignment(partitions.map(place)));
}

/** What it says that it owns when it joins, and since which generation. */
function claimed(member: GroupStanding): unknown {
  const { owned, generation } = decodeSubscription(member.joinRequest().protocols[0]!.metadata);
  return [owned.map(({ partition }) => partition), generation];
}

describe('the standing of a member', () => {
  test('begins with joining, under the id that it is told (KIP-394)', () => {
    const member = standing();
    expect(member.mustJoin).toBe(true);
    expect(member.leaving()).toBe(null);
    expect(member.joinRequest().memberId).toBe('');
    expect(member.joined({ type: 'told', memberId: 'm' })).toBe(null);
    expect(member.joinRequest().memberId).toBe('m');
    expect(member.leaving()).toEqual({ memberId: 'm', instanceId: null });
    given(member, 3, 0, 1);
    expect(member.mustJoin).toBe(false);
    expect(member.owned).toEqual([place(0), place(1)]);
    expect(member.membership()).toEqual({ memberId: 'm', instanceId: null, generation: 3 });
  });

  test('as leader it shares everything out to all who joined', () => {
    const [member, other] = [standing(), standing()];
    const members = [member, other].map((each, index) => ({
      memberId: `m${index}`,
      groupInstanceId: null,
      metadata: each.joinRequest().protocols[0]!.metadata,
    }));
    const answer = { type: 'joined', memberId: 'm0', generation: 1, protocol: 'range' } as const;
    const shares = member.joined({ ...answer, members })!.assignments;
    const told = shares.map(({ memberId, assignment }) => [
      memberId,
      decodeAssignment(assignment).map(({ partition }) => partition),
    ]);
    expect(told).toEqual([
      ['m0', [0, 1]],
      ['m1', [2, 3]],
    ]);
  });

  test('eager members give up what they own before they join, cooperative ones keep it (KIP-429)', () => {
    const eager = standing();
    given(eager, 1, 0, 1);
    expect(claimed(eager)).toEqual([[], 1]);
    expect(eager.owned).toEqual([]);
    const cooperative = standing(COOPERATIVE_STICKY);
    given(cooperative, 1, 0, 1);
    expect(claimed(cooperative)).toEqual([[0, 1], 1]);
    expect(cooperative.owned).toEqual([place(0), place(1)]);
  });

  test('who had to give something up joins again at once (KIP-429)', () => {
    const member = standing(COOPERATIVE_STICKY);
    given(member, 1, 0, 1);
    expect(member.mustJoin).toBe(false);
    given(member, 2, 1);
    expect(member.mustJoin).toBe(true);
  });

  test('errors take from it what they say is gone, and no more', () => {
    const member = standing(RANGE, 'i');
    given(member, 4, 2);
    expect(member.suffer(ErrorCode.COORDINATOR_NOT_AVAILABLE)).toBe('waits');
    expect([member.mustJoin, member.owned.length]).toEqual([false, 1]);
    expect(member.suffer(ErrorCode.REBALANCE_IN_PROGRESS)).toBe('must join');
    expect([member.mustJoin, member.owned.length]).toEqual([true, 1]);
    expect(member.suffer(ErrorCode.ILLEGAL_GENERATION)).toBe('must join');
    expect(member.owned).toEqual([]);
    expect(member.membership()).toEqual({ memberId: 'm', instanceId: 'i', generation: -1 });
    expect(member.suffer(ErrorCode.UNKNOWN_MEMBER_ID)).toBe('must join');
    expect(member.leaving()).toBe(null);
    expect(member.suffer(ErrorCode.FENCED_INSTANCE_ID)).toBe('is over');
  });
});
