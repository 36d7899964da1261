/** The rules of classic consumer groups as slots; the machine never decides these by itself. */

import { assert, present } from '../types/assert.js';
import { GroupError } from './errors.js';
import type {
  ErrorCode,
  GroupSettings,
  GroupStateName,
  GroupsRequest,
  GroupsState,
  OffsetsPartition,
  OffsetsRecord,
} from './types.js';

/** A member as the vote on the protocol sees it: names in its order of preference. */
export interface Voter {
  readonly memberId: string;
  readonly protocols: readonly string[];
}

/** A group at the door. */
export interface Admission {
  readonly state: GroupStateName;
  /** The one who knocks is a member, or takes the place of a static one. */
  readonly isMember: boolean;
  readonly isAwaitingJoin: boolean;
  readonly members: number;
  readonly awaitingJoin: number;
  readonly maxSize: number;
}

export interface JoinPhase {
  readonly members: number;
  readonly awaitingJoin: number;
  readonly pendingMembers: number;
}

/** What an OffsetCommit claims, against what its group is. */
export interface CommitClaim {
  readonly state: GroupStateName;
  readonly groupGeneration: number;
  /** -1: none claimed. */
  readonly generation: number;
  /** It names a member id or an instance id. */
  readonly namesMember: boolean;
  /** What the check of that name said: NONE, UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID. */
  readonly memberError: ErrorCode;
}

/** A committed offset, and what its group does. */
export interface ExpiryFacts {
  /** Wall clock. */
  readonly now: number;
  readonly commitTimestamp: number;
  /** -1: by the broker's retention. */
  readonly expireTimestamp: number;
  /** Null: nobody ever joined under that name. */
  readonly groupState: GroupStateName | null;
  /** When the newest generation (the empty one, if the group is empty) was recorded; null: none was. */
  readonly emptySince: number | null;
  /** Some member consumes the topic. */
  readonly isConsumed: boolean;
  readonly retentionMs: number;
}

export interface GroupRules {
  readonly settings: GroupSettings;
  readonly requiresKnownMemberId: typeof requiresKnownMemberId;
  readonly admitMember: typeof admitMember;
  readonly supportsProtocols: typeof supportsProtocols;
  readonly selectProtocol: typeof selectProtocol;
  readonly acceptGeneration: typeof acceptGeneration;
  readonly fenceStaticMember: typeof fenceStaticMember;
  readonly staticRejoinRebalances: typeof staticRejoinRebalances;
  readonly staticRejoinRecords: typeof staticRejoinRecords;
  readonly completeJoin: typeof completeJoin;
  readonly lossMayCompleteJoin: typeof lossMayCompleteJoin;
  readonly outlivesJoinPhase: typeof outlivesJoinPhase;
  readonly nextGeneration: typeof nextGeneration;
  readonly isLoaded: typeof isLoaded;
  readonly loadedGeneration: typeof loadedGeneration;
  readonly distributeAssignment: typeof distributeAssignment;
  readonly mayCommitOffset: typeof mayCommitOffset;
  readonly answerableAt: typeof answerableAt;
  readonly readableOffsets: typeof readableOffsets;
  readonly confirmsLeadership: typeof confirmsLeadership;
  readonly mayDeleteGroup: typeof mayDeleteGroup;
  readonly deletionRecords: typeof deletionRecords;
  readonly mayDeleteOffsets: typeof mayDeleteOffsets;
  readonly isConsumed: typeof isConsumed;
  readonly offsetExpired: typeof offsetExpired;
}

/** Kafka's defaults. */
export const defaultGroupSettings: GroupSettings = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 3_000,
  maxSize: 2_147_483_647,
  newMemberJoinTimeoutMs: 300_000,
  offsetMetadataMaxBytes: 4_096,
  offsetsCommitTimeoutMs: 5_000,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetsRetentionCheckIntervalMs: 600_000,
};

/**
 * KIP-394: from version 4 on, a dynamic member joins only under an id that it was told, so that a
 * retried first join does not leave a ghost behind. Static members (KIP-345) have their instance id.
 */
export function requiresKnownMemberId(apiVersion: number, groupInstanceId: string | null): boolean {
  return apiVersion >= 4 && groupInstanceId === null;
}

/**
 * KIP-389, group.max.size. While a rebalance is prepared those who wait count, not those who are
 * known: the slow ones are left out of a group that is too large.
 */
