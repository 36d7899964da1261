// Kafka's ListGroups API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface ListGroupsRequest {
  readonly statesFilter: readonly string[];
  readonly typesFilter: readonly string[];
}
export const listGroupsRequest: MessageSchema<ListGroupsRequest> = {
  name: 'ListGroupsRequest',
  key: 16,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'statesFilter', type: 'string', array: true, versions: [4, 5] },
    { name: 'typesFilter', type: 'string', array: true, versions: [5, 5] },
  ],
};

export interface ListGroupsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly groups: readonly ListGroupsResponseListedGroup[];
}
export interface ListGroupsResponseListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState: string;
  readonly groupType: string;
}
export const listGroupsResponse: MessageSchema<ListGroupsResponse> = {
  name: 'ListGroupsResponse',
  key: 16,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 5] },
    { name: 'errorCode', type: 'int16' },
    {
      name: 'groups', array: true,
      type: { fields: [
        { name: 'groupId', type: 'string' },
        { name: 'protocolType', type: 'string' },
        { name: 'groupState', type: 'string', versions: [4, 5] },
        { name: 'groupType', type: 'string', versions: [5, 5] },
      ] },
    },
  ],
};
