// Kafka's AddPartitionsToTxn API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex, ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface AddPartitionsToTxnRequest {
  readonly transactions: readonly AddPartitionsToTxnRequestAddPartitionsToTxnTransaction[];
  readonly v3AndBelowTransactionalId: string;
  readonly v3AndBelowProducerId: ProducerId;
  readonly v3AndBelowProducerEpoch: number;
  readonly v3AndBelowTopics: readonly AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];
}
export interface AddPartitionsToTxnRequestAddPartitionsToTxnTopic {
  readonly name: string;
  readonly partitions: readonly PartitionIndex[];
}
export interface AddPartitionsToTxnRequestAddPartitionsToTxnTransaction {
  readonly transactionalId: string;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly verifyOnly: boolean;
  readonly topics: readonly AddPartitionsToTxnRequestAddPartitionsToTxnTopic[];
}
export const addPartitionsToTxnRequest: MessageSchema<AddPartitionsToTxnRequest> = {
  name: 'AddPartitionsToTxnRequest',
  key: 24,
  versions: [0, 5],
  flexible: 3,
  fields: [
    {
      name: 'transactions', array: true, versions: [4, 5],
      type: { fields: [
        { name: 'transactionalId', type: 'string' },
        { name: 'producerId', type: 'opaque64' },
        { name: 'producerEpoch', type: 'int16' },
        { name: 'verifyOnly', type: 'bool' },
        {
          name: 'topics', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'partitions', type: 'int32', array: true },
          ] },
        },
      ] },
    },
    { name: 'v3AndBelowTransactionalId', type: 'string', versions: [0, 3] },
    { name: 'v3AndBelowProducerId', type: 'opaque64', versions: [0, 3] },
    { name: 'v3AndBelowProducerEpoch', type: 'int16', versions: [0, 3] },
    {
      name: 'v3AndBelowTopics', array: true, versions: [0, 3],
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
  ],
};

export interface AddPartitionsToTxnResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly resultsByTransaction: readonly AddPartitionsToTxnResponseAddPartitionsToTxnResult[];
  readonly resultsByTopicV3AndBelow: readonly AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult[];
}
export interface AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult {
  readonly name: string;
  readonly resultsByPartition: readonly AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult[];
}
export interface AddPartitionsToTxnResponseAddPartitionsToTxnPartitionResult {
  readonly partitionIndex: PartitionIndex;
  readonly partitionErrorCode: number;
}
export interface AddPartitionsToTxnResponseAddPartitionsToTxnResult {
  readonly transactionalId: string;
  readonly topicResults: readonly AddPartitionsToTxnResponseAddPartitionsToTxnTopicResult[];
}
export const addPartitionsToTxnResponse: MessageSchema<AddPartitionsToTxnResponse> = {
  name: 'AddPartitionsToTxnResponse',
  key: 24,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16', versions: [4, 5] },
    {
      name: 'resultsByTransaction', array: true, versions: [4, 5],
      type: { fields: [
        { name: 'transactionalId', type: 'string' },
        {
          name: 'topicResults', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            {
              name: 'resultsByPartition', array: true,
              type: { fields: [
                { name: 'partitionIndex', type: 'int32' },
                { name: 'partitionErrorCode', type: 'int16' },
              ] },
            },
          ] },
        },
      ] },
    },
    {
      name: 'resultsByTopicV3AndBelow', array: true, versions: [0, 3],
      type: { fields: [
        { name: 'name', type: 'string' },
        {
          name: 'resultsByPartition', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'partitionErrorCode', type: 'int16' },
          ] },
        },
      ] },
    },
  ],
};
