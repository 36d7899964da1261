// Kafka's AlterPartitionReassignments API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface AlterPartitionReassignmentsRequest {
  readonly timeoutMs: number;
  readonly allowReplicationFactorChange: boolean;
  readonly topics: readonly AlterPartitionReassignmentsRequestReassignableTopic[];
}
export interface AlterPartitionReassignmentsRequestReassignableTopic {
  readonly name: string;
  readonly partitions: readonly AlterPartitionReassignmentsRequestReassignablePartition[];
}
export interface AlterPartitionReassignmentsRequestReassignablePartition {
  readonly partitionIndex: PartitionIndex;
  readonly replicas: readonly BrokerId[] | null;
}
export const alterPartitionReassignmentsRequest: MessageSchema<AlterPartitionReassignmentsRequest> = {
  name: 'AlterPartitionReassignmentsRequest',
  key: 45,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'timeoutMs', type: 'int32', default: 60000 },
    { name: 'allowReplicationFactorChange', type: 'bool', versions: [1, 1], default: true },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'replicas', type: 'int32', array: true, nullable: [0, 1], default: null },
          ] },
        },
      ] },
    },
  ],
};

export interface AlterPartitionReassignmentsResponse {
  readonly throttleTimeMs: number;
  readonly allowReplicationFactorChange: boolean;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly responses: readonly AlterPartitionReassignmentsResponseReassignableTopicResponse[];
}
export interface AlterPartitionReassignmentsResponseReassignableTopicResponse {
  readonly name: string;
  readonly partitions: readonly AlterPartitionReassignmentsResponseReassignablePartitionResponse[];
}
export interface AlterPartitionReassignmentsResponseReassignablePartitionResponse {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const alterPartitionReassignmentsResponse: MessageSchema<AlterPartitionReassignmentsResponse> = {
  name: 'AlterPartitionReassignmentsResponse',
  key: 45,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'allowReplicationFactorChange', type: 'bool', versions: [1, 1], default: true },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 1] },
    {
      name: 'responses', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'errorMessage', type: 'string', nullable: [0, 1] },
          ] },
        },
      ] },
    },
  ],
};
