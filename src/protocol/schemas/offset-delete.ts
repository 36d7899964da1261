// Kafka's OffsetDelete API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly OffsetDeleteRequestOffsetDeleteRequestTopic[];
}
export interface OffsetDeleteRequestOffsetDeleteRequestTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteRequestOffsetDeleteRequestPartition[];
}
export interface OffsetDeleteRequestOffsetDeleteRequestPartition {
  readonly partitionIndex: PartitionIndex;
}
export const offsetDeleteRequest: MessageSchema<OffsetDeleteRequest> = {
  name: 'OffsetDeleteRequest',
  key: 47,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'groupId', type: 'string' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
          ] },
        },
      ] },
    },
  ],
};

export interface OffsetDeleteResponse {
  readonly errorCode: number;
  readonly throttleTimeMs: number;
  readonly topics: readonly OffsetDeleteResponseOffsetDeleteResponseTopic[];
}
export interface OffsetDeleteResponseOffsetDeleteResponseTopic {
  readonly name: string;
  readonly partitions: readonly OffsetDeleteResponseOffsetDeleteResponsePartition[];
}
export interface OffsetDeleteResponseOffsetDeleteResponsePartition {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
}
export const offsetDeleteResponse: MessageSchema<OffsetDeleteResponse> = {
  name: 'OffsetDeleteResponse',
  key: 47,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'errorCode', type: 'int16' },
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
          ] },
        },
      ] },
    },
  ],
};
