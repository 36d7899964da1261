// Kafka's Fetch API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerEpoch, BrokerId, LeaderEpoch, Offset, PartitionIndex, ProducerId, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface FetchRequest {
  readonly clusterId: string | null;
  readonly replicaId: BrokerId;
  readonly replicaState: FetchRequestReplicaState;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly topics: readonly FetchRequestFetchTopic[];
  readonly forgottenTopicsData: readonly FetchRequestForgottenTopic[];
  readonly rackId: string;
}
export interface FetchRequestForgottenTopic {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions: readonly PartitionIndex[];
}
export interface FetchRequestFetchTopic {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions: readonly FetchRequestFetchPartition[];
}
export interface FetchRequestFetchPartition {
  readonly partition: PartitionIndex;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly logStartOffset: Offset;
  readonly partitionMaxBytes: number;
  readonly replicaDirectoryId: Uuid;
  readonly highWatermark: Offset;
}
export interface FetchRequestReplicaState {
  readonly replicaId: BrokerId;
  readonly replicaEpoch: BrokerEpoch;
}
export const fetchRequest: MessageSchema<FetchRequest> = {
  name: 'FetchRequest',
  key: 1,
  versions: [4, 18],
  flexible: 12,
  fields: [
    { name: 'clusterId', type: 'string', versions: [12, 18], nullable: [12, 18], tag: 0, default: null },
    { name: 'replicaId', type: 'int32', versions: [4, 14], default: -1 },
    {
      name: 'replicaState', versions: [15, 18], tag: 1,
      type: { fields: [
        { name: 'replicaId', type: 'int32', default: -1 },
        { name: 'replicaEpoch', type: 'int64', default: -1 },
      ] },
    },
    { name: 'maxWaitMs', type: 'int32' },
    { name: 'minBytes', type: 'int32' },
    { name: 'maxBytes', type: 'int32', default: 2147483647 },
    { name: 'isolationLevel', type: 'int8' },
    { name: 'sessionId', type: 'int32', versions: [7, 18] },
    { name: 'sessionEpoch', type: 'int32', versions: [7, 18], default: -1 },
    {
      name: 'topics', array: true,
      type: { fields: [
        { name: 'topic', type: 'string', versions: [4, 12] },
        { name: 'topicId', type: 'uuid', versions: [13, 18] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partition', type: 'int32' },
            { name: 'currentLeaderEpoch', type: 'int32', versions: [9, 18], default: -1 },
            { name: 'fetchOffset', type: 'clipped64' },
            { name: 'lastFetchedEpoch', type: 'int32', versions: [12, 18], default: -1 },
            { name: 'logStartOffset', type: 'clipped64', versions: [5, 18], default: -1 },
            { name: 'partitionMaxBytes', type: 'int32' },
            { name: 'replicaDirectoryId', type: 'uuid', versions: [17, 18], tag: 0 },
            { name: 'highWatermark', type: 'clipped64', versions: [18, 18], tag: 1, default: 9007199254740991 },
          ] },
        },
      ] },
    },
    {
      name: 'forgottenTopicsData', array: true, versions: [7, 18],
      type: { fields: [
        { name: 'topic', type: 'string', versions: [7, 12] },
        { name: 'topicId', type: 'uuid', versions: [13, 18] },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
    { name: 'rackId', type: 'string', versions: [11, 18] },
  ],
};

export interface FetchResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly sessionId: number;
  readonly responses: readonly FetchResponseFetchableTopicResponse[];
  readonly nodeEndpoints: readonly FetchResponseNodeEndpoint[];
}
export interface FetchResponseNodeEndpoint {
  readonly nodeId: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}
export interface FetchResponseFetchableTopicResponse {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly partitions: readonly FetchResponsePartitionData[];
}
export interface FetchResponsePartitionData {
  readonly partitionIndex: PartitionIndex;
  readonly errorCode: number;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly logStartOffset: Offset;
  readonly divergingEpoch: FetchResponseEpochEndOffset;
  readonly currentLeader: FetchResponseLeaderIdAndEpoch;
  readonly snapshotId: FetchResponseSnapshotId;
  readonly abortedTransactions: readonly FetchResponseAbortedTransaction[] | null;
  readonly preferredReadReplica: BrokerId;
  readonly records: Uint8Array | null;
}
export interface FetchResponseAbortedTransaction {
  readonly producerId: ProducerId;
  readonly firstOffset: Offset;
}
export interface FetchResponseSnapshotId {
  readonly endOffset: Offset;
  readonly epoch: number;
}
export interface FetchResponseLeaderIdAndEpoch {
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
}
export interface FetchResponseEpochEndOffset {
  readonly epoch: number;
  readonly endOffset: Offset;
}
export const fetchResponse: MessageSchema<FetchResponse> = {
  name: 'FetchResponse',
  key: 1,
  versions: [4, 18],
  flexible: 12,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16', versions: [7, 18] },
    { name: 'sessionId', type: 'int32', versions: [7, 18] },
    {
      name: 'responses', array: true,
      type: { fields: [
        { name: 'topic', type: 'string', versions: [4, 12] },
        { name: 'topicId', type: 'uuid', versions: [13, 18] },
        {
          name: 'partitions', array: true,
          type: { fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'highWatermark', type: 'int64' },
            { name: 'lastStableOffset', type: 'int64', default: -1 },
            { name: 'logStartOffset', type: 'int64', versions: [5, 18], default: -1 },
            {
              name: 'divergingEpoch', versions: [12, 18], tag: 0,
              type: { fields: [
                { name: 'epoch', type: 'int32', default: -1 },
                { name: 'endOffset', type: 'int64', default: -1 },
              ] },
            },
            {
              name: 'currentLeader', versions: [12, 18], tag: 1,
              type: { fields: [
                { name: 'leaderId', type: 'int32', default: -1 },
                { name: 'leaderEpoch', type: 'int32', default: -1 },
              ] },
            },
            {
              name: 'snapshotId', versions: [12, 18], tag: 2,
              type: { fields: [
                { name: 'endOffset', type: 'int64', default: -1 },
                { name: 'epoch', type: 'int32', default: -1 },
              ] },
            },
            {
              name: 'abortedTransactions', array: true, nullable: [4, 18],
              type: { fields: [
                { name: 'producerId', type: 'opaque64' },
                { name: 'firstOffset', type: 'int64' },
              ] },
            },
            { name: 'preferredReadReplica', type: 'int32', versions: [11, 18], default: -1 },
            { name: 'records', type: 'records', nullable: [4, 18] },
          ] },
        },
      ] },
    },
    {
      name: 'nodeEndpoints', array: true, versions: [16, 18], tag: 0,
      type: { fields: [
        { name: 'nodeId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'rack', type: 'string', nullable: [16, 18], default: null },
      ] },
    },
  ],
};
