// Kafka's Heartbeat API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}
export const heartbeatRequest: MessageSchema<HeartbeatRequest> = {
  name: 'HeartbeatRequest',
  key: 12,
  versions: [0, 4],
  flexible: 4,
  fields: [
    { name: 'groupId', type: 'string' },
    { name: 'generationId', type: 'int32' },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', versions: [3, 4], nullable: [3, 4], default: null },
  ],
};

export interface HeartbeatResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
}
export const heartbeatResponse: MessageSchema<HeartbeatResponse> = {
  name: 'HeartbeatResponse',
  key: 12,
  versions: [0, 4],
  flexible: 4,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 4] },
    { name: 'errorCode', type: 'int16' },
  ],
};
