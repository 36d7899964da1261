// Kafka's BrokerHeartbeat API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerEpoch, BrokerId, Offset, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface BrokerHeartbeatRequest {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly currentMetadataOffset: Offset;
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
  readonly offlineLogDirs: readonly Uuid[];
  readonly cordonedLogDirs: readonly Uuid[] | null;
}
export const brokerHeartbeatRequest: MessageSchema<BrokerHeartbeatRequest> = {
  name: 'BrokerHeartbeatRequest',
  key: 63,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'brokerEpoch', type: 'int64', default: -1 },
    { name: 'currentMetadataOffset', type: 'int64' },
    { name: 'wantFence', type: 'bool' },
    { name: 'wantShutDown', type: 'bool' },
    { name: 'offlineLogDirs', type: 'uuid', array: true, versions: [1, 2], tag: 0 },
    { name: 'cordonedLogDirs', type: 'uuid', array: true, versions: [2, 2], nullable: [2, 2], tag: 1, default: null },
  ],
};

export interface BrokerHeartbeatResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly isCaughtUp: boolean;
  readonly isFenced: boolean;
  readonly shouldShutDown: boolean;
}
export const brokerHeartbeatResponse: MessageSchema<BrokerHeartbeatResponse> = {
  name: 'BrokerHeartbeatResponse',
  key: 63,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'isCaughtUp', type: 'bool' },
    { name: 'isFenced', type: 'bool', default: true },
    { name: 'shouldShutDown', type: 'bool' },
  ],
};
