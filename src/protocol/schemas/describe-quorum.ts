// Kafka's DescribeQuorum API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, LeaderEpoch, Offset, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DescribeQuorumRequest {
  readonly topics: readonly DescribeQuorumRequestTopicData[];
}
export interface DescribeQuorumRequestTopicData {
  readonly topicName: string;
  readonly partitions: readonly DescribeQuorumRequestPartitionData[];
}
export interface DescribeQuorumRequestPartitionData {
  readonly partitionIndex: PartitionIndex;
}
export const describeQuorumRequest: MessageSchema<DescribeQuorumRequest> = {
  name: 'DescribeQuorumRequest',
  key: 55,
  versions: [0, 2],
  flexible: 0,
  fields: [
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topicName', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
          ] },
        },
      ] },
    },
  ],
};

export interface DescribeQuorumResponse {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly topics: readonly DescribeQuorumResponseTopicData[];
  readonly nodes: readonly DescribeQuorumResponseNode[];
}
export interface DescribeQuorumResponseNode {
  readonly nodeId: BrokerId;
  readonly listeners: readonly DescribeQuorumResponseListener[];
}
export interface DescribeQuorumResponseListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}
export interface DescribeQuorumResponseTopicData {
  readonly topicName: string;
  readonly partitions: readonly DescribeQuorumResponsePartitionData[];
}
export interface DescribeQuorumResponsePartitionData {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly highWatermark: Offset;
  readonly currentVoters: readonly DescribeQuorumResponseReplicaState[];
  readonly observers: readonly DescribeQuorumResponseReplicaState[];
}
export interface DescribeQuorumResponseReplicaState {
  readonly replicaId: BrokerId;
  readonly replicaDirectoryId: Uuid;
  readonly logEndOffset: Offset;
  readonly lastFetchTimestamp: number;
  readonly lastCaughtUpTimestamp: number;
}
export const describeQuorumResponse: MessageSchema<DescribeQuorumResponse> = {
  name: 'DescribeQuorumResponse',
  key: 55,
  versions: [0, 2],
  flexible: 0,
  fields: [
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', versions: [2, 2], nullable: [2, 2] },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topicName', type: 'string' },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'errorMessage', type: 'string', versions: [2, 2], nullable: [2, 2] },
            { name: 'leaderId', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32' },
            { name: 'highWatermark', type: 'int64' },
            {
              name: 'currentVoters', array: true,
              type: { fields: [
                { name: 'replicaId', type: 'int32' },
                { name: 'replicaDirectoryId', type: 'uuid', versions: [2, 2] },
                { name: 'logEndOffset', type: 'int64' },
                { name: 'lastFetchTimestamp', type: 'int64', versions: [1, 2], default: -1 },
                { name: 'lastCaughtUpTimestamp', type: 'int64', versions: [1, 2], default: -1 },
              ] },
            },
            {
              name: 'observers', array: true,
              type: { fields: [
                { name: 'replicaId', type: 'int32' },
                { name: 'replicaDirectoryId', type: 'uuid', versions: [2, 2] },
                { name: 'logEndOffset', type: 'int64' },
                { name: 'lastFetchTimestamp', type: 'int64', versions: [1, 2], default: -1 },
                { name: 'lastCaughtUpTimestamp', type: 'int64', versions: [1, 2], default: -1 },
              ] },
            },
          ] },
        },
      ] },
    },
    {
      name: 'nodes', array: true, versions: [2, 2],
      type: { fields: [
        { name: 'nodeId', type: 'int32' },
        {
          name: 'listeners', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            { name: 'host', type: 'string' },
            { name: 'port', type: 'uint16' },
          ] },
        },
      ] },
    },
  ],
};
