// Kafka's WriteTxnMarkers API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex, ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface WriteTxnMarkersRequest {
  readonly markers: readonly WriteTxnMarkersRequestWritableTxnMarker[];
}
export interface WriteTxnMarkersRequestWritableTxnMarker {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly transactionResult: boolean;
  readonly topics: readonly WriteTxnMarkersRequestWritableTxnMarkerTopic[];
  readonly coordinatorEpoch: number;
  readonly transactionVersion: number;
}
export interface WriteTxnMarkersRequestWritableTxnMarkerTopic {
  readonly name: string;
  readonly partitionIndexes: readonly PartitionIndex[];
}
export const writeTxnMarkersRequest: MessageSchema<WriteTxnMarkersRequest> = {
  name: 'WriteTxnMarkersRequest',
  key: 27,
  versions: [1, 2],
  flexible: 1,
  fields: [
    {
      name: 'markers', array: true,
      type: { fields: [
        { name: 'producerId', type: 'opaque64' },
        { name: 'producerEpoch', type: 'int16' },
        { name: 'transactionResult', type: 'bool' },
        {
          name: 'topics', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'partitionIndexes', type: 'int32', array: true },
          ] },
        },
        { name: 'coordinatorEpoch', type: 'int32' },
        { name: 'transactionVersion', type: 'int8', versions: [2, 2] },
      ] },
    },
  ],
};

export interface WriteTxnMarkersResponse {
  readonly markers: readonly WriteTxnMarkersResponseWritableTxnMarkerResult[];
}
export interface WriteTxnMarkersResponseWritableTxnMarkerResult {
  readonly producerId: ProducerId;
  readonly topics: readonly WriteTxnMarkersResponseWritableTxnMarkerTopicResult[];
}
export interface WriteTxnMarkersResponseWritableTxnMarkerTopicResult {
  readonly name: string;
  readonly partitions: readonly WriteTxnMarkersResponseWritableTxnMarkerPartitionResult[];
}
export interface WriteTxnMarkersResponseWritableTxnMarkerPartitionResult {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
}
export const writeTxnMarkersResponse: MessageSchema<WriteTxnMarkersResponse> = {
  name: 'WriteTxnMarkersResponse',
  key: 27,
  versions: [1, 2],
  flexible: 1,
  fields: [
    {
      name: 'markers', array: true,
      type: { fields: [
        { name: 'producerId', type: 'opaque64' },
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
      ] },
    },
  ],
};
