// Kafka's RemoveRaftVoter API. Written by scripts/generate-schemas.ts; do not edit.
import type { Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface RemoveRaftVoterRequest {
  readonly clusterId: string | null;
  readonly voterId: number;
  readonly voterDirectoryId: Uuid;
}
export const removeRaftVoterRequest: MessageSchema<RemoveRaftVoterRequest> = {
  name: 'RemoveRaftVoterRequest',
  key: 81,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'clusterId', type: 'string', nullable: [0, 0] },
    { name: 'voterId', type: 'int32' },
    { name: 'voterDirectoryId', type: 'uuid' },
  ],
};

export interface RemoveRaftVoterResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}
export const removeRaftVoterResponse: MessageSchema<RemoveRaftVoterResponse> = {
  name: 'RemoveRaftVoterResponse',
  key: 81,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: [0, 0] },
  ],
};
