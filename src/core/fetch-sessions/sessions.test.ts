/** Fetch sessions, claim by claim (KIP-227; FetchSessionTest of Kafka). */

import { describe, expect, test } from 'vitest';
import type { ToldPartition } from './rules.js';
import { type FetchContext, FetchSessions, nextEpoch, type SessionRequest } from './sessions.js';

const QUIET: ToldPartition = {
  hasRecords: false,
  highWatermark: 5,
  logStartOffset: 0,
  isError: false,
  isDiverging: false,
  hasPreferredReplica: false,
};

class Bench {
  now = 0;
  private ids = 0;
  readonly sessions: FetchSessions<string>;

  constructor(slots = 10, evictionMs = 1000) {
    this.sessions = new FetchSessions({ slots, evictionMs }, () => ++this.ids);
  }

  begin(options: Partial<SessionRequest<string>>, ...keys: string[]): FetchContext<string> {
    const partitions = keys.map((key) => ({ key: key[0]!, asked: key }));
    const request = { id: 0, epoch: -1, privileged: false, usesTopicIds: false, forgotten: [] };
    return this.sessions.begin({ ...request, partitions, ...options }, this.now);
  }

  finish(context: FetchContext<string>, told: Record<string, Partial<ToldPartition>> = {}): string {
    const partitions = context.type === 'refused' ? [] : context.partitions;
    const news = partitions.map(({ key }) => ({ ...QUIET, ...told[key] }));
    const answer = this.sessions.finish(context, news, this.now);
    return answer.type === 'refused'
      ? `${answer.refusal} of ${answer.sessionId}`
      : `${answer.sessionId}: ${partitions.filter((_, index) => answer.told[index]).map(({ asked }) => asked)}`;
  }

  /** Opens a session; answers its id, 0 if there is none. */
  open(size: number, privileged = false): number {
    const keys = 'abcdefghijklmnopqrstuvwxyz'.slice(0, size);
    return Number(this.finish(this.begin({ epoch: 0, privileged }, ...keys)).split(':')[0]);
  }

  use(id: number, epoch: number, ...keys: string[]): string {
    return this.finish(this.begin({ id, epoch }, ...keys));
  }
}

describe('a session', () => {
  test('is not made for who wants none', () => {
    const bench = new Bench();
    expect(bench.finish(bench.begin({ epoch: -1 }, 'a', 'b'))).toBe('0: a,b');
    expect(bench.sessions.count).toBe(0);
  });

  test('begins with all partitions; then only what is new is told', () => {
    const bench = new Bench();
    expect(bench.finish(bench.begin({ epoch: 0 }, 'a', 'b', 'c'))).toBe('1: a,b,c');
    expect(bench.use(1, 1)).toBe('1: ');
    const round = (epoch: number, told: Record<string, Partial<ToldPartition>>): string =>
      bench.finish(bench.begin({ id: 1, epoch }), told);
    expect(round(2, { b: { highWatermark: 6 } })).toBe('1: b');
    expect(round(3, { b: { highWatermark: 6 }, c: { logStartOffset: 1 } })).toBe('1: c');
    expect(round(4, { a: { hasRecords: true }, b: { highWatermark: 6 } })).toBe('1: a,c');
  });

  test('tells an error and a divergence every time, and once that they are over', () => {
    for (const trouble of [{ isError: true }, { isDiverging: true }]) {
      const bench = new Bench();
      bench.open(2);
      const told = { a: { ...trouble } };
      for (const epoch of [1, 2]) {
        expect(bench.finish(bench.begin({ id: 1, epoch }), told)).toBe('1: a');
      }
      expect(bench.use(1, 3)).toBe('1: a');
      expect(bench.use(1, 4)).toBe('1: ');
    }
  });

  test('sends to another replica every time, and says nothing when it no longer does', () => {
    const bench = new Bench();
    bench.open(2);
    const told = { a: { hasPreferredReplica: true } };
    expect(bench.finish(bench.begin({ id: 1, epoch: 1 }), told)).toBe('1: a');
    expect(bench.finish(bench.begin({ id: 1, epoch: 2 }), told)).toBe('1: a');
    expect(bench.use(1, 3)).toBe('1: ');
  });

  test('tells of a partition that it began with in error', () => {
    const bench = new Bench();
    bench.finish(bench.begin({ epoch: 0 }, 'a'), { a: { isError: true, highWatermark: 5 } });
    expect(bench.use(1, 1)).toBe('1: a');
  });

  test('takes new partitions and new offsets, and forgets', () => {
    const bench = new Bench();
    bench.open(2);
    expect(bench.use(1, 1, 'c', 'a9')).toBe('1: c');
    const context = bench.begin({ id: 1, epoch: 2, forgotten: ['b', 'x'] });
    expect(context).toMatchObject({ partitions: [{ asked: 'a9' }, { asked: 'c' }] });
    expect(bench.finish(context)).toBe('1: ');
    // Asked for again it is new.
    expect(bench.use(1, 3, 'b')).toBe('1: b');
  });

  test('that is asked for a partition and to forget it forgets it', () => {
    const bench = new Bench();
    bench.open(1);
    const partitions = [{ key: 'b', asked: 'b' }];
    const context = bench.begin({ id: 1, epoch: 1, partitions, forgotten: ['b'] });
    expect(context).toMatchObject({ partitions: [{ key: 'a' }] });
  });

  test('ends when nothing is left of it', () => {
    const bench = new Bench();
    bench.open(2);
    expect(bench.finish(bench.begin({ id: 1, epoch: 1, forgotten: ['a', 'b'] }))).toBe('0: ');
    expect(bench.use(1, 2)).toBe('idNotFound of 0');
  });

  test('serves who had records last, so that a busy partition starves nobody', () => {
    const bench = new Bench();
    bench.open(3);
    bench.finish(bench.begin({ id: 1, epoch: 1 }), { a: { hasRecords: true } });
    const context = bench.begin({ id: 1, epoch: 2 });
    expect(context).toMatchObject({ partitions: [{ key: 'b' }, { key: 'c' }, { key: 'a' }] });
  });

  test('knows its epoch: each request has the next one, 1 comes behind the largest', () => {
    const bench = new Bench();
    bench.open(1);
    expect(bench.use(1, 2)).toBe('invalidEpoch of 0');
    expect(bench.use(1, 1)).toBe('1: ');
    expect(bench.use(1, 1)).toBe('invalidEpoch of 0');
    expect(bench.use(1, 2)).toBe('1: ');
    expect(bench.use(2, 1)).toBe('idNotFound of 0');
    expect([nextEpoch(0), nextEpoch(1), nextEpoch(0x7fffffff)]).toEqual([1, 2, 1]);
  });

  test('is not answered for a request that another one has overtaken', () => {
    const bench = new Bench();
    bench.open(1);
    const waiting = bench.begin({ id: 1, epoch: 1 });
    const next = bench.begin({ id: 1, epoch: 2 });
    expect(bench.finish(waiting)).toBe('invalidEpoch of 1');
    expect(bench.finish(next)).toBe('1: ');
  });

  test('is over once its fetcher begins another, or wants none', () => {
    for (const epoch of [0, -1]) {
      const bench = new Bench();
      bench.open(1);
      bench.finish(bench.begin({ id: 1, epoch }, 'a'));
      expect(bench.use(1, 1)).toBe('idNotFound of 0');
      expect(bench.sessions.count).toBe(epoch === 0 ? 1 : 0);
    }
  });

  test('names topics by id or by name, not both', () => {
    const bench = new Bench();
    bench.open(1);
    const context = bench.begin({ id: 1, epoch: 1, usesTopicIds: true });
    expect(bench.finish(context)).toBe('topicIdMismatch of 0');
    expect(bench.use(1, 1)).toBe('1: ');
  });

  test('takes an id that nobody has', () => {
    const ids = [7, 7, 8];
    const sessions = new FetchSessions<string>({ slots: 5, evictionMs: 1 }, () => ids.shift()!);
    const open = (): unknown => {
      const partitions = [{ key: 'a', asked: 'a' }];
      const request = { id: 0, epoch: 0, privileged: false, usesTopicIds: false, forgotten: [] };
      const context = sessions.begin({ ...request, partitions }, 0);
      return sessions.finish(context, [QUIET], 0);
    };
    expect([open(), open()]).toMatchObject([{ sessionId: 7 }, { sessionId: 8 }]);
  });
});

