/** DeleteRecords (KIP-107) over the wire: what its answers say, and what every replica then holds. */

import { describe, expect, test } from 'vitest';
import type { LeaderEpoch, Offset, PartitionIndex, Timestamp } from '../src/core/types/ids.js';
import { LOG_START_CHECKPOINT, readOffsetCheckpoint } from '../src/log/checkpoints.js';
import { buildBatch, readBatchHeader } from '../src/log/record-batch.js';
import {
  createTopicsApi,
  deleteRecordsApi,
  fetchApi,
  listOffsetsApi,
  produceApi,
} from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import type { DeleteRecordsResponseDeleteRecordsPartitionResult } from '../src/protocol/schemas/delete-records.js';
import { type WireConnection, WireWorld } from './wire-world.js';

function create(client: WireConnection, name: string, replicas: number, policy: string): void {
  const configs = [{ name: 'cleanup.policy', value: policy }];
  const topic = { name, numPartitions: 1, replicationFactor: replicas, assignments: [], configs };
  const { topics } = client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 5000 } as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
}

/** `count` batches of three records, keyed; the timestamps are 1000, 1001, ... */
function produce(client: WireConnection, topic: string, count: number): void {
  for (let batch = 0; batch < count; batch++) {
    const records = [0, 1, 2].map((i) => ({
      key: new Uint8Array([i]),
      value: new Uint8Array([batch]),
      headers: [],
      timestamp: (1000 + batch * 3 + i) as Timestamp,
    }));
    const bytes = buildBatch({ baseOffset: 0 as Offset, leaderEpoch: 0 as LeaderEpoch, records });
    const partitionData = [{ index: 0, records: bytes }];
    const body = { transactionalId: null, acks: -1, timeoutMs: 5000 };
    const topicData = [{ name: topic, partitionData }];
    const { responses } = client.call(produceApi, 7, { ...body, topicData } as never);
    expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(ErrorCode.NONE);
  }
}

function remove(
  client: WireConnection,
  name: string,
  offset: number,
  version = 2,
  timeoutMs = 5000,
): DeleteRecordsResponseDeleteRecordsPartitionResult {
  const partitions = [{ partitionIndex: 0 as PartitionIndex, offset: offset as Offset }];
  const body = { topics: [{ name, partitions }], timeoutMs };
  return client.call(deleteRecordsApi, version, body).topics[0]!.partitions[0]!;
}

function listed(client: WireConnection, name: string, timestamp: number): number {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions }] };
  return client.call(listOffsetsApi, 5, body as never).topics[0]!.partitions[0]!.offset;
}

/** Error code and, without one, the base offset of the first batch. */
function fetched(client: WireConnection, topic: string, fetchOffset: number): [number, number] {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 };
  const topics = [{ topic, partitions: [partition] }];
  const body = { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, sessionEpoch: -1, topics };
  const data = client.call(fetchApi, 11, body as never).responses[0]!.partitions[0]!;
  const { errorCode, records } = data;
  return [errorCode, errorCode === 0 && records ? readBatchHeader(records, 0).baseOffset : -1];
}

describe('DeleteRecords', () => {
  test.each([0, 1, 2])('version %i moves the log start of every replica, for good', (version) => {
    const wire = new WireWorld({ brokers: 3 });
    create(wire.connect(), 't', 3, 'delete');
    wire.until(() => wire.brokers.some((broker) => leads(broker, 't')), 'a leader');
    const leader = wire.brokers.findIndex((broker) => leads(broker, 't'));
    const client = wire.connect(leader);
    produce(client, 't', 3);
    const answer = { partitionIndex: 0, lowWatermark: 4, errorCode: ErrorCode.NONE };
    expect(remove(client, 't', 4, version)).toEqual(answer);
    for (const [index, broker] of wire.brokers.entries()) {
      expect(broker.replicas.findByName('t', 0 as PartitionIndex)!.state.logStartOffset).toBe(4);
      const { files } = wire.nodes[index]!;
      const stored = readOffsetCheckpoint(files, `/data/${LOG_START_CHECKPOINT}`);
      expect(stored).toContainEqual({ topic: 't', partition: 0, offset: 4 });
    }
    expect(fetched(client, 't', 3)).toEqual([ErrorCode.OFFSET_OUT_OF_RANGE, -1]);
    // The log begins in the middle of a batch, which is sent whole.
    expect(fetched(client, 't', 4)).toEqual([ErrorCode.NONE, 3]);
    expect(listed(client, 't', -2)).toBe(4);
    expect(listed(client, 't', 1000)).toBe(4);
    const other = wire.connect((leader + 1) % 3);
    expect(remove(other, 't', 5).errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });

  test('refuses what may not be deleted', () => {
    const wire = new WireWorld();
    const client = wire.connect();
    create(client, 't', 1, 'delete');
    create(client, 'both', 1, 'compact,delete');
    create(client, 'keys', 1, 'compact');
    for (const topic of ['t', 'both', 'keys']) {
      produce(client, topic, 2);
    }
    const refused = (errorCode: number) => ({ partitionIndex: 0, lowWatermark: -1, errorCode });
    expect(remove(client, 't', 7)).toEqual(refused(ErrorCode.OFFSET_OUT_OF_RANGE));
    expect(remove(client, 't', -2)).toEqual(refused(ErrorCode.OFFSET_OUT_OF_RANGE));
    expect(remove(client, 'keys', 1)).toEqual(refused(ErrorCode.POLICY_VIOLATION));
    expect(remove(client, 'none', 1)).toEqual(refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
    const internal = remove(client, '__consumer_offsets', 1);
    expect(internal).toEqual(refused(ErrorCode.INVALID_TOPIC_EXCEPTION));
    expect(remove(client, 'both', -1)).toMatchObject({ lowWatermark: 6, errorCode: 0 });
    expect(remove(client, 't', 2)).toMatchObject({ lowWatermark: 2, errorCode: 0 });
    // Lower than the log start: it is gone already.
    expect(remove(client, 't', 1)).toMatchObject({ lowWatermark: 2, errorCode: 0 });
  });

  test('answers REQUEST_TIMED_OUT while a live replica has not deleted', () => {
    const wire = new WireWorld({ brokers: 3, configs: { 'replica.fetch.wait.max.ms': '400' } });
    create(wire.connect(), 't', 3, 'delete');
    wire.until(() => wire.brokers.some((broker) => leads(broker, 't')), 'a leader');
    const leader = wire.brokers.findIndex((broker) => leads(broker, 't'));
    const client = wire.connect(leader);
    produce(client, 't', 2);
    wire.cut(leader, (leader + 1) % 3);
    const answer = remove(client, 't', 4, 2, 200);
    expect(answer).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT, lowWatermark: 0 });
    wire.heal();
    expect(remove(client, 't', 4)).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 4 });
  });
});

function leads(broker: WireWorld['brokers'][number], topic: string): boolean {
  return broker.replicas.findByName(topic, 0 as PartitionIndex)?.isLeader === true;
}
