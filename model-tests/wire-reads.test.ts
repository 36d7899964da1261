/** Changes and linearizable reads (thesis, 6.4) of topics over the wire, asked of any broker. */

import { describe, expect, test } from 'vitest';
import {
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  incrementalAlterConfigsApi,
  readTopicApi,
} from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import type { ReadTopicResponse } from '../src/protocol/private-schemas.js';
import { type WireConnection, WireWorld } from './wire-world.js';

const PATIENCE_MS = 5000;

function create(client: WireConnection, name: string, configs: object[] = []): void {
  const topic = { name, numPartitions: 2, replicationFactor: 1, assignments: [], configs };
  const body = { topics: [topic], timeoutMs: PATIENCE_MS };
  const { topics } = client.call(createTopicsApi, 7, body as never);
  expect(topics[0]!.errorCode).toBe(ErrorCode.NONE);
}

function grow(client: WireConnection, name: string, count: number): void {
  const body = { topics: [{ name, count, assignments: null }], timeoutMs: PATIENCE_MS };
  const { results } = client.call(createPartitionsApi, 2, body as never);
  expect(results[0]!.errorCode).toBe(ErrorCode.NONE);
}

function configure(client: WireConnection, name: string, key: string, value: string): void {
  const configs = [{ name: key, configOperation: 0, value }];
  const body = { resources: [{ resourceType: 2, resourceName: name, configs }] };
  const { responses } = client.call(incrementalAlterConfigsApi, 1, body as never);
  expect(responses[0]!.errorCode).toBe(ErrorCode.NONE);
}

function remove(client: WireConnection, name: string, version = 5): void {
  const body = { topicNames: [name], timeoutMs: PATIENCE_MS };
  const { responses } = client.call(deleteTopicsApi, version, body as never);
  expect(responses[0]!.errorCode).toBe(ErrorCode.NONE);
}

function read(client: WireConnection, name: string, timeoutMs = PATIENCE_MS): ReadTopicResponse {
  return client.call(readTopicApi, 0, { name, timeoutMs });
}

/** Index of the broker that leads the metadata quorum, as it thinks. */
function controllerOf(wire: WireWorld): number {
  return wire.brokers.findIndex(({ controller }) => controller.isActive);
}

describe('a read of a topic', () => {
  test('tells whether it is there, its id, its size and its own configs', () => {
    const wire = new WireWorld({ configs: { 'log.cleaner.delete.retention.ms': '77' } });
    const client = wire.connect();
    expect(read(client, 't')).toEqual({ errorCode: ErrorCode.NONE, topic: null });
    create(client, 't', [{ name: 'retention.ms', value: '-1' }]);
    const { topic } = read(client, 't');
    expect(topic).toEqual({
      topicId: wire.brokers[0]!.controller.image.topicIds.get('t'),
      partitions: 2,
      configs: [{ name: 'retention.ms', value: '-1' }],
    });
    remove(client, 't');
    expect(read(client, 't').topic).toBe(null);
  });

  test('sees each change that was acknowledged before, whichever brokers are asked', () => {
    const wire = new WireWorld({ brokers: 3 });
    const clients = wire.brokers.map((_, index) => wire.connect(index));
    const everywhere = (): unknown[] => clients.map((client) => read(client, 't').topic);
    for (const [index, client] of clients.entries()) {
      create(client, 't');
      const [first] = everywhere();
      expect(first).toMatchObject({ partitions: 2, configs: [] });
      grow(client, 't', 3 + index);
      configure(clients[(index + 1) % 3]!, 't', 'delete.retention.ms', String(index));
      const configs = [{ name: 'delete.retention.ms', value: String(index) }];
      const now = { ...(first as object), partitions: 3 + index, configs };
      expect(everywhere()).toEqual([now, now, now]);
      remove(client, 't');
      expect(everywhere()).toEqual([null, null, null]);
    }
  });
});

describe('a topic is deleted by its name', () => {
  // Brokers speak the newest version among themselves, which names topics elsewhere.
  test.each([1, 4, 5])('in version %i, whichever broker is asked', (version) => {
    const wire = new WireWorld({ brokers: 3 });
    for (const index of wire.brokers.keys()) {
      const client = wire.connect(index);
      create(client, 't');
      remove(client, 't', version);
      expect(read(client, 't').topic).toBe(null);
    }
  });
});

describe('a controller that is cut off', () => {
  /** It is asked for `t`, which the others have created meanwhile. */
  const askDeposed = (wire: WireWorld): { wire: WireWorld; answer: ReadTopicResponse } => {
    const deposed = controllerOf(wire);
    const others = [0, 1, 2].filter((index) => index !== deposed);
    const clients = wire.brokers.map((_, index) => wire.connect(index));
    for (const other of others) {
      wire.cut(deposed, other);
    }
    const isActive = (index: number): boolean => wire.brokers[index]!.controller.isActive;
    wire.until(() => others.some(isActive), 'a controller that is not cut off');
    // Both know of it.
    wire.run(0.1);
    create(clients[others[0]!]!, 't');
    for (const other of others) {
      expect(read(clients[other]!, 't').topic).toMatchObject({ partitions: 2 });
    }
    return { wire, answer: read(clients[deposed]!, 't', 1000) };
  };

  test('answers no read', () => {
    const { answer } = askDeposed(new WireWorld({ brokers: 3 }));
    expect(answer).toEqual({ errorCode: ErrorCode.REQUEST_TIMED_OUT, topic: null });
  });

  test('answers what was there before if the rule of reads is gone', () => {
    const raft = { mayServeRead: (): boolean => true, mustStepDown: (): boolean => false };
    const { answer } = askDeposed(new WireWorld({ brokers: 3, raft }));
    expect(answer).toEqual({ errorCode: ErrorCode.NONE, topic: null });
  });

  test('answers again, and the newest, once it is back', () => {
    const { wire } = askDeposed(new WireWorld({ brokers: 3 }));
    wire.heal();
    wire.run(1);
    for (const index of wire.brokers.keys()) {
      expect(read(wire.connect(index), 't').topic).toMatchObject({ partitions: 2 });
    }
  });
});
