// Kafka's AddRaftVoter API. Written by scripts/generate-schemas.ts; do not edit.
import type { Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface AddRaftVoterRequest {
  readonly clusterId: string | null;
  readonly timeoutMs: number;
  readonly voterId: number;
  readonly voterDirectoryId: Uuid;
  readonly listeners: readonly AddRaftVoterRequestListener[];
  readonly ackWhenCommitted: boolean;
}
export interface AddRaftVoterRequestListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}
export const addRaftVoterRequest: MessageSchema<AddRaftVoterRequest> = {
  name: 'AddRaftVoterRequest',
  key: 80,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'clusterId', type: 'string', nullable: [0, 1] },
    { name: 'timeoutMs', type: 'int32' },
    { name: 'voterId', type: 'int32' },
    { name: 'voterDirectoryId', type: 'uuid' },
    {
      name: 'listeners', array: true,
      type: { fields: [
        { name: 'name', type: 'string' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'uint16' },
      ] },
    },
    { name: 'ackWhenCommitted', type: 'bool', versions: [1, 1], default: true },
  ],
};

export interface AddRaftVoterResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const addRaftVoterResponse: MessageSchema<AddRaftVoterResponse> = {
  name: 'AddRaftVoterResponse',
  key: 80,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 1] },
  ],
};
