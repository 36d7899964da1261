// Kafka's CreateTopics API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface CreateTopicsRequest {
  readonly topics: readonly CreateTopicsRequestCreatableTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}
export interface CreateTopicsRequestCreatableTopic {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly CreateTopicsRequestCreatableReplicaAssignment[];
  readonly configs: readonly CreateTopicsRequestCreatableTopicConfig[];
}
export interface CreateTopicsRequestCreatableTopicConfig {
  readonly name: string;
  readonly value: string | null;
}
export interface CreateTopicsRequestCreatableReplicaAssignment {
  readonly partitionIndex: PartitionIndex;
  readonly brokerIds: readonly BrokerId[];
}
export const createTopicsRequest: MessageSchema<CreateTopicsRequest> = {
  name: 'CreateTopicsRequest',
  key: 19,
  versions: [2, 7],
  flexible: 5,
  fields: [
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'numPartitions', type: 'int32' },
        { name: 'replicationFactor', type: 'int16' },
        {
          name: 'assignments', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'brokerIds', type: 'int32', array: true },
          ] },
        },
        {
          name: 'configs', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: [2, 7] },
          ] },
        },
      ] },
    },
    { name: 'timeoutMs', type: 'int32', default: 60000 },
    { name: 'validateOnly', type: 'bool' },
  ],
};

export interface CreateTopicsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly CreateTopicsResponseCreatableTopicResult[];
}
export interface CreateTopicsResponseCreatableTopicResult {
  readonly name: string;
  readonly topicId: Uuid;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topicConfigErrorCode: number;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configs: readonly CreateTopicsResponseCreatableTopicConfigs[] | null;
}
export interface CreateTopicsResponseCreatableTopicConfigs {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
}
export const createTopicsResponse: MessageSchema<CreateTopicsResponse> = {
  name: 'CreateTopicsResponse',
  key: 19,
  versions: [2, 7],
  flexible: 5,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'topicId', type: 'uuid', versions: [7, 7] },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [2, 7] },
        { name: 'topicConfigErrorCode', type: 'int16', versions: [5, 7], tag: 0 },
        { name: 'numPartitions', type: 'int32', versions: [5, 7], default: -1 },
        { name: 'replicationFactor', type: 'int16', versions: [5, 7], default: -1 },
        {
          name: 'configs', array: true, versions: [5, 7], nullable: [5, 7],
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: [5, 7] },
            { name: 'readOnly', type: 'bool' },
            { name: 'configSource', type: 'int8', default: -1 },
            { name: 'isSensitive', type: 'bool' },
          ] },
        },
      ] },
    },
  ],
};
