// Kafka's IncrementalAlterConfigs API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface IncrementalAlterConfigsRequest {
  readonly resources: readonly IncrementalAlterConfigsRequestAlterConfigsResource[];
  readonly validateOnly: boolean;
}
export interface IncrementalAlterConfigsRequestAlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly IncrementalAlterConfigsRequestAlterableConfig[];
}
export interface IncrementalAlterConfigsRequestAlterableConfig {
  readonly name: string;
  readonly configOperation: number;
  readonly value: string | null;
}
export const incrementalAlterConfigsRequest: MessageSchema<IncrementalAlterConfigsRequest> = {
  name: 'IncrementalAlterConfigsRequest',
  key: 44,
  versions: [0, 1],
  flexible: 1,
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
            { name: 'configOperation', type: 'int8' },
            { name: 'value', type: 'string', nullable: [0, 1] },
          ] },
        },
      ] },
    },
    { name: 'validateOnly', type: 'bool' },
  ],
};

export interface IncrementalAlterConfigsResponse {
  readonly throttleTimeMs: number;
  readonly responses: readonly IncrementalAlterConfigsResponseAlterConfigsResourceResponse[];
}
export interface IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
}
export const incrementalAlterConfigsResponse: MessageSchema<IncrementalAlterConfigsResponse> = {
  name: 'IncrementalAlterConfigsResponse',
  key: 44,
  versions: [0, 1],
  flexible: 1,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'responses', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [0, 1] },
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
      ] },
    },
  ],
};
