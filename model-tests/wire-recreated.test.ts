/** A topic that is deleted and created again under its name has nothing of the old one, its configs least of all. */

import { expect, test } from 'vitest';
import type { LeaderEpoch, Offset, Timestamp, Uuid } from '../src/core/types/ids.js';
import { ZERO_UUID } from '../src/core/types/ids.js';
import { buildBatch } from '../src/log/record-batch.js';
import {
  createTopicsApi,
  deleteTopicsApi,
  listOffsetsApi,
  produceApi,
} from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import { type WireConnection, WireWorld } from './wire-world.js';

function create(client: WireConnection, configs: Readonly<Record<string, string>>): void {
  const topic = {
    name: 't',
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
  };
  const { topics } = client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 5000 } as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
}

function recreate(client: WireConnection): void {
  const topics = [{ name: 't', topicId: ZERO_UUID as Uuid }];
  const deleted = client.call(deleteTopicsApi, 6, { topics, timeoutMs: 5000 } as never);
  expect(deleted.responses[0]!.errorCode).toBe(ErrorCode.NONE);
  create(client, {});
}

/** A batch without a key. */
function produce(wire: WireWorld, client: WireConnection): number {
  const now = wire.nodes[0]!.clock.wall();
  const records = [
    { key: null, value: new Uint8Array(9), headers: [], timestamp: now as Timestamp },
  ];
  const bytes = buildBatch({ baseOffset: 0 as Offset, leaderEpoch: 0 as LeaderEpoch, records });
  const topicData = [{ name: 't', partitionData: [{ index: 0, records: bytes }] }];
  const body = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData };
  return client.call(produceApi, 7, body as never).responses[0]!.partitionResponses[0]!.errorCode;
}

function logStart(client: WireConnection): number {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -2 }];
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: 't', partitions }] };
  return client.call(listOffsetsApi, 5, body as never).topics[0]!.partitions[0]!.offset;
}

test('what is produced to it is judged by its own configs', () => {
  const wire = new WireWorld();
  const client = wire.connect();
  create(client, { 'cleanup.policy': 'compact' });
  expect(produce(wire, client)).toBe(ErrorCode.INVALID_RECORD);
  recreate(client);
  expect(produce(wire, client)).toBe(ErrorCode.NONE);
});

test('what is stored is kept as long as it says', () => {
  const wire = new WireWorld({ configs: { 'log.retention.check.interval.ms': '100' } });
  const client = wire.connect();
  create(client, { 'retention.ms': '500', 'segment.ms': '100' });
  expect(produce(wire, client)).toBe(ErrorCode.NONE);
  wire.run(5);
  expect(logStart(client)).toBe(1);
  recreate(client);
  expect(produce(wire, client)).toBe(ErrorCode.NONE);
  wire.run(5);
  expect(logStart(client)).toBe(0);
});
