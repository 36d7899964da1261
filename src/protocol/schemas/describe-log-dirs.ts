// Kafka's DescribeLogDirs API. Written by scripts/generate-schemas.ts; do not edit.
import type { PartitionIndex } from '../../core/types/ids.js';
import type { MessageSchema } from '../schema.js';

export interface DescribeLogDirsRequest {
  readonly topics: readonly DescribeLogDirsRequestDescribableLogDirTopic[] | null;
}
export interface DescribeLogDirsRequestDescribableLogDirTopic {
  readonly topic: string;
  readonly partitions: readonly PartitionIndex[];
}
export const describeLogDirsRequest: MessageSchema<DescribeLogDirsRequest> = {
  name: 'DescribeLogDirsRequest',
  key: 35,
  versions: [1, 5],
  flexible: 2,
  fields: [
    {
      name: 'topics', array: true, nullable: [1, 5],
      type: { fields: [
        { name: 'topic', type: 'string' },
        { name: 'partitions', type: 'int32', array: true },
      ] },
    },
  ],
};

export interface DescribeLogDirsResponse {
  readonly throttleTimeMs: number;
  readonly errorCode: number;
  readonly results: readonly DescribeLogDirsResponseDescribeLogDirsResult[];
}
export interface DescribeLogDirsResponseDescribeLogDirsResult {
  readonly errorCode: number;
  readonly logDir: string;
  readonly topics: readonly DescribeLogDirsResponseDescribeLogDirsTopic[];
  readonly totalBytes: number;
  readonly usableBytes: number;
  readonly isCordoned: boolean;
}
export interface DescribeLogDirsResponseDescribeLogDirsTopic {
  readonly name: string;
  readonly partitions: readonly DescribeLogDirsResponseDescribeLogDirsPartition[];
}
export interface DescribeLogDirsResponseDescribeLogDirsPartition {
  readonly partitionIndex: PartitionIndex;
  readonly partitionSize: number;
  readonly offsetLag: number;
  readonly isFutureKey: boolean;
}
export const describeLogDirsResponse: MessageSchema<DescribeLogDirsResponse> = {
  name: 'DescribeLogDirsResponse',
  key: 35,
  versions: [1, 5],
  flexible: 2,
  fields: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16', versions: [3, 5] },
    {
      name: 'results', array: true,
      type: { fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'logDir', type: 'string' },
        {
          name: 'topics', array: true,
          type: { fields: [
            { name: 'name', type: 'string' },
            {
              name: 'partitions', array: true,
              type: { fields: [
                { name: 'partitionIndex', type: 'int32' },
                { name: 'partitionSize', type: 'int64' },
                { name: 'offsetLag', type: 'int64' },
                { name: 'isFutureKey', type: 'bool' },
              ] },
            },
          ] },
        },
        { name: 'totalBytes', type: 'int64', versions: [4, 5], default: -1 },
        { name: 'usableBytes', type: 'int64', versions: [4, 5], default: -1 },
        { name: 'isCordoned', type: 'bool', versions: [5, 5] },
      ] },
    },
  ],
};
