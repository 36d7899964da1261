/** The join phase: how it begins, waits and ends (G-SM, G-JOIN), and how members are lost to it. */

import { assert, fail, present } from '../types/assert.js';
import { GroupError } from './errors.js';
import {
  awaitingJoin,
  groupRecord,
  metadataUnder,
  nextProtocol,
  rebalanceTimeoutMs,
  sortedMembers,
} from './group.js';
import { parkedJoinError, syncError } from './responses.js';
import type { Turn } from './turn.js';
import { answer, arm, disarm, memberKey, NO_TOKEN, write } from './turn.js';
import type { ErrorCode, Group, GroupStateName, JoinGroupResponse, Member } from './types.js';

const LEGAL_MOVES: Readonly<Record<GroupStateName, readonly GroupStateName[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['CompletingRebalance', 'Empty'],
  CompletingRebalance: ['Stable', 'PreparingRebalance'],
  Stable: ['PreparingRebalance'],
};

/** G-SM. */
export function moveTo(group: Group, state: GroupStateName): void {
  if (!LEGAL_MOVES[group.state].includes(state)) {
    fail(`group moves from ${group.state} to ${state}`);
  }
  group.state = state;
}

/** Opens a join phase, or looks whether the one that is open can end. */
export function prepareOrCompleteJoin(turn: Turn, group: Group): void {
  if (group.state === 'PreparingRebalance') {
    maybeCompleteJoin(turn, group);
  } else {
    prepareRebalance(turn, group);
  }
}

/** After members or pending members are gone: who remains must not wait for them (KAFKA-9752). */
export function afterLoss(turn: Turn, group: Group, lost: 'member' | 'pendingMember'): void {
  if (group.state === 'PreparingRebalance') {
    if (turn.rules.lossMayCompleteJoin(lost)) {
      maybeCompleteJoin(turn, group);
    }
  } else if (group.state !== 'Empty' && lost === 'member') {
    prepareRebalance(turn, group);
  }
}

/**
 * Opens the join phase. A group that was empty waits a while for more members (KIP-134); any other
 * waits until all have rejoined, at most for the largest rebalance timeout (KIP-62).
 */
export function prepareRebalance(turn: Turn, group: Group): void {
  const { initialRebalanceDelayMs } = turn.rules.settings;
  if (group.state === 'CompletingRebalance') {
    refuseSyncs(turn, group, GroupError.REBALANCE_IN_PROGRESS);
  }
  disarm(turn, 'store', group.groupId);
  disarm(turn, 'sync', group.groupId);
  group.storing = false;
  group.pendingSync.clear();
  const wasEmpty = group.state === 'Empty';
  moveTo(group, 'PreparingRebalance');
  if (wasEmpty) {
    const remainingMs = Math.max(rebalanceTimeoutMs(group) - initialRebalanceDelayMs, 0);
    group.initialDelay = { delayMs: initialRebalanceDelayMs, remainingMs, memberAdded: false };
    arm(turn, 'initialDelay', group.groupId, initialRebalanceDelayMs);
    return;
  }
  arm(turn, 'rebalance', group.groupId, rebalanceTimeoutMs(group));
  maybeCompleteJoin(turn, group);
}

/** Ends the join phase if nobody is waited for any more. */
export function maybeCompleteJoin(turn: Turn, group: Group): void {
  if (group.state !== 'PreparingRebalance' || group.initialDelay !== null) {
    return;
  }
  const phase = {
    members: group.members.size,
    awaitingJoin: awaitingJoin(group),
    pendingMembers: group.pendingMembers.size,
  };
  if (turn.rules.completeJoin(phase)) {
    completeJoin(turn, group);
  }
}

/** KIP-134: each newcomer stretches the delay, together at most to the rebalance timeout. */
export function initialDelayFired(turn: Turn, group: Group): void {
  const delay = present(group.initialDelay, 'an initial delay ran out in no initial rebalance');
  if (!delay.memberAdded || delay.remainingMs === 0) {
    completeJoin(turn, group);
    return;
  }
  const delayMs = Math.min(turn.rules.settings.initialRebalanceDelayMs, delay.remainingMs);
  const remainingMs = Math.max(delay.remainingMs - delay.delayMs, 0);
  group.initialDelay = { delayMs, remainingMs, memberAdded: false };
  arm(turn, 'initialDelay', group.groupId, delayMs);
}

