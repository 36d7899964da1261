// Kafka's SaslAuthenticate API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface SaslAuthenticateRequest {
  readonly authBytes: Uint8Array;
}
export const saslAuthenticateRequest: MessageSchema<SaslAuthenticateRequest> = {
  name: 'SaslAuthenticateRequest',
  key: 36,
  versions: [0, 2],
  flexible: 2,
  fields: [
    { name: 'authBytes', type: 'bytes' },
  ],
};

export interface SaslAuthenticateResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly authBytes: Uint8Array;
  readonly sessionLifetimeMs: number;
}
export const saslAuthenticateResponse: MessageSchema<SaslAuthenticateResponse> = {
  name: 'SaslAuthenticateResponse',
  key: 36,
  versions: [0, 2],
  flexible: 2,
  fields: [
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 2] },
    { name: 'authBytes', type: 'bytes' },
    { name: 'sessionLifetimeMs', type: 'clipped64', versions: [1, 2] },
  ],
};
