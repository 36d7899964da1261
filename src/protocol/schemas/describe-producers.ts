// Kafka's DescribeProducers API. Written by scripts/generate-schemas.ts; do not edit.
import type { Offset, PartitionIndex, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DescribeProducersRequest {
  readonly topics: readonly DescribeProducersRequestTopicRequest[];
}
export interface DescribeProducersRequestTopicRequest {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionIndex[];
}
export const describeProducersRequest: MessageSchema<DescribeProducersRequest> = {
  name: 'DescribeProducersRequest',
  key: 61,
  versions: [0, 0],
  flexible: 0,
  fields: [
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'partitionIndexes', type: 'int32', array: true },
      ] },
    },
  ],
};

export interface DescribeProducersResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly DescribeProducersResponseTopicResponse[];
}
export interface DescribeProducersResponseTopicResponse {
  readonly name: string;
  readonly partitions: readonly DescribeProducersResponsePartitionResponse[];
}
export interface DescribeProducersResponsePartitionResponse {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly activeProducers: readonly DescribeProducersResponseProducerState[];
}
export interface DescribeProducersResponseProducerState {
  readonly producerId: ProducerId;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset: Offset;
}
export const describeProducersResponse: MessageSchema<DescribeProducersResponse> = {
  name: 'DescribeProducersResponse',
  key: 61,
  versions: [0, 0],
  flexible: 0,
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
            { name: 'errorCode', type: 'int16' },
            { name: 'errorMessage', type: 'string', nullable: [0, 0], default: null },
            {
              name: 'activeProducers', array: true,
              type: { fields: [
                { name: 'producerId', type: 'opaque64' },
                { name: 'producerEpoch', type: 'int32' },
                { name: 'lastSequence', type: 'int32', default: -1 },
                { name: 'lastTimestamp', type: 'int64', default: -1 },
                { name: 'coordinatorEpoch', type: 'int32' },
                { name: 'currentTxnStartOffset', type: 'int64', default: -1 },
              ] },
            },
          ] },
        },
      ] },
    },
  ],
};