describe('without a free slot', () => {
  test('a young session stays, and who comes has none', () => {
    const bench = new Bench(2);
    expect([bench.open(1), bench.open(1), bench.open(5)]).toEqual([1, 2, 0]);
    expect(bench.sessions.evictions).toBe(0);
    expect(new Bench(0).open(1)).toBe(0);
  });

  test('what nobody used for long goes first, the oldest', () => {
    const bench = new Bench(2);
    bench.open(9);
    bench.open(1);
    bench.now = 1000;
    bench.use(1, 1);
    expect(bench.open(1)).toBe(0);
    bench.now = 1001;
    expect(bench.open(1)).toBe(3);
    expect(bench.use(1, 2)).toBe('1: ');
    expect(bench.use(2, 1)).toBe('idNotFound of 0');
    expect(bench.sessions.evictions).toBe(1);
  });

  test('an old one that is used goes for a larger one, the smallest first', () => {
    const bench = new Bench(3);
    bench.open(3);
    bench.open(2);
    bench.open(4);
    bench.now = 900;
    [1, 2, 3].map((id) => bench.use(id, 1));
    bench.now = 1100;
    [1, 2, 3].map((id) => bench.use(id, 2));
    expect(bench.open(2)).toBe(0);
    expect(bench.open(3)).toBe(4);
    expect(bench.use(2, 3)).toBe('idNotFound of 0');
    expect(bench.use(1, 3)).toBe('1: ');
  });

  test('a consumer goes for a follower, however young and large', () => {
    const bench = new Bench(2);
    bench.open(9);
    bench.open(8);
    expect(bench.open(1, true)).toBe(3);
    expect(bench.use(2, 1)).toBe('idNotFound of 0');
    expect(bench.open(1, true)).toBe(4);
    // Two young followers stay.
    expect(bench.open(20, true)).toBe(0);
    expect(bench.open(20)).toBe(0);
  });

  test('an old follower goes for a larger one, never for a consumer', () => {
    const bench = new Bench(1);
    bench.open(2, true);
    bench.now = 900;
    const use = (epoch: number): string =>
      bench.finish(bench.begin({ id: 1, epoch, privileged: true }));
    use(1);
    bench.now = 1100;
    use(2);
    expect(bench.open(9)).toBe(0);
    expect(bench.open(2, true)).toBe(0);
    expect(bench.open(3, true)).toBe(2);
  });

  test('counts what is remembered', () => {
    const bench = new Bench();
    bench.open(3);
    bench.open(4);
    expect([bench.sessions.count, bench.sessions.partitionCount]).toEqual([2, 7]);
  });
});
