// Kafka's SyncGroup API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly SyncGroupRequestSyncGroupRequestAssignment[];
}
export interface SyncGroupRequestSyncGroupRequestAssignment {
  readonly memberId: string;
  readonly assignment: Uint8Array;
}
export const syncGroupRequest: MessageSchema<SyncGroupRequest> = {
  name: 'SyncGroupRequest',
  key: 14,
  versions: [0, 5],
  flexible: 4,
  fields: [
    { name: 'groupId', type: 'string' },
    { name: 'generationId', type: 'int32' },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', versions: [3, 5], nullable: [3, 5], default: null },
    { name: 'protocolType', type: 'string', versions: [5, 5], nullable: [5, 5], default: null },
    { name: 'protocolName', type: 'string', versions: [5, 5], nullable: [5, 5], default: null },
    {
      name: 'assignments', array: true,
      type: { fields: [
        { name: 'memberId', type: 'string' },
        { name: 'assignment', type: 'bytes' },
      ] },
    },
  ],
};

export interface SyncGroupResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}
export const syncGroupResponse: MessageSchema<SyncGroupResponse> = {
  name: 'SyncGroupResponse',
  key: 14,
  versions: [0, 5],
  flexible: 4,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 5] },
    { name: 'errorCode', type: 'int16' },
    { name: 'protocolType', type: 'string', versions: [5, 5], nullable: [5, 5], default: null },
    { name: 'protocolName', type: 'string', versions: [5, 5], nullable: [5, 5], default: null },
    { name: 'assignment', type: 'bytes' },
  ],
};
