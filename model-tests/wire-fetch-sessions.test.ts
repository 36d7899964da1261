/** Fetch sessions (KIP-227) over the wire. */

import { expect, test } from 'vitest';
import { createTopicsApi, fetchApi, produceApi } from '../src/protocol/apis.js';
import { ErrorCode } from '../src/protocol/errors.js';
import type { FetchResponse } from '../src/protocol/schemas/fetch.js';
import { recordBatch } from './wire-requests.js';
import { type WireConnection, WireWorld } from './wire-world.js';

interface Asked {
  readonly id?: number;
  readonly epoch?: number;
  /** Topic, partition, offset. */
  readonly ask?: readonly (readonly [string, number, number])[];
  readonly forget?: readonly (readonly [string, number])[];
  readonly wait?: number;
  readonly maxBytes?: number;
  readonly version?: number;
}

function newWorld(configs: Record<string, string> = {}): WireWorld {
  const wire = new WireWorld({ configs });
  wire.connect().call(createTopicsApi, 7, {
    topics: ['t', 'u'].map((name) => ({
      name,
      numPartitions: 2,
      replicationFactor: 1,
      assignments: [],
      configs: [],
    })),
    timeoutMs: 1000,
  });
  wire.run(0.1);
  return wire;
}

function send(connection: WireConnection, asked: Asked): number {
  const { id = 0, epoch = -1, ask = [], forget = [], wait = 0, maxBytes = 1 << 20 } = asked;
  return connection.request(fetchApi, asked.version ?? 11, {
    replicaId: -1 as never,
    maxWaitMs: wait,
    minBytes: 1,
    maxBytes,
    sessionId: id,
    sessionEpoch: epoch,
    topics: ask.map(([topic, partition, fetchOffset]) => ({
      topic,
      partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }],
    })),
    forgottenTopicsData: forget.map(([topic, partition]) => ({ topic, partitions: [partition] })),
  });
}

function fetch(connection: WireConnection, asked: Asked): FetchResponse {
  return connection.take(fetchApi, asked.version ?? 11, send(connection, asked));
}

/** What an answer names: topic, partition, and what is wrong or that there are records. */
function named({ responses }: FetchResponse): string[] {
  return responses.flatMap(({ topic, partitions }) =>
    partitions.map(({ partitionIndex, errorCode, records }) => {
      const content =
        errorCode !== 0 ? ` error ${errorCode}` : (records?.length ?? 0) > 0 ? ' +' : '';
      return `${topic}-${partitionIndex}${content}`;
    }),
  );
}

function produce(wire: WireWorld, name: string, index: number): void {
  const partitionData = [{ index: index as never, records: recordBatch(['v']) }];
  const body = { acks: -1, timeoutMs: 1000, topicData: [{ name, partitionData }] };
  const { responses } = wire.connect().call(produceApi, 7, body);
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
}

const ALL = [
  ['t', 0, 0],
  ['t', 1, 0],
  ['u', 0, 0],
] as const;

test.each([7, 11, 12])('version %s: after the first answer only news are told', (version) => {
  const wire = newWorld();
  const connection = wire.connect();
  const first = fetch(connection, { epoch: 0, ask: ALL, version });
  const id = first.sessionId;
  expect(id).toBeGreaterThan(0);
  expect(named(first)).toEqual(['t-0', 't-1', 'u-0']);
  expect(named(fetch(connection, { id, epoch: 1, version }))).toEqual([]);
  produce(wire, 't', 1);
  const news = fetch(connection, { id, epoch: 2, version });
  expect([news.sessionId, named(news)]).toEqual([id, ['t-1 +']]);
  // The same again, until the fetcher moves on; then its high watermark is known.
  expect(named(fetch(connection, { id, epoch: 3, version }))).toEqual(['t-1 +']);
  const moved = fetch(connection, { id, epoch: 4, ask: [['t', 1, 1]], version });
  expect(named(moved)).toEqual([]);
  const forgotten = fetch(connection, {
    id,
    epoch: 5,
    forget: [['t', 1]],
    ask: [['u', 1, 0]],
    version,
  });
  expect(named(forgotten)).toEqual(['u-1']);
  produce(wire, 't', 1);
  produce(wire, 't', 0);
  expect(named(fetch(connection, { id, epoch: 6, version }))).toEqual(['t-0 +']);
});

