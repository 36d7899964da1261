/** The coordinator's state: clone, canonical bytes and equality. */

import type { CanonicalWriter } from '../raft/canonical.js';
import {
  canonicalWriter,
  writeAll,
  writeBoolean,
  writeBytes,
  writeNullable,
  writeNumber,
  writeText,
  writtenBytes,
} from '../raft/canonical.js';
import { sameBytes } from './group.js';
import { cloneOffsetsPartition } from './offsets-partition.js';
import type {
  CommittedOffset,
  Continuation,
  DescribeGroupResponse,
  Group,
  GroupMetadataValue,
  GroupsResponse,
  GroupsState,
  Member,
  MemberMetadata,
  OffsetsPartition,
  Parked,
} from './types.js';

/** A copy that shares only what nobody changes: records, responses and bytes. */
export function cloneGroups(state: GroupsState): GroupsState {
  const { committed, committedOffset, active } = state.decider;
  return {
    decider: {
      committed: cloneOffsetsPartition(committed),
      committedOffset,
      active:
        active === null
          ? null
          : {
              term: active.term,
              pending: cloneOffsetsPartition(active.pending),
              pendingOffset: active.pendingOffset,
              waiters: [...active.waiters],
            },
    },
    leadership: state.leadership,
    groups: new Map([...state.groups].map(([id, group]) => [id, cloneGroup(group)])),
    timers: new Set(state.timers),
  };
}

function cloneGroup(group: Group): Group {
  return {
    groupId: group.groupId,
    state: group.state,
    generation: group.generation,
    protocolType: group.protocolType,
    protocol: group.protocol,
    leader: group.leader,
    members: new Map([...group.members].map(([id, member]) => [id, { ...member }])),
    staticMembers: new Map(group.staticMembers),
    pendingMembers: new Set(group.pendingMembers),
    pendingSync: new Set(group.pendingSync),
    initialDelay: group.initialDelay === null ? null : { ...group.initialDelay },
    storing: group.storing,
  };
}

/** Whether two states are the same. */
export function equalGroups(a: GroupsState, b: GroupsState): boolean {
  return sameBytes(encodeGroups(a), encodeGroups(b));
}

/** Canonical bytes: equal states, and only they, give equal bytes. */
export function encodeGroups(state: GroupsState): Uint8Array {
  const writer = canonicalWriter();
  writePartition(writer, state.decider.committed);
  writeNumber(writer, state.decider.committedOffset);
  writeNullable(writer, state.decider.active, (to, active) => {
    writeNumber(to, active.term);
    writePartition(to, active.pending);
    writeNumber(to, active.pendingOffset);
    writeAll(to, active.waiters, (at, waiter) => {
      writeNumber(at, waiter.token);
      writeNumber(at, waiter.offset);
      writeContinuation(at, waiter.response);
    });
  });
  writeNullable(writer, state.leadership, (to, leadership) => {
    writeNumber(to, leadership.epoch);
    writeNumber(to, leadership.loadUpTo);
  });
  writeAll(writer, byKey(state.groups), (to, [id, group]) => {
    writeText(to, id);
    writeGroup(to, group);
  });
  writeAll(writer, [...state.timers].sort(), writeText);
  return writtenBytes(writer);
}

/** Canonical bytes of the logged part alone. */
export function encodeOffsetsPartition(state: OffsetsPartition): Uint8Array {
  const writer = canonicalWriter();
  writePartition(writer, state);
  return writtenBytes(writer);
}

function byKey<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function writePartition(writer: CanonicalWriter, state: OffsetsPartition): void {
  writeAll(writer, byKey(state.groups), (to, [id, value]) => {
    writeText(to, id);
    writeMetadata(to, value);
  });
  writeAll(writer, byKey(state.offsets), (to, [id, offsets]) => {
    writeText(to, id);
    writeAll(to, byKey(offsets), (at, [key, committed]) => {
      writeText(at, key);
      writeOffset(at, committed);
    });
  });
}

function writeMetadata(writer: CanonicalWriter, value: GroupMetadataValue): void {
  writeText(writer, value.protocolType);
  writeNumber(writer, value.generation);
  writeNullable(writer, value.protocol, writeText);
  writeNullable(writer, value.leader, writeText);
  writeNumber(writer, value.currentStateTimestamp);
  writeAll(writer, value.members, writeLoggedMember);
}

function writeLoggedMember(writer: CanonicalWriter, member: MemberMetadata): void {
  writeText(writer, member.memberId);
  writeNullable(writer, member.groupInstanceId, writeText);
  writeText(writer, member.clientId);
  writeText(writer, member.clientHost);
  writeNumber(writer, member.rebalanceTimeout);
  writeNumber(writer, member.sessionTimeout);
  writeBytes(writer, member.subscription);
  writeBytes(writer, member.assignment);
}

function writeOffset(writer: CanonicalWriter, committed: CommittedOffset): void {
  writeText(writer, committed.topic);
  writeNumber(writer, committed.partition);
  writeNumber(writer, committed.value.offset);
  writeNumber(writer, committed.value.leaderEpoch);
  writeText(writer, committed.value.metadata);
  writeNumber(writer, committed.value.commitTimestamp);
  writeNumber(writer, committed.value.expireTimestamp);
}

