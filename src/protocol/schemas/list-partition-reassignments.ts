// Kafka's ListPartitionReassignments API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ListPartitionReassignmentsRequest {
  readonly timeoutMs: number;
  readonly topics: readonly ListPartitionReassignmentsRequestListPartitionReassignmentsTopics[] | null;
}
export interface ListPartitionReassignmentsRequestListPartitionReassignmentsTopics {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionIndex[];
}
export const listPartitionReassignmentsRequest: MessageSchema<ListPartitionReassignmentsRequest> = {
  name: 'ListPartitionReassignmentsRequest',
  key: 46,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'timeoutMs', type: 'int32', default: 60000 },
    {
      name: 'topics', array: true, nullable: [0, 0], default: null,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'partitionIndexes', type: 'int32', array: true },
      ] },
    },
  ],
};

export interface ListPartitionReassignmentsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topics: readonly ListPartitionReassignmentsResponseOngoingTopicReassignment[];
}
export interface ListPartitionReassignmentsResponseOngoingTopicReassignment {
  readonly name: string;
  readonly partitions: readonly ListPartitionReassignmentsResponseOngoingPartitionReassignment[];
}
export interface ListPartitionReassignmentsResponseOngoingPartitionReassignment {
  readonly partitionIndex: PartitionIndex;
  readonly replicas: readonly BrokerId[];
  readonly addingReplicas: readonly BrokerId[];
  readonly removingReplicas: readonly BrokerId[];
}
export const listPartitionReassignmentsResponse: MessageSchema<ListPartitionReassignmentsResponse> = {
  name: 'ListPartitionReassignmentsResponse',
  key: 46,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 0] },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'replicas', type: 'int32', array: true },
            { name: 'addingReplicas', type: 'int32', array: true },
            { name: 'removingReplicas', type: 'int32', array: true },
          ] },
        },
      ] },
    },
  ],
};
