/** JoinGroup (KIP-62, 345, 389, 394, 814). */

import { assert, present } from '../types/assert.js';
import { GroupError } from './errors.js';
import {
  awaitingJoin,
  checkMember,
  groupRecord,
  newGroup,
  nextProtocol,
  ownProtocols,
  sameProtocols,
  voters,
} from './group.js';
import {
  describeMembers,
  endParked,
  joinedResponse,
  keepAlive,
  keepIfUnparked,
  maybeCompleteJoin,
  prepareOrCompleteJoin,
  prepareRebalance,
  removeMember,
} from './rebalance.js';
import { joinError, parkedJoinError } from './responses.js';
import type { Turn } from './turn.js';
import { answer, arm, disarm, memberKey, write } from './turn.js';
import type { ErrorCode, Group, GroupsRequest, JoinGroupResponse, Member } from './types.js';

type JoinInput = Extract<GroupsRequest, { type: 'joinGroup' }>;

/** Handles a JoinGroup: answered at once, or parked until the join phase ends. */
export function joinGroup(turn: Turn, input: JoinInput): void {
  const { request } = input;
  const { minSessionTimeoutMs, maxSessionTimeoutMs } = turn.rules.settings;
  if (request.groupId === '') {
    refuse(turn, input, GroupError.INVALID_GROUP_ID);
    return;
  }
  if (
    request.sessionTimeoutMs < minSessionTimeoutMs ||
    request.sessionTimeoutMs > maxSessionTimeoutMs
  ) {
    refuse(turn, input, GroupError.INVALID_SESSION_TIMEOUT);
    return;
  }
  let group = turn.state.groups.get(request.groupId);
  if (group === undefined) {
    if (request.memberId !== '') {
      refuse(turn, input, GroupError.UNKNOWN_MEMBER_ID);
      return;
    }
    group = newGroup(request.groupId);
    turn.state.groups.set(request.groupId, group);
  }
  if (!admits(turn, group, input)) {
    answer(turn, input.token, joinError(input.apiVersion, '', GroupError.GROUP_MAX_SIZE_REACHED));
    if (group.members.has(request.memberId)) {
      removeMember(turn, group, request.memberId, GroupError.GROUP_MAX_SIZE_REACHED);
      maybeCompleteJoin(turn, group);
    }
  } else if (!supports(turn, group, input)) {
    refuse(turn, input, GroupError.INCONSISTENT_GROUP_PROTOCOL);
  } else if (request.memberId === '') {
    joinUnknown(turn, group, input);
  } else {
    joinKnown(turn, group, input);
  }
}

function refuse(turn: Turn, input: JoinInput, errorCode: ErrorCode): void {
  answer(turn, input.token, joinError(input.apiVersion, input.request.memberId, errorCode));
}

function admits(turn: Turn, group: Group, input: JoinInput): boolean {
  const { memberId, groupInstanceId } = input.request;
  // A static member that comes back takes its own place.
  const replaced =
    memberId === '' && groupInstanceId !== null ? group.staticMembers.get(groupInstanceId) : null;
  const member = group.members.get(replaced ?? memberId);
  return turn.rules.admitMember({
    state: group.state,
    isMember: member !== undefined,
    isAwaitingJoin: member !== undefined && member.join !== null,
    members: group.members.size,
    awaitingJoin: awaitingJoin(group),
    maxSize: turn.rules.settings.maxSize,
  });
}

function supports(turn: Turn, group: Group, input: JoinInput): boolean {
  const { protocolType, protocols } = input.request;
  const rightType =
    group.members.size === 0 ? protocolType !== '' : protocolType === group.protocolType;
  const names = protocols.map((protocol) => protocol.name);
  return rightType && turn.rules.supportsProtocols(names, voters(group));
}

/** A member without an id: told one (KIP-394), or taken in under one. */
function joinUnknown(turn: Turn, group: Group, input: JoinInput): void {
  const { groupId, groupInstanceId, sessionTimeoutMs } = input.request;
  const memberId = `${groupInstanceId ?? input.clientId}-${input.freshId}`;
  assert(!group.members.has(memberId), 'a fresh member id is in use');
  const replaced = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId);
  if (replaced !== undefined) {
    replaceStaticMember(turn, group, input, replaced, memberId);
  } else if (turn.rules.requiresKnownMemberId(input.apiVersion, groupInstanceId)) {
    group.pendingMembers.add(memberId);
    arm(turn, 'pendingMember', memberKey(groupId, memberId), sessionTimeoutMs);
    answer(turn, input.token, joinError(input.apiVersion, memberId, GroupError.MEMBER_ID_REQUIRED));
  } else {
    addMember(turn, group, input, memberId);
  }
}

/** A member with an id: one that was told it, or one that rejoins. */
function joinKnown(turn: Turn, group: Group, input: JoinInput): void {
  const { groupId, memberId, groupInstanceId, protocols } = input.request;
  // A told id belongs to a dynamic member; a static one never had to ask.
  if (groupInstanceId === null && group.pendingMembers.delete(memberId)) {
    disarm(turn, 'pendingMember', memberKey(groupId, memberId));
    addMember(turn, group, input, memberId);
    return;
  }
  const error = checkMember(group, memberId, groupInstanceId, turn.rules);
  if (error !== GroupError.NONE) {
    refuse(turn, input, error);
    return;
  }
  const member = present(group.members.get(memberId), 'a checked member is missing');
  const unchanged = sameProtocols(member, protocols);
  // In a formed generation a repeated join is a retry whose answer was lost. In a stable group that
  // excuse does not hold for the leader: its join is how it asks for a rebalance.
  const isRetry =
    (group.state === 'CompletingRebalance' && unchanged) ||
    (group.state === 'Stable' && unchanged && group.leader !== memberId);
  if (isRetry) {
    keepIfUnparked(turn, group, member);
    answer(turn, input.token, joinedResponse(group, member));
    return;
  }
  rejoin(turn, group, member, input);
  prepareOrCompleteJoin(turn, group);
}