export function admitMember(admission: Admission): boolean {
  const { state, isMember, isAwaitingJoin, members, awaitingJoin, maxSize } = admission;
  switch (state) {
    case 'Empty':
      return true;
    case 'PreparingRebalance':
      return (isMember && isAwaitingJoin) || awaitingJoin < maxSize;
    case 'CompletingRebalance':
    case 'Stable':
      return isMember || members < maxSize;
  }
}

/** G-JOIN: a group keeps a protocol that all its members support; the first ones bring their own. */
export function supportsProtocols(
  protocols: readonly string[],
  members: readonly Voter[],
): boolean {
  if (members.length === 0) {
    return protocols.length > 0;
  }
  return protocols.some((name) => members.every((member) => member.protocols.includes(name)));
}

/**
 * G-JOIN: each member votes for the first of its protocols that all support; most votes win. Kafka
 * leaves a tie open; here the leader's order of preference decides it.
 */
export function selectProtocol(members: readonly Voter[], leader: string): string {
  assert(members.length > 0, 'nobody votes on the protocol');
  const first = present(
    members.find((member) => member.memberId === leader),
    'the leader is no member',
  );
  const candidates = first.protocols.filter((name) =>
    members.every((member) => member.protocols.includes(name)),
  );
  assert(candidates.length > 0, 'no protocol is supported by all members');
  const votes = new Map<string, number>();
  for (const member of members) {
    const choice = member.protocols.find((name) => candidates.includes(name));
    if (choice !== undefined) {
      votes.set(choice, (votes.get(choice) ?? 0) + 1);
    }
  }
  let winner = candidates[0]!;
  for (const name of candidates) {
    if ((votes.get(name) ?? 0) > (votes.get(winner) ?? 0)) {
      winner = name;
    }
  }
  return winner;
}

/** G-ONE: SyncGroup and Heartbeat of any other generation get ILLEGAL_GENERATION. */
export function acceptGeneration(groupGeneration: number, requested: number): boolean {
  return requested === groupGeneration;
}

/**
 * KIP-345: whoever names an instance id under a member id that is not its newest is a process that
 * was replaced, and is fenced.
 */
export function fenceStaticMember(currentMemberId: string, claimedMemberId: string): boolean {
  return currentMemberId !== claimedMemberId;
}

/** KIP-345: a static member that comes back to a stable group disturbs it only by its protocols. */
export function staticRejoinRebalances(current: string | null, next: string): boolean {
  return current !== next;
}

/**
 * KAFKA-10284: the new member id of a static member must be in the log before it is told, or the
 * next coordinator knows only the old one and fences the living member.
 */
export function staticRejoinRecords(record: OffsetsRecord): readonly OffsetsRecord[] {
  return [record];
}

/**
 * G-JOIN: the join phase ends when all known members wait, and nobody holds an id that was handed
 * out and may still join with it.
 */
export function completeJoin(phase: JoinPhase): boolean {
  return phase.awaitingJoin >= phase.members && phase.pendingMembers === 0;
}

/**
 * KAFKA-9752: the join phase is looked at again when somebody it waited for is gone, be it a member or
 * one that held an id and never joined.
 */
export function lossMayCompleteJoin(_lost: 'member' | 'pendingMember'): boolean {
  return true;
}

/**
 * A new coordinator answers once all that was in its log when it was elected is committed and folded: before, it would
 * tell positions that have been replaced. `loadUpTo`: the log end then.
 */
export function isLoaded(committedOffset: number, loadUpTo: number): boolean {
  return committedOffset + 1 >= loadUpTo;
}

/** G-SM: generations count on where the log left them; a number that was used before would no longer fence. */
export function loadedGeneration(logged: number): number {
  return logged;
}

/** KIP-345: only its session timeout removes a static member, not a join phase that it missed. */
export function outlivesJoinPhase(groupInstanceId: string | null): boolean {
  return groupInstanceId !== null;
}

/** G-SM: one up on every completed join phase. */
export function nextGeneration(generation: number): number {
  return generation + 1;
}

/** G-ONE: every member gets what the leader gave it; one that the leader forgot gets nothing. */
export function distributeAssignment(
  memberIds: readonly string[],
  assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[],
): Map<string, Uint8Array> {
  const given = new Map(assignments.map((entry) => [entry.memberId, entry.assignment]));
  return new Map(memberIds.map((id) => [id, new Uint8Array(given.get(id) ?? [])]));
}

