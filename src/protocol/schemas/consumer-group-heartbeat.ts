// Kafka's ConsumerGroupHeartbeat API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ConsumerGroupHeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly subscribedTopicRegex: string | null;
  readonly serverAssignor: string | null;
  readonly topicPartitions: readonly ConsumerGroupHeartbeatRequestTopicPartitions[] | null;
}
export interface ConsumerGroupHeartbeatRequestTopicPartitions {
  readonly topicId: Uuid;
  readonly partitions: readonly PartitionIndex[];
}
export const consumerGroupHeartbeatRequest: MessageSchema<ConsumerGroupHeartbeatRequest> = {
  name: 'ConsumerGroupHeartbeatRequest',
  key: 68,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'groupId', type: 'string' },
    { name: 'memberId', type: 'string' },
    { name: 'memberEpoch', type: 'int32' },
    { name: 'instanceId', type: 'string', nullable: [0, 1], default: null },
    { name: 'rackId', type: 'string', nullable: [0, 1], default: null },
    { name: 'rebalanceTimeoutMs', type: 'int32', default: -1 },
    { name: 'subscribedTopicNames', type: 'string', array: true, nullable: [0, 1], default: null },
    { name: 'subscribedTopicRegex', type: 'string', versions: [1, 1], nullable: [1, 1], default: null },
    { name: 'serverAssignor', type: 'string', nullable: [0, 1], default: null },
    {
      name: 'topicPartitions', array: true, nullable: [0, 1], default: null,
      type: { fields: [
        { name: 'topicId', type: 'uuid' },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
  ],
};

export interface ConsumerGroupHeartbeatResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly memberId: string | null;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment: ConsumerGroupHeartbeatResponseAssignment | null;
}
export interface ConsumerGroupHeartbeatResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupHeartbeatResponseTopicPartitions[];
}
export interface ConsumerGroupHeartbeatResponseTopicPartitions {
  readonly topicId: Uuid;
  readonly partitions: readonly PartitionIndex[];
}
export const consumerGroupHeartbeatResponse: MessageSchema<ConsumerGroupHeartbeatResponse> = {
  name: 'ConsumerGroupHeartbeatResponse',
  key: 68,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 1], default: null },
    { name: 'memberId', type: 'string', nullable: [0, 1], default: null },
    { name: 'memberEpoch', type: 'int32' },
    { name: 'heartbeatIntervalMs', type: 'int32' },
    {
      name: 'assignment', nullable: [0, 1], default: null,
      type: { fields: [
        {
          name: 'topicPartitions', array: true,
          type: { fields: [
            { name: 'topicId', type: 'uuid' },
            { name: 'partitions', type: 'int32', array: true },
          ] },
        },
      ] },
    },
  ],
};
