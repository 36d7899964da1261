import { describe, expect, test } from 'vitest';
import {
  NO_EPOCH,
  NO_PRODUCER_ID,
  type Offset,
  type ProducerEpoch,
  type ProducerId,
  type Timestamp,
} from '../types/ids.js';
import {
  foldProducerBatch,
  incrementSequence,
  KEPT_BATCHES,
  MAX_SEQUENCE,
} from './producer-state.js';
import {
  acceptSequence,
  acknowledgedAt,
  acknowledgement,
  effectiveMinIsr,
  mayAppend,
} from './rules-produce.js';
import type { BatchFacts, ProducerEntry } from './types.js';

const ID = 7n as ProducerId;

function batch(baseSequence: number, records: number = 1, about: Partial<BatchFacts> = {}) {
  const facts: BatchFacts = {
    baseOffset: 0 as Offset,
    lastOffsetDelta: records - 1,
    sizeInBytes: 61,
    leaderEpoch: NO_EPOCH,
    maxTimestamp: 1 as Timestamp,
    producerId: ID,
    producerEpoch: 3 as ProducerEpoch,
    baseSequence,
    isTransactional: false,
    isControl: false,
    ...about,
  };
  return facts;
}

/** What a log of `batches` says of the producer. */
function entryOf(...batches: readonly BatchFacts[]): ProducerEntry {
  const producers = new Map<ProducerId, ProducerEntry>();
  let end = 100;
  for (const each of batches) {
    foldProducerBatch(producers, { ...each, baseOffset: end as Offset });
    end += each.lastOffsetDelta + 1;
  }
  return producers.get(ID)!;
}

/** Two records each, from `first` on. */
function following(first: number, count: number): BatchFacts[] {
  return Array.from({ length: count }, (_, at) => batch((first + 2 * at) % (MAX_SEQUENCE + 1), 2));
}

function verdictOn(entry: ProducerEntry | undefined, asked: BatchFacts): string | number {
  const verdict = acceptSequence(entry, asked);
  return verdict.type === 'refuse' ? verdict.error : verdict.type;
}

const epoch = (producerEpoch: number): Partial<BatchFacts> => ({
  producerEpoch: producerEpoch as ProducerEpoch,
});
const CONTROL: Partial<BatchFacts> = { isControl: true, baseSequence: -1 };

describe('a sequence', () => {
  test('goes on behind the newest batch, and nowhere else', () => {
    const entry = entryOf(batch(10, 2), batch(12));
    expect(verdictOn(entry, batch(13, 3))).toBe('append');
    expect(verdictOn(entry, batch(14))).toBe(45);
    expect(verdictOn(entry, batch(11))).toBe(45);
  });

  test('of a batch that is remembered tells where it is', () => {
    const entry = entryOf(batch(10, 2, { maxTimestamp: 5 as Timestamp }), batch(12));
    expect(acceptSequence(entry, batch(10, 2))).toEqual({
      type: 'duplicate',
      baseOffset: 100,
      lastOffset: 101,
      timestamp: 5,
    });
    expect(acceptSequence(entry, batch(12))).toMatchObject({ baseOffset: 102, lastOffset: 102 });
    // The same beginning and another end is no repetition, nor is the same end alone.
    expect(verdictOn(entry, batch(10, 1))).toBe(45);
    expect(verdictOn(entry, batch(11, 1))).toBe(45);
  });

  test('older than five that are remembered was there once; with fewer nobody knows', () => {
    expect(KEPT_BATCHES).toBe(5);
    expect(verdictOn(entryOf(...following(0, 6)), batch(0, 2))).toBe(46);
    expect(verdictOn(entryOf(...following(2, 5)), batch(0, 2))).toBe(46);
    expect(verdictOn(entryOf(...following(2, 4)), batch(0, 2))).toBe(45);
    // It overlaps the oldest one that is remembered, at its end or wholly.
    const five = entryOf(...following(10, 5));
    expect(verdictOn(five, batch(9, 2))).toBe(45);
    expect(verdictOn(five, batch(9, 1))).toBe(46);
    expect(verdictOn(five, batch(10, 1))).toBe(45);
    expect(verdictOn(five, batch(11, 1))).toBe(45);
    // Behind a gap.
    expect(verdictOn(five, batch(21, 2))).toBe(45);
  });

  test('is older by less than half of the circle', () => {
    const half = (MAX_SEQUENCE + 1) / 2;
    const five = entryOf(...following(half + 10, 5));
    expect(verdictOn(five, batch(11))).toBe(46);
    expect(verdictOn(five, batch(10))).toBe(45);
    expect(verdictOn(five, batch(9))).toBe(45);
    // One that begins in the older half and does not end there.
    expect(verdictOn(five, batch(9, 4))).toBe(45);
    const wrapped = entryOf(...following(4, 5));
    expect(verdictOn(wrapped, batch(MAX_SEQUENCE))).toBe(46);
    expect(verdictOn(wrapped, batch(MAX_SEQUENCE, 3))).toBe(46);
  });

  test('begins again behind the last one', () => {
    const entry = entryOf(batch(MAX_SEQUENCE - 1, 2));
    expect(verdictOn(entry, batch(0))).toBe('append');
    expect(verdictOn(entry, batch(1))).toBe(45);
    expect(verdictOn(entryOf(batch(MAX_SEQUENCE, 2)), batch(1))).toBe('append');
    expect(verdictOn(entryOf(batch(MAX_SEQUENCE, 2)), batch(MAX_SEQUENCE, 2))).toBe('duplicate');
  });

  test('is any for a producer of whom nothing is known', () => {
    expect(verdictOn(undefined, batch(17))).toBe('append');
    expect(verdictOn(undefined, batch(-1))).toBe(87);
    expect(verdictOn(entryOf(batch(0)), batch(-1))).toBe(87);
  });

  test('is not asked for without idempotence, nor of a marker', () => {
    const plain: Partial<BatchFacts> = { producerId: NO_PRODUCER_ID, ...epoch(-1) };
    expect(verdictOn(undefined, batch(-1, 1, plain))).toBe('append');
    expect(verdictOn(entryOf(batch(0)), batch(-1, 1, plain))).toBe('append');
    expect(verdictOn(entryOf(batch(0)), batch(-1, 1, CONTROL))).toBe('append');
    expect(verdictOn(undefined, batch(-1, 1, CONTROL))).toBe('append');
  });
});

