// Kafka's InitProducerId API. Written by scripts/generate-schemas.ts; do not edit.
import type { ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface InitProducerIdRequest {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly enable2Pc: boolean;
  readonly keepPreparedTxn: boolean;
}
export const initProducerIdRequest: MessageSchema<InitProducerIdRequest> = {
  name: 'InitProducerIdRequest',
  key: 22,
  versions: [0, 6],
  flexible: 2,
  fields: [
    { name: 'transactionalId', type: 'string', nullable: [0, 6] },
    { name: 'transactionTimeoutMs', type: 'int32' },
    { name: 'producerId', type: 'opaque64', versions: [3, 6], default: -1n },
    { name: 'producerEpoch', type: 'int16', versions: [3, 6], default: -1 },
    { name: 'enable2Pc', type: 'bool', versions: [6, 6] },
    { name: 'keepPreparedTxn', type: 'bool', versions: [6, 6] },
  ],
};

export interface InitProducerIdResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly ongoingTxnProducerId: ProducerId;
  readonly ongoingTxnProducerEpoch: number;
}
export const initProducerIdResponse: MessageSchema<InitProducerIdResponse> = {
  name: 'InitProducerIdResponse',
  key: 22,
  versions: [0, 6],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'producerId', type: 'opaque64', default: -1n },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'ongoingTxnProducerId', type: 'opaque64', versions: [6, 6], default: -1n },
    { name: 'ongoingTxnProducerEpoch', type: 'int16', versions: [6, 6], default: -1 },
  ],
};
