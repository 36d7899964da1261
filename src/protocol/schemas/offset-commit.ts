// Kafka's OffsetCommit API. Written by scripts/generate-schemas.ts; do not edit.
import type { LeaderEpoch, Offset, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface OffsetCommitRequest {
  readonly groupId: string;
  readonly generationIdOrMemberEpoch: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly retentionTimeMs: number;
  readonly topics: readonly OffsetCommitRequestOffsetCommitRequestTopic[];
}
export interface OffsetCommitRequestOffsetCommitRequestTopic {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly OffsetCommitRequestOffsetCommitRequestPartition[];
}
export interface OffsetCommitRequestOffsetCommitRequestPartition {
  readonly partitionIndex: PartitionIndex;
  readonly committedOffset: Offset;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly committedMetadata: string | null;
}
export const offsetCommitRequest: MessageSchema<OffsetCommitRequest> = {
  name: 'OffsetCommitRequest',
  key: 8,
  versions: [2, 10],
  flexible: 8,
  fields: [
    { name: 'groupId', type: 'string' },
    { name: 'generationIdOrMemberEpoch', type: 'int32', default: -1 },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', versions: [7, 10], nullable: [7, 10], default: null },
    { name: 'retentionTimeMs', type: 'clipped64', versions: [2, 4], default: -1 },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string', versions: [2, 9] },
        { name: 'topicId', type: 'uuid', versions: [10, 10] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'committedOffset', type: 'clipped64' },
            { name: 'committedLeaderEpoch', type: 'int32', versions: [6, 10], default: -1 },
            { name: 'committedMetadata', type: 'string', nullable: [2, 10] },
          ] },
        },
      ] },
    },
  ],
};

export interface OffsetCommitResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetCommitResponseOffsetCommitResponseTopic[];
}
export interface OffsetCommitResponseOffsetCommitResponseTopic {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly OffsetCommitResponseOffsetCommitResponsePartition[];
}
export interface OffsetCommitResponseOffsetCommitResponsePartition {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
}
export const offsetCommitResponse: MessageSchema<OffsetCommitResponse> = {
  name: 'OffsetCommitResponse',
  key: 8,
  versions: [2, 10],
  flexible: 8,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [3, 10] },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string', versions: [2, 9] },
        { name: 'topicId', type: 'uuid', versions: [10, 10] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
          ] },
        },
      ] },
    },
  ],
};
