/** Answers, and how each kind of request carries an error. */

import type { LeaderEpoch, Offset } from '../types/ids.js';
import { ZERO_UUID } from '../types/ids.js';
import { GroupError } from './errors.js';
import type {
  DescribeGroupResponse,
  ErrorCode,
  GroupsRequest,
  GroupsResponse,
  JoinGroupResponse,
  LeaveGroupRequest,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetFetchResponse,
  Parked,
  SyncGroupResponse,
} from './types.js';

/** A JoinGroup that failed. Below version 7 the protocol's name cannot be null (KIP-559). */
export function joinError(
  apiVersion: number,
  memberId: string,
  errorCode: ErrorCode,
): JoinGroupResponse {
  return {
    type: 'joinGroup',
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: apiVersion >= 7 ? null : '',
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** A SyncGroup that failed. */
export function syncError(errorCode: ErrorCode): SyncGroupResponse {
  return {
    type: 'syncGroup',
    errorCode,
    protocolType: null,
    protocolName: null,
    assignment: new Uint8Array(0),
  };
}

/** An OffsetCommit with the same outcome for all its partitions, or one by partition. */
export function commitResponse(
  request: OffsetCommitRequest,
  errorOf: (metadata: string | null) => ErrorCode,
): OffsetCommitResponse {
  return {
    type: 'offsetCommit',
    topics: request.topics.map((topic) => ({
      name: topic.name,
      topicId: topic.topicId ?? ZERO_UUID,
      partitions: topic.partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        errorCode: errorOf(partition.committedMetadata),
      })),
    })),
  };
}

function describeError(groupId: string, errorCode: ErrorCode): DescribeGroupResponse {
  return {
    type: 'describeGroup',
    errorCode,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
  };
}

/** Those who leave: one below version 3, the list from there on. */
export function leaving(
  request: LeaveGroupRequest,
  apiVersion: number,
): LeaveGroupRequest['members'] {
  return apiVersion >= 3
    ? request.members
    : [{ memberId: request.memberId, groupInstanceId: null }];
}

/** The answer to `input` where the coordinator as a whole says `errorCode`. */
export function refusal(input: GroupsRequest, errorCode: ErrorCode): GroupsResponse {
  switch (input.type) {
    case 'joinGroup':
      return joinError(input.apiVersion, input.request.memberId, errorCode);
    case 'syncGroup':
      return syncError(errorCode);
    case 'heartbeat':
      return { type: 'heartbeat', errorCode };
    case 'leaveGroup':
      return { type: 'leaveGroup', errorCode, members: [] };
    case 'offsetCommit':
      return commitResponse(input.request, () => errorCode);
    case 'offsetFetch':
      return fetchError(input, errorCode);
    case 'describeGroup':
      return describeError(input.request.groupId, errorCode);
    case 'deleteGroup':
      return { type: 'deleteGroup', errorCode };
    case 'offsetDelete':
      return { type: 'offsetDelete', errorCode, topics: [] };
  }
}

/**
 * `response` with its outcome replaced by `errorCode`: its records may or may not survive, so nothing
 * of what it says may be told.
 */
export function unknownOutcome(response: GroupsResponse, errorCode: ErrorCode): GroupsResponse {
  switch (response.type) {
    case 'joinGroup':
      // The version is not known any more; that a null was legal tells enough of it.
      return joinError(response.protocolName === null ? 7 : 0, '', errorCode);
    case 'syncGroup':
      return syncError(errorCode);
    case 'heartbeat':
      return { type: 'heartbeat', errorCode };
    case 'leaveGroup':
      return { type: 'leaveGroup', errorCode, members: [] };
    case 'offsetCommit':
      return {
        type: 'offsetCommit',
        topics: response.topics.map((topic) => ({
          ...topic,
          partitions: topic.partitions.map((partition) => ({ ...partition, errorCode })),
        })),
      };
    case 'offsetFetch':
      return { ...response, errorCode, topics: [] };
    case 'describeGroup':
      return describeError(response.groupId, errorCode);
    case 'deleteGroup':
      return { type: 'deleteGroup', errorCode };
    case 'offsetDelete':
      return { type: 'offsetDelete', errorCode, topics: [] };
  }
}

/** A parked JoinGroup that ends without a generation. */
export function parkedJoinError(
  parked: Parked,
  memberId: string,
  errorCode: ErrorCode,
): JoinGroupResponse {
  // An id that its owner must not use again is not repeated.
  const told = errorCode === GroupError.UNKNOWN_MEMBER_ID ? '' : memberId;
  return joinError(parked.apiVersion, told, errorCode);
}

/**
 * Version 1 has no error for the group as a whole, so each partition carries it too; later versions
 * ignore the partitions then.
 */
function fetchError(
  input: Extract<GroupsRequest, { type: 'offsetFetch' }>,
  errorCode: ErrorCode,
): OffsetFetchResponse {
  return {
    type: 'offsetFetch',
    groupId: input.request.groupId,
    errorCode,
    topics: (input.request.topics ?? []).map((topic) => ({
      name: topic.name,
      topicId: topic.topicId ?? ZERO_UUID,
      partitions: topic.partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1 as Offset,
        committedLeaderEpoch: -1 as LeaderEpoch,
        metadata: '',
        errorCode,
      })),
    })),
  };
}
