// Kafka's ConsumerGroupDescribe API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ConsumerGroupDescribeRequest {
  readonly groupIds: readonly string[];
  readonly includeAuthorizedOperations: boolean;
}
export const consumerGroupDescribeRequest: MessageSchema<ConsumerGroupDescribeRequest> = {
  name: 'ConsumerGroupDescribeRequest',
  key: 69,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'groupIds', type: 'string', array: true },
    { name: 'includeAuthorizedOperations', type: 'bool' },
  ],
};

export interface ConsumerGroupDescribeResponse {
  readonly throttleTimeMs: number;
  readonly groups: readonly ConsumerGroupDescribeResponseDescribedGroup[];
}
export interface ConsumerGroupDescribeResponseDescribedGroup {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly groupId: string;
  readonly groupState: string;
  readonly groupEpoch: number;
  readonly assignmentEpoch: number;
  readonly assignorName: string;
  readonly members: readonly ConsumerGroupDescribeResponseMember[];
  readonly authorizedOperations: number;
}
export interface ConsumerGroupDescribeResponseMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly memberEpoch: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly subscribedTopicNames: readonly string[];
  readonly subscribedTopicRegex: string | null;
  readonly assignment: ConsumerGroupDescribeResponseAssignment;
  readonly targetAssignment: ConsumerGroupDescribeResponseAssignment;
  readonly memberType: number;
}
export interface ConsumerGroupDescribeResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupDescribeResponseTopicPartitions[];
}
export interface ConsumerGroupDescribeResponseTopicPartitions {
  readonly topicId: Uuid;
  readonly topicName: string;
  readonly partitions: readonly PartitionIndex[];
}
export const consumerGroupDescribeResponse: MessageSchema<ConsumerGroupDescribeResponse> = {
  name: 'ConsumerGroupDescribeResponse',
  key: 69,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'groups', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [0, 1], default: null },
        { name: 'groupId', type: 'string' },
        { name: 'groupState', type: 'string' },
        { name: 'groupEpoch', type: 'int32' },
        { name: 'assignmentEpoch', type: 'int32' },
        { name: 'assignorName', type: 'string' },
        {
          name: 'members', array: true,
          type: { fields: [
            { name: 'memberId', type: 'string' },
            { name: 'instanceId', type: 'string', nullable: [0, 1], default: null },
            { name: 'rackId', type: 'string', nullable: [0, 1], default: null },
            { name: 'memberEpoch', type: 'int32' },
            { name: 'clientId', type: 'string' },
            { name: 'clientHost', type: 'string' },
            { name: 'subscribedTopicNames', type: 'string', array: true },
            { name: 'subscribedTopicRegex', type: 'string', nullable: [0, 1], default: null },
            {
              name: 'assignment',
              type: { fields: [
                {
                  name: 'topicPartitions', array: true,
                  type: { fields: [
                    { name: 'topicId', type: 'uuid' },
                    { name: 'topicName', type: 'string' },
                    { name: 'partitions', type: 'int32', array: true },
                  ] },
                },
              ] },
            },
            {
              name: 'targetAssignment',
              type: { fields: [
                {
                  name: 'topicPartitions', array: true,
                  type: { fields: [
                    { name: 'topicId', type: 'uuid' },
                    { name: 'topicName', type: 'string' },
                    { name: 'partitions', type: 'int32', array: true },
                  ] },
                },
              ] },
            },
            { name: 'memberType', type: 'int8', versions: [1, 1], default: -1 },
          ] },
        },
        { name: 'authorizedOperations', type: 'int32', default: -2147483648 },
      ] },
    },
  ],
};
