/** What operators see of groups and do to them: DescribeGroups, ListGroups, DeleteGroups, OffsetDelete. */

import { GroupError } from './errors.js';
import { metadataUnder, sortedMembers } from './group.js';
import { offsetKey } from './offsets-partition.js';
import { subscribedTopics } from './subscription.js';
import type { Turn } from './turn.js';
import { answer, disarm, memberKey, write } from './turn.js';
import type {
  CommittedOffset,
  DescribeGroupResponse,
  ErrorCode,
  Group,
  GroupsRequest,
  GroupsState,
  OffsetDeleteResponse,
  OffsetsPartition,
  OffsetsRecord,
} from './types.js';

/** From this version on the description of a group that does not exist says so (KIP-1043). */
const SAYS_GROUP_ID_NOT_FOUND = 6;
const NO_BYTES: Uint8Array = new Uint8Array(0);
const NO_OFFSETS: ReadonlyMap<string, CommittedOffset> = new Map();

/** A group in a list. */
export interface ListedGroup {
  readonly groupId: string;
  /** Empty: nobody ever joined it, it only has offsets. */
  readonly protocolType: string;
  readonly groupState: string;
}

/** All groups of this coordinator, by id; null while it cannot say. */
export function listGroups(state: GroupsState): ListedGroup[] | null {
  const { active } = state.decider;
  if (active === null) {
    return null;
  }
  const ids = new Set([...state.groups.keys(), ...active.pending.offsets.keys()]);
  return [...ids].sort().map((groupId) => {
    const group = state.groups.get(groupId);
    return {
      groupId,
      protocolType: group?.protocolType ?? '',
      groupState: group?.state ?? 'Empty',
    };
  });
}

/** Handles one group of a DescribeGroups. Metadata and assignments are those of a complete generation. */
export function describeGroup(
  turn: Turn,
  { token, apiVersion, request }: Extract<GroupsRequest, { type: 'describeGroup' }>,
): void {
  const { groupId } = request;
  const group = turn.state.groups.get(groupId);
  if (group !== undefined) {
    answer(turn, token, describedGroup(group));
    return;
  }
  const isThere = offsetsOf(turn, groupId).size > 0;
  const says = !isThere && apiVersion >= SAYS_GROUP_ID_NOT_FOUND;
  answer(turn, token, {
    type: 'describeGroup',
    errorCode: says ? GroupError.GROUP_ID_NOT_FOUND : GroupError.NONE,
    groupId,
    groupState: isThere ? 'Empty' : 'Dead',
    protocolType: '',
    protocolData: '',
    members: [],
  });
}

function describedGroup(group: Group): DescribeGroupResponse {
  const isStable = group.state === 'Stable';
  return {
    type: 'describeGroup',
    errorCode: GroupError.NONE,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocol ?? '') : '',
    members: sortedMembers(group).map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? metadataUnder(member, group.protocol) : NO_BYTES,
      memberAssignment: isStable ? member.assignment : NO_BYTES,
    })),
  };
}

/** Handles one group of a DeleteGroups: its offsets and its generation go, in one append. */
export function deleteGroup(
  turn: Turn,
  { token, request }: Extract<GroupsRequest, { type: 'deleteGroup' }>,
): void {
  const { groupId } = request;
  const group = turn.state.groups.get(groupId);
  const pending = pendingOf(turn);
  const isThere =
    group !== undefined || pending.groups.has(groupId) || pending.offsets.has(groupId);
  const errorCode = turn.rules.mayDeleteGroup(isThere ? (group?.state ?? 'Empty') : null);
  if (errorCode !== GroupError.NONE) {
    answer(turn, token, { type: 'deleteGroup', errorCode });
    return;
  }
  const records = turn.rules.deletionRecords([
    ...[...offsetsOf(turn, groupId).values()].map((committed) => tombstone(groupId, committed)),
    ...generationTombstone(turn, groupId),
  ]);
  forget(turn, groupId);
  write(turn, token, records, { type: 'respond', response: { type: 'deleteGroup', errorCode } });
}

/** Empty already: at most ids that were handed out go with it. */
function forget(turn: Turn, groupId: string): void {
  for (const memberId of turn.state.groups.get(groupId)?.pendingMembers ?? []) {
    disarm(turn, 'pendingMember', memberKey(groupId, memberId));
  }
  turn.state.groups.delete(groupId);
}

/** Handles an OffsetDelete (KIP-496): offsets of partitions that nobody in the group consumes. */
export function offsetDelete(
  turn: Turn,
  { token, request }: Extract<GroupsRequest, { type: 'offsetDelete' }>,
): void {
  const { groupId, topics } = request;
  const group = turn.state.groups.get(groupId);
  const offsets = offsetsOf(turn, groupId);
  const isThere = group !== undefined || offsets.size > 0;
  const errorCode = turn.rules.mayDeleteOffsets(
    isThere ? (group?.state ?? 'Empty') : null,
    group?.protocolType ?? null,
  );
  if (errorCode !== GroupError.NONE) {
    answer(turn, token, { type: 'offsetDelete', errorCode, topics: [] });
    return;
  }
  const consumed = group === undefined ? new Set<string>() : consumedTopics(group);
  const records: OffsetsRecord[] = [];
  const answers = topics.map(({ name, partitions }) => {
    const isConsumed = turn.rules.isConsumed(consumed, name);
    const error: ErrorCode = isConsumed ? GroupError.GROUP_SUBSCRIBED_TO_TOPIC : GroupError.NONE;
    for (const partition of isConsumed ? [] : partitions) {
      const committed = offsets.get(offsetKey(name, partition));
      if (committed !== undefined) {
        records.push(tombstone(groupId, committed));
      }
    }
    return {
      name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode: error })),
    };
  });
  const response: OffsetDeleteResponse = { type: 'offsetDelete', errorCode, topics: answers };
  write(turn, token, records, { type: 'respond', response });
}

/**
 * Topics that some member has subscribed to; null: nobody knows, as one of them says it in a way of its own.
 * An empty group consumes none.
 */
export function consumedTopics(group: Group): ReadonlySet<string> | null {
  const all = new Set<string>();
  for (const member of group.members.values()) {
    const protocol = group.protocol ?? member.protocols[0]?.name ?? null;
    const topics = subscribedTopics(metadataUnder(member, protocol));
    if (topics === null) {
      return null;
    }
    for (const topic of topics) {
      all.add(topic);
    }
  }
  return all;
}

/** The offset is there no more. */
export function tombstone(group: string, { topic, partition }: CommittedOffset): OffsetsRecord {
  return { type: 'OffsetCommit', group, topic, partition, value: null };
}

/** The group is there no more; nothing where the log does not know it. */
export function generationTombstone(turn: Turn, group: string): OffsetsRecord[] {
  return pendingOf(turn).groups.has(group) ? [{ type: 'GroupMetadata', group, value: null }] : [];
}

/** Committed or about to be. */
export function offsetsOf(turn: Turn, groupId: string): ReadonlyMap<string, CommittedOffset> {
  return pendingOf(turn).offsets.get(groupId) ?? NO_OFFSETS;
}

function pendingOf({ state }: Turn): OffsetsPartition {
  return state.decider.active?.pending ?? state.decider.committed;
}
