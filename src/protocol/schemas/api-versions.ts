// Kafka's ApiVersions API. Written by scripts/generate-schemas.ts; do not edit.
import type { MessageSchema } from '../schema.js';

export interface ApiVersionsRequest {
  readonly clientSoftwareName: string;
  readonly clientSoftwareVersion: string;
  readonly clusterId: string | null;
  readonly nodeId: number;
}
export const apiVersionsRequest: MessageSchema<ApiVersionsRequest> = {
  name: 'ApiVersionsRequest',
  key: 18,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'clientSoftwareName', type: 'string', versions: [3, 5] },
    { name: 'clientSoftwareVersion', type: 'string', versions: [3, 5] },
    { name: 'clusterId', type: 'string', versions: [5, 5], nullable: [5, 5], default: null },
    { name: 'nodeId', type: 'int32', versions: [5, 5], default: -1 },
  ],
};

export interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly apiKeys: readonly ApiVersionsResponseApiVersion[];
  readonly throttleTimeMs: number;
  readonly supportedFeatures: readonly ApiVersionsResponseSupportedFeatureKey[];
  readonly finalizedFeaturesEpoch: number;
  readonly finalizedFeatures: readonly ApiVersionsResponseFinalizedFeatureKey[];
  readonly zkMigrationReady: boolean;
}
export interface ApiVersionsResponseFinalizedFeatureKey {
  readonly name: string;
  readonly maxVersionLevel: number;
  readonly minVersionLevel: number;
}
export interface ApiVersionsResponseSupportedFeatureKey {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}
export interface ApiVersionsResponseApiVersion {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}
export const apiVersionsResponse: MessageSchema<ApiVersionsResponse> = {
  name: 'ApiVersionsResponse',
  key: 18,
  versions: [0, 5],
  flexible: 3,
  fields: [
    { name: 'errorCode', type: 'int16' },
    {
      name: 'apiKeys', array: true,
      type: { fields: [
        { name: 'apiKey', type: 'int16' },
        { name: 'minVersion', type: 'int16' },
        { name: 'maxVersion', type: 'int16' },
      ] },
    },
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 5] },
    {
      name: 'supportedFeatures', array: true, versions: [3, 5], tag: 0,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'minVersion', type: 'int16' },
        { name: 'maxVersion', type: 'int16' },
      ] },
    },
    { name: 'finalizedFeaturesEpoch', type: 'int64', versions: [3, 5], tag: 1, default: -1 },
    {
      name: 'finalizedFeatures', array: true, versions: [3, 5], tag: 2,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'maxVersionLevel', type: 'int16' },
        { name: 'minVersionLevel', type: 'int16' },
      ] },
    },
    { name: 'zkMigrationReady', type: 'bool', versions: [3, 5], tag: 3 },
  ],
};
