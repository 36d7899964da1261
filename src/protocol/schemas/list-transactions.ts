// Kafka's ListTransactions API. Written by scripts/generate-schemas.ts; do not edit.
import type { ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ListTransactionsRequest {
  readonly stateFilters: readonly string[];
  readonly producerIdFilters: readonly ProducerId[];
  readonly durationFilter: number;
  readonly transactionalIdPattern: string | null;
}
export const listTransactionsRequest: MessageSchema<ListTransactionsRequest> = {
  name: 'ListTransactionsRequest',
  key: 66,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'stateFilters', type: 'string', array: true },
    { name: 'producerIdFilters', type: 'opaque64', array: true },
    { name: 'durationFilter', type: 'clipped64', versions: [1, 2], default: -1 },
    { name: 'transactionalIdPattern', type: 'string', versions: [2, 2], nullable: [2, 2], default: null },
  ],
};

export interface ListTransactionsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly unknownStateFilters: readonly string[];
  readonly transactionStates: readonly ListTransactionsResponseTransactionState[];
}
export interface ListTransactionsResponseTransactionState {
  readonly transactionalId: string;
  readonly producerId: ProducerId;
  readonly transactionState: string;
}
export const listTransactionsResponse: MessageSchema<ListTransactionsResponse> = {
  name: 'ListTransactionsResponse',
  key: 66,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'unknownStateFilters', type: 'string', array: true },
    {
      name: 'transactionStates', array: true,
      type: { fields: [
        { name: 'transactionalId', type: 'string' },
        { name: 'producerId', type: 'opaque64' },
        { name: 'transactionState', type: 'string' },
      ] },
    },
  ],
};
