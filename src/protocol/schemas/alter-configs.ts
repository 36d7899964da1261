// Kafka's AlterConfigs API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface AlterConfigsRequest {
  readonly resources: readonly AlterConfigsRequestAlterConfigsResource[];
  readonly validateOnly: boolean;
}
export interface AlterConfigsRequestAlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly AlterConfigsRequestAlterableConfig[];
}
export interface AlterConfigsRequestAlterableConfig {
  readonly name: string;
  readonly value: string | null;
}
export const alterConfigsRequest: MessageSchema<AlterConfigsRequest> = {
  name: 'AlterConfigsRequest',
  key: 33,
  versions: [0, 2],
  flexible: 2,
  fields: [
    {
      name: 'resources', array: true,
      type: { fields: [
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
        {
          name: 'configs', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: [0, 2] },
          ] },
        },
      ] },
    },
    { name: 'validateOnly', type: 'bool' },
  ],
};

export interface AlterConfigsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly AlterConfigsResponseAlterConfigsResourceResponse[];
}
export interface AlterConfigsResponseAlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}
export const alterConfigsResponse: MessageSchema<AlterConfigsResponse> = {
  name: 'AlterConfigsResponse',
  key: 33,
  versions: [0, 2],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'responses', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [0, 2] },
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
      ] },
    },
  ],
};
