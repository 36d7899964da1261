import { describe, expect, test } from 'vitest';
import { compactionProperties, judgeCompaction } from './all.js';
import type { CompactionPass, LoggedBatch } from './property.js';

/** `0:a=1 1:b`: records with offsets; no value is a tombstone. Two offsets each. */
function batch(base: number, records: string, more: Partial<LoggedBatch> = {}): LoggedBatch {
  return {
    baseOffset: base,
    lastOffset: base + 1,
    leaderEpoch: 1,
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    isControl: false,
    deleteHorizon: -1,
    records: records
      .split(' ')
      .filter((record) => record !== '')
      .map((record) => {
        const [offset, content] = record.split(':');
        const [key, value] = content!.split('=');
        const at = Number(offset);
        return { offset: at, key: key!, value: value ?? null, timestamp: 1000 + at };
      }),
    ...more,
  };
}

const five = { producerId: 5n, producerEpoch: 0 };
const before = [
  batch(0, '0:a=1 1:b=1', { ...five, baseSequence: 0 }),
  batch(2, '2:a=2 3:c', { deleteHorizon: 4000 }),
  batch(4, '4:b=2 5:d', { ...five, baseSequence: 2 }),
  batch(6, '6:e=1 7:d=2'),
  batch(8, '8:a=3 9:e=2'),
];
/** Cleaned up to 8; the tombstone of c has gone, that of d was set aside for d=2. */
const good: CompactionPass = {
  before,
  after: [
    batch(2, '2:a=2', { deleteHorizon: 4000 }),
    batch(4, '4:b=2', { ...five, baseSequence: 2 }),
    batch(6, '6:e=1 7:d=2'),
    batch(8, '8:a=3 9:e=2'),
  ],
  end: 10,
  highWatermark: 9,
  activeBase: 8,
  now: 5000,
  minCompactionLagMs: 0,
  deleteRetentionMs: 100,
};

const replaced = (base: number, by: LoggedBatch | null): CompactionPass => ({
  ...good,
  after: good.after.flatMap((one) => (one.baseOffset === base ? (by ?? []) : one)),
});

/** Another batch of the producer is in the log, and not committed. */
const uncommitted = batch(10, '10:g=1 11:h=1', { ...five, baseSequence: 4 });
const grown: CompactionPass = {
  ...good,
  before: [...before, uncommitted],
  after: [...good.after, uncommitted],
  end: 12,
};

/** By property: how to break it, in every way that it speaks of. */
const broken: Readonly<Record<string, readonly CompactionPass[]>> = {
  NewestRecordKept: [replaced(4, batch(4, '', { ...five, baseSequence: 2 }))],
  CleanedBelowBound: [
    { ...good, highWatermark: 2 },
    { ...good, activeBase: 2 },
    replaced(2, batch(2, '', { deleteHorizon: 4000 })),
    { ...good, minCompactionLagMs: 3999 },
    replaced(8, batch(8, '8:a=3')),
  ],
  SurvivorsUnchanged: [
    replaced(6, batch(6, '6:e=9 7:d=2')),
    replaced(6, batch(6, '6:e=1 7:d=2', { leaderEpoch: 2 })),
    replaced(4, batch(4, '4:b=2', { ...five, baseSequence: 1 })),
    replaced(6, batch(5, '6:e=1 7:d=2')),
    replaced(2, batch(2, '2:a=2 3:x=1', { deleteHorizon: 4000 })),
    { ...good, after: [batch(6, '6:e=1 7:d=2'), ...good.after] },
  ],
  TombstoneKept: [
    { ...good, now: 3999 },
    { ...good, before: before.map((one) => ({ ...one, deleteHorizon: -1 })) },
    replaced(6, batch(6, '6:e=1 7:d=2', { deleteHorizon: 5099 })),
    replaced(2, batch(2, '2:a=2', { deleteHorizon: 9000 })),
  ],
  LastSequenceKept: [
    replaced(4, null),
    replaced(8, null),
    { ...grown, after: grown.after.filter(({ baseOffset }) => baseOffset !== 4) },
  ],
};

describe('the properties of compaction', () => {
  test('hold of a pass that did what it may', () => {
    expect(judgeCompaction(good)).toBe(null);
    expect(judgeCompaction({ ...good, after: before })).toBe(null);
    expect(judgeCompaction(grown)).toBe(null);
  });

  for (const { name, violation } of compactionProperties) {
    test(`${name} is violated by a pass that breaks it`, () => {
      expect(violation(good)).toBe(null);
      const passes = broken[name] ?? [];
      expect(passes.length).toBeGreaterThan(0);
      for (const [index, pass] of passes.entries()) {
        expect([index, violation(pass)]).toEqual([index, expect.any(String)]);
      }
    });
  }

  test('a new delete horizon is as late as delete.retention.ms says, or later', () => {
    const horizon = batch(6, '6:e=1 7:d=2', { deleteHorizon: 5100 });
    expect(judgeCompaction(replaced(6, horizon))).toBe(null);
  });

  test('what was cut or deleted while it ran is nobody else', () => {
    const cut = { ...good, after: good.after.slice(0, 2), end: 6 };
    expect(judgeCompaction(cut)).toBe(null);
  });
});
