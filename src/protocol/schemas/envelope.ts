// Kafka's Envelope API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface EnvelopeRequest {
  readonly requestData: Uint8Array;
  readonly requestPrincipal: Uint8Array | null;
  readonly clientHostAddress: Uint8Array;
}
export const envelopeRequest: MessageSchema<EnvelopeRequest> = {
  name: 'EnvelopeRequest',
  key: 58,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'requestData', type: 'bytes' },
    { name: 'requestPrincipal', type: 'bytes', nullable: [0, 0] },
    { name: 'clientHostAddress', type: 'bytes' },
  ],
};

export interface EnvelopeResponse {
  readonly responseData: Uint8Array | null;
  readonly errorCode: number;
}
export const envelopeResponse: MessageSchema<EnvelopeResponse> = {
  name: 'EnvelopeResponse',
  key: 58,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'responseData', type: 'bytes', nullable: [0, 0], default: null },
    { name: 'errorCode', type: 'int16' },
  ],
};
