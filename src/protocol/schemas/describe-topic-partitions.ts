// Kafka's DescribeTopicPartitions API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, LeaderEpoch, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DescribeTopicPartitionsRequest {
  readonly topics: readonly DescribeTopicPartitionsRequestTopicRequest[];
  readonly responsePartitionLimit: number;
  readonly cursor: DescribeTopicPartitionsRequestCursor | null;
}
export interface DescribeTopicPartitionsRequestCursor {
  readonly topicName: string;
  readonly partitionIndex: PartitionIndex;
}
export interface DescribeTopicPartitionsRequestTopicRequest {
  readonly name: string;
}
export const describeTopicPartitionsRequest: MessageSchema<DescribeTopicPartitionsRequest> = {
  name: 'DescribeTopicPartitionsRequest',
  key: 75,
  versions: [0, 0],
  flexible: 0,
  fields: [
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
      ] },
    },
    { name: 'responsePartitionLimit', type: 'int32', default: 2000 },
    {
      name: 'cursor', nullable: [0, 0], default: null,
      type: { fields: [
        { name: 'topicName', type: 'string' },
        { name: 'partitionIndex', type: 'int32' },
      ] },
    },
  ],
};

export interface DescribeTopicPartitionsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopic[];
  readonly nextCursor: DescribeTopicPartitionsResponseCursor | null;
}
export interface DescribeTopicPartitionsResponseCursor {
  readonly topicName: string;
  readonly partitionIndex: PartitionIndex;
}
export interface DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: Uuid;
  readonly isInternal: boolean;
  readonly partitions: readonly DescribeTopicPartitionsResponseDescribeTopicPartitionsResponsePartition[];
  readonly topicAuthorizedOperations: number;
}
export interface DescribeTopicPartitionsResponseDescribeTopicPartitionsResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: PartitionIndex;
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicaNodes: readonly BrokerId[];
  readonly isrNodes: readonly BrokerId[];
  readonly eligibleLeaderReplicas: readonly BrokerId[] | null;
  readonly lastKnownElr: readonly BrokerId[] | null;
  readonly offlineReplicas: readonly BrokerId[];
}
export const describeTopicPartitionsResponse: MessageSchema<DescribeTopicPartitionsResponse> = {
  name: 'DescribeTopicPartitionsResponse',
  key: 75,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'name', type: 'string', nullable: [0, 0] },
        { name: 'topicId', type: 'uuid' },
        { name: 'isInternal', type: 'bool' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'errorCode', type: 'int16' },
            { name: 'partitionIndex', type: 'int32' },
            { name: 'leaderId', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32', default: -1 },
            { name: 'replicaNodes', type: 'int32', array: true },
            { name: 'isrNodes', type: 'int32', array: true },
            { name: 'eligibleLeaderReplicas', type: 'int32', array: true, nullable: [0, 0], default: null },
            { name: 'lastKnownElr', type: 'int32', array: true, nullable: [0, 0], default: null },
            { name: 'offlineReplicas', type: 'int32', array: true },
          ] },
        },
        { name: 'topicAuthorizedOperations', type: 'int32', default: -2147483648 },
      ] },
    },
    {
      name: 'nextCursor', nullable: [0, 0], default: null,
      type: { fields: [
        { name: 'topicName', type: 'string' },
        { name: 'partitionIndex', type: 'int32' },
      ] },
    },
  ],
};
