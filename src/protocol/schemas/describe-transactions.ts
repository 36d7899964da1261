// Kafka's DescribeTransactions API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex, ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DescribeTransactionsRequest {
  readonly transactionalIds: readonly string[];
}
export const describeTransactionsRequest: MessageSchema<DescribeTransactionsRequest> = {
  name: 'DescribeTransactionsRequest',
  key: 65,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'transactionalIds', type: 'string', array: true },
  ],
};

export interface DescribeTransactionsResponse {
  readonly throttleTimeMs: number;
  readonly transactionStates: readonly DescribeTransactionsResponseTransactionState[];
}
export interface DescribeTransactionsResponseTransactionState {
  readonly errorCode: number;
  readonly transactionalId: string;
  readonly transactionState: string;
  readonly transactionTimeoutMs: number;
  readonly transactionStartTimeMs: number;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly topics: readonly DescribeTransactionsResponseTopicData[];
}
export interface DescribeTransactionsResponseTopicData {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}
export const describeTransactionsResponse: MessageSchema<DescribeTransactionsResponse> = {
  name: 'DescribeTransactionsResponse',
  key: 65,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'transactionStates', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'transactionalId', type: 'string' },
        { name: 'transactionState', type: 'string' },
        { name: 'transactionTimeoutMs', type: 'int32' },
        { name: 'transactionStartTimeMs', type: 'int64' },
        { name: 'producerId', type: 'opaque64' },
        { name: 'producerEpoch', type: 'int16' },
        {
          name: 'topics', array: true,
          type: { fields: [
            { name: 'topic', type: 'string' },
            { name: 'partitions', type: 'int32', array: true },
          ] },
        },
      ] },
    },
  ],
};
