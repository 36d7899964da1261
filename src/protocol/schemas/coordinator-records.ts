// Kafka's coordinator records. Written by scripts/generate-schemas.ts; do not edit.
import type { LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface OffsetCommitKey {
  readonly group: string;
  readonly topic: string;
  readonly partition: PartitionIndex;
}
export const offsetCommitKey: MessageSchema<OffsetCommitKey> = {
  name: 'OffsetCommitKey',
  key: 1,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'group', type: 'string' },
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int32' },
  ],
};

export interface OffsetCommitValue {
  readonly offset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly metadata: string;
  readonly commitTimestamp: number;
  readonly expireTimestamp: number;
  readonly topicId: Uuid;
}
export const offsetCommitValue: MessageSchema<OffsetCommitValue> = {
  name: 'OffsetCommitValue',
  key: 1,
  versions: [0, 4],
  flexible: 4,
  fields: [
    { name: 'offset', type: 'int64' },
    { name: 'leaderEpoch', type: 'int32', versions: [3, 4], default: -1 },
    { name: 'metadata', type: 'string' },
    { name: 'commitTimestamp', type: 'int64' },
    { name: 'expireTimestamp', type: 'int64', versions: [1, 1], default: -1 },
    { name: 'topicId', type: 'uuid', versions: [4, 4], tag: 0 },
  ],
};

export interface GroupMetadataKey {
  readonly group: string;
}
export const groupMetadataKey: MessageSchema<GroupMetadataKey> = {
  name: 'GroupMetadataKey',
  key: 2,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'group', type: 'string' },
  ],
};

export interface GroupMetadataValue {
  readonly protocolType: string;
  readonly generation: number;
  readonly protocol: string | null;
  readonly leader: string | null;
  readonly currentStateTimestamp: number;
  readonly members: readonly GroupMetadataValueMemberMetadata[];
}
export interface GroupMetadataValueMemberMetadata {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeout: number;
  readonly sessionTimeout: number;
  readonly subscription: Uint8Array;
  readonly assignment: Uint8Array;
}
export const groupMetadataValue: MessageSchema<GroupMetadataValue> = {
  name: 'GroupMetadataValue',
  key: 2,
  versions: [0, 4],
  flexible: 4,
  fields: [
    { name: 'protocolType', type: 'string' },
    { name: 'generation', type: 'int32' },
    { name: 'protocol', type: 'string', nullable: [0, 4] },
    { name: 'leader', type: 'string', nullable: [0, 4] },
    { name: 'currentStateTimestamp', type: 'int64', versions: [2, 4], default: -1 },
    {
      name: 'members', array: true,
      type: { fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', versions: [3, 4], nullable: [3, 4], default: null },
        { name: 'clientId', type: 'string' },
        { name: 'clientHost', type: 'string' },
        { name: 'rebalanceTimeout', type: 'int32', versions: [1, 4], default: -1 },
        { name: 'sessionTimeout', type: 'int32' },
        { name: 'subscription', type: 'bytes' },
        { name: 'assignment', type: 'bytes' },
      ] },
    },
  ],
};

export interface TransactionLogKey {
  readonly transactionalId: string;
}
export const transactionLogKey: MessageSchema<TransactionLogKey> = {
  name: 'TransactionLogKey',
  key: 0,
  versions: [0, 0],
  flexible: null,
  fields: [
    { name: 'transactionalId', type: 'string' },
  ],
};

export interface TransactionLogValue {
  readonly producerId: ProducerId;
  readonly previousProducerId: ProducerId;
  readonly nextProducerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly nextProducerEpoch: number;
  readonly transactionTimeoutMs: number;
  readonly transactionStatus: number;
  readonly transactionPartitions: readonly TransactionLogValuePartitionsSchema[] | null;
  readonly transactionLastUpdateTimestampMs: number;
  readonly transactionStartTimestampMs: number;
  readonly clientTransactionVersion: number;
}
export interface TransactionLogValuePartitionsSchema {
  readonly topic: string;
  readonly partitionIds: readonly PartitionIndex[];
}
export const transactionLogValue: MessageSchema<TransactionLogValue> = {
  name: 'TransactionLogValue',
  key: 0,
  versions: [0, 1],
  flexible: 1,
  fields: [
    { name: 'producerId', type: 'opaque64' },
    { name: 'previousProducerId', type: 'opaque64', versions: [1, 1], tag: 0, default: -1n },
    { name: 'nextProducerId', type: 'opaque64', versions: [1, 1], tag: 1, default: -1n },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'nextProducerEpoch', type: 'int16', versions: [1, 1], tag: 3, default: -1 },
    { name: 'transactionTimeoutMs', type: 'int32' },
    { name: 'transactionStatus', type: 'int8' },
    {
      name: 'transactionPartitions', array: true, nullable: [0, 1],
      type: { fields: [
        { name: 'topic', type: 'string' },
        { name: 'partitionIds', type: 'int32', array: true },
      ] },
    },
    { name: 'transactionLastUpdateTimestampMs', type: 'int64' },
    { name: 'transactionStartTimestampMs', type: 'int64' },
    { name: 'clientTransactionVersion', type: 'int16', versions: [1, 1], tag: 2 },
  ],
};
