import { describe, expect, test } from 'vitest';
import type {
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  Timestamp,
  Uuid,
} from '../core/types/ids.js';
import { readBatchHeader, stampBatch } from '../log/record-batch.js';
import { fetchApi, metadataApi, produceApi, readTopicApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { TopicMetadata } from './answers.js';
import { type BatchToProduce, Client } from './client.js';
import type { Outcome, ProduceOutcome } from './outcomes.js';
import { encodeBatch } from './records.js';
import { type ScriptedRequest, ScriptedWorld } from './scripted-world.js';

const TOPIC = 't';
const P0 = 0 as PartitionIndex;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function open(world: ScriptedWorld, ports: readonly number[] = [1001]): Client {
  return new Client(world, {
    clientId: 'test',
    bootstrap: ports.map((port) => ({ host: 'h', port })),
    requestTimeout: 1_000,
    metadataTimeout: 300,
    maxFrameBytes: 1 << 20,
  });
}

function batch(sequence = 0, acks: -1 | 0 | 1 = -1): BatchToProduce {
  return {
    topic: TOPIC,
    partition: P0,
    records: [{ key: null, value: bytes(`v${sequence}`), timestamp: 5 as Timestamp }],
    acks,
    timeout: 500,
    producer: {
      producerId: 7n as ProducerId,
      producerEpoch: 0 as ProducerEpoch,
      baseSequence: sequence,
    },
    compression: 0,
  };
}

/** Metadata with leader `leader` (its port is 1000 + id) in `leaderEpoch`. */
function answerMetadata(request: ScriptedRequest, leader: number, leaderEpoch: number): void {
  request.answer(metadataApi, {
    brokers: [1, 2].map((nodeId) => ({ nodeId, host: 'h', port: 1000 + nodeId, rack: null })),
    clusterId: 'c',
    controllerId: 1,
    topics: [
      {
        errorCode: 0,
        name: TOPIC,
        partitions: [
          {
            errorCode: 0,
            partitionIndex: 0,
            leaderId: leader,
            leaderEpoch,
            replicaNodes: [1, 2],
            isrNodes: [1, 2],
            offlineReplicas: [],
          },
        ],
      },
    ],
  });
}

function answerProduce(request: ScriptedRequest, errorCode: number, baseOffset = -1): void {
  request.answer(produceApi, {
    responses: [
      {
        name: TOPIC,
        partitionResponses: [{ index: 0, errorCode, baseOffset: baseOffset as never }],
      },
    ],
  });
}

/** A broker that leads, and keeps produce requests for the test to answer. */
function leading(world: ScriptedWorld, leader = 1, leaderEpoch = 3): ScriptedRequest[] {
  const waiting: ScriptedRequest[] = [];
  for (const id of [1, 2]) {
    world.broker(1000 + id, (request) => {
      if (request.apiKey === metadataApi.key) {
        answerMetadata(request, leader, leaderEpoch);
      } else {
        waiting.push(request);
      }
    });
  }
  return waiting;
}

function collect<T>(): { readonly all: T[]; readonly done: (outcome: T) => void } {
  const all: T[] = [];
  return { all, done: (outcome) => all.push(outcome) };
}

describe('produce', () => {
  test('sends one batch to the leader that metadata names and tells its offset', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world, 2);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(4), done);
    world.advance(10);
    expect(waiting.map(({ port }) => port)).toEqual([1002]);
    const body = waiting[0]?.body(produceApi);
    expect(body).toMatchObject({ acks: -1, timeoutMs: 500, transactionalId: null });
    const records = body?.topicData[0]?.partitionData[0]?.records ?? new Uint8Array();
    expect(readBatchHeader(records, 0)).toMatchObject({
      baseOffset: 0,
      leaderEpoch: -1,
      producerId: 7n,
      producerEpoch: 0,
      baseSequence: 4,
      recordCount: 1,
    });
    answerProduce(waiting[0] as ScriptedRequest, 0, 42);
    expect(all).toEqual([{ type: 'ok', baseOffset: 42, leader: 2 }]);
    expect(world.timersArmed()).toBe(0);
    expect(world.unreleased).toBe(0);
  });

  test('keeps five batches in flight, in order, and matches their answers', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    for (let sequence = 0; sequence < 5; sequence++) {
      client.produce(batch(sequence), done);
    }
    world.advance(10);
    const sequences = waiting.map((request) => {
      const records = request.body(produceApi).topicData[0]?.partitionData[0]?.records;
      return readBatchHeader(records ?? new Uint8Array(), 0).baseSequence;
    });
    expect(sequences).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(waiting.map(({ connection }) => connection)).size).toBe(1);
    for (const [index, request] of waiting.entries()) {
      answerProduce(request, index === 2 ? ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER : 0, 10 + index);
    }
    expect(
      all.map((outcome) => (outcome.type === 'ok' ? outcome.baseOffset : outcome.type)),
    ).toEqual([10, 11, 'fail', 13, 14]);
  });

  test('a lost answer is unknown, and so is all that was in flight behind it', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    world.advance(500);
    client.produce(batch(1), done);
    expect(waiting.length).toBe(2);
    world.advance(500);
    expect(all.map(({ type }) => type)).toEqual(['unknown', 'unknown']);
    expect(all).toMatchObject([
      { error: { name: 'request-timed-out' } },
      { error: { name: 'disconnected' } },
    ]);
    // An answer that comes after all finds nobody.
    answerProduce(waiting[0] as ScriptedRequest, 0, 1);
    expect(all.length).toBe(2);
    expect(world.timersArmed()).toBe(0);
  });

  test('a broken connection is unknown, one that never stood a certain failure', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    world.advance(10);
    world.disconnect(waiting[0]?.connection as number, 'ECONNRESET');
    expect(all).toMatchObject([{ type: 'unknown', error: { name: 'disconnected' }, leader: 1 }]);
    world.unplug(1001);
    world.unplug(1002);
    client.produce(batch(0), done);
    world.advance(10);
    expect(all[1]).toMatchObject({ type: 'fail', error: { name: 'no-metadata' } });
  });

  test('an explicit retry goes to the new leader with the same sequence', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world, 1, 3);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(9), done);
    world.advance(10);
    leading(world, 2, 4);
    answerProduce(waiting[0] as ScriptedRequest, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    expect(all).toMatchObject([{ type: 'unknown', error: { name: 'NOT_LEADER_OR_FOLLOWER' } }]);
    client.produce(batch(9), done);
    world.advance(10);
    const last = world.requests.at(-1) as ScriptedRequest;
    expect([last.apiKey, last.port]).toEqual([produceApi.key, 1002]);
    answerProduce(last, ErrorCode.DUPLICATE_SEQUENCE_NUMBER);
    expect(all[1]).toEqual({ type: 'ok', baseOffset: null, leader: 2 });
  });

  test('a broker that lags behind does not bring a deposed leader back', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world, 2, 9);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    world.advance(10);
    // From now on metadata shows an older epoch, in which broker 1 led.
    leading(world, 1, 8);
    answerProduce(waiting[0] as ScriptedRequest, ErrorCode.NOT_LEADER_OR_FOLLOWER);
    client.produce(batch(0), done);
    world.advance(10);
    expect(all[1]).toMatchObject({ type: 'fail', error: { name: 'no-leader' }, leader: null });
  });

  test('acks=0 is unknown at once: there is no answer', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0, 0), done);
    world.advance(10);
    expect(waiting.length).toBe(1);
    expect(all).toMatchObject([{ type: 'unknown', error: { name: 'no-answer-asked' } }]);
    expect(world.timersArmed()).toBe(0);
  });

  test('bytes that are no answer make the outcome unknown and end the connection', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    world.advance(10);
    world.deliver(waiting[0]?.connection as number, Uint8Array.of(0, 0, 0));
    expect(all).toMatchObject([{ type: 'unknown', error: { name: 'malformed-answer' } }]);
    expect(world.openConnections(1001)).toEqual([]);
    expect(world.unreleased).toBe(0);
  });

  test('an answer to another request ends the connection', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    client.produce(batch(1), done);
    world.advance(10);
    answerProduce(waiting[1] as ScriptedRequest, 0, 5);
    expect(all.map(({ type }) => type)).toEqual(['unknown', 'unknown']);
  });

  test('a closed client leaves nothing open', () => {
    const world = new ScriptedWorld();
    const waiting = leading(world);
    const client = open(world);
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    world.advance(10);
    expect(waiting.length).toBe(1);
    client.close();
    client.produce(batch(1), done);
    expect(all).toMatchObject([
      { type: 'unknown', error: { name: 'client-closed' } },
      { type: 'fail', error: { name: 'client-closed' } },
    ]);
    expect(world.timersArmed()).toBe(0);
  });
});

