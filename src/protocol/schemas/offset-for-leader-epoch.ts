// Kafka's OffsetForLeaderEpoch API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, LeaderEpoch, Offset, PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface OffsetForLeaderEpochRequest {
  readonly replicaId: BrokerId;
  readonly topics: readonly OffsetForLeaderEpochRequestOffsetForLeaderTopic[];
}
export interface OffsetForLeaderEpochRequestOffsetForLeaderTopic {
  readonly topic: string;
  readonly partitions: readonly OffsetForLeaderEpochRequestOffsetForLeaderPartition[];
}
export interface OffsetForLeaderEpochRequestOffsetForLeaderPartition {
  readonly partition: PartitionIndex;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly leaderEpoch: LeaderEpoch;
}
export const offsetForLeaderEpochRequest: MessageSchema<OffsetForLeaderEpochRequest> = {
  name: 'OffsetForLeaderEpochRequest',
  key: 23,
  versions: [2, 4],
  flexible: 4,
  fields: [
    { name: 'replicaId', type: 'int32', versions: [3, 4], default: -2 },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topic', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partition', type: 'int32' },
            { name: 'currentLeaderEpoch', type: 'int32', default: -1 },
            { name: 'leaderEpoch', type: 'int32' },
          ] },
        },
      ] },
    },
  ],
};

export interface OffsetForLeaderEpochResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetForLeaderEpochResponseOffsetForLeaderTopicResult[];
}
export interface OffsetForLeaderEpochResponseOffsetForLeaderTopicResult {
  readonly topic: string;
  readonly partitions: readonly OffsetForLeaderEpochResponseEpochEndOffset[];
}
export interface OffsetForLeaderEpochResponseEpochEndOffset {
  readonly errorCode: number;
  readonly partition: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly endOffset: Offset;
}
export const offsetForLeaderEpochResponse: MessageSchema<OffsetForLeaderEpochResponse> = {
  name: 'OffsetForLeaderEpochResponse',
  key: 23,
  versions: [2, 4],
  flexible: 4,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topic', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'errorCode', type: 'int16' },
            { name: 'partition', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32', default: -1 },
            { name: 'endOffset', type: 'int64', default: -1 },
          ] },
        },
      ] },
    },
  ],
};