function writeGroup(writer: CanonicalWriter, group: Group): void {
  writeText(writer, group.groupId);
  writeText(writer, group.state);
  writeNumber(writer, group.generation);
  writeNullable(writer, group.protocolType, writeText);
  writeNullable(writer, group.protocol, writeText);
  writeNullable(writer, group.leader, writeText);
  writeAll(writer, byKey(group.members), (to, [id, member]) => {
    writeText(to, id);
    writeMember(to, member);
  });
  writeAll(writer, byKey(group.staticMembers), (to, [instanceId, memberId]) => {
    writeText(to, instanceId);
    writeText(to, memberId);
  });
  writeAll(writer, [...group.pendingMembers].sort(), writeText);
  writeAll(writer, [...group.pendingSync].sort(), writeText);
  writeNullable(writer, group.initialDelay, (to, delay) => {
    writeNumber(to, delay.delayMs);
    writeNumber(to, delay.remainingMs);
    writeBoolean(to, delay.memberAdded);
  });
  writeBoolean(writer, group.storing);
}

function writeMember(writer: CanonicalWriter, member: Member): void {
  writeText(writer, member.memberId);
  writeNullable(writer, member.groupInstanceId, writeText);
  writeText(writer, member.clientId);
  writeText(writer, member.clientHost);
  writeNumber(writer, member.sessionTimeoutMs);
  writeNumber(writer, member.rebalanceTimeoutMs);
  writeAll(writer, member.protocols, (to, protocol) => {
    writeText(to, protocol.name);
    writeBytes(to, protocol.metadata);
  });
  writeBytes(writer, member.assignment);
  writeBoolean(writer, member.isNew);
  writeNullable(writer, member.join, writeParked);
  writeNullable(writer, member.sync, writeParked);
}

function writeParked(writer: CanonicalWriter, parked: Parked): void {
  writeNumber(writer, parked.token);
  writeNumber(writer, parked.apiVersion);
}

function writeContinuation(writer: CanonicalWriter, continuation: Continuation): void {
  writeText(writer, continuation.type);
  if (continuation.type === 'respond') {
    writeResponse(writer, continuation.response);
  } else if (continuation.type === 'assignmentStored') {
    writeText(writer, continuation.group);
    writeNumber(writer, continuation.generation);
  }
}

function writeResponse(writer: CanonicalWriter, response: GroupsResponse): void {
  writeText(writer, response.type);
  switch (response.type) {
    case 'joinGroup':
      writeNumber(writer, response.errorCode);
      writeNumber(writer, response.generationId);
      writeNullable(writer, response.protocolType, writeText);
      writeNullable(writer, response.protocolName, writeText);
      writeText(writer, response.leader);
      writeBoolean(writer, response.skipAssignment);
      writeText(writer, response.memberId);
      writeAll(writer, response.members, (to, member) => {
        writeText(to, member.memberId);
        writeNullable(to, member.groupInstanceId, writeText);
        writeBytes(to, member.metadata);
      });
      return;
    case 'syncGroup':
      writeNumber(writer, response.errorCode);
      writeNullable(writer, response.protocolType, writeText);
      writeNullable(writer, response.protocolName, writeText);
      writeBytes(writer, response.assignment);
      return;
    case 'heartbeat':
      writeNumber(writer, response.errorCode);
      return;
    case 'leaveGroup':
      writeNumber(writer, response.errorCode);
      writeAll(writer, response.members, (to, member) => {
        writeText(to, member.memberId);
        writeNullable(to, member.groupInstanceId, writeText);
        writeNumber(to, member.errorCode);
      });
      return;
    case 'describeGroup':
      writeDescription(writer, response);
      return;
    case 'deleteGroup':
      writeNumber(writer, response.errorCode);
      return;
    case 'offsetDelete':
      writeNumber(writer, response.errorCode);
      writeAll(writer, response.topics, (to, topic) => {
        writeText(to, topic.name);
        writeAll(to, topic.partitions, (at, partition) => {
          writeNumber(at, partition.partitionIndex);
          writeNumber(at, partition.errorCode);
        });
      });
      return;
    default:
      writeOffsetsResponse(writer, response);
  }
}

function writeDescription(writer: CanonicalWriter, response: DescribeGroupResponse): void {
  writeNumber(writer, response.errorCode);
  writeText(writer, response.groupId);
  writeText(writer, response.groupState);
  writeText(writer, response.protocolType);
  writeText(writer, response.protocolData);
  writeAll(writer, response.members, (to, member) => {
    writeText(to, member.memberId);
    writeNullable(to, member.groupInstanceId, writeText);
    writeText(to, member.clientId);
    writeText(to, member.clientHost);
    writeBytes(to, member.memberMetadata);
    writeBytes(to, member.memberAssignment);
  });
}

function writeOffsetsResponse(
  writer: CanonicalWriter,
  response: Extract<GroupsResponse, { type: 'offsetCommit' | 'offsetFetch' }>,
): void {
  if (response.type === 'offsetCommit') {
    writeAll(writer, response.topics, (to, topic) => {
      writeText(to, topic.name);
      writeText(to, topic.topicId);
      writeAll(to, topic.partitions, (at, partition) => {
        writeNumber(at, partition.partitionIndex);
        writeNumber(at, partition.errorCode);
      });
    });
    return;
  }
  writeText(writer, response.groupId);
  writeNumber(writer, response.errorCode);
  writeAll(writer, response.topics, (to, topic) => {
    writeText(to, topic.name);
    writeText(to, topic.topicId);
    writeAll(to, topic.partitions, (at, partition) => {
      writeNumber(at, partition.partitionIndex);
      writeNumber(at, partition.committedOffset);
      writeNumber(at, partition.committedLeaderEpoch);
      writeText(at, partition.metadata);
      writeNumber(at, partition.errorCode);
    });
  });
}
