// Kafka's FindCoordinator API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface FindCoordinatorRequest {
  readonly key: string;
  readonly keyType: number;
  readonly coordinatorKeys: readonly string[];
}
export const findCoordinatorRequest: MessageSchema<FindCoordinatorRequest> = {
  name: 'FindCoordinatorRequest',
  key: 10,
  versions: [0, 6],
  flexible: 3,
  fields: [
    { name: 'key', type: 'string', versions: [0, 3] },
    { name: 'keyType', type: 'int8', versions: [1, 6] },
    { name: 'coordinatorKeys', type: 'string', array: true, versions: [4, 6] },
  ],
};

export interface FindCoordinatorResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly nodeId: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly coordinators: readonly FindCoordinatorResponseCoordinator[];
}
export interface FindCoordinatorResponseCoordinator {
  readonly key: string;
  readonly nodeId: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const findCoordinatorResponse: MessageSchema<FindCoordinatorResponse> = {
  name: 'FindCoordinatorResponse',
  key: 10,
  versions: [0, 6],
  flexible: 3,
  fields: [
    { name: 'throttleTimeMs', type: 'int32', versions: [1, 6] },
    { name: 'errorCode', type: 'int16', versions: [0, 3] },
    { name: 'errorMessage', type: 'string', versions: [1, 3], nullable: [1, 3] },
    { name: 'nodeId', type: 'int32', versions: [0, 3] },
    { name: 'host', type: 'string', versions: [0, 3] },
    { name: 'port', type: 'int32', versions: [0, 3] },
    {
      name: 'coordinators', array: true, versions: [4, 6],
      type: { fields: [
        { name: 'key', type: 'string' },
        { name: 'nodeId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: [4, 6] },
      ] },
    },
  ],
};
