/** OffsetCommit and OffsetFetch (O-LAST). */

import type { LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid } from '../types/ids.js';
import { least, NO_EPOCH, NO_TIMESTAMP, plus, ZERO_UUID } from '../types/ids.js';
import { GroupError } from './errors.js';
import { checkMember } from './group.js';
import { offsetKey } from './offsets-partition.js';
import { keepIfUnparked } from './rebalance.js';
import { commitResponse } from './responses.js';
import type { Turn } from './turn.js';
import { answer, write } from './turn.js';
import type {
  CommittedOffset,
  ErrorCode,
  GroupsRequest,
  OffsetFetchResponse,
  OffsetsRecord,
} from './types.js';

type CommitInput = Extract<GroupsRequest, { type: 'offsetCommit' }>;
type FetchInput = Extract<GroupsRequest, { type: 'offsetFetch' }>;

const NO_OFFSETS: ReadonlyMap<string, CommittedOffset> = new Map();

const LAST_TIMESTAMP = Number.MAX_SAFE_INTEGER as Timestamp;

/** From this version on a commit for a group that does not exist says so (KIP-848). */
const SAYS_GROUP_ID_NOT_FOUND = 9;

/** Handles an OffsetCommit: one append for all its partitions, answered when it is committed. */
export function offsetCommit(turn: Turn, input: CommitInput): void {
  const { request, token } = input;
  const error = mayCommit(turn, input);
  if (error !== GroupError.NONE) {
    answer(
      turn,
      token,
      commitResponse(request, () => error),
    );
    return;
  }
  const errorOf = (metadata: string | null): ErrorCode =>
    (metadata ?? '').length > turn.rules.settings.offsetMetadataMaxBytes
      ? GroupError.OFFSET_METADATA_TOO_LARGE
      : GroupError.NONE;
  // The request may name any number: what does not fit is for ever.
  const expireTimestamp =
    request.retentionTimeMs < 0
      ? NO_TIMESTAMP
      : least(plus(input.now, request.retentionTimeMs), LAST_TIMESTAMP);
  const records: OffsetsRecord[] = [];
  for (const topic of request.topics) {
    for (const partition of topic.partitions) {
      if (errorOf(partition.committedMetadata) === GroupError.NONE) {
        records.push(
          offsetRecord(request.groupId, topic.name, partition, input.now, expireTimestamp),
        );
      }
    }
  }
  write(turn, token, records, { type: 'respond', response: commitResponse(request, errorOf) });
}

/** Kafka allows the empty group id here, for old simple consumers. */
function mayCommit(turn: Turn, input: CommitInput): ErrorCode {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch } = input.request;
  const group = turn.state.groups.get(groupId);
  if (group === undefined) {
    if (generationIdOrMemberEpoch < 0) {
      return GroupError.NONE;
    }
    return input.apiVersion >= SAYS_GROUP_ID_NOT_FOUND
      ? GroupError.GROUP_ID_NOT_FOUND
      : GroupError.ILLEGAL_GENERATION;
  }
  const memberError = checkMember(group, memberId, groupInstanceId, turn.rules);
  const error = turn.rules.mayCommitOffset({
    state: group.state,
    groupGeneration: group.generation,
    generation: generationIdOrMemberEpoch,
    namesMember: memberId !== '' || groupInstanceId !== null,
    memberError,
  });
  const member = group.members.get(memberId);
  if (error === GroupError.NONE && memberError === GroupError.NONE && member !== undefined) {
    keepIfUnparked(turn, group, member);
  }
  return error;
}

function offsetRecord(
  group: string,
  topic: string,
  partition: CommitInput['request']['topics'][number]['partitions'][number],
  now: Timestamp,
  expireTimestamp: Timestamp,
): OffsetsRecord {
  return {
    type: 'OffsetCommit',
    group,
    topic,
    partition: partition.partitionIndex,
    value: {
      offset: partition.committedOffset,
      leaderEpoch: partition.committedLeaderEpoch,
      metadata: partition.committedMetadata ?? '',
      commitTimestamp: now,
      expireTimestamp,
    },
  };
}

/** Handles an OffsetFetch. An unknown group is no error: it has committed nothing. */
export function offsetFetch(turn: Turn, input: FetchInput): void {
  const { groupId, topics } = input.request;
  const offsets = turn.rules.readableOffsets(turn.state.decider).offsets.get(groupId) ?? NO_OFFSETS;
  const response: OffsetFetchResponse = {
    type: 'offsetFetch',
    groupId,
    errorCode: GroupError.NONE,
    topics:
      topics === null
        ? allTopics(offsets)
        : topics.map((topic) => ({
            name: topic.name,
            topicId: topic.topicId ?? ZERO_UUID,
            partitions: topic.partitionIndexes.map((partition) =>
              fetched(partition, offsets.get(offsetKey(topic.name, partition))),
            ),
          })),
  };
  // Nothing pending was seen, so nothing is waited for.
  turn.effects.push({ type: 'respond', token: input.token, response });
}

type FetchedTopic = OffsetFetchResponse['topics'][number];
type FetchedPartition = FetchedTopic['partitions'][number];

function allTopics(offsets: ReadonlyMap<string, CommittedOffset>): FetchedTopic[] {
  const sorted = [...offsets.values()].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  const topics: { name: string; topicId: Uuid; partitions: FetchedPartition[] }[] = [];
  for (const committed of sorted) {
    let topic = topics.at(-1);
    if (topic?.name !== committed.topic) {
      topic = { name: committed.topic, topicId: ZERO_UUID, partitions: [] };
      topics.push(topic);
    }
    topic.partitions.push(fetched(committed.partition, committed));
  }
  return topics;
}

function fetched(
  partitionIndex: PartitionIndex,
  committed: CommittedOffset | undefined,
): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: committed?.value.offset ?? (-1 as Offset),
    committedLeaderEpoch: committed?.value.leaderEpoch ?? (NO_EPOCH as LeaderEpoch),
    metadata: committed?.value.metadata ?? '',
    errorCode: GroupError.NONE,
  };
}
