// Kafka's AddOffsetsToTxn API. Written by scripts/generate-schemas.ts; do not edit.
import type { ProducerEpoch, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly groupId: string;
}
export const addOffsetsToTxnRequest: MessageSchema<AddOffsetsToTxnRequest> = {
  name: 'AddOffsetsToTxnRequest',
  key: 25,
  versions: [0, 4],
  flexible: 3,
  fields: [
    { name: 'transactionalId', type: 'string' },
    { name: 'producerId', type: 'opaque64' },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'groupId', type: 'string' },
  ],
};

export interface AddOffsetsToTxnResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
}
export const addOffsetsToTxnResponse: MessageSchema<AddOffsetsToTxnResponse> = {
  name: 'AddOffsetsToTxnResponse',
  key: 25,
  versions: [0, 4],
  flexible: 3,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
  ],
};
