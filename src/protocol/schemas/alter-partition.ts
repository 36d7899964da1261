// Kafka's AlterPartition API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerEpoch, BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface AlterPartitionRequest {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly topics: readonly AlterPartitionRequestTopicData[];
}
export interface AlterPartitionRequestTopicData {
  readonly topicId: Uuid;
  readonly partitions: readonly AlterPartitionRequestPartitionData[];
}
export interface AlterPartitionRequestPartitionData {
  readonly partitionIndex: PartitionIndex;
  readonly leaderEpoch: LeaderEpoch;
  readonly newIsr: readonly BrokerId[];
  readonly newIsrWithEpochs: readonly AlterPartitionRequestBrokerState[];
  readonly leaderRecoveryState: number;
  readonly partitionEpoch: PartitionEpoch;
}
export interface AlterPartitionRequestBrokerState {
  readonly brokerId: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
}
export const alterPartitionRequest: MessageSchema<AlterPartitionRequest> = {
  name: 'AlterPartitionRequest',
  key: 56,
  versions: [2, 3],
  flexible: 2,
  fields: [
    { name: 'brokerId', type: 'int32' },
    { name: 'brokerEpoch', type: 'int64', default: -1 },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topicId', type: 'uuid' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32' },
            { name: 'newIsr', type: 'int32', array: true, versions: [2, 2] },
            {
              name: 'newIsrWithEpochs', array: true, versions: [3, 3],
              type: { fields: [
                { name: 'brokerId', type: 'int32' },
                { name: 'brokerEpoch', type: 'int64', default: -1 },
              ] },
            },
            { name: 'leaderRecoveryState', type: 'int8' },
            { name: 'partitionEpoch', type: 'int32' },
          ] },
        },
      ] },
    },
  ],
};

export interface AlterPartitionResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly topics: readonly AlterPartitionResponseTopicData[];
}
export interface AlterPartitionResponseTopicData {
  readonly topicId: Uuid;
  readonly partitions: readonly AlterPartitionResponsePartitionData[];
}
export interface AlterPartitionResponsePartitionData {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly isr: readonly BrokerId[];
  readonly leaderRecoveryState: number;
  readonly partitionEpoch: PartitionEpoch;
}
export const alterPartitionResponse: MessageSchema<AlterPartitionResponse> = {
  name: 'AlterPartitionResponse',
  key: 56,
  versions: [2, 3],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topicId', type: 'uuid' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'leaderId', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32' },
            { name: 'isr', type: 'int32', array: true },
            { name: 'leaderRecoveryState', type: 'int8' },
            { name: 'partitionEpoch', type: 'int32' },
          ] },
        },
      ] },
    },
  ],
};
