// Kafka's DescribeConfigs API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface DescribeConfigsRequest {
  readonly resources: readonly DescribeConfigsRequestDescribeConfigsResource[];
  readonly includeSynonyms: boolean;
  readonly includeDocumentation: boolean;
}
export interface DescribeConfigsRequestDescribeConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configurationKeys: readonly string[] | null;
}
export const describeConfigsRequest: MessageSchema<DescribeConfigsRequest> = {
  name: 'DescribeConfigsRequest',
  key: 32,
  versions: [1, 4],
  flexible: 4,
  fields: [
    {
      name: 'resources', array: true,
      type: { fields: [
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
        { name: 'configurationKeys', type: 'string', array: true, nullable: [1, 4] },
      ] },
    },
    { name: 'includeSynonyms', type: 'bool' },
    { name: 'includeDocumentation', type: 'bool', versions: [3, 4] },
  ],
};

export interface DescribeConfigsResponse {
  readonly throttleTimeMs: number;
  readonly results: readonly DescribeConfigsResponseDescribeConfigsResult[];
}
export interface DescribeConfigsResponseDescribeConfigsResult {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly DescribeConfigsResponseDescribeConfigsResourceResult[];
}
export interface DescribeConfigsResponseDescribeConfigsResourceResult {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly DescribeConfigsResponseDescribeConfigsSynonym[];
  readonly configType: number;
  readonly documentation: string | null;
}
export interface DescribeConfigsResponseDescribeConfigsSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}
export const describeConfigsResponse: MessageSchema<DescribeConfigsResponse> = {
  name: 'DescribeConfigsResponse',
  key: 32,
  versions: [1, 4],
  flexible: 4,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [1, 4] },
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
        {
          name: 'configs', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: [1, 4] },
            { name: 'readOnly', type: 'bool' },
            { name: 'configSource', type: 'int8', default: -1 },
            { name: 'isSensitive', type: 'bool' },
            {
              name: 'synonyms', array: true,
              type: { fields: [
                { name: 'name', type: 'string' },
                { name: 'value', type: 'string', nullable: [1, 4] },
                { name: 'source', type: 'int8' },
              ] },
            },
            { name: 'configType', type: 'int8', versions: [3, 4] },
            { name: 'documentation', type: 'string', versions: [3, 4], nullable: [3, 4] },
          ] },
        },
      ] },
    },
  ],
};