describe('an epoch', () => {
  test('that is over is refused, also to a marker', () => {
    expect(verdictOn(entryOf(batch(0)), batch(1, 1, epoch(2)))).toBe(47);
    expect(verdictOn(entryOf(batch(0)), batch(0, 1, { ...CONTROL, ...epoch(2) }))).toBe(47);
  });

  test('that is new begins at 0', () => {
    expect(verdictOn(entryOf(batch(0)), batch(0, 1, epoch(4)))).toBe('append');
    expect(verdictOn(entryOf(batch(0)), batch(1, 1, epoch(4)))).toBe(45);
  });

  test('that only a marker has brought begins at 0 too', () => {
    const entry = entryOf(batch(5), batch(-1, 1, { ...CONTROL, ...epoch(4) }));
    expect(entry).toEqual({ epoch: 4, batches: [], lastTimestamp: 1 });
    expect(verdictOn(entry, batch(0, 1, epoch(4)))).toBe('append');
    expect(verdictOn(entry, batch(6, 1, epoch(4)))).toBe(45);
  });
});

describe('what the log says of a producer', () => {
  test('is its newest five batches of its newest epoch', () => {
    const entry = entryOf(...following(0, 7));
    expect(entry.batches.map(({ baseSequence }) => baseSequence)).toEqual([4, 6, 8, 10, 12]);
    expect(entry.batches[0]).toEqual({
      baseSequence: 4,
      lastSequence: 5,
      baseOffset: 104,
      lastOffset: 105,
      timestamp: 1,
    });
    // The log decides, also where the epoch is an older one.
    for (const other of [2, 4]) {
      const anew = entryOf(
        ...following(0, 2),
        batch(9, 1, { ...epoch(other), maxTimestamp: 8 as Timestamp }),
      );
      expect(anew).toMatchObject({
        epoch: other,
        lastTimestamp: 8,
        batches: [{ baseSequence: 9 }],
      });
      expect(anew.batches).toHaveLength(1);
    }
  });

  test('leaves out markers, and batches without a sequence', () => {
    const entry = entryOf(
      batch(0),
      batch(-1, 1, CONTROL),
      batch(1, 1, { isControl: true }),
      batch(-1),
    );
    expect(entry.batches).toHaveLength(1);
    const producers = new Map<ProducerId, ProducerEntry>();
    foldProducerBatch(producers, batch(-1, 1, { producerId: NO_PRODUCER_ID }));
    expect(producers.size).toBe(0);
  });

  test('is not asked of an empty batch, nor of a sequence that is none', () => {
    expect(() => entryOf(batch(0, 0))).toThrow('a batch holds at least one record');
    expect(entryOf(batch(0, 1)).batches).toHaveLength(1);
    for (const [sequence, by] of [
      [-1, 1],
      [MAX_SEQUENCE + 1, 0],
      [0, -1],
    ] as const) {
      expect(() => incrementSequence(sequence, by)).toThrow('a sequence is 31 bits');
    }
    expect(incrementSequence(0, 0)).toBe(0);
    expect(incrementSequence(MAX_SEQUENCE, 0)).toBe(MAX_SEQUENCE);
    expect(incrementSequence(MAX_SEQUENCE - 1, 1)).toBe(MAX_SEQUENCE);
    expect(incrementSequence(MAX_SEQUENCE - 1, 4)).toBe(2);
  });
});

describe('an append', () => {
  test('needs the minimum in sync for acks=all only', () => {
    expect(mayAppend(-1, 1, 2)).toBe(19);
    expect(mayAppend(-1, 2, 2)).toBe(0);
    expect(mayAppend(1, 1, 2)).toBe(0);
    expect(mayAppend(0, 1, 2)).toBe(0);
    expect(acknowledgement(1, 2)).toBe(20);
    expect(acknowledgement(2, 2)).toBe(0);
  });

  test('asks for one replica at least, and for no more than there are', () => {
    expect(effectiveMinIsr(2, 3)).toBe(2);
    expect(effectiveMinIsr(5, 3)).toBe(3);
    expect(effectiveMinIsr(0, 3)).toBe(1);
  });

  test('is acknowledged behind its last record', () => {
    expect(acknowledgedAt(4 as Offset, 6 as Offset)).toBe(7);
    expect(acknowledgedAt(4 as Offset, 4 as Offset)).toBe(5);
  });
});
