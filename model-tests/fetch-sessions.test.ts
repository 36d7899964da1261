/**
 * Who fetches with a session sees what it would see without one. A fetcher that keeps to KIP-227 and the
 * machine walk at random through a world of partitions that grow, fail and move their log start,
 * with other fetchers, lost answers and brokers that restart; after every answer what it knows of each partition
 * is what is so.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FETCH_SESSION_RULES,
  type FetchSessionRules,
  type ToldPartition,
} from '../src/core/fetch-sessions/rules.js';
import {
  FetchSessions,
  nextEpoch,
  type SessionRequest,
} from '../src/core/fetch-sessions/sessions.js';

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;
type Key = (typeof KEYS)[number];

interface Partition {
  end: number;
  start: number;
  isError: boolean;
}

/** What a fetcher knows of a partition. */
interface Known {
  position: number;
  highWatermark: number;
  logStartOffset: number;
  isError: boolean;
}

type Told = ToldPartition & { readonly upTo: number };

/** A fetcher as the clients have it (FetchSessionHandler of Kafka). */
class Fetcher {
  readonly known = new Map<Key, Known>();
  private id = 0;
  private epoch = 0;
  /** What the broker has been asked for: the position of each. */
  private readonly asked = new Map<string, number>();

  /** What it has left since its last fetch: the session still has it, and so does it. */
  private readonly left = new Map<Key, Known>();

  want(key: Key, position: number): void {
    const nothing = { highWatermark: -1, logStartOffset: -1, isError: false };
    this.known.set(key, { ...nothing, ...this.left.get(key), ...this.known.get(key), position });
  }

  leave(key: Key): void {
    const known = this.known.get(key);
    if (known !== undefined) {
      this.left.set(key, known);
      this.known.delete(key);
    }
  }

  /** What goes to the broker. */
  request(): { id: number; epoch: number; partitions: [Key, number][]; forgotten: string[] } {
    const { id, epoch } = this;
    const isFull = epoch === 0;
    this.left.clear();
    const partitions: [Key, number][] = [];
    const forgotten = isFull
      ? []
      : [...this.asked.keys()].filter((key) => !this.known.has(key as Key));
    if (isFull) {
      this.asked.clear();
    }
    for (const [key, { position }] of this.known) {
      if (isFull || this.asked.get(key) !== position) {
        partitions.push([key, position]);
        this.asked.set(key, position);
      }
    }
    for (const key of forgotten) {
      this.asked.delete(key);
    }
    return { id, epoch, partitions, forgotten };
  }

  answered(sessionId: number, told: ReadonlyMap<Key, Told>): void {
    this.epoch = sessionId === 0 ? 0 : nextEpoch(this.epoch);
    this.id = sessionId;
    for (const [key, news] of told) {
      const known = this.known.get(key);
      if (known !== undefined) {
        const { highWatermark, logStartOffset, isError, upTo } = news;
        this.known.set(key, { position: upTo, highWatermark, logStartOffset, isError });
      }
    }
  }

  /** The session is no more, or nobody knows how far it is. */
  startAnew(): void {
    this.epoch = 0;
  }
}

class World {
  readonly partitions = new Map<Key, Partition>(
    KEYS.map((key) => [key, { end: 0, start: 0, isError: false }]),
  );
  readonly fetcher = new Fetcher();
  now = 0;
  private ids = 100;
  private last: SessionRequest<number> | null = null;
  incremental = 0;
  private sessions: FetchSessions<number>;
  private readonly rules: FetchSessionRules;

  constructor(rules: FetchSessionRules) {
    this.rules = rules;
    this.sessions = this.fresh();
  }

  private fresh(): FetchSessions<number> {
    return new FetchSessions({ slots: 5, evictionMs: 10 }, () => ++this.ids, this.rules);
  }

  /** The fetcher's last request comes again, late: nobody hears the answer. */
  again(): void {
    if (this.last !== null) {
      const context = this.sessions.begin(this.last, this.now);
      const looked = context.type === 'refused' ? [] : context.partitions;
      const news = looked.map(({ key, asked }) => this.look(key as Key, asked, 1000));
      this.sessions.finish(context, news, this.now);
    }
  }

  restart(): void {
    this.sessions = this.fresh();
  }

  /** Somebody else, whose session may cost the fetcher its own. */
  other(size: number, privileged: boolean): void {
    const partitions = Array.from({ length: size }, (_, key) => ({ key: `o${key}`, asked: 0 }));
    const request = { id: 0, epoch: 0, usesTopicIds: false, forgotten: [] };
    const context = this.sessions.begin({ ...request, privileged, partitions }, this.now);
    const news = partitions.map(() => this.look('a', 0, 0));
    this.sessions.finish(context, news, this.now);
  }

  private look(key: Key, position: number, room: number): Told {
    const { end, start, isError } = this.partitions.get(key)!;
    const from = Math.max(position, start);
    const upTo = isError ? position : Math.min(end, from + room);
    return {
      hasRecords: upTo > from,
      highWatermark: isError ? -1 : end,
      logStartOffset: isError ? -1 : start,
      isError,
      isDiverging: false,
      hasPreferredReplica: false,
      upTo: isError ? position : Math.max(upTo, from),
    };
  }

