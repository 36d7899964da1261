// Kafka's DeleteGroups API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[];
}
export const deleteGroupsRequest: MessageSchema<DeleteGroupsRequest> = {
  name: 'DeleteGroupsRequest',
  key: 42,
  versions: [0, 3],
  flexible: 2,
  fields: [
    { name: 'groupsNames', type: 'string', array: true },
  ],
};

export interface DeleteGroupsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly DeleteGroupsResponseDeletableGroupResult[];
}
export interface DeleteGroupsResponseDeletableGroupResult {
  readonly groupId: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const deleteGroupsResponse: MessageSchema<DeleteGroupsResponse> = {
  name: 'DeleteGroupsResponse',
  key: 42,
  versions: [0, 3],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results', array: true,
      type: { fields: [
        { name: 'groupId', type: 'string' },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', versions: [3, 3], nullable: [3, 3], default: null },
      ] },
    },
  ],
};
