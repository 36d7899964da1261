// Kafka's BrokerRegistration API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerEpoch, BrokerId, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface BrokerRegistrationRequest {
  readonly brokerId: BrokerId;
  readonly clusterId: string;
  readonly incarnationId: Uuid;
  readonly listeners: readonly BrokerRegistrationRequestListener[];
  readonly features: readonly BrokerRegistrationRequestFeature[];
  readonly rack: string | null;
  readonly isMigratingZkBroker: boolean;
  readonly logDirs: readonly Uuid[];
  readonly previousBrokerEpoch: BrokerEpoch;
}
export interface BrokerRegistrationRequestFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}
export interface BrokerRegistrationRequestListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly securityProtocol: number;
}
export const brokerRegistrationRequest: MessageSchema<BrokerRegistrationRequest> = {
  name: 'BrokerRegistrationRequest',
  key: 62,
  versions: [0, 4],
  flexible: 0,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'clusterId', type: 'string' },
    { name: 'incarnationId', type: 'uuid' },
    {
      name: 'listeners', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'uint16' },
        { name: 'securityProtocol', type: 'int16' },
      ] },
    },
    {
      name: 'features', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'minSupportedVersion', type: 'int16' },
        { name: 'maxSupportedVersion', type: 'int16' },
      ] },
    },
    { name: 'rack', type: 'string', nullable: [0, 4] },
    { name: 'isMigratingZkBroker', type: 'bool', versions: [1, 4] },
    { name: 'logDirs', type: 'uuid', array: true, versions: [2, 4] },
    { name: 'previousBrokerEpoch', type: 'int64', versions: [3, 4], default: -1 },
  ],
};

export interface BrokerRegistrationResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly brokerEpoch: BrokerEpoch;
}
export const brokerRegistrationResponse: MessageSchema<BrokerRegistrationResponse> = {
  name: 'BrokerRegistrationResponse',
  key: 62,
  versions: [0, 4],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'brokerEpoch', type: 'int64', default: -1 },
  ],
};
