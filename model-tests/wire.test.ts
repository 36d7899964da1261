/** Connections of clients: their fate is Kafka's, nothing leaks, nothing of one hurts another. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  apiVersionsApi,
  createTopicsApi,
  deleteTopicsApi,
  fetchApi,
  joinGroupApi,
  metadataApi,
  produceApi,
} from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { decodeCorrelationId, decodeResponse, encodeRequest } from '../src/protocol/frame.js';
import { recordBatch, servedVersions } from './wire-requests.js';
import { INTERNAL_PORT, type WireConnection, WireWorld } from './wire-world.js';

const UNSUPPORTED_VERSION = 35;

function worldWithTopic(
  options: {
    brokers?: number;
    configs?: Record<string, string>;
    partitions?: number;
    factor?: number;
  } = {},
): WireWorld {
  const { brokers = 1, configs = {}, partitions = 1, factor = brokers } = options;
  const wire = new WireWorld({ brokers, configs });
  const response = wire.connect().call(createTopicsApi, 7, {
    topics: [
      {
        name: 't',
        numPartitions: partitions,
        replicationFactor: factor,
        assignments: [],
        configs: [],
      },
    ],
    timeoutMs: 5000,
  });
  expect(response.topics[0]!.errorCode).toBe(0);
  wire.run(1);
  return wire;
}

/** Number of the broker that leads t-0. */
function leaderOf(wire: WireWorld): number {
  return wire.brokers.findIndex((broker) =>
    [...broker.replicas.replicas.values()].some((each) => each.isLeader && each.partition === 0),
  );
}

const produceBody = (value: string, acks = -1, index = 0): never =>
  ({
    transactionalId: null,
    acks,
    timeoutMs: 60_000,
    topicData: [{ name: 't', partitionData: [{ index, records: recordBatch([value]) }] }],
  }) as never;

const fetchBody = (options: { offset?: number; wait?: number; minBytes?: number } = {}): never =>
  ({
    maxWaitMs: options.wait ?? 0,
    minBytes: options.minBytes ?? 1,
    topics: [
      {
        topic: 't',
        partitions: [
          { partition: 0, fetchOffset: options.offset ?? 0, partitionMaxBytes: 1 << 20 },
        ],
      },
    ],
  }) as never;

const frameOf = (api: typeof metadataApi, version: number, correlationId = 1): Uint8Array =>
  joined(encodeRequest(api, version, { correlationId, clientId: null }, { topics: [] }));

/** A header (v1) and nothing behind it. */
function header(apiKey: number, apiVersion: number): Uint8Array {
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  view.setInt16(0, apiKey);
  view.setInt16(2, apiVersion);
  view.setInt32(4, 77);
  view.setInt16(8, -1);
  return bytes;
}

function parked(wire: WireWorld): number {
  let count = 0;
  for (const broker of wire.brokers) {
    for (const replica of broker.replicas.replicas.values()) {
      count += [...replica.parked].filter((fetch) => !fetch.isFollower).length;
      count += replica.state.leaderState?.waiting.length ?? 0;
    }
  }
  return count;
}

