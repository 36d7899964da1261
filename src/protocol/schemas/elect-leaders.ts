// Kafka's ElectLeaders API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ElectLeadersRequest {
  readonly electionType: number;
  readonly topicPartitions: readonly ElectLeadersRequestTopicPartitions[] | null;
  readonly timeoutMs: number;
}
export interface ElectLeadersRequestTopicPartitions {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}
export const electLeadersRequest: MessageSchema<ElectLeadersRequest> = {
  name: 'ElectLeadersRequest',
  key: 43,
  versions: [0, 2],
  flexible: 2,
  fields: [
    { name: 'electionType', type: 'int8', versions: [1, 2] },
    {
      name: 'topicPartitions', array: true, nullable: [0, 2],
      type: { fields: [
        { name: 'topic', type: 'string' },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
    { name: 'timeoutMs', type: 'int32', default: 60000 },
  ],
};

export interface ElectLeadersResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly replicaElectionResults: readonly ElectLeadersResponseReplicaElectionResult[];
}
export interface ElectLeadersResponseReplicaElectionResult {
  readonly topic: string;
  readonly partitionResult: readonly ElectLeadersResponsePartitionResult[];
}
export interface ElectLeadersResponsePartitionResult {
  readonly partitionId: PartitionIndex;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const electLeadersResponse: MessageSchema<ElectLeadersResponse> = {
  name: 'ElectLeadersResponse',
  key: 43,
  versions: [0, 2],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16', versions: [1, 2] },
    {
      name: 'replicaElectionResults', array: true,
      type: { fields: [
        { name: 'topic', type: 'string' },
        {
          name: 'partitionResult', array: true,
          type: { fields: [
            { name: 'partitionId', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'errorMessage', type: 'string', nullable: [0, 2] },
          ] },
        },
      ] },
    },
  ],
};
