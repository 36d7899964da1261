/** A group's soft state: made, read and recorded. Nothing here sends or appends. */

import { assert, present } from '../types/assert.js';
import type { Timestamp } from '../types/ids.js';
import { GroupError } from './errors.js';
import type { GroupRules, Voter } from './rules.js';
import type {
  ErrorCode,
  Group,
  GroupMetadataValue,
  JoinGroupProtocol,
  Member,
  OffsetsRecord,
} from './types.js';

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A group that nobody has joined. */
export function newGroup(groupId: string): Group {
  return {
    groupId,
    state: 'Empty',
    generation: 0,
    protocolType: null,
    protocol: null,
    leader: null,
    members: new Map(),
    staticMembers: new Map(),
    pendingMembers: new Set(),
    pendingSync: new Set(),
    initialDelay: null,
    storing: false,
  };
}

/** The group as a new coordinator finds it in the log: Stable or Empty, nothing in between. */
export function loadedGroup(groupId: string, value: GroupMetadataValue, rules: GroupRules): Group {
  const group = newGroup(groupId);
  group.state = value.members.length === 0 ? 'Empty' : 'Stable';
  group.generation = rules.loadedGeneration(value.generation);
  group.protocolType = value.protocolType;
  group.protocol = value.protocol;
  group.leader = value.leader;
  for (const logged of value.members) {
    const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout } = logged;
    group.members.set(memberId, {
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      sessionTimeoutMs: sessionTimeout,
      // Records before version 1 do not say.
      rebalanceTimeoutMs: logged.rebalanceTimeout < 0 ? sessionTimeout : logged.rebalanceTimeout,
      protocols: [{ name: value.protocol ?? '', metadata: logged.subscription }],
      assignment: logged.assignment,
      isNew: false,
      join: null,
      sync: null,
    });
    if (groupInstanceId !== null) {
      group.staticMembers.set(groupInstanceId, memberId);
    }
  }
  return group;
}

/** The group's members in the order of their ids: the only order that decisions may rest on. */
export function sortedMembers(group: Group): Member[] {
  return [...group.members.values()].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
}

/** How many members have a parked JoinGroup. */
export function awaitingJoin(group: Group): number {
  let count = 0;
  for (const member of group.members.values()) {
    count += member.join === null ? 0 : 1;
  }
  return count;
}

/** The largest rebalance timeout of the members, in milliseconds. */
export function rebalanceTimeoutMs(group: Group): number {
  let largest = 0;
  for (const member of group.members.values()) {
    largest = Math.max(largest, member.rebalanceTimeoutMs);
  }
  return largest;
}

/** The members as the vote on the protocol sees them. */
export function voters(group: Group): Voter[] {
  return sortedMembers(group).map((member) => ({
    memberId: member.memberId,
    protocols: member.protocols.map((protocol) => protocol.name),
  }));
}

/** The protocol that the next generation would choose. */
export function nextProtocol(group: Group, rules: GroupRules): string {
  return rules.selectProtocol(voters(group), present(group.leader, 'a group without leader votes'));
}

/** The member's metadata under `protocol`. */
export function metadataUnder(member: Member, protocol: string | null): Uint8Array {
  return member.protocols.find((candidate) => candidate.name === protocol)?.metadata ?? NO_BYTES;
}

/** Whether the member already said exactly this. */
export function sameProtocols(member: Member, protocols: readonly JoinGroupProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every(
      (known, i) =>
        known.name === protocols[i]!.name && sameBytes(known.metadata, protocols[i]!.metadata),
    )
  );
}

/** Copies out of the receive buffer, which is used again for later requests. */
export function ownProtocols(protocols: readonly JoinGroupProtocol[]): JoinGroupProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: new Uint8Array(metadata) }));
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Whether `memberId`, under `groupInstanceId` if it names one, is a member: NONE, UNKNOWN_MEMBER_ID
 * or FENCED_INSTANCE_ID (KIP-345).
 */
export function checkMember(
  group: Group,
  memberId: string,
  groupInstanceId: string | null,
  rules: GroupRules,
): ErrorCode {
  if (groupInstanceId !== null) {
    const current = group.staticMembers.get(groupInstanceId);
    if (current === undefined) {
      return GroupError.UNKNOWN_MEMBER_ID;
    }
    if (rules.fenceStaticMember(current, memberId)) {
      return GroupError.FENCED_INSTANCE_ID;
    }
  }
  return group.members.has(memberId) ? GroupError.NONE : GroupError.UNKNOWN_MEMBER_ID;
}

/** The record of the group's current generation, with these assignments by member id. */
export function groupRecord(
  group: Group,
  assignments: ReadonlyMap<string, Uint8Array>,
  now: Timestamp,
): OffsetsRecord {
  assert(group.generation > 0, 'a generation that never was is recorded');
  return {
    type: 'GroupMetadata',
    group: group.groupId,
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generation,
      protocol: group.protocol,
      leader: group.leader,
      currentStateTimestamp: now,
      members: sortedMembers(group).map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: metadataUnder(member, group.protocol),
        assignment: assignments.get(member.memberId) ?? NO_BYTES,
      })),
    },
  };
}
