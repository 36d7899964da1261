// Kafka's EndTxn API. Written by scripts/generate-schemas.ts; do not edit.
import type { ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface EndTxnRequest {
  readonly transactionalId: string;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly committed: boolean;
}
export const endTxnRequest: MessageSchema<EndTxnRequest> = {
  name: 'EndTxnRequest',
  key: 26,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'transactionalId', type: 'string' },
    { name: 'producerId', type: 'opaque64' },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'committed', type: 'bool' },
  ],
};

export interface EndTxnResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
}
export const endTxnResponse: MessageSchema<EndTxnResponse> = {
  name: 'EndTxnResponse',
  key: 26,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'producerId', type: 'opaque64', versions: [5, 5], default: -1n },
    { name: 'producerEpoch', type: 'int16', versions: [5, 5], default: -1 },
  ],
};
