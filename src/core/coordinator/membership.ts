/** Heartbeat and LeaveGroup, and members that are lost without a word (G-LIVE). */

import { assert, present } from '../types/assert.js';
import { GroupError } from './errors.js';
import { checkMember } from './group.js';
import { afterLoss, keepIfUnparked, removeMember } from './rebalance.js';
import { leaving } from './responses.js';
import type { Turn } from './turn.js';
import { answer, disarm, memberKey } from './turn.js';
import type { ErrorCode, Group, GroupsRequest, HeartbeatRequest } from './types.js';

/** Handles a Heartbeat. */
export function heartbeat(turn: Turn, input: Extract<GroupsRequest, { type: 'heartbeat' }>): void {
  const errorCode = beat(turn, input.request);
  answer(turn, input.token, { type: 'heartbeat', errorCode });
}

function beat(turn: Turn, request: HeartbeatRequest): ErrorCode {
  const { groupId, memberId, groupInstanceId, generationId } = request;
  if (groupId === '') {
    return GroupError.INVALID_GROUP_ID;
  }
  const group = turn.state.groups.get(groupId);
  if (group === undefined || group.state === 'Empty') {
    return GroupError.UNKNOWN_MEMBER_ID;
  }
  const error = checkMember(group, memberId, groupInstanceId, turn.rules);
  if (error !== GroupError.NONE) {
    return error;
  }
  if (!turn.rules.acceptGeneration(group.generation, generationId)) {
    return GroupError.ILLEGAL_GENERATION;
  }
  keepIfUnparked(turn, group, present(group.members.get(memberId), 'a checked member is missing'));
  return group.state === 'PreparingRebalance' ? GroupError.REBALANCE_IN_PROGRESS : GroupError.NONE;
}

/** Handles a LeaveGroup: each member by itself, then one rebalance for all (KIP-345). */
export function leaveGroup(
  turn: Turn,
  input: Extract<GroupsRequest, { type: 'leaveGroup' }>,
): void {
  const { request, token, apiVersion } = input;
  if (request.groupId === '') {
    answer(turn, token, {
      type: 'leaveGroup',
      errorCode: GroupError.INVALID_GROUP_ID,
      members: [],
    });
    return;
  }
  const group = turn.state.groups.get(request.groupId);
  const before = group?.members.size;
  const members = leaving(request, apiVersion).map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode:
      group === undefined
        ? GroupError.UNKNOWN_MEMBER_ID
        : leave(turn, group, memberId, groupInstanceId),
  }));
  if (group !== undefined && members.some((member) => member.errorCode === GroupError.NONE)) {
    afterLoss(turn, group, group.members.size === before ? 'pendingMember' : 'member');
  }
  answer(turn, token, {
    type: 'leaveGroup',
    errorCode: apiVersion >= 3 ? GroupError.NONE : (members[0]?.errorCode ?? GroupError.NONE),
    members: apiVersion >= 3 ? members : [],
  });
}

function leave(
  turn: Turn,
  group: Group,
  memberId: string,
  groupInstanceId: string | null,
): ErrorCode {
  // An operator removes a static member by its instance id alone.
  const named =
    memberId === '' && groupInstanceId !== null
      ? (group.staticMembers.get(groupInstanceId) ?? '')
      : memberId;
  if (groupInstanceId === null && group.pendingMembers.delete(named)) {
    disarm(turn, 'pendingMember', memberKey(group.groupId, named));
    return GroupError.NONE;
  }
  const error = checkMember(group, named, groupInstanceId, turn.rules);
  if (error === GroupError.NONE) {
    removeMember(turn, group, named);
  }
  return error;
}

/** No sign of life for a session timeout, or a new member whose first join takes for ever. */
export function sessionExpired(turn: Turn, group: Group, memberId: string): void {
  const member = present(group.members.get(memberId), 'the session of a stranger expires');
  assert(member.sync === null, 'the session of a member expires that waits for its assignment');
  removeMember(turn, group, memberId);
  afterLoss(turn, group, 'member');
}

/** KIP-394: an id that was handed out is not waited for longer than a session. */
export function pendingMemberExpired(turn: Turn, group: Group, memberId: string): void {
  assert(group.pendingMembers.has(memberId), 'a pending member expires that is none');
  group.pendingMembers.delete(memberId);
  afterLoss(turn, group, 'pendingMember');
}
