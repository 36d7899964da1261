// Kafka's JoinGroup API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocolType: string;
  readonly protocols: readonly JoinGroupRequestJoinGroupRequestProtocol[];
  readonly reason: string | null;
}
export interface JoinGroupRequestJoinGroupRequestProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}
export const joinGroupRequest: MessageSchema<JoinGroupRequest> = {
  name: 'JoinGroupRequest',
  key: 11,
  versions: [0, 9],
  flexible: 6,
  fields: [
    { name: 'groupId', type: 'string' },
    { name: 'sessionTimeoutMs', type: 'int32' },
    { name: 'rebalanceTimeoutMs', type: 'int32', versions: [1, 9], default: -1 },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', versions: [5, 9], nullable: [5, 9], default: null },
    { name: 'protocolType', type: 'string' },
    {
      name: 'protocols', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'metadata', type: 'bytes' },
      ] },
    },
    { name: 'reason', type: 'string', versions: [8, 9], nullable: [8, 9], default: null },
  ],
};

export interface JoinGroupResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly JoinGroupResponseJoinGroupResponseMember[];
}
export interface JoinGroupResponseJoinGroupResponseMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}
export const joinGroupResponse: MessageSchema<JoinGroupResponse> = {
  name: 'JoinGroupResponse',
  key: 11,
  versions: [0, 9],
  flexible: 6,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [2, 9] },
    { name: 'errorCode', type: 'int16' },
    { name: 'generationId', type: 'int32', default: -1 },
    { name: 'protocolType', type: 'string', versions: [7, 9], nullable: [7, 9], default: null },
    { name: 'protocolName', type: 'string', nullable: [7, 9] },
    { name: 'leader', type: 'string' },
    { name: 'skipAssignment', type: 'bool', versions: [9, 9] },
    { name: 'memberId', type: 'string' },
    {
      name: 'members', array: true,
      type: { fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', versions: [5, 9], nullable: [5, 9], default: null },
        { name: 'metadata', type: 'bytes' },
      ] },
    },
  ],
};
