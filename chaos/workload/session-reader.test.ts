import { describe, expect, test } from 'vitest';
import type { RecordHeader } from '../../src/log/records.js';
import type { ClientAdapter } from '../client-adapter.js';
import { Random } from '../random.js';
import { KeySpace } from './keys.js';
import { type Reads, SessionReader } from './session-reader.js';

/** A log of two replicas: what each knows to be committed. Values are offset + 1. */
class Log {
  readonly headers: (readonly RecordHeader[])[] = [];
  /** By replica. */
  readonly ends = [0, 0];
  asked: number[] = [];
  epochs: (number | undefined)[] = [];
}

function reader(reads: Reads, logs: readonly Log[]) {
  const keys = new KeySpace({ active: logs.length, partitionsPerTopic: 8, maxWritesPerKey: 99 });
  keys.topicCreated();
  const client = {
    listOffsets: ({ partition }: { partition: number }) =>
      Promise.resolve({ type: 'ok', value: { offset: logs[partition]!.ends[0], leaderEpoch: 3 } }),
    fetch: (from: {
      partition: number;
      offset: number;
      replica?: number;
      atLeastEpoch?: number;
    }) => {
      const log = logs[from.partition]!;
      const replica = from.replica === undefined ? 0 : from.replica % 2;
      log.asked.push(replica);
      log.epochs.push(from.atLeastEpoch);
      const highWatermark = log.ends[replica]!;
      const records = Array.from({ length: Math.max(0, highWatermark - from.offset) }, (_, i) => ({
        offset: from.offset + i,
        value: Buffer.from(String(from.offset + i + 1)),
        headers: log.headers[from.offset + i] ?? [],
      }));
      const nextOffset = Math.max(from.offset, highWatermark);
      const value = { highWatermark, leaderEpoch: 3, nextOffset, records };
      return Promise.resolve({ type: 'ok', value });
    },
  } as unknown as ClientAdapter;
  const sleep = (): Promise<void> => Promise.resolve();
  return new SessionReader(client, keys, reads, new Random(1, 'test'), sleep);
}

/** Replica 0, which leads, has 4 records; replica 1 knows of 2. */
function lagging(): Log {
  const log = new Log();
  log.ends.splice(0, 2, 4, 2);
  return log;
}

describe('a session that reads', () => {
  test('the leader is told where the log ends before it reads', async () => {
    const log = lagging();
    const poll = await reader('leader', [log]).poll(['0']);
    expect(poll).toEqual({
      records: {
        0: [
          [0, 1],
          [1, 2],
          [2, 3],
          [3, 4],
        ],
      },
      ends: { 0: 4 },
      errors: {},
    });
    expect(log.asked).toEqual([0]);
  });

  test('any follower believes what that one says', async () => {
    const log = lagging();
    const naive = reader('follower', [log]);
    naive.wrote('0', 3);
    const ends = new Set<number>();
    for (let turn = 0; turn < 20; turn++) {
      ends.add((await naive.poll(['0'])).ends['0']!);
    }
    expect([...ends].sort()).toEqual([2, 4]);
  });

  test('any follower, and carries what it knows, is told no less than it wrote', async () => {
    const log = lagging();
    const session = reader('session', [log]);
    session.wrote('0', 3);
    for (let turn = 0; turn < 20; turn++) {
      expect((await session.poll(['0'])).ends).toEqual({ 0: 4 });
    }
    expect(session.stale).toBeGreaterThan(0);
    expect(log.asked).toContain(1);
    // Once a replica of epoch 3 has answered, none that knows an older one will do.
    expect(log.epochs.at(-1)).toBe(3);
  });

  test('and gives up rather than to be told less', async () => {
    const log = lagging();
    log.ends.splice(0, 2, 2, 2);
    const session = reader('session', [log]);
    session.wrote('0', 3);
    expect(await session.poll(['0'])).toEqual({ records: {}, ends: {}, errors: { 0: 'stale' } });
  });

  test('and hears what the sender of a record knew of the other logs', async () => {
    const cause = lagging();
    const effect = new Log();
    const sender = reader('session', [cause, effect]);
    effect.headers.push((await sender.headers(['0', '1']))!);
    effect.ends.splice(0, 2, 1, 1);
    const session = reader('session', [cause, effect]);
    await session.poll(['1']);
    for (let turn = 0; turn < 20; turn++) {
      expect((await session.poll(['0'])).ends).toEqual({ 0: 4 });
    }
    // One that does not listen may be told of the effect without its cause.
    const naive = reader('follower', [cause, effect]);
    await naive.poll(['1']);
    const ends = new Set<number>();
    for (let turn = 0; turn < 20; turn++) {
      ends.add((await naive.poll(['0'])).ends['0']!);
    }
    expect(ends).toContain(2);
  });
});
