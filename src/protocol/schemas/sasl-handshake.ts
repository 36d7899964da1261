// Kafka's SaslHandshake API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface SaslHandshakeRequest {
  readonly mechanism: string;
}
export const saslHandshakeRequest: MessageSchema<SaslHandshakeRequest> = {
  name: 'SaslHandshakeRequest',
  key: 17,
  versions: [0, 1],
  flexible: null,
  fields: [
    { name: 'mechanism', type: 'string' },
  ],
};

export interface SaslHandshakeResponse {
  readonly errorCode: number;
  readonly mechanisms: readonly string[];
}
export const saslHandshakeResponse: MessageSchema<SaslHandshakeResponse> = {
  name: 'SaslHandshakeResponse',
  key: 17,
  versions: [0, 1],
  flexible: null,
  fields: [
    { name: 'errorCode', type: 'int16' },
    { name: 'mechanisms', type: 'string', array: true },
  ],
};
