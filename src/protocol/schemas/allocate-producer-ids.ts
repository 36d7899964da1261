// Kafka's AllocateProducerIds API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerEpoch, BrokerId, ProducerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface AllocateProducerIdsRequest {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
}
export const allocateProducerIdsRequest: MessageSchema<AllocateProducerIdsRequest> = {
  name: 'AllocateProducerIdsRequest',
  key: 67,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'brokerEpoch', type: 'int64', default: -1 },
  ],
};

export interface AllocateProducerIdsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly producerIdStart: ProducerId;
  readonly producerIdLen: number;
}
export const allocateProducerIdsResponse: MessageSchema<AllocateProducerIdsResponse> = {
  name: 'AllocateProducerIdsResponse',
  key: 67,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'producerIdStart', type: 'opaque64' },
    { name: 'producerIdLen', type: 'int32' },
  ],
};
