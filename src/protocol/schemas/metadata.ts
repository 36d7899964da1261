// Kafka's Metadata API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, LeaderEpoch, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface MetadataRequest {
  readonly topics: readonly MetadataRequestMetadataRequestTopic[] | null;
  readonly allowAutoTopicCreation: boolean;
  readonly includeClusterAuthorizedOperations: boolean;
  readonly includeTopicAuthorizedOperations: boolean;
}
export interface MetadataRequestMetadataRequestTopic {
  readonly topicId: Uuid;
  readonly name: string | null;
}
export const metadataRequest: MessageSchema<MetadataRequest> = {
  name: 'MetadataRequest',
  key: 3,
  versions: [0, 13],
  flexible: 9,
  fields: [
    {
      name: 'topics', array: true, nullable: [1, 13],
      type: { fields: [
        { name: 'topicId', type: 'uuid', versions: [10, 13] },
        { name: 'name', type: 'string', nullable: [10, 13] },
      ] },
    },
    { name: 'allowAutoTopicCreation', type: 'bool', versions: [4, 13], default: true },
    { name: 'includeClusterAuthorizedOperations', type: 'bool', versions: [8, 10] },
    { name: 'includeTopicAuthorizedOperations', type: 'bool', versions: [8, 13] },
  ],
};

export interface MetadataResponse {
  readonly throttleTimeMs: number;
  readonly brokers: readonly MetadataResponseMetadataResponseBroker[];
  readonly clusterId: string | null;
  readonly controllerId: BrokerId;
  readonly topics: readonly MetadataResponseMetadataResponseTopic[];
  readonly clusterAuthorizedOperations: number;
  readonly errorCode: number;
}
export interface MetadataResponseMetadataResponseTopic {
  readonly errorCode: number;
  readonly name: string | null;
  readonly topicId: Uuid;
  readonly isInternal: boolean;
  readonly partitions: readonly MetadataResponseMetadataResponsePartition[];
  readonly topicAuthorizedOperations: number;
}
export interface MetadataResponseMetadataResponsePartition {
  readonly errorCode: number;
  readonly partitionIndex: PartitionIndex;
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicaNodes: readonly BrokerId[];
  readonly isrNodes: readonly BrokerId[];
  readonly offlineReplicas: readonly BrokerId[];
}
export interface MetadataResponseMetadataResponseBroker {
  readonly nodeId: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}
export const metadataResponse: MessageSchema<MetadataResponse> = {
  name: 'MetadataResponse',
  key: 3,
  versions: [0, 13],
  flexible: 9,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [3, 13] },
    {
      name: 'brokers', array: true,
      type: { fields: [
        { name: 'nodeId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'rack', type: 'string', versions: [1, 13], nullable: [1, 13], default: null },
      ] },
    },
    { name: 'clusterId', type: 'string', versions: [2, 13], nullable: [2, 13], default: null },
    { name: 'controllerId', type: 'int32', versions: [1, 13], default: -1 },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'name', type: 'string', nullable: [12, 13] },
        { name: 'topicId', type: 'uuid', versions: [10, 13] },
        { name: 'isInternal', type: 'bool', versions: [1, 13] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'errorCode', type: 'int16' },
            { name: 'partitionIndex', type: 'int32' },
            { name: 'leaderId', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32', versions: [7, 13], default: -1 },
            { name: 'replicaNodes', type: 'int32', array: true },
            { name: 'isrNodes', type: 'int32', array: true },
            { name: 'offlineReplicas', type: 'int32', array: true, versions: [5, 13] },
          ] },
        },
        { name: 'topicAuthorizedOperations', type: 'int32', versions: [8, 13], default: -2147483648 },
      ] },
    },
    { name: 'clusterAuthorizedOperations', type: 'int32', versions: [8, 10], default: -2147483648 },
    { name: 'errorCode', type: 'int16', versions: [13, 13] },
  ],
};
