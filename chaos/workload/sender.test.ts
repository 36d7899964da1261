import { describe, expect, test } from 'vitest';
import type { BatchToProduce } from '../../src/client/client.js';
import type { ProduceOutcome } from '../../src/client/outcomes.js';
import type { Offset, ProducerEpoch, ProducerId } from '../../src/core/types/ids.js';
import { ErrorCode, type ErrorName } from '../../src/protocol/errors.js';
import type { ClientAdapter } from '../client-adapter.js';
import { KeySpace } from './keys.js';
import { type Attempt, Sender } from './sender.js';

/** A client that answers from a script, in call order; `ok` takes the next offset. */
function scripted(answers: readonly ('ok' | 'lost' | ErrorName)[]): {
  readonly sent: BatchToProduce[];
  readonly sender: Sender;
  readonly attempts: Attempt[];
} {
  const sent: BatchToProduce[] = [];
  let offset = 100;
  const produce = (batch: BatchToProduce): Promise<ProduceOutcome> => {
    const answer = answers[sent.length] ?? 'ok';
    sent.push(batch);
    if (answer === 'ok') {
      const baseOffset = offset as Offset;
      offset++;
      return Promise.resolve({ type: 'ok', baseOffset, leader: 1 as never });
    }
    const error =
      answer === 'lost'
        ? ({ name: 'disconnected', code: 0, message: '' } as const)
        : { name: answer, code: ErrorCode[answer], message: '' };
    const unknown = ['lost', 'NOT_LEADER_OR_FOLLOWER', 'REQUEST_TIMED_OUT'].includes(answer);
    return Promise.resolve({ type: unknown ? 'unknown' : 'fail', error, leader: 1 as never });
  };
  const keys = new KeySpace({ active: 1, partitionsPerTopic: 1, maxWritesPerKey: 100 });
  keys.topicCreated();
  const producer = { producerId: 7n as ProducerId, producerEpoch: 0 as ProducerEpoch };
  const sender = new Sender({ produce } as unknown as ClientAdapter, producer, keys, {
    acks: -1,
    produceTimeout: 1_000,
    maxAttempts: 3,
    backoff: [0],
  });
  return { sent, sender, attempts: [] };
}

const values = (...numbers: readonly number[]) => numbers.map((value) => ({ key: '0', value }));
const sequences = (sent: readonly BatchToProduce[]) =>
  sent.map(({ producer }) => producer?.baseSequence);
const run = (world: ReturnType<typeof scripted>, ...numbers: readonly number[]) =>
  world.sender.send(
    values(...numbers),
    (attempt) => world.attempts.push(attempt),
    () => Promise.resolve(),
  );

describe('a send', () => {
  test('that is acknowledged takes the next sequence each time', async () => {
    const world = scripted([]);
    expect(await run(world, 1)).toMatchObject([{ type: 'ok', offset: 100 }]);
    expect(await run(world, 2)).toMatchObject([{ type: 'ok', offset: 101 }]);
    expect(sequences(world.sent)).toEqual([0, 1]);
  });

  test('is retried as the same batch while its outcome is open', async () => {
    const world = scripted(['lost', 'NOT_LEADER_OR_FOLLOWER', 'ok']);
    expect(await run(world, 1)).toMatchObject([{ type: 'ok', offset: 100 }]);
    expect(sequences(world.sent)).toEqual([0, 0, 0]);
    expect(new Set(world.sent.map(({ records }) => records[0]?.timestamp)).size).toBe(1);
    expect(world.attempts.map(({ number, outcome }) => [number, outcome.type])).toEqual([
      [1, 'unknown'],
      [2, 'unknown'],
      [3, 'ok'],
    ]);
  });

  test('stays unknown if one attempt may have been appended, whatever the last one says', async () => {
    const world = scripted(['lost', 'NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS']);
    expect(await run(world, 1)).toMatchObject([{ type: 'unknown' }]);
    expect(world.sender.isOver()).toBe(true);
  });

  test('failed if every attempt certainly failed, and its sequence is used again', async () => {
    const world = scripted(['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS']);
    expect(await run(world, 1)).toMatchObject([{ type: 'fail' }]);
    expect(world.sender.isOver()).toBe(false);
    await run(world, 2);
    expect(sequences(world.sent)).toEqual([0, 0, 0, 0]);
  });

  test('is not retried where that makes no sense', async () => {
    const world = scripted(['MESSAGE_TOO_LARGE']);
    expect(await run(world, 1)).toMatchObject([{ type: 'fail' }]);
    expect(world.sent.length).toBe(1);
  });

  test('a broken sequence ends the producer, not the truth about the operation', async () => {
    const world = scripted([
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
    ]);
    expect(await run(world, 1)).toMatchObject([{ type: 'fail' }]);
    expect(world.sender.isOver()).toBe(true);
  });
});

describe('a pipeline', () => {
  test('waits until the partition knows the producer', async () => {
    const world = scripted([]);
    expect(world.sender.mayPipeline('0')).toBe(false);
    await run(world, 1);
    expect(world.sender.mayPipeline('0')).toBe(true);
  });

  test('retries in order, and only what is open', async () => {
    const world = scripted(['ok', 'NOT_ENOUGH_REPLICAS', 'OUT_OF_ORDER_SEQUENCE_NUMBER']);
    const results = await run(world, 1, 2, 3);
    expect(results.map(({ type, offset }) => [type, offset])).toEqual([
      ['ok', 100],
      ['ok', 101],
      ['ok', 102],
    ]);
    expect(sequences(world.sent)).toEqual([0, 1, 2, 1, 2]);
  });
});
