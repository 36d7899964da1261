// Kafka's OffsetFetch API. Written by scripts/generate-schemas.ts; do not edit.
import type { LeaderEpoch, Offset, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface OffsetFetchRequest {
  readonly groupId: string;
  readonly topics: readonly OffsetFetchRequestOffsetFetchRequestTopic[] | null;
  readonly groups: readonly OffsetFetchRequestOffsetFetchRequestGroup[];
  readonly requireStable: boolean;
}
export interface OffsetFetchRequestOffsetFetchRequestGroup {
  readonly groupId: string;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly topics: readonly OffsetFetchRequestOffsetFetchRequestTopics[] | null;
}
export interface OffsetFetchRequestOffsetFetchRequestTopics {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionIndexes: readonly PartitionIndex[];
}
export interface OffsetFetchRequestOffsetFetchRequestTopic {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionIndex[];
}
export const offsetFetchRequest: MessageSchema<OffsetFetchRequest> = {
  name: 'OffsetFetchRequest',
  key: 9,
  versions: [1, 10],
  flexible: 6,
  fields: [
    { name: 'groupId', type: 'string', versions: [1, 7] },
    {
      name: 'topics', array: true, versions: [1, 7], nullable: [2, 7],
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'partitionIndexes', type: 'int32', array: true },
      ] },
    },
    {
      name: 'groups', array: true, versions: [8, 10],
      type: { fields: [
        { name: 'groupId', type: 'string' },
        { name: 'memberId', type: 'string', versions: [9, 10], nullable: [9, 10], default: null },
        { name: 'memberEpoch', type: 'int32', versions: [9, 10], default: -1 },
        {
          name: 'topics', array: true, nullable: [8, 10],
          type: { fields: [
            { name: 'name', type: 'string', versions: [8, 9] },
            { name: 'topicId', type: 'uuid', versions: [10, 10] },
            { name: 'partitionIndexes', type: 'int32', array: true },
          ] },
        },
      ] },
    },
    { name: 'requireStable', type: 'bool', versions: [7, 10] },
  ],
};

export interface OffsetFetchResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetFetchResponseOffsetFetchResponseTopic[];
  readonly errorCode: number;
  readonly groups: readonly OffsetFetchResponseOffsetFetchResponseGroup[];
}
export interface OffsetFetchResponseOffsetFetchResponseGroup {
  readonly groupId: string;
  readonly topics: readonly OffsetFetchResponseOffsetFetchResponseTopics[];
  readonly errorCode: number;
}
export interface OffsetFetchResponseOffsetFetchResponseTopics {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly OffsetFetchResponseOffsetFetchResponsePartitions[];
}
export interface OffsetFetchResponseOffsetFetchResponsePartitions {
  readonly partitionIndex: PartitionIndex;
  readonly committedOffset: Offset;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly metadata: string | null;
  readonly errorCode: number;
}
export interface OffsetFetchResponseOffsetFetchResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetFetchResponseOffsetFetchResponsePartition[];
}
export interface OffsetFetchResponseOffsetFetchResponsePartition {
  readonly partitionIndex: PartitionIndex;
  readonly committedOffset: Offset;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly metadata: string | null;
  readonly errorCode: number;
}
export const offsetFetchResponse: MessageSchema<OffsetFetchResponse> = {
  name: 'OffsetFetchResponse',
  key: 9,
  versions: [1, 10],
  flexible: 6,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [3, 10] },
    {
      name: 'topics', array: true, versions: [1, 7],
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'committedOffset', type: 'int64' },
            { name: 'committedLeaderEpoch', type: 'int32', versions: [5, 7], default: -1 },
            { name: 'metadata', type: 'string', nullable: [1, 7] },
            { name: 'errorCode', type: 'int16' },
          ] },
        },
      ] },
    },
    { name: 'errorCode', type: 'int16', versions: [2, 7] },
    {
      name: 'groups', array: true, versions: [8, 10],
      type: { fields: [
        { name: 'groupId', type: 'string' },
        {
          name: 'topics', array: true,
          type: { fields: [
            { name: 'name', type: 'string', versions: [8, 9] },
            { name: 'topicId', type: 'uuid', versions: [10, 10] },
            {
              name: 'partitions', array: true,
              type: { fields: [
                { name: 'partitionIndex', type: 'int32' },
                { name: 'committedOffset', type: 'int64' },
                { name: 'committedLeaderEpoch', type: 'int32', default: -1 },
                { name: 'metadata', type: 'string', nullable: [8, 10] },
                { name: 'errorCode', type: 'int16' },
              ] },
            },
          ] },
        },
        { name: 'errorCode', type: 'int16' },
      ] },
    },
  ],
};