/** Takes in a new member. It cannot beat before it is told its generation, hence a timer of its own. */
function addMember(turn: Turn, group: Group, input: JoinInput, memberId: string): void {
  const { request, token, apiVersion } = input;
  const member: Member = {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: input.clientId,
    clientHost: input.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeout(input),
    protocols: ownProtocols(request.protocols),
    assignment: new Uint8Array(0),
    isNew: true,
    join: { token, apiVersion },
    sync: null,
  };
  if (group.members.size === 0) {
    group.protocolType = request.protocolType;
  }
  group.members.set(memberId, member);
  group.leader ??= memberId;
  if (member.groupInstanceId !== null) {
    group.staticMembers.set(member.groupInstanceId, memberId);
  }
  if (group.initialDelay !== null) {
    group.initialDelay.memberAdded = true;
  }
  const { newMemberJoinTimeoutMs } = turn.rules.settings;
  arm(turn, 'session', memberKey(group.groupId, memberId), newMemberJoinTimeoutMs);
  prepareOrCompleteJoin(turn, group);
}

/** A member joins again: what it says now counts, and it waits. */
function rejoin(turn: Turn, group: Group, member: Member, input: JoinInput): void {
  const earlier = member.join;
  refresh(member, input);
  member.join = { token: input.token, apiVersion: input.apiVersion };
  if (!member.isNew) {
    disarm(turn, 'session', memberKey(group.groupId, member.memberId));
  }
  if (earlier !== null) {
    const error = parkedJoinError(earlier, member.memberId, GroupError.REBALANCE_IN_PROGRESS);
    answer(turn, earlier.token, error);
  }
}

function refresh(member: Member, input: JoinInput): void {
  member.protocols = ownProtocols(input.request.protocols);
  member.sessionTimeoutMs = input.request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = rebalanceTimeout(input);
}

function rebalanceTimeout(input: JoinInput): number {
  const { rebalanceTimeoutMs, sessionTimeoutMs } = input.request;
  return rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs;
}

/**
 * G-STATIC: a static member comes back without its id, so under a new one. The old id is fenced; the
 * assignment stays, and in a stable group nobody else need notice.
 */
function replaceStaticMember(
  turn: Turn,
  group: Group,
  input: JoinInput,
  oldId: string,
  newId: string,
): void {
  const member = present(group.members.get(oldId), 'an instance id leads to no member');
  assert(member.groupInstanceId === input.request.groupInstanceId, 'instance ids are mixed up');
  const leaderBefore = group.leader;
  endParked(turn, member, GroupError.FENCED_INSTANCE_ID);
  disarm(turn, 'session', memberKey(group.groupId, oldId));
  group.members.delete(oldId);
  member.memberId = newId;
  group.members.set(newId, member);
  group.staticMembers.set(member.groupInstanceId ?? '', newId);
  if (group.leader === oldId) {
    group.leader = newId;
  }
  if (group.pendingSync.delete(oldId)) {
    group.pendingSync.add(newId);
  }
  refresh(member, input);
  if (group.state === 'Stable') {
    const next = nextProtocol(group, turn.rules);
    if (!turn.rules.staticRejoinRebalances(group.protocol, next)) {
      storeStaticMember(turn, group, member, input, leaderBefore);
      return;
    }
  }
  member.join = { token: input.token, apiVersion: input.apiVersion };
  if (member.isNew) {
    const { newMemberJoinTimeoutMs } = turn.rules.settings;
    arm(turn, 'session', memberKey(group.groupId, newId), newMemberJoinTimeoutMs);
  }
  // Between join and sync the leader works with the old id, so its assignment would miss the new
  // one: another round.
  if (group.state === 'PreparingRebalance') {
    maybeCompleteJoin(turn, group);
  } else {
    prepareRebalance(turn, group);
  }
}

/** Logs the new id, then answers with the current generation. */
function storeStaticMember(
  turn: Turn,
  group: Group,
  member: Member,
  input: JoinInput,
  leaderBefore: string | null,
): void {
  keepAlive(turn, group, member);
  const assignments = new Map([...group.members].map(([id, each]) => [id, each.assignment]));
  const records = turn.rules.staticRejoinRecords(groupRecord(group, assignments, turn.now));
  const isLeader = group.leader === member.memberId;
  const current = joinedResponse(group, member);
  // From version 9 on the leader is told that it leads but has nothing to assign (KIP-814). Before,
  // it is told its old id as the leader's, so that it does not take itself for the leader: its
  // assignment would go nowhere.
  const response: JoinGroupResponse =
    input.apiVersion >= 9
      ? { ...current, skipAssignment: isLeader, members: isLeader ? describeMembers(group) : [] }
      : { ...current, leader: leaderBefore ?? '', members: [] };
  write(turn, input.token, records, { type: 'respond', response });
}
