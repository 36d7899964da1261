// Kafka's LeaveGroup API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface LeaveGroupRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly members: readonly LeaveGroupRequestMemberIdentity[];
}
export interface LeaveGroupRequestMemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason: string | null;
}
export const leaveGroupRequest: MessageSchema<LeaveGroupRequest> = {
  name: 'LeaveGroupRequest',
  key: 13,
  versions: [0, 5],
  flexible: 4,
  fields: [
    { name: 'groupId', type: 'string' },
    { name: 'memberId', type: 'string', versions: [0, 2] },
    {
      name: 'members', array: true, versions: [3, 5],
      type: { fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', nullable: [3, 5], default: null },
        { name: 'reason', type: 'string', versions: [5, 5], nullable: [5, 5], default: null },
      ] },
    },
  ],
};

export interface LeaveGroupResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly members: readonly LeaveGroupResponseMemberResponse[];
}
export interface LeaveGroupResponseMemberResponse {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly errorCode: number;
}
export const leaveGroupResponse: MessageSchema<LeaveGroupResponse> = {
  name: 'LeaveGroupResponse',
  key: 13,
  versions: [0, 5],
  flexible: 4,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 5] },
    { name: 'errorCode', type: 'int16' },
    {
      name: 'members', array: true, versions: [3, 5],
      type: { fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', nullable: [3, 5] },
        { name: 'errorCode', type: 'int16' },
      ] },
    },
  ],
};