/** Ends the join phase with those who have joined: the next generation, or an empty group. */
export function completeJoin(turn: Turn, group: Group): void {
  const { rules } = turn;
  assert(group.state === 'PreparingRebalance', 'a join phase ends that is not open');
  disarm(turn, 'initialDelay', group.groupId);
  disarm(turn, 'rebalance', group.groupId);
  group.initialDelay = null;
  for (const member of sortedMembers(group)) {
    if (member.join === null && !rules.outlivesJoinPhase(member.groupInstanceId)) {
      removeMember(turn, group, member.memberId);
    }
  }
  if (group.members.size > 0 && !electLeader(group)) {
    // Only static members are left and none has come back: their session timeouts decide.
    arm(turn, 'rebalance', group.groupId, rebalanceTimeoutMs(group));
    return;
  }
  group.generation = rules.nextGeneration(group.generation);
  if (group.members.size === 0) {
    group.protocol = null;
    moveTo(group, 'Empty');
    write(turn, NO_TOKEN, [groupRecord(group, new Map(), turn.now)], { type: 'none' });
    return;
  }
  group.protocol = nextProtocol(group, rules);
  moveTo(group, 'CompletingRebalance');
  for (const member of sortedMembers(group)) {
    member.assignment = new Uint8Array(0);
    member.isNew = false;
    group.pendingSync.add(member.memberId);
    keepAlive(turn, group, member);
    if (member.join !== null) {
      const { token } = member.join;
      member.join = null;
      answer(turn, token, joinedResponse(group, member));
    }
  }
  arm(turn, 'sync', group.groupId, rebalanceTimeoutMs(group));
}

/** The leader stays if it has rejoined; else one who has takes over. False: nobody has. */
function electLeader(group: Group): boolean {
  if (group.leader !== null && group.members.get(group.leader)?.join) {
    return true;
  }
  const joined = sortedMembers(group).find((member) => member.join !== null);
  if (joined === undefined) {
    return false;
  }
  group.leader = joined.memberId;
  return true;
}

/** What a member hears of the current generation; the leader hears of all members (G-JOIN). */
export function joinedResponse(group: Group, member: Member): JoinGroupResponse {
  const leader = present(group.leader, 'a generation without leader');
  return {
    type: 'joinGroup',
    errorCode: GroupError.NONE,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocol,
    leader,
    skipAssignment: false,
    memberId: member.memberId,
    members: leader === member.memberId ? describeMembers(group) : [],
  };
}

/** All members with their metadata under the group's protocol. */
export function describeMembers(group: Group): JoinGroupResponse['members'] {
  return sortedMembers(group).map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataUnder(member, group.protocol),
  }));
}

/** G-LIVE: counts the session timeout anew. */
export function keepAlive(turn: Turn, group: Group, member: Member): void {
  arm(turn, 'session', memberKey(group.groupId, member.memberId), member.sessionTimeoutMs);
}

/**
 * Any word of a member counts as a heartbeat. Nobody is expected to beat while its own request is
 * parked, so then no session timer runs.
 */
export function keepIfUnparked(turn: Turn, group: Group, member: Member): void {
  if (member.join === null && member.sync === null) {
    keepAlive(turn, group, member);
  }
}

/** Parked SyncGroups end with `errorCode`. */
export function refuseSyncs(turn: Turn, group: Group, errorCode: ErrorCode): void {
  for (const member of sortedMembers(group)) {
    if (member.sync !== null) {
      const { token } = member.sync;
      member.sync = null;
      keepAlive(turn, group, member);
      answer(turn, token, syncError(errorCode));
    }
  }
}

/** Takes a member out; its parked requests end. The caller decides what follows for the others. */
export function removeMember(
  turn: Turn,
  group: Group,
  memberId: string,
  errorCode: ErrorCode = GroupError.UNKNOWN_MEMBER_ID,
): void {
  const member = present(group.members.get(memberId), 'a stranger is removed from a group');
  disarm(turn, 'session', memberKey(group.groupId, memberId));
  endParked(turn, member, errorCode);
  group.members.delete(memberId);
  group.pendingSync.delete(memberId);
  const { groupInstanceId } = member;
  if (groupInstanceId !== null && group.staticMembers.get(groupInstanceId) === memberId) {
    group.staticMembers.delete(groupInstanceId);
  }
  if (group.leader === memberId) {
    group.leader = sortedMembers(group)[0]?.memberId ?? null;
  }
}

/** Answers what is parked for a member with an error. */
export function endParked(turn: Turn, member: Member, errorCode: ErrorCode): void {
  const { join, sync } = member;
  member.join = null;
  member.sync = null;
  if (join !== null) {
    answer(turn, join.token, parkedJoinError(join, member.memberId, errorCode));
  }
  if (sync !== null) {
    answer(turn, sync.token, syncError(errorCode));
  }
}