describe('what is no request', () => {
  const wire = worldWithTopic();

  const expectHungUp = (bytes: Uint8Array): void => {
    const connection = wire.connect();
    connection.send(bytes);
    expect(connection.isHungUp()).toBe(true);
    expect(connection.frames).toEqual([]);
    wire.run(0.01);
    expect(wire.ledger.held).toBe(0);
  };

  test.each([-1, 4, 5, 7, 200, 10_000, 10_001, 32_767])('unknown API key %i', (key) => {
    expectHungUp(header(key, 0));
  });

  test.each([
    ['BrokerRegistration', 62],
    ['BrokerHeartbeat', 63],
    ['AlterPartition', 56],
    ['AllocateProducerIds', 67],
  ])('%s is for brokers only', (_name, key) => {
    expectHungUp(header(key, 0));
  });

  test('every version that is not served, of every API', () => {
    const apis = new Set(servedVersions().map(({ api }) => api));
    for (const api of apis) {
      const [lowest, highest] = api.served!;
      for (const version of [-1, lowest - 1, highest + 1, 32_767]) {
        if (api.key !== apiVersionsApi.key) {
          // Long enough for a flexible header too.
          expectHungUp(joined([header(api.key, version), new Uint8Array(8)]));
        }
      }
    }
  });

  test.each([0, 1, 2, 3, 7, 9])('%i bytes of a header', (length) => {
    expectHungUp(frameOf(metadataApi, 4).slice(0, length));
  });

  test('a body that is cut off', () => {
    const whole = frameOf(metadataApi, 9);
    for (let length = 11; length < whole.length; length++) {
      expectHungUp(whole.slice(0, length));
    }
  });

  test('bytes behind the end of a body are ignored: librdkafka 2.16 sends one', () => {
    const connection = wire.connect();
    connection.send(joined([frameOf(metadataApi, 9), new Uint8Array(1)]));
    wire.run(0.1);
    expect(connection.frames.length).toBe(1);
    expect(connection.isAlive()).toBe(true);
  });

  test('arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const connection = wire.connect();
        connection.send(bytes);
        wire.run(0.01);
        connection.close();
        wire.run(0.01);
        expect(wire.ledger.held).toBe(0);
      }),
      { numRuns: 300, seed: 3 },
    );
    expect(wire.connect().isAlive()).toBe(true);
  });

  test.each([4, 5, 9, 100, -1])('ApiVersions %i is answered in version 0, with 35', (version) => {
    const connection = wire.connect();
    connection.send(joined([header(apiVersionsApi.key, version), new Uint8Array(8)]));
    wire.run(0.1);
    const frame = connection.frames.shift()!;
    expect(decodeCorrelationId(frame)).toBe(77);
    const { body } = decodeResponse(apiVersionsApi, 0, frame);
    expect(body.errorCode).toBe(UNSUPPORTED_VERSION);
    expect(body.apiKeys).toEqual([{ apiKey: 18, minVersion: 0, maxVersion: 3 }]);
    expect(connection.isAlive()).toBe(true);
  });
});

describe('the internal listener', () => {
  test('lives through arbitrary bytes, unknown versions and strangers', () => {
    const wire = worldWithTopic();
    for (const key of [0, 1, 3, 18, 19, 56, 62, 10_000, 10_001, 10_002]) {
      for (const version of [-1, 0, 1, 5, 99]) {
        const connection = wire.connect(0, INTERNAL_PORT);
        connection.send(joined([header(key, version), new Uint8Array(40)]));
        wire.run(0.01);
        connection.close();
      }
    }
    expect(wire.connect().isAlive()).toBe(true);
  });
});

describe('order', () => {
  test('pipelined requests are answered in order, whatever takes longer', () => {
    const wire = worldWithTopic();
    const connection = wire.connect();
    const fetch = connection.request(fetchApi, 11, fetchBody({ wait: 2000 }));
    const metadata = connection.request(metadataApi, 9, { topics: [] });
    const versions = connection.request(apiVersionsApi, 0, {});
    wire.run(1);
    expect(connection.frames).toEqual([]);
    connection.take(fetchApi, 11, fetch);
    connection.take(metadataApi, 9, metadata);
    connection.take(apiVersionsApi, 0, versions);
  });

  test('hundreds of pipelined writes that wait for a follower are answered in order', () => {
    const wire = worldWithTopic({ brokers: 2, configs: { 'replica.fetch.wait.max.ms': '100' } });
    const connection = wire.connect(leaderOf(wire));
    const ids = Array.from({ length: 350 }, (_, i) =>
      connection.request(produceApi, 7, produceBody(`v${i}`)),
    );
    ids.forEach((id, index) => {
      const response = connection.take(produceApi, 7, id);
      const { errorCode, baseOffset } = response.responses[0]!.partitionResponses[0]!;
      expect({ errorCode, baseOffset }).toEqual({ errorCode: 0, baseOffset: index });
    });
  });

  test('what came before a bad request is answered, what comes behind it is not looked at', () => {
    const wire = worldWithTopic();
    const connection = wire.connect();
    const fetch = connection.request(fetchApi, 11, fetchBody({ wait: 500 }));
    connection.send(header(999, 0));
    connection.request(produceApi, 7, produceBody('never'));
    wire.run(0.2);
    expect(connection.closed).toBe(null);
    expect(connection.take(fetchApi, 11, fetch).responses.length).toBe(1);
    expect(connection.isHungUp()).toBe(true);
    const body = wire.connect().call(fetchApi, 11, fetchBody());
    expect(body.responses[0]!.partitions[0]!.highWatermark).toBe(0);
  });
});

