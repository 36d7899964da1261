/** SyncGroup: the leader's assignment goes into the log, then to every member (G-ONE). */

import { assert, present } from '../types/assert.js';
import { GroupError } from './errors.js';
import { checkMember, groupRecord, sortedMembers } from './group.js';
import { keepAlive, moveTo, prepareRebalance, refuseSyncs, removeMember } from './rebalance.js';
import { syncError } from './responses.js';
import type { Turn } from './turn.js';
import { answer, arm, disarm, memberKey, NO_TOKEN, write } from './turn.js';
import type {
  ErrorCode,
  Group,
  GroupsRequest,
  Member,
  SyncGroupRequest,
  SyncGroupResponse,
} from './types.js';

type SyncInput = Extract<GroupsRequest, { type: 'syncGroup' }>;

/** Handles a SyncGroup: answered at once, or parked until the assignment is committed. */
export function syncGroup(turn: Turn, input: SyncInput): void {
  const { request, token } = input;
  const group = turn.state.groups.get(request.groupId);
  const error = checkSync(turn, group, request);
  if (group === undefined || error !== GroupError.NONE) {
    answer(turn, token, syncError(error));
    return;
  }
  const member = present(group.members.get(request.memberId), 'a checked member is missing');
  group.pendingSync.delete(member.memberId);
  if (group.pendingSync.size === 0) {
    disarm(turn, 'sync', group.groupId);
  }
  if (group.state === 'Stable') {
    keepAlive(turn, group, member);
    answer(turn, token, assignmentResponse(group, member));
    return;
  }
  park(turn, group, member, input);
  if (group.leader === member.memberId && !group.storing) {
    store(turn, group, request);
  }
}

function checkSync(turn: Turn, group: Group | undefined, request: SyncGroupRequest): ErrorCode {
  if (request.groupId === '') {
    return GroupError.INVALID_GROUP_ID;
  }
  if (group === undefined || group.state === 'Empty') {
    return GroupError.UNKNOWN_MEMBER_ID;
  }
  const { memberId, groupInstanceId, protocolType, protocolName } = request;
  const error = checkMember(group, memberId, groupInstanceId, turn.rules);
  if (error !== GroupError.NONE) {
    return error;
  }
  if (!turn.rules.acceptGeneration(group.generation, request.generationId)) {
    return GroupError.ILLEGAL_GENERATION;
  }
  // KIP-559: from version 5 on the request says which protocol it thinks was chosen.
  if (
    (protocolType !== null && protocolType !== group.protocolType) ||
    (protocolName !== null && group.protocol !== null && protocolName !== group.protocol)
  ) {
    return GroupError.INCONSISTENT_GROUP_PROTOCOL;
  }
  return group.state === 'PreparingRebalance' ? GroupError.REBALANCE_IN_PROGRESS : GroupError.NONE;
}

function park(turn: Turn, group: Group, member: Member, input: SyncInput): void {
  assert(group.state === 'CompletingRebalance', 'a SyncGroup waits for no assignment');
  const earlier = member.sync;
  member.sync = { token: input.token, apiVersion: input.apiVersion };
  disarm(turn, 'session', memberKey(group.groupId, member.memberId));
  if (earlier !== null) {
    answer(turn, earlier.token, syncError(GroupError.REBALANCE_IN_PROGRESS));
  }
}

function store(turn: Turn, group: Group, request: SyncGroupRequest): void {
  const memberIds = sortedMembers(group).map((member) => member.memberId);
  const assignments = turn.rules.distributeAssignment(memberIds, request.assignments);
  group.storing = true;
  const { offsetsCommitTimeoutMs } = turn.rules.settings;
  arm(turn, 'store', group.groupId, offsetsCommitTimeoutMs);
  write(turn, NO_TOKEN, [groupRecord(group, assignments, turn.now)], {
    type: 'assignmentStored',
    group: group.groupId,
    generation: group.generation,
  });
}

/** The assignment of `generation` is committed: it is told, unless the group has gone on. */
export function assignmentStored(turn: Turn, groupId: string, generation: number): void {
  const group = turn.state.groups.get(groupId);
  if (
    group === undefined ||
    group.state !== 'CompletingRebalance' ||
    group.generation !== generation
  ) {
    return;
  }
  assert(group.storing, 'an assignment is committed that nobody stored');
  const active = present(turn.state.decider.active, 'an assignment is told by no coordinator');
  const value = present(active.pending.groups.get(groupId), 'a stored assignment is not logged');
  assert(value.generation === generation, 'another generation is logged than the one stored');
  group.storing = false;
  disarm(turn, 'store', groupId);
  moveTo(group, 'Stable');
  for (const logged of value.members) {
    const member = present(group.members.get(logged.memberId), 'an assignment has no member');
    member.assignment = logged.assignment;
  }
  for (const member of sortedMembers(group)) {
    if (member.sync !== null) {
      const { token } = member.sync;
      member.sync = null;
      keepAlive(turn, group, member);
      answer(turn, token, assignmentResponse(group, member));
    }
  }
}

function assignmentResponse(group: Group, member: Member): SyncGroupResponse {
  return {
    type: 'syncGroup',
    errorCode: GroupError.NONE,
    protocolType: group.protocolType,
    protocolName: group.protocol,
    assignment: member.assignment,
  };
}

/** The log does not take the assignment in time: its fate is unknown, so another generation. */
export function storeTimedOut(turn: Turn, group: Group): void {
  assert(group.storing && group.state === 'CompletingRebalance', 'nothing is being stored');
  refuseSyncs(turn, group, GroupError.COORDINATOR_NOT_AVAILABLE);
  prepareRebalance(turn, group);
}

/** Members that joined but never asked for their assignment are gone (KAFKA-12487's DelayedSync). */
export function syncTimedOut(turn: Turn, group: Group): void {
  assert(
    group.state === 'CompletingRebalance' || group.state === 'Stable',
    'a sync phase ends that is not open',
  );
  for (const memberId of [...group.pendingSync].sort()) {
    removeMember(turn, group, memberId);
  }
  prepareRebalance(turn, group);
}
