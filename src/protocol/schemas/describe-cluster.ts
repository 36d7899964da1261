// Kafka's DescribeCluster API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DescribeClusterRequest {
  readonly includeClusterAuthorizedOperations: boolean;
  readonly endpointType: number;
  readonly includeFencedBrokers: boolean;
}
export const describeClusterRequest: MessageSchema<DescribeClusterRequest> = {
  name: 'DescribeClusterRequest',
  key: 60,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'includeClusterAuthorizedOperations', type: 'bool' },
    { name: 'endpointType', type: 'int8', versions: [1, 2], default: 1 },
    { name: 'includeFencedBrokers', type: 'bool', versions: [2, 2] },
  ],
};

export interface DescribeClusterResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly endpointType: number;
  readonly clusterId: string;
  readonly controllerId: BrokerId;
  readonly brokers: readonly DescribeClusterResponseDescribeClusterBroker[];
  readonly clusterAuthorizedOperations: number;
}
export interface DescribeClusterResponseDescribeClusterBroker {
  readonly brokerId: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  readonly isFenced: boolean;
}
export const describeClusterResponse: MessageSchema<DescribeClusterResponse> = {
  name: 'DescribeClusterResponse',
  key: 60,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 2], default: null },
    { name: 'endpointType', type: 'int8', versions: [1, 2], default: 1 },
    { name: 'clusterId', type: 'string' },
    { name: 'controllerId', type: 'int32', default: -1 },
    {
      name: 'brokers', array: true,
      type: { fields: [
        { name: 'brokerId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'rack', type: 'string', nullable: [0, 2], default: null },
        { name: 'isFenced', type: 'bool', versions: [2, 2] },
      ] },
    },
    { name: 'clusterAuthorizedOperations', type: 'int32', default: -2147483648 },
  ],
};
