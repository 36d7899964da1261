// Kafka's CreatePartitions API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface CreatePartitionsRequest {
  readonly topics: readonly CreatePartitionsRequestCreatePartitionsTopic[];
  readonly timeoutMs: number;
  readonly validateOnly: boolean;
}
export interface CreatePartitionsRequestCreatePartitionsTopic {
  readonly name: string;
  readonly count: number;
  readonly assignments: readonly CreatePartitionsRequestCreatePartitionsAssignment[] | null;
}
export interface CreatePartitionsRequestCreatePartitionsAssignment {
  readonly brokerIds: readonly BrokerId[];
}
export const createPartitionsRequest: MessageSchema<CreatePartitionsRequest> = {
  name: 'CreatePartitionsRequest',
  key: 37,
  versions: [0, 3],
  flexible: 2,
  fields: [
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'count', type: 'int32' },
        {
          name: 'assignments', array: true, nullable: [0, 3],
          type: { fields: [
            { name: 'brokerIds', type: 'int32', array: true },
          ] },
        },
      ] },
    },
    { name: 'timeoutMs', type: 'int32' },
    { name: 'validateOnly', type: 'bool' },
  ],
};

export interface CreatePartitionsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly CreatePartitionsResponseCreatePartitionsTopicResult[];
}
export interface CreatePartitionsResponseCreatePartitionsTopicResult {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const createPartitionsResponse: MessageSchema<CreatePartitionsResponse> = {
  name: 'CreatePartitionsResponse',
  key: 37,
  versions: [0, 3],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [0, 3], default: null },
      ] },
    },
  ],
};
