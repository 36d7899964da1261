/** What the judge of one offsets partition remembers, over all its replicas; no machine reads it. */

import type {
  GroupMetadataValue,
  GroupsInput,
  GroupsRequest,
  GroupsResponse,
  GroupsState,
  OffsetCommitValue,
  OffsetsRecord,
} from '../../coordinator/types.js';
import type { GroupsStep } from './property.js';

/** A request as it came in, and what was true then. */
export interface Asked {
  readonly node: string;
  readonly input: GroupsRequest;
  /** The one who asks was a member of the generation that it claims; null: no such claim. */
  readonly isCurrent: boolean | null;
  /** It names an instance id that another member id holds. */
  readonly isReplaced: boolean;
  /** Where the records of an OffsetCommit, a DeleteGroups or an OffsetDelete were appended. */
  readonly appended: { readonly base: number; readonly records: readonly OffsetsRecord[] } | null;
}

export interface GroupsGhost {
  /** The committed log by offset. */
  readonly log: Map<number, OffsetsRecord>;
  /** `<group>` to all its committed generations, in log order. */
  readonly generations: Map<string, { offset: number; value: GroupMetadataValue | null }[]>;
  /** `offsetName` to all its committed values, in log order. */
  readonly offsets: Map<string, { offset: number; value: OffsetCommitValue | null }[]>;
  /** By token: every request ever made. */
  readonly asked: Map<number, Asked>;
  /** Tokens without an answer. */
  readonly open: Set<number>;
  /** Tokens that were answered without being open. */
  readonly strayAnswers: number[];
}

/** A judge that has seen nothing. */
export function startGroupsGhost(): GroupsGhost {
  return {
    log: new Map(),
    generations: new Map(),
    offsets: new Map(),
    asked: new Map(),
    open: new Set(),
    strayAnswers: [],
  };
}

/** Names one partition of a group in `GroupsGhost.offsets`. */
export function offsetName(group: string, topic: string, partition: number): string {
  return JSON.stringify([group, topic, partition]);
}

/** Call with every step, before the properties judge it. */
export function observeGroups(ghost: GroupsGhost, step: GroupsStep): void {
  const { node, before, input, effects } = step;
  if (input.type === 'committed') {
    observeCommitted(ghost, input);
  }
  if ('token' in input) {
    const isOffsets = (kind: string | undefined): boolean =>
      kind === 'OffsetCommit' || input.type === 'deleteGroup';
    const append = effects.find(
      (effect) => effect.type === 'append' && isOffsets(effect.records[0]?.type),
    );
    const appended = append?.type === 'append' ? append : null;
    const isCurrent = claimHolds(before, input);
    const isReplaced = namesReplaced(before, input);
    ghost.asked.set(input.token, { node, input, isCurrent, isReplaced, appended });
    ghost.open.add(input.token);
  }
  for (const effect of effects) {
    if (effect.type === 'respond' && !ghost.open.delete(effect.token)) {
      ghost.strayAnswers.push(effect.token);
    }
  }
}

function observeCommitted(
  ghost: GroupsGhost,
  input: Extract<GroupsInput, { type: 'committed' }>,
): void {
  for (const [i, record] of input.records.entries()) {
    const offset = input.base + i;
    // Another replica folds what is known already.
    if (ghost.log.has(offset)) {
      continue;
    }
    ghost.log.set(offset, record);
    if (record.type === 'GroupMetadata') {
      const known = ghost.generations.get(record.group) ?? [];
      known.push({ offset, value: record.value });
      ghost.generations.set(record.group, known);
    } else {
      const name = offsetName(record.group, record.topic, record.partition);
      const known = ghost.offsets.get(name) ?? [];
      known.push({ offset, value: record.value });
      ghost.offsets.set(name, known);
    }
  }
}

/** Whether the request's member, instance and generation are those of its group, read by hand. */
function claimHolds(before: GroupsState, input: GroupsRequest): boolean | null {
  const { type, request } = input;
  if (!('groupInstanceId' in request) || type === 'joinGroup') {
    return null;
  }
  const generation =
    type === 'offsetCommit' ? request.generationIdOrMemberEpoch : request.generationId;
  const group = before.groups.get(request.groupId);
  if (type === 'offsetCommit' && generation < 0) {
    // Outside of any generation only where nobody consumes as a group.
    return group === undefined || group.state === 'Empty';
  }
  const member = group?.members.get(request.memberId);
  if (group === undefined || member === undefined || generation !== group.generation) {
    return false;
  }
  return request.groupInstanceId === null || request.groupInstanceId === member.groupInstanceId;
}

function namesReplaced(before: GroupsState, input: GroupsRequest): boolean {
  const { type, request } = input;
  if (!('groupInstanceId' in request) || request.groupInstanceId === null) {
    return false;
  }
  const group = before.groups.get(request.groupId);
  const current = group?.staticMembers.get(request.groupInstanceId);
  const outside = type === 'offsetCommit' && request.generationIdOrMemberEpoch < 0;
  return (
    current !== undefined && request.memberId !== '' && request.memberId !== current && !outside
  );
}

/** Whether an answer says that what was asked has been done. */
export function succeeded(response: GroupsResponse): boolean {
  return response.type === 'offsetCommit' || response.type === 'offsetDelete'
    ? response.topics.some((topic) => topic.partitions.some((each) => each.errorCode === 0))
    : response.errorCode === 0;
}
