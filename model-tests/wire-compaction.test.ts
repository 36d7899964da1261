/** Compaction as clients see it: brokers clean on their own, and what is left can be read. */

import { describe, expect, test } from 'vitest';
import type { LeaderEpoch, Offset, PartitionIndex, Timestamp } from '../src/core/types/ids.js';
import { CLEANER_CHECKPOINT, readOffsetCheckpoint } from '../src/log/checkpoints.js';
import { buildBatch, readRecords } from '../src/log/record-batch.js';
import { createTopicsApi, fetchApi, produceApi } from '../src/protocol/apis.js';
import { decompress } from '../src/protocol/compression.js';
import { ErrorCode } from '../src/protocol/errors.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const QUICK = { 'log.cleaner.backoff.ms': '200', 'log.retention.check.interval.ms': '200' };

function create(client: WireConnection, name: string, replicas: number): void {
  const configs = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'segment.ms', value: '1' },
    { name: 'delete.retention.ms', value: '0' },
    { name: 'retention.ms', value: '1' },
  ];
  const topic = { name, numPartitions: 1, replicationFactor: replicas, assignments: [], configs };
  const { topics } = client.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 5000 } as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
}

interface Answer {
  readonly errorCode: number;
  readonly recordErrors: readonly unknown[];
}

/** Each batch is in a segment of its own: its timestamp is 10 ms behind that of the one before. */
function produce(
  client: WireConnection,
  topic: string,
  at: number,
  key: string | null,
  value: string | null,
): Answer {
  const bytes = (of: string | null) => (of === null ? null : new TextEncoder().encode(of));
  const timestamp = (1000 + at * 10) as Timestamp;
  const records = [{ key: bytes(key), value: bytes(value), headers: [], timestamp }];
  const batch = buildBatch({ baseOffset: 0 as Offset, leaderEpoch: 0 as LeaderEpoch, records });
  const topicData = [{ name: topic, partitionData: [{ index: 0, records: batch }] }];
  const body = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData };
  // Version 8 tells which record is to blame; this broker speaks up to 7.
  return client.call(produceApi, 7, body as never).responses[0]!.partitionResponses[0]!;
}

function consume(client: WireConnection, topic: string): string[] {
  const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 };
  const found: string[] = [];
  const decoder = new TextDecoder();
  for (let fetchOffset = 0; fetchOffset < 12; ) {
    const topics = [{ topic, partitions: [{ ...partition, fetchOffset }] }];
    const body = { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, sessionEpoch: -1, topics };
    const data = client.call(fetchApi, 11, body as never).responses[0]!.partitions[0]!;
    expect(data.errorCode).toBe(ErrorCode.NONE);
    for (const { offset, key, value } of readRecords(data.records!, decompress)) {
      found.push(`${offset}:${decoder.decode(key!)}=${decoder.decode(value ?? new Uint8Array(0))}`);
      fetchOffset = offset + 1;
    }
  }
  return found;
}

describe('a compacted topic', () => {
  test('is cleaned by every replica on its own, and read without its gaps', () => {
    const wire = new WireWorld({ brokers: 3, configs: QUICK });
    create(wire.connect(), 't', 3);
    const replicas = () =>
      wire.brokers.map(({ replicas: all }) => all.findByName('t', 0 as PartitionIndex)!);
    wire.until(() => replicas().some((replica) => replica?.isLeader), 'a leader');
    const client = wire.connect(replicas().findIndex((replica) => replica?.isLeader));
    for (let i = 0; i < 9; i++) {
      const answer = produce(client, 't', i, `k${i % 2}`, `v${i}`);
      expect(answer.errorCode).toBe(ErrorCode.NONE);
    }
    produce(client, 't', 9, 'gone', 'v9');
    produce(client, 't', 10, 'gone', null);
    produce(client, 't', 11, 'last', 'v11');
    const cleanedEnds = () =>
      wire.nodes.map(({ files }) => {
        const stored = readOffsetCheckpoint(files, `/data/${CLEANER_CHECKPOINT}`);
        return stored.find(({ topic }) => topic === 't')?.offset ?? 0;
      });
    wire.until(() => cleanedEnds().every((end) => end === 11), 'all have cleaned');
    // What is cached in memory is as it was produced.
    for (const { log } of replicas()) {
      const records = log.segments.flatMap((segment) => {
        const bytes = segment.readInto(new Uint8Array(segment.size), 0, segment.size);
        return readRecords(bytes, decompress).map(({ offset }) => offset);
      });
      expect(records).toEqual([7, 8, 10, 11]);
      expect(log.logStartOffset).toBe(0);
    }
    const read = consume(client, 't');
    expect(read).toEqual(expect.arrayContaining(['7:k1=v7', '8:k0=v8', '10:gone=', '11:last=v11']));
    const events = wire.log.filter(({ event }) => event === 'log.cleaned');
    expect(events.length).toBeGreaterThanOrEqual(3);
    expect(events[0]!.fields).toMatchObject({ replica: 't-0', outcome: 'done' });
  });

  test('takes no record without a key (INVALID_RECORD)', () => {
    const wire = new WireWorld();
    const client = wire.connect();
    create(client, 't', 1);
    expect(produce(client, 't', 0, null, 'v').errorCode).toBe(ErrorCode.INVALID_RECORD);
    expect(produce(client, 't', 0, 'k', 'v').errorCode).toBe(ErrorCode.NONE);
  });

  test('stays whole where the disk is full while it is cleaned', () => {
    const wire = new WireWorld({ configs: QUICK });
    const client = wire.connect();
    create(client, 't', 1);
    for (let i = 0; i < 6; i++) {
      produce(client, 't', i, 'k', `v${i}`);
    }
    wire.broken.set('write', 'ENOSPC');
    const full = (): boolean =>
      wire.log.some(({ fields }) => (fields as { outcome?: string })?.outcome === 'full');
    wire.until(full, 'a pass that finds no room');
    expect(wire.brokers[0]!.lifecycle.state).toBe('running');
    wire.broken.clear();
    const replica = wire.brokers[0]!.replicas.findByName('t', 0 as PartitionIndex)!;
    expect(replica.log.segmentCount).toBe(6);
    wire.until(() => replica.log.segmentCount < 6, 'a pass that has room');
  });
});
