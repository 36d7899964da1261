// Kafka's Produce API. Written by scripts/generate-schemas.ts; do not edit.
import type { BrokerId, LeaderEpoch, Offset, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topicData: readonly ProduceRequestTopicProduceData[];
}
export interface ProduceRequestTopicProduceData {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionData: readonly ProduceRequestPartitionProduceData[];
}
export interface ProduceRequestPartitionProduceData {
  readonly index: PartitionIndex;
  readonly records: Uint8Array | null;
}
export const produceRequest: MessageSchema<ProduceRequest> = {
  name: 'ProduceRequest',
  key: 0,
  versions: [3, 13],
  flexible: 9,
  fields: [
    { name: 'transactionalId', type: 'string', nullable: [3, 13], default: null },
    { name: 'acks', type: 'int16' },
    { name: 'timeoutMs', type: 'int32' },
    {
      name: 'topicData', array: true,
      type: { fields: [
        { name: 'name', type: 'string', versions: [3, 12] },
        { name: 'topicId', type: 'uuid', versions: [13, 13] },
        {
          name: 'partitionData', array: true,
          type: { fields: [
            { name: 'index', type: 'int32' },
            { name: 'records', type: 'records', nullable: [3, 13] },
          ] },
        },
      ] },
    },
  ],
};

export interface ProduceResponse {
  readonly responses: readonly ProduceResponseTopicProduceResponse[];
  readonly throttleTimeMs: number;
  readonly nodeEndpoints: readonly ProduceResponseNodeEndpoint[];
}
export interface ProduceResponseNodeEndpoint {
  readonly nodeId: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}
export interface ProduceResponseTopicProduceResponse {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionResponses: readonly ProduceResponsePartitionProduceResponse[];
}
export interface ProduceResponsePartitionProduceResponse {
  readonly index: PartitionIndex;
  readonly errorCode: number;
  readonly baseOffset: Offset;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: Offset;
  readonly recordErrors: readonly ProduceResponseBatchIndexAndErrorMessage[];
  readonly errorMessage: string | null;
  readonly currentLeader: ProduceResponseLeaderIdAndEpoch;
}
export interface ProduceResponseLeaderIdAndEpoch {
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
}
export interface ProduceResponseBatchIndexAndErrorMessage {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string | null;
}
export const produceResponse: MessageSchema<ProduceResponse> = {
  name: 'ProduceResponse',
  key: 0,
  versions: [3, 13],
  flexible: 9,
  fields: [
    {
      name: 'responses', array: true,
      type: { fields: [
        { name: 'name', type: 'string', versions: [3, 12] },
        { name: 'topicId', type: 'uuid', versions: [13, 13] },
        {
          name: 'partitionResponses', array: true,
          type: { fields: [
            { name: 'index', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'baseOffset', type: 'int64' },
            { name: 'logAppendTimeMs', type: 'int64', default: -1 },
            { name: 'logStartOffset', type: 'int64', versions: [5, 13], default: -1 },
            {
              name: 'recordErrors', array: true, versions: [8, 13],
              type: { fields: [
                { name: 'batchIndex', type: 'int32' },
                { name: 'batchIndexErrorMessage', type: 'string', nullable: [8, 13], default: null },
              ] },
            },
            { name: 'errorMessage', type: 'string', versions: [8, 13], nullable: [8, 13], default: null },
            {
              name: 'currentLeader', versions: [10, 13], tag: 0,
              type: { fields: [
                { name: 'leaderId', type: 'int32', default: -1 },
                { name: 'leaderEpoch', type: 'int32', default: -1 },
              ] },
            },
          ] },
        },
      ] },
    },
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'nodeEndpoints', array: true, versions: [10, 13], tag: 0,
      type: { fields: [
        { name: 'nodeId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'rack', type: 'string', nullable: [10, 13], default: null },
      ] },
    },
  ],
};
