// Kafka's ListOffsets API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, LeaderEpoch, Offset, PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ListOffsetsRequest {
  readonly replicaId: BrokerId;
  readonly isolationLevel: number;
  readonly topics: readonly ListOffsetsRequestListOffsetsTopic[];
  readonly timeoutMs: number;
}
export interface ListOffsetsRequestListOffsetsTopic {
  readonly name: string;
  readonly partitions: readonly ListOffsetsRequestListOffsetsPartition[];
}
export interface ListOffsetsRequestListOffsetsPartition {
  readonly partitionIndex: PartitionIndex;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly timestamp: number;
}
export const listOffsetsRequest: MessageSchema<ListOffsetsRequest> = {
  name: 'ListOffsetsRequest',
  key: 2,
  versions: [1, 11],
  flexible: 6,
  fields: [
    { name: 'replicaId', type: 'int32' },
    { name: 'isolationLevel', type: 'int8', versions: [2, 11] },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'currentLeaderEpoch', type: 'int32', versions: [4, 11], default: -1 },
            { name: 'timestamp', type: 'clipped64' },
          ] },
        },
      ] },
    },
    { name: 'timeoutMs', type: 'int32', versions: [10, 11] },
  ],
};

export interface ListOffsetsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly ListOffsetsResponseListOffsetsTopicResponse[];
}
export interface ListOffsetsResponseListOffsetsTopicResponse {
  readonly name: string;
  readonly partitions: readonly ListOffsetsResponseListOffsetsPartitionResponse[];
}
export interface ListOffsetsResponseListOffsetsPartitionResponse {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
  readonly timestamp: number;
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
}
export const listOffsetsResponse: MessageSchema<ListOffsetsResponse> = {
  name: 'ListOffsetsResponse',
  key: 2,
  versions: [1, 11],
  flexible: 6,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [2, 11] },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'timestamp', type: 'clipped64', default: -1 },
            { name: 'offset', type: 'int64', default: -1 },
            { name: 'leaderEpoch', type: 'int32', versions: [4, 11], default: -1 },
          ] },
        },
      ] },
    },
  ],
};
