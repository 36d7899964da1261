// Kafka's TxnOffsetCommit API. Written by scripts/generate-schemas.ts; do not edit.
import type { LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string;
  readonly groupId: string;
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  readonly generationIdOrMemberEpoch: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly topics: readonly TxnOffsetCommitRequestTxnOffsetCommitRequestTopic[];
}
export interface TxnOffsetCommitRequestTxnOffsetCommitRequestTopic {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly TxnOffsetCommitRequestTxnOffsetCommitRequestPartition[];
}
export interface TxnOffsetCommitRequestTxnOffsetCommitRequestPartition {
  readonly partitionIndex: PartitionIndex;
  readonly committedOffset: Offset;
  readonly committedLeaderEpoch: LeaderEpoch;
  readonly committedMetadata: string | null;
}
export const txnOffsetCommitRequest: MessageSchema<TxnOffsetCommitRequest> = {
  name: 'TxnOffsetCommitRequest',
  key: 28,
  versions: [0, 6],
  flexible: 3,
  fields: [
    { name: 'transactionalId', type: 'string' },
    { name: 'groupId', type: 'string' },
    { name: 'producerId', type: 'opaque64' },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'generationIdOrMemberEpoch', type: 'int32', versions: [3, 6], default: -1 },
    { name: 'memberId', type: 'string', versions: [3, 6] },
    { name: 'groupInstanceId', type: 'string', versions: [3, 6], nullable: [3, 6], default: null },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string', versions: [0, 5] },
        { name: 'topicId', type: 'uuid', versions: [6, 6] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'committedOffset', type: 'int64' },
            { name: 'committedLeaderEpoch', type: 'int32', versions: [2, 6], default: -1 },
            { name: 'committedMetadata', type: 'string', nullable: [0, 6] },
          ] },
        },
      ] },
    },
  ],
};

export interface TxnOffsetCommitResponse {
  readonly throttleTimeMs: number;
  readonly topics: readonly TxnOffsetCommitResponseTxnOffsetCommitResponseTopic[];
}
export interface TxnOffsetCommitResponseTxnOffsetCommitResponseTopic {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitions: readonly TxnOffsetCommitResponseTxnOffsetCommitResponsePartition[];
}
export interface TxnOffsetCommitResponseTxnOffsetCommitResponsePartition {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
}
export const txnOffsetCommitResponse: MessageSchema<TxnOffsetCommitResponse> = {
  name: 'TxnOffsetCommitResponse',
  key: 28,
  versions: [0, 6],
  flexible: 3,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'name', type: 'string', versions: [0, 5] },
        { name: 'topicId', type: 'uuid', versions: [6, 6] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
          ] },
        },
      ] },
    },
  ],
};