  /** One fetch with room for so many records; whether the fetcher had an answer. */
  fetch(room: number, isLost = false): boolean {
    const { id, epoch, partitions, forgotten } = this.fetcher.request();
    const asked = partitions.map(([key, position]) => ({ key, asked: position }));
    const request = { id, epoch, privileged: false, usesTopicIds: false, partitions: asked };
    this.last = { ...request, forgotten };
    const context = this.sessions.begin(this.last, this.now);
    this.incremental += context.type === 'incremental' ? 1 : 0;
    const looked = context.type === 'refused' ? [] : context.partitions;
    let left = room;
    const news = looked.map(({ key, asked: position }) => {
      const told = this.look(key as Key, position, left);
      left -= told.hasRecords ? told.upTo - position : 0;
      return { ...told, upTo: told.upTo };
    });
    const answer = this.sessions.finish(context, news, this.now);
    if (answer.type === 'refused' || isLost) {
      this.fetcher.startAnew();
      return false;
    }
    const told = new Map<Key, Told>();
    looked.forEach(({ key }, index) => {
      if (answer.told[index]) {
        told.set(key as Key, news[index]!);
      }
    });
    this.fetcher.answered(answer.sessionId, told);
    return true;
  }

  /** What a fetch without a session would have said, but for records there was no room for. */
  check(): void {
    for (const [key, known] of this.fetcher.known) {
      const { highWatermark, logStartOffset, isError } = this.look(key, known.position, 0);
      const { position: _, ...seen } = known;
      expect({ key, ...seen }).toEqual({ key, highWatermark, logStartOffset, isError });
    }
  }

  checkPositions(): void {
    for (const [key, { position }] of this.fetcher.known) {
      const { end, isError } = this.partitions.get(key)!;
      if (!isError) {
        expect([key, position]).toEqual([key, end]);
      }
    }
  }
}

type Deed = (world: World) => void;

const key = fc.constantFrom(...KEYS);
const named = <T>(
  weight: number,
  arbitrary: fc.Arbitrary<T>,
  deed: (world: World, value: T) => void,
): fc.WeightedArbitrary<Deed> => ({
  weight,
  arbitrary: arbitrary.map(
    (value): Deed =>
      (world) =>
        deed(world, value),
  ),
});
const nothing = fc.constant(null);

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  named(4, fc.tuple(key, fc.integer({ min: 1, max: 3 })), (world, [at, count]) => {
    world.partitions.get(at)!.end += count;
  }),
  named(3, key, (world, at) => {
    const partition = world.partitions.get(at)!;
    partition.start = partition.end;
  }),
  named(3, fc.tuple(key, fc.boolean()), (world, [at, isError]) => {
    world.partitions.get(at)!.isError = isError;
  }),
  named(3, key, (world, at) => world.fetcher.want(at, world.partitions.get(at)!.start)),
  named(1, key, (world, at) => world.fetcher.leave(at)),
  named(2, fc.constantFrom(1, 9, 30), (world, time) => {
    world.now += time;
  }),
  named(1, fc.tuple(fc.integer({ min: 1, max: 8 }), fc.boolean()), (world, [size, privileged]) =>
    world.other(size, privileged),
  ),
  named(1, nothing, (world) => {
    world.fetch(2, true);
  }),
  named(3, nothing, (world) => world.again()),
  named(1, nothing, (world) => world.restart()),
  named(12, fc.constantFrom(0, 1, 2, 1000), (world, room) => {
    if (world.fetch(room)) {
      world.check();
    }
  }),
);

/** Answers how many of the fetches were incremental. */
function walk(rules: FetchSessionRules, runs: number): number {
  let incremental = 0;
  fc.assert(
    fc.property(fc.array(deeds, { minLength: 20, maxLength: 60 }), (plan) => {
      const world = new World(rules);
      world.fetcher.want('a', 0);
      world.fetcher.want('b', 0);
      for (const deed of plan) {
        deed(world);
      }
      // With room for one record a fetch, every partition has its turn: none is starved.
      let rounds = 1;
      for (const { end, start } of world.partitions.values()) {
        rounds += end - start + 1;
      }
      for (let round = 0; round < 2 * rounds; round++) {
        world.now += 4;
        world.fetch(1);
        world.partitions.get('a')!.end += round < rounds ? 1 : 0;
      }
      for (let round = 0; round < 3; round++) {
        world.fetch(1_000_000);
      }
      world.check();
      world.checkPositions();
      incremental += world.incremental;
    }),
    { numRuns: runs, seed: 1 },
  );
  return incremental;
}

describe('fetch sessions', () => {
  test('show what fetches without sessions show', () => {
    const runs = Number(process.env.RUNS ?? 2000);
    expect(walk(FETCH_SESSION_RULES, runs)).toBeGreaterThan(10 * runs);
  });

  test.each<[string, Partial<FetchSessionRules>]>([
    [
      'a high watermark that moves is not told',
      { mustTell: (_, told) => told.hasRecords || told.isError },
    ],
    [
      'a log start that moves is not told',
      {
        mustTell: (known, told) =>
          told.hasRecords || told.isError || told.highWatermark !== known.highWatermark,
      },
    ],
    [
      'an error is told once',
      { mustTell: (known, told) => told.hasRecords || told.highWatermark !== known.highWatermark },
    ],
    ['any epoch is taken for the next one', { epochFits: () => true }],
    ['only records are told', { mustTell: (_, told) => told.hasRecords }],
  ])('a rule by which %s is found', (_, wrong) => {
    expect(() => walk({ ...FETCH_SESSION_RULES, ...wrong }, 2000)).toThrow();
  });
});