describe('metadata', () => {
  test('is asked of the next address when one does not answer', () => {
    const world = new ScriptedWorld();
    world.broker(1001, () => {});
    const client = open(world, [1001, 1002]);
    world.broker(1002, (request) => {
      if (request.apiKey === metadataApi.key) {
        answerMetadata(request, 2, 1);
      }
    });
    const { all, done } = collect<ProduceOutcome>();
    client.produce(batch(0), done);
    world.advance(310);
    expect(world.requests.map(({ port, apiKey }) => [port, apiKey])).toEqual([
      [1001, metadataApi.key],
      [1002, metadataApi.key],
      [1002, produceApi.key],
    ]);
    expect(all).toEqual([]);
  });
});

test('a topic that is asked for while another is under way gets a round of its own', () => {
  const world = new ScriptedWorld();
  const asked: (readonly (string | null)[])[] = [];
  const held: ScriptedRequest[] = [];
  world.broker(1001, (request) => {
    if (request.apiKey === metadataApi.key) {
      const topics = request.body(metadataApi).topics ?? [];
      asked.push(topics.map(({ name }) => name));
      held.push(request);
    }
  });
  const client = open(world);
  const { all, done } = collect<ProduceOutcome>();
  client.produce(batch(0), done);
  world.advance(1);
  client.produce({ ...batch(1), topic: 'u' }, done);
  answerMetadata(held[0] as ScriptedRequest, 1, 1);
  expect(asked).toEqual([['t'], ['t', 'u']]);
  expect(all).toEqual([]);
  answerMetadata(held[1] as ScriptedRequest, 1, 1);
  expect(all).toMatchObject([{ type: 'fail', error: { name: 'no-leader' } }]);
});

