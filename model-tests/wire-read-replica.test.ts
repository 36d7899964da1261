/** Reading from followers (KIP-392) over the wire. */

import { describe, expect, test } from 'vitest';
import type { LeaderEpoch, Offset, PartitionIndex, Timestamp } from '../src/core/types/ids.js';
import { buildBatch, readBatchHeader } from '../src/log/record-batch.js';
import { createTopicsApi, fetchApi, produceApi } from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const SELECTOR = 'org.apache.kafka.common.replica.RackAwareReplicaSelector';

/** Three brokers in the racks a, b and c, and a topic whose leader is the first. */
function world(selector: string | null = SELECTOR): WireWorld {
  const wire = new WireWorld({
    brokers: 3,
    configs: selector === null ? {} : { 'replica.selector.class': selector },
    ownConfigs: ['a', 'b', 'c'].map((rack) => ({ 'broker.rack': rack })),
  });
  const client = wire.connect(0);
  const assignments = [{ partitionIndex: 0, brokerIds: [1, 2, 3] }];
  const topic = { name: 't', numPartitions: -1, replicationFactor: -1, assignments, configs: [] };
  const { topics } = client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 5000 } as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
  wire.until(() => partitionOf(wire, 0)?.isLeader === true, 'the leader');
  return wire;
}

function partitionOf(wire: WireWorld, broker: number) {
  return wire.brokers[broker]!.replicas.findByName('t', 0 as PartitionIndex);
}

function produce(client: WireConnection, value: number): void {
  const records = [
    { key: null, value: new Uint8Array([value]), headers: [], timestamp: 1 as Timestamp },
  ];
  const bytes = buildBatch({ baseOffset: 0 as Offset, leaderEpoch: 0 as LeaderEpoch, records });
  const topicData = [{ name: 't', partitionData: [{ index: 0, records: bytes }] }];
  const body = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData };
  const { responses } = client.call(produceApi, 7, body as never);
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(ErrorCode.NONE);
}

function fetchBody(fetchOffset: number, rackId: string, maxWaitMs: number): object {
  const partition = { partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 };
  const topics = [{ topic: 't', partitions: [partition] }];
  return { maxWaitMs, minBytes: 1, maxBytes: 1 << 20, sessionEpoch: -1, topics, rackId };
}

/** Error code, preferred read replica, high watermark, and base offset of the first batch; -1: none. */
function fetched(client: WireConnection, version: number, offset: number, rack: string): number[] {
  const body = fetchBody(offset, rack, 0);
  const data = client.call(fetchApi, version, body as never).responses[0]!.partitions[0]!;
  const { errorCode, preferredReadReplica, highWatermark, records } = data;
  const first = records && records.length > 0 ? readBatchHeader(records, 0).baseOffset : -1;
  return [errorCode, preferredReadReplica, highWatermark, first];
}

describe('a consumer with a rack', () => {
  test.each([11, 12])('version %i is sent to the replica in it, and reads there', (version) => {
    const wire = world();
    produce(wire.connect(0), 7);
    wire.until(() => partitionOf(wire, 1)!.state.highWatermark === 1, 'the follower knows');
    expect(fetched(wire.connect(0), version, 0, 'b')).toEqual([ErrorCode.NONE, 2, 1, -1]);
    expect(fetched(wire.connect(1), version, 0, 'b')).toEqual([ErrorCode.NONE, -1, 1, 0]);
    // In the leader's rack, in one without replicas, and without one the leader serves.
    for (const rack of ['a', 'x', '']) {
      expect(fetched(wire.connect(0), version, 0, rack)).toEqual([ErrorCode.NONE, -1, 1, 0]);
    }
  });

  test('stays at the leader where no selector is configured', () => {
    const wire = world(null);
    produce(wire.connect(0), 7);
    expect(fetched(wire.connect(0), 11, 0, 'b')).toEqual([ErrorCode.NONE, -1, 1, 0]);
  });

  test('of an older version is refused by a follower', () => {
    const wire = world();
    produce(wire.connect(0), 7);
    expect(fetched(wire.connect(1), 10, 0, '')[0]).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  });

  test('waits at a follower until that one knows of more', () => {
    const wire = world();
    const reader = wire.connect(1);
    const asked = reader.request(fetchApi, 12, fetchBody(0, 'b', 60_000) as never);
    wire.run(2);
    expect(reader.frames).toEqual([]);
    const before = wire.world.now;
    produce(wire.connect(0), 7);
    const data = reader.take(fetchApi, 12, asked).responses[0]!.partitions[0]!;
    expect(readBatchHeader(data.records!, 0).baseOffset).toBe(0);
    expect(wire.world.now - before).toBeLessThan(2_000_000);
  });
});
