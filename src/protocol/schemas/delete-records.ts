// Kafka's DeleteRecords API. Written by scripts/generate-schemas.ts; do not edit.
import type { Offset, PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DeleteRecordsRequest {
  readonly topics: readonly DeleteRecordsRequestDeleteRecordsTopic[];
  readonly timeoutMs: number;
}
export interface DeleteRecordsRequestDeleteRecordsTopic {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsRequestDeleteRecordsPartition[];
}
export interface DeleteRecordsRequestDeleteRecordsPartition {
  readonly partitionIndex: PartitionIndex;
  readonly offset: Offset;
}
export const deleteRecordsRequest: MessageSchema<DeleteRecordsRequest> = {
  name: 'DeleteRecordsRequest',
  key: 21,
  versions: [0, 2],
  flexible: 2,
  fields: [
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'offset', type: 'clipped64' },
          ] },
        },
      ] },
    },
    { name: 'timeoutMs', type: 'int32' },
  ],
};

export interface DeleteRecordsResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DeleteRecordsResponseDeleteRecordsTopicResult[];
}
export interface DeleteRecordsResponseDeleteRecordsTopicResult {
  readonly name: string;
  readonly partitions: readonly DeleteRecordsResponseDeleteRecordsPartitionResult[];
}
export interface DeleteRecordsResponseDeleteRecordsPartitionResult {
  readonly partitionIndex: PartitionIndex;
  readonly lowWatermark: Offset;
  readonly errorCode: number;
}
export const deleteRecordsResponse: MessageSchema<DeleteRecordsResponse> = {
  name: 'DeleteRecordsResponse',
  key: 21,
  versions: [0, 2],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'lowWatermark', type: 'int64' },
            { name: 'errorCode', type: 'int16' },
          ] },
        },
      ] },
    },
  ],
};