describe('a connection that ends', () => {
  test('takes its waiting fetches along', () => {
    const wire = worldWithTopic();
    const connection = wire.connect();
    for (let i = 0; i < 5; i++) {
      connection.request(fetchApi, 11, fetchBody({ wait: 0x7fffffff }));
    }
    wire.run(0.1);
    expect(parked(wire)).toBe(5);
    expect(wire.ledger.held).toBe(5);
    connection.close();
    wire.run(0.1);
    expect(parked(wire)).toBe(0);
    expect(wire.ledger.held).toBe(0);
  });

  test('takes its waiting writes along', () => {
    const wire = worldWithTopic({ brokers: 2 });
    const leader = leaderOf(wire);
    wire.nodes[1 - leader]!.pause();
    const connection = wire.connect(leader);
    for (let i = 0; i < 3; i++) {
      connection.request(produceApi, 7, produceBody(`v${i}`));
    }
    wire.run(0.1);
    expect(parked(wire)).toBe(3);
    connection.close();
    wire.run(0.1);
    expect(parked(wire)).toBe(0);
  });

  test('takes a waiting member of a group along, when its session is over', () => {
    const wire = worldWithTopic({ configs: { 'group.initial.rebalance.delay.ms': '5000' } });
    wire.connect().call(metadataApi, 9, {
      topics: [{ name: '__consumer_offsets' }],
      allowAutoTopicCreation: true,
    });
    wire.run(1);
    const connection = wire.connect();
    connection.request(joinGroupApi, 2, {
      groupId: 'g',
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 6000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: new Uint8Array(4) }],
    });
    wire.run(0.1);
    expect(connection.frames).toEqual([]);
    expect(wire.ledger.held).toBe(1);
    connection.close();
    wire.run(15);
    expect(wire.ledger.held).toBe(0);
    expect(wire.connect().isAlive()).toBe(true);
  });

  test('with its topic deleted meanwhile, a waiting write is answered', () => {
    const wire = worldWithTopic({ brokers: 3, factor: 2, partitions: 6 });
    const { image } = wire.brokers[0]!.controller;
    const controller = wire.brokers.findIndex((broker) => broker.controller.isActive);
    const [index, { leader, replicas }] = [
      ...image.topics.get(image.topicIds.get('t')!)!.partitions,
    ].find(([, each]) => each.replicas[1] !== controller + 1)!;
    const connection = wire.connect(leader - 1);
    const other = wire.connect(leader - 1);
    wire.nodes[replicas[1]! - 1]!.pause();
    const id = connection.request(produceApi, 7, produceBody('v', -1, index));
    wire.run(0.05);
    expect(parked(wire)).toBe(1);
    other.request(deleteTopicsApi, 4, { topicNames: ['t'], timeoutMs: 30_000 });
    const response = connection.take(produceApi, 7, id, 1);
    expect(response.responses[0]!.partitionResponses[0]!.errorCode).toBe(6);
  });
});