/**
 * G-ONE, and Kafka's rule for those outside: without generation and member an offset is committed
 * only where nobody consumes as a group. The current generation may still commit while a rebalance
 * is being prepared, so that a member can finish its work before it rejoins; once the next
 * generation is formed it must have rejoined.
 */
export function mayCommitOffset(claim: CommitClaim): ErrorCode {
  if (claim.generation < 0 && claim.state === 'Empty') {
    return GroupError.NONE;
  }
  if (claim.generation < 0 && !claim.namesMember) {
    return GroupError.UNKNOWN_MEMBER_ID;
  }
  if (claim.memberError !== GroupError.NONE) {
    return claim.memberError;
  }
  if (claim.generation !== claim.groupGeneration) {
    return GroupError.ILLEGAL_GENERATION;
  }
  return claim.state === 'CompletingRebalance' ? GroupError.REBALANCE_IN_PROGRESS : GroupError.NONE;
}

/**
 * O-LAST: an answer waits until all that it saw is committed, as a produce with acks=all does.
 * `newestSeen`: offset of the newest pending record.
 */
export function answerableAt(newestSeen: number): number {
  return newestSeen;
}

/** O-LAST: offsets are read from the committed log, never from what a failover may undo. */
export function readableOffsets(decider: GroupsState['decider']): OffsetsPartition {
  return decider.committed;
}

/**
 * O-LAST: what was acknowledged before the question must be in the answer. Commits wait for the log, so that one who
 * leads no more cannot acknowledge them; an answer that only reads needs another proof. Kafka gives none: a coordinator
 * that was paused or cut off shows old offsets until it hears of its successor.
 */
export function confirmsLeadership(request: GroupsRequest['type']): boolean {
  return request === 'offsetFetch';
}

/** KIP-229: only a group without members is deleted. `state` null: there is none. */
export function mayDeleteGroup(state: GroupStateName | null): ErrorCode {
  if (state === null) {
    return GroupError.GROUP_ID_NOT_FOUND;
  }
  return state === 'Empty' ? GroupError.NONE : GroupError.NON_EMPTY_GROUP;
}

/** KIP-229: with the group go its offsets, or a group that takes its name later begins in the middle. */
export function deletionRecords(records: readonly OffsetsRecord[]): readonly OffsetsRecord[] {
  return records;
}

/** KIP-496: of a group with members only consumers say what they read. `state` null: there is none. */
export function mayDeleteOffsets(
  state: GroupStateName | null,
  protocolType: string | null,
): ErrorCode {
  if (state === null) {
    return GroupError.GROUP_ID_NOT_FOUND;
  }
  return state === 'Empty' || protocolType === 'consumer'
    ? GroupError.NONE
    : GroupError.NON_EMPTY_GROUP;
}

/** KIP-211, KIP-496: where nobody knows what a member reads it may be this. */
export function isConsumed(consumed: ReadonlySet<string> | null, topic: string): boolean {
  return consumed === null || consumed.has(topic);
}

/**
 * O-RETAIN (KIP-211): never while the group consumes the topic; else after the retention, which begins when
 * the group became empty, if that was later than the commit.
 */
export function offsetExpired(facts: ExpiryFacts): boolean {
  const { now, commitTimestamp, expireTimestamp, groupState, emptySince, retentionMs } = facts;
  const isEmpty = groupState === null || groupState === 'Empty';
  if ((!isEmpty && groupState !== 'Stable') || (!isEmpty && facts.isConsumed)) {
    return false;
  }
  if (expireTimestamp >= 0) {
    return now >= expireTimestamp;
  }
  const since = isEmpty ? Math.max(commitTimestamp, emptySince ?? 0) : commitTimestamp;
  return now - since >= retentionMs;
}

/** The true rules under `settings`. */
export function createGroupRules(settings: Partial<GroupSettings> = {}): GroupRules {
  return {
    settings: { ...defaultGroupSettings, ...settings },
    requiresKnownMemberId,
    admitMember,
    supportsProtocols,
    selectProtocol,
    acceptGeneration,
    fenceStaticMember,
    staticRejoinRebalances,
    staticRejoinRecords,
    completeJoin,
    lossMayCompleteJoin,
    outlivesJoinPhase,
    nextGeneration,
    isLoaded,
    loadedGeneration,
    distributeAssignment,
    mayCommitOffset,
    answerableAt,
    readableOffsets,
    confirmsLeadership,
    mayDeleteGroup,
    deletionRecords,
    mayDeleteOffsets,
    isConsumed,
    offsetExpired,
  };
}