describe('fetch', () => {
  /** Batches of one record each at the given offsets, as a leader stores them. */
  function stored(...offsets: readonly number[]): Uint8Array[] {
    return offsets.map((offset) => {
      const record = { key: null, value: bytes(`at ${offset}`), timestamp: 5 as Timestamp };
      const encoded = encodeBatch([record], null, 0);
      stampBatch(encoded, 0, offset as never, 1 as never);
      return encoded;
    });
  }

  function fetched(
    records: readonly Uint8Array[],
    errorCode: number = ErrorCode.NONE,
    offset = 11,
  ): Outcome<{ records: readonly { offset: number }[]; nextOffset: number }>[] {
    const world = new ScriptedWorld((frame) => Buffer.from(frame));
    const waiting = leading(world);
    const client = open(world);
    const all: Outcome<{ records: readonly { offset: number }[]; nextOffset: number }>[] = [];
    client.fetch(
      { topic: TOPIC, partition: P0, offset: offset as never, maxWait: 10, maxBytes: 1000 },
      (outcome) => all.push(outcome),
    );
    world.advance(10);
    waiting[0]?.answer(fetchApi, {
      errorCode: 0,
      responses: [
        {
          topic: TOPIC,
          partitions: [{ partitionIndex: 0, errorCode, highWatermark: 99 as never, records }],
        },
      ],
    });
    expect(world.unreleased).toBe(0);
    return all;
  }

  test('returns copies of the records from the position on, and where to go on', () => {
    const [outcome] = fetched(stored(10, 11, 12, 15));
    expect(outcome).toMatchObject({
      type: 'ok',
      value: {
        records: [
          { offset: 11, value: bytes('at 11') },
          { offset: 12, value: bytes('at 12') },
          { offset: 15, value: bytes('at 15') },
        ],
        // Behind the last batch.
        nextOffset: 16,
        highWatermark: 99,
      },
    });
  });

  test('leaves a cut-off last batch for the next time', () => {
    const parts = stored(11, 12);
    const cut = [parts[0] as Uint8Array, (parts[1] as Uint8Array).subarray(0, 70)];
    expect(fetched(cut)[0]).toMatchObject({
      type: 'ok',
      value: { records: [{ offset: 11 }], nextOffset: 12 },
    });
  });

  test('refuses damaged bytes', () => {
    const [damaged] = stored(11) as [Uint8Array];
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    expect(fetched([damaged])[0]).toMatchObject({
      type: 'fail',
      error: { name: 'malformed-answer' },
    });
  });

  test('an error of the broker is a failed read', () => {
    expect(fetched([], ErrorCode.OFFSET_OUT_OF_RANGE)[0]).toMatchObject({
      type: 'fail',
      error: { name: 'OFFSET_OUT_OF_RANGE', code: 1 },
    });
  });
});

describe('a linearizable read of a topic', () => {
  const ask = (
    script: (request: ScriptedRequest) => void,
  ): { readonly outcomes: Outcome<TopicMetadata | null>[]; readonly world: ScriptedWorld } => {
    const world = new ScriptedWorld();
    world.broker(1001, script);
    const outcomes: Outcome<TopicMetadata | null>[] = [];
    open(world).readTopic(TOPIC, (outcome) => outcomes.push(outcome));
    world.advance(2_000);
    return { outcomes, world };
  };

  test('tells what there is', () => {
    const topicId = 'AAAAAAAAAAAAAAAAAAAABQ' as Uuid;
    const configs = [{ name: 'retention.ms', value: '-1' }];
    const { outcomes, world } = ask((request) => {
      expect(request.body(readTopicApi)).toMatchObject({ name: TOPIC, timeoutMs: 1_000 });
      request.answer(readTopicApi, { errorCode: 0, topic: { topicId, partitions: 3, configs } });
    });
    const value = { id: topicId, partitions: 3, configs: { 'retention.ms': '-1' } };
    expect(outcomes).toEqual([{ type: 'ok', value }]);
    expect(world.unreleased).toBe(0);
  });

  test('tells that there is none', () => {
    const { outcomes } = ask((request) =>
      request.answer(readTopicApi, { errorCode: 0, topic: null }),
    );
    expect(outcomes).toEqual([{ type: 'ok', value: null }]);
  });

  test('fails by an error or without an answer: it is no word about the topic', () => {
    const refused = ask((request) =>
      request.answer(readTopicApi, { errorCode: ErrorCode.REQUEST_TIMED_OUT, topic: null }),
    );
    expect(refused.outcomes).toMatchObject([
      { type: 'fail', error: { name: 'REQUEST_TIMED_OUT' } },
    ]);
    expect(ask(() => {}).outcomes).toMatchObject([
      { type: 'fail', error: { name: 'request-timed-out' } },
    ]);
  });
});
