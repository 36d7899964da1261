// Kafka's DescribeGroups API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface DescribeGroupsRequest {
  readonly groups: readonly string[];
  readonly includeAuthorizedOperations: boolean;
}
export const describeGroupsRequest: MessageSchema<DescribeGroupsRequest> = {
  name: 'DescribeGroupsRequest',
  key: 15,
  versions: [0, 6],
  flexible: 5,
  fields: [
    { name: 'groups', type: 'string', array: true },
    { name: 'includeAuthorizedOperations', type: 'bool', versions: [3, 6] },
  ],
};

export interface DescribeGroupsResponse {
  readonly throttleTimeMs: number;
  readonly groups: readonly DescribeGroupsResponseDescribedGroup[];
}
export interface DescribeGroupsResponseDescribedGroup {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly groupId: string;
  readonly groupState: string;
  readonly protocolType: string;
  readonly protocolData: string;
  readonly members: readonly DescribeGroupsResponseDescribedGroupMember[];
  readonly authorizedOperations: number;
}
export interface DescribeGroupsResponseDescribedGroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly memberMetadata: Uint8Array;
  readonly memberAssignment: Uint8Array;
}
export const describeGroupsResponse: MessageSchema<DescribeGroupsResponse> = {
  name: 'DescribeGroupsResponse',
  key: 15,
  versions: [0, 6],
  flexible: 5,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 6] },
    {
      name: 'groups', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', versions: [6, 6], nullable: [6, 6], default: null },
        { name: 'groupId', type: 'string' },
        { name: 'groupState', type: 'string' },
        { name: 'protocolType', type: 'string' },
        { name: 'protocolData', type: 'string' },
        {
          name: 'members', array: true,
          type: { fields: [
            { name: 'memberId', type: 'string' },
            { name: 'groupInstanceId', type: 'string', versions: [4, 6], nullable: [4, 6], default: null },
            { name: 'clientId', type: 'string' },
            { name: 'clientHost', type: 'string' },
            { name: 'memberMetadata', type: 'bytes' },
            { name: 'memberAssignment', type: 'bytes' },
          ] },
        },
        { name: 'authorizedOperations', type: 'int32', versions: [3, 6], default: -2147483648 },
      ] },
    },
  ],
};