test('errors are told every time, and that they are over', () => {
  const wire = newWorld();
  const connection = wire.connect();
  const { sessionId: id, ...first } = fetch(connection, { epoch: 0, ask: [['x', 0, 0], ...ALL] });
  expect(named(first as FetchResponse)[0]).toBe(
    `x-0 error ${ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}`,
  );
  for (const epoch of [1, 2]) {
    expect(named(fetch(connection, { id, epoch })).length).toBe(1);
  }
  const topic = { name: 'x', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
  wire.connect().call(createTopicsApi, 7, { topics: [topic], timeoutMs: 1000 });
  wire.run(0.1);
  expect(named(fetch(connection, { id, epoch: 3 }))).toEqual(['x-0']);
  expect(named(fetch(connection, { id, epoch: 4 }))).toEqual([]);
});

test('a wrong id and a wrong epoch are refused, and cost the session nothing', () => {
  const wire = newWorld();
  const connection = wire.connect();
  const id = fetch(connection, { epoch: 0, ask: ALL }).sessionId;
  const refused = (asked: Asked): unknown => {
    const { errorCode, sessionId, responses } = fetch(connection, asked);
    return [errorCode, sessionId, responses];
  };
  expect(refused({ id: id === 1 ? 2 : id - 1, epoch: 1 })).toEqual([
    ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    0,
    [],
  ]);
  for (const epoch of [2, 7, -2]) {
    expect(refused({ id, epoch })).toEqual([ErrorCode.INVALID_FETCH_SESSION_EPOCH, 0, []]);
  }
  expect(named(fetch(connection, { id, epoch: 1 }))).toEqual([]);
  // The same epoch again: whose answer was lost begins anew.
  expect(refused({ id, epoch: 1 })).toEqual([ErrorCode.INVALID_FETCH_SESSION_EPOCH, 0, []]);
  const anew = fetch(connection, { id, epoch: 0, ask: ALL });
  expect(anew.sessionId).not.toBe(id);
  expect(refused({ id, epoch: 2 })).toEqual([ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0, []]);
});

test('a session ends with epoch -1, and with its last partition', () => {
  const wire = newWorld();
  const connection = wire.connect();
  const open = (): number => fetch(connection, { epoch: 0, ask: [['t', 0, 0]] }).sessionId;
  const first = open();
  expect(fetch(connection, { id: first, epoch: -1, ask: ALL }).sessionId).toBe(0);
  expect(fetch(connection, { id: first, epoch: 1 }).errorCode).toBe(
    ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  );
  const second = open();
  expect(fetch(connection, { id: second, epoch: 1, forget: [['t', 0]] })).toMatchObject({
    errorCode: 0,
    sessionId: 0,
    responses: [],
  });
});

test('a fetch that waits wakes for what its session holds, and is refused once overtaken', () => {
  const wire = newWorld();
  const connection = wire.connect();
  const id = fetch(connection, { epoch: 0, ask: ALL }).sessionId;
  const waiting = send(connection, { id, epoch: 1, wait: 10_000 });
  wire.run(1);
  expect(connection.frames).toEqual([]);
  produce(wire, 'u', 0);
  expect(named(connection.take(fetchApi, 11, waiting, 1))).toEqual(['u-0 +']);
  const overtaken = send(connection, { id, epoch: 2, ask: [['u', 0, 1]], wait: 500 });
  wire.run(0.1);
  expect(fetch(wire.connect(), { id, epoch: 3 }).errorCode).toBe(0);
  expect(connection.take(fetchApi, 11, overtaken)).toMatchObject({
    errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
    sessionId: id,
    responses: [],
  });
});

test('a busy partition starves nobody: what was served comes last', () => {
  const wire = newWorld();
  const connection = wire.connect();
  for (const index of [0, 1]) {
    produce(wire, 't', index);
  }
  const first = fetch(connection, { epoch: 0, ask: ALL, maxBytes: 1 });
  expect(named(first)).toEqual(['t-0 +', 't-1', 'u-0']);
  const { sessionId: id } = first;
  expect(named(fetch(connection, { id, epoch: 1, maxBytes: 1 }))).toEqual(['t-1 +']);
  expect(named(fetch(connection, { id, epoch: 2, maxBytes: 1 }))).toEqual(['t-0 +']);
  expect(named(fetch(connection, { id, epoch: 3, maxBytes: 1 }))).toEqual(['t-1 +']);
});

test('without a slot there is no session; a slot is free again after a while', () => {
  const configs = {
    'max.incremental.fetch.session.cache.slots': '2',
    'min.incremental.fetch.session.eviction.ms': '1000',
  };
  const wire = newWorld(configs);
  const open = (): number => fetch(wire.connect(), { epoch: 0, ask: ALL }).sessionId;
  expect([open() > 0, open() > 0, open()]).toEqual([true, true, 0]);
  wire.run(2);
  expect(open()).toBeGreaterThan(0);
});
