// Kafka's headers, control records and consumer protocol. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface RequestHeader {
  readonly requestApiKey: number;
  readonly requestApiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}
export const requestHeader: MessageSchema<RequestHeader> = {
  name: 'RequestHeader',
  key: -1,
  versions: [1, 2],
  flexible: 2,
  fields: [
    { name: 'requestApiKey', type: 'int16' },
    { name: 'requestApiVersion', type: 'int16' },
    { name: 'correlationId', type: 'int32' },
    { name: 'clientId', type: 'string', nullable: [1, 2], classicLength: true },
  ],
};

export interface ResponseHeader {
  readonly correlationId: number;
}
export const responseHeader: MessageSchema<ResponseHeader> = {
  name: 'ResponseHeader',
  key: -1,
  versions: [0, 1],
  flexible: 1,
  fields: [
    { name: 'correlationId', type: 'int32' },
  ],
};

export interface ControlRecordTypeSchema {
  readonly type: number;
}
export const controlRecordTypeSchema: MessageSchema<ControlRecordTypeSchema> = {
  name: 'ControlRecordTypeSchema',
  key: -1,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'type', type: 'int16' },
  ],
};

export interface EndTxnMarker {
  readonly coordinatorEpoch: number;
}
export const endTxnMarker: MessageSchema<EndTxnMarker> = {
  name: 'EndTxnMarker',
  key: -1,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'coordinatorEpoch', type: 'int32' },
  ],
};

export interface LeaderChangeMessage {
  readonly version: number;
  readonly leaderId: BrokerId;
  readonly voters: readonly LeaderChangeMessageVoter[];
  readonly grantingVoters: readonly LeaderChangeMessageVoter[];
}
export interface LeaderChangeMessageVoter {
  readonly voterId: number;
  readonly voterDirectoryId: Uuid;
}
export const leaderChangeMessage: MessageSchema<LeaderChangeMessage> = {
  name: 'LeaderChangeMessage',
  key: -1,
  versions: [0, 1],
  flexible: 0,
  fields: [
    { name: 'version', type: 'int16' },
    { name: 'leaderId', type: 'int32' },
    {
      name: 'voters', array: true,
      type: { fields: [
        { name: 'voterId', type: 'int32' },
        { name: 'voterDirectoryId', type: 'uuid', versions: [1, 1] },
      ] },
    },
    {
      name: 'grantingVoters', array: true,
      type: { fields: [
        { name: 'voterId', type: 'int32' },
        { name: 'voterDirectoryId', type: 'uuid', versions: [1, 1] },
      ] },
    },
  ],
};

export interface SnapshotHeaderRecord {
  readonly version: number;
  readonly lastContainedLogTimestamp: number;
}
export const snapshotHeaderRecord: MessageSchema<SnapshotHeaderRecord> = {
  name: 'SnapshotHeaderRecord',
  key: -1,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'version', type: 'int16' },
    { name: 'lastContainedLogTimestamp', type: 'int64' },
  ],
};

export interface SnapshotFooterRecord {
  readonly version: number;
}
export const snapshotFooterRecord: MessageSchema<SnapshotFooterRecord> = {
  name: 'SnapshotFooterRecord',
  key: -1,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'version', type: 'int16' },
  ],
};

export interface KRaftVersionRecord {
  readonly version: number;
  readonly kRaftVersion: number;
}
export const kRaftVersionRecord: MessageSchema<KRaftVersionRecord> = {
  name: 'KRaftVersionRecord',
  key: -1,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'version', type: 'int16' },
    { name: 'kRaftVersion', type: 'int16' },
  ],
};

export interface VotersRecord {
  readonly version: number;
  readonly voters: readonly VotersRecordVoter[];
}
export interface VotersRecordVoter {
  readonly voterId: BrokerId;
  readonly voterDirectoryId: Uuid;
  readonly endpoints: readonly VotersRecordEndpoint[];
  readonly kRaftVersionFeature: VotersRecordKRaftVersionFeature;
}
export interface VotersRecordKRaftVersionFeature {
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}
export interface VotersRecordEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}
export const votersRecord: MessageSchema<VotersRecord> = {
  name: 'VotersRecord',
  key: -1,
  versions: [0, 0],
  flexible: 0,
  fields: [
    { name: 'version', type: 'int16' },
    {
      name: 'voters', array: true,
      type: { fields: [
        { name: 'voterId', type: 'int32' },
        { name: 'voterDirectoryId', type: 'uuid' },
        {
          name: 'endpoints', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'host', type: 'string' },
            { name: 'port', type: 'uint16' },
          ] },
        },
        {
          name: 'kRaftVersionFeature',
          type: { fields: [
            { name: 'minSupportedVersion', type: 'int16' },
            { name: 'maxSupportedVersion', type: 'int16' },
          ] },
        },
      ] },
    },
  ],
};

export interface ConsumerProtocolSubscription {
  readonly topics: readonly string[];
  readonly userData: Uint8Array | null;
  readonly ownedPartitions: readonly ConsumerProtocolSubscriptionTopicPartition[];
  readonly generationId: number;
  readonly rackId: string | null;
}
export interface ConsumerProtocolSubscriptionTopicPartition {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}
export const consumerProtocolSubscription: MessageSchema<ConsumerProtocolSubscription> = {
  name: 'ConsumerProtocolSubscription',
  key: -1,
  versions: [0, 3],
  flexible: null,
  fields: [
    { name: 'topics', type: 'string', array: true },
    { name: 'userData', type: 'bytes', nullable: [0, 3], default: null },
    {
      name: 'ownedPartitions', array: true, versions: [1, 3],
      type: { fields: [
        { name: 'topic', type: 'string' },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
    { name: 'generationId', type: 'int32', versions: [2, 3], default: -1 },
    { name: 'rackId', type: 'string', versions: [3, 3], nullable: [3, 3], default: null },
  ],
};

export interface ConsumerProtocolAssignment {
  readonly assignedPartitions: readonly ConsumerProtocolAssignmentTopicPartition[];
  readonly userData: Uint8Array | null;
}
export interface ConsumerProtocolAssignmentTopicPartition {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}
export const consumerProtocolAssignment: MessageSchema<ConsumerProtocolAssignment> = {
  name: 'ConsumerProtocolAssignment',
  key: -1,
  versions: [0, 3],
  flexible: null,
  fields: [
    {
      name: 'assignedPartitions', array: true,
      type: { fields: [
        { name: 'topic', type: 'string' },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
    { name: 'userData', type: 'bytes', nullable: [0, 3], default: null },
  ],
};