describe('limits', () => {
  test('idle connections are closed after connections.max.idle.ms, busy and waiting ones are not', () => {
    const wire = worldWithTopic({ configs: { 'connections.max.idle.ms': '8000' } });
    const idle = wire.connect();
    const busy = wire.connect();
    const waiting = wire.connect();
    const fetch = waiting.request(fetchApi, 11, fetchBody({ wait: 30_000 }));
    for (let second = 0; second < 20; second++) {
      wire.run(1);
      expect(busy.isAlive()).toBe(true);
      if (second < 7) {
        expect(idle.closed).toBe(null);
      }
    }
    expect(idle.closed).not.toBe(null);
    waiting.take(fetchApi, 11, fetch);
  });

  test('max.connections is kept to, and places become free again', () => {
    const wire = worldWithTopic({ configs: { 'max.connections': '3' } });
    wire.run(1);
    const open = (): WireConnection => {
      const connection = wire.connect();
      wire.run(0.1);
      return connection;
    };
    for (let round = 0; round < 4; round++) {
      // The one that made the topic is still there.
      const two = [open(), open()];
      expect(open().closed).not.toBe(null);
      expect(two.every((each) => each.isAlive())).toBe(true);
      for (const each of two) {
        each.close();
      }
      wire.run(0.1);
    }
  });

  test('max.connections.per.ip is kept to', () => {
    const wire = worldWithTopic({ configs: { 'max.connections.per.ip': '1' } });
    // In this world every client has an address of its own.
    const connections = Array.from({ length: 3 }, () => wire.connect());
    expect(connections.every((each) => each.isAlive())).toBe(true);
    const again = wire.connectAgain(connections[0]!);
    expect(again.isHungUp()).toBe(true);
    connections[0]!.close();
    wire.run(0.1);
    expect(wire.connectAgain(connections[0]!).isAlive()).toBe(true);
  });

  test('a request above socket.request.max.bytes ends the connection', () => {
    const wire = worldWithTopic({ configs: { 'socket.request.max.bytes': '2000' } });
    const connection = wire.connect();
    connection.send(new Uint8Array(2001));
    expect(connection.isHungUp()).toBe(true);
    expect(connection.closed).not.toBe(null);
  });

  test('queued.max.request.bytes: readers wait for room, then all are served', () => {
    const wire = worldWithTopic({
      brokers: 2,
      configs: { 'queued.max.request.bytes': '5000', 'broker.session.timeout.ms': '60000' },
    });
    const leader = leaderOf(wire);
    const clients = Array.from({ length: 10 }, () => wire.connect(leader));
    wire.nodes[1 - leader]!.pause();
    const ids = clients.map((client) =>
      [1, 2, 3].map((i) => client.request(produceApi, 7, produceBody(`${i}`.repeat(900)))),
    );
    wire.run(0.5);
    // Each connection may bring one request more before it is no longer read.
    const waiting = parked(wire);
    expect(waiting).toBeGreaterThan(4);
    expect(waiting).toBeLessThan(17);
    wire.nodes[1 - leader]!.resume();
    clients.forEach((client, index) => {
      for (const id of ids[index]!) {
        const response = client.take(produceApi, 7, id);
        expect(response.responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
      }
    });
  });

  test('two hundred connections are served, and leave nothing behind', () => {
    const wire = worldWithTopic();
    const clients = Array.from({ length: 200 }, () => wire.connect());
    const ids = clients.map((client) => client.request(fetchApi, 11, fetchBody({ wait: 5000 })));
    wire.run(0.5);
    expect(parked(wire)).toBe(200);
    wire.connect().call(produceApi, 7, produceBody('x'));
    clients.forEach((client, index) => {
      const { responses } = client.take(fetchApi, 11, ids[index]!, 1);
      expect(responses[0]!.partitions[0]!.highWatermark).toBe(1);
      client.close();
    });
    wire.run(0.5);
    expect(parked(wire)).toBe(0);
    // The batch itself stays in memory for readers at the end.
    expect(wire.ledger.held).toBe(1);
  });
});

describe('shutdown', () => {
  const shutDown = (wire: WireWorld, index: number): void => {
    const connection = wire.connect(index);
    const id = connection.request(fetchApi, 11, fetchBody({ wait: 60_000 }));
    wire.run(0.1);
    wire.brokers[index]!.shutdown();
    wire.run(10);
    expect(wire.nodes[index]!.isRunning).toBe(false);
    expect(wire.nodes[index]!.stopped).toBe(null);
    expect(connection.take(fetchApi, 11, id).responses[0]!.partitions[0]!.errorCode).toBe(6);
  };

  test('with a consumer that waits at the end', () => {
    shutDown(worldWithTopic(), 0);
  });

  test('of a leader that has no controller to hand over to', () => {
    const wire = worldWithTopic({ brokers: 2 });
    const leader = leaderOf(wire);
    wire.nodes[1 - leader]!.pause();
    shutDown(wire, leader);
  });
});
