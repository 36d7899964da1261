import { describe, expect, it } from 'vitest';
import type { LeaderEpoch, Offset, Timestamp } from '../core/types/ids.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import { DEFAULT_LOG_OPTIONS } from './log-options.js';
import { openLog, type PartitionLog } from './partition-log.js';
import { buildBatch, readBatchHeader } from './record-batch.js';
import { DamagedSegment } from './segment.js';
import { TailBudget } from './tail.js';

const DIRECTORY = 'data/t-0';
/** Where a batch has its length and its last offset delta, low bytes. */
const LENGTH_LOW = 11;
const LENGTH_HIGH = 8;
const DELTA_LOW = 26;
/** The low byte but one of its largest timestamp; somewhere among its records. */
const MAX_TIMESTAMP = 41;
const RECORDS = 100;

function batchOf(base: number, count: number = 3): Uint8Array {
  return buildBatch({
    baseOffset: base as Offset,
    leaderEpoch: 0 as LeaderEpoch,
    records: Array.from({ length: count }, (_, i) => ({
      key: null,
      value: new Uint8Array(90).fill(base),
      headers: [],
      timestamp: (1000 + i) as Timestamp,
    })),
  });
}

const SIZE = batchOf(0).length;

/** Batches of three records each, nothing cached: every read is from the files. */
function logOf(
  bases: readonly number[],
  segmentBytes: number = 1 << 20,
): { files: SimulatedFileSystem; log: PartitionLog } {
  const files = new SimulatedFileSystem({ scheduleSync: () => {} });
  const { log } = openLog(files, DIRECTORY, () => ({ ...DEFAULT_LOG_OPTIONS, segmentBytes }), {
    recoveryPoint: 0 as Offset,
    logStartOffset: 0 as Offset,
    cleanShutdown: false,
    tail: new TailBudget(0),
    decompress: (_codec, bytes) => bytes,
  });
  for (const base of bases) {
    const bytes = batchOf(base);
    log.append([bytes], [readBatchHeader(bytes, 0)], null);
  }
  return { files, log };
}

const path = (base: number): string => `${DIRECTORY}/${String(base).padStart(20, '0')}.log`;

function readAt(log: PartitionLog, from: number, upTo: number): ReturnType<PartitionLog['read']> {
  return log.read(from as Offset, upTo as Offset, 10_000, true);
}

describe('a read of a log', () => {
  it.each([
    ['says that it ends before what is asked for', DELTA_LOW, 2],
    ['says that it ends behind all there is', DELTA_LOW, 64],
    ['says that it is longer than its segment', LENGTH_HIGH, 1],
    ['says that it is shorter', LENGTH_LOW, 8],
  ])('never passes over a batch whose header %s', (_name, byte, mask) => {
    const { files, log } = logOf([0, 3, 6]);
    files.corrupt(path(0), SIZE + byte, mask);
    expect(readAt(log, 5, 9)).toMatchObject({ bytes: 0, damage: { path: path(0) } });
  });

  it('never passes over the last batch of a segment, nor of the log', () => {
    const { files, log } = logOf([0, 3, 6, 9], 2 * SIZE);
    expect(log.segmentCount).toBe(2);
    files.corrupt(path(0), SIZE + DELTA_LOW, 2);
    expect(readAt(log, 5, 12).damage).toMatchObject({ path: path(0), position: SIZE });
    files.corrupt(path(6), SIZE + DELTA_LOW, 2);
    expect(readAt(log, 11, 12).damage).toMatchObject({ path: path(6), position: SIZE });
  });

  it('goes on behind a gap that is none of a damaged batch', () => {
    const { log } = logOf([0, 3, 9]);
    expect(readAt(log, 6, 12)).toMatchObject({ firstOffset: 9, bytes: SIZE, damage: null });
  });

  it('gives nothing of a sound batch that is not readable as a whole yet', () => {
    const { log } = logOf([0, 3]);
    expect(readAt(log, 3, 5)).toMatchObject({ bytes: 0, damage: null });
  });
});

describe('a lookup of a timestamp', () => {
  const at = (log: PartitionLog): object | null =>
    log.offsetForTimestamp(1002 as Timestamp, 9 as Offset);

  it('gives the first record that is not older, and the newest one', () => {
    const { log } = logOf([0, 3, 6]);
    expect(at(log)).toEqual({ offset: 2, timestamp: 1002 });
    expect(log.maxTimestampOffset()).toEqual({ offset: 2, timestamp: 1002 });
  });

  it.each([
    ['says that all its records are older', MAX_TIMESTAMP, 2],
    ['says that it is longer than its segment', LENGTH_HIGH, 1],
    ['has other records than were written', RECORDS, 1],
  ])('never passes over a batch that %s, nor believes it', (_name, byte, mask) => {
    const { files, log } = logOf([0, 3, 6]);
    files.corrupt(path(0), byte, mask);
    expect(() => at(log)).toThrow(DamagedSegment);
    expect(() => log.maxTimestampOffset()).toThrow(DamagedSegment);
  });
});

describe('the largest timestamp', () => {
  it('is that of the records that are left when the log start has passed it', () => {
    const { log } = logOf([0]);
    const old = buildBatch({
      baseOffset: 3 as Offset,
      leaderEpoch: 0 as LeaderEpoch,
      records: [500, 400, 450].map((timestamp) => ({
        key: null,
        value: null,
        headers: [],
        timestamp: timestamp as Timestamp,
      })),
    });
    log.append([old], [readBatchHeader(old, 0)], null);
    expect(log.maxTimestampOffset()).toEqual({ offset: 2, timestamp: 1002 });
    log.moveStart(3 as Offset);
    expect(log.maxTimestampOffset()).toEqual({ offset: 3, timestamp: 500 });
    log.moveStart(4 as Offset);
    expect(log.maxTimestampOffset()).toEqual({ offset: 5, timestamp: 450 });
    log.moveStart(6 as Offset);
    expect(log.maxTimestampOffset()).toBe(null);
  });
});

describe('a log that begins inside a batch', () => {
  it('holds that batch whole, and begins there again after a crash', () => {
    const { files, log } = logOf([]);
    log.reset(4 as Offset);
    const bytes = batchOf(3);
    log.append([bytes], [readBatchHeader(bytes, 0)], null, false);
    expect(readAt(log, 4, 6).firstOffset).toBe(3);
    expect([log.logStartOffset, log.logEndOffset]).toEqual([4, 6]);
    files.crash({ power: false, draw: () => 0 });
    const again = openLog(files, DIRECTORY, () => DEFAULT_LOG_OPTIONS, {
      recoveryPoint: 4 as Offset,
      logStartOffset: 4 as Offset,
      cleanShutdown: false,
      tail: new TailBudget(0),
      decompress: (_codec, compressed) => compressed,
    });
    expect(again.damage).toBe(null);
    expect(again.facts).toMatchObject({ logStartOffset: 4, logEndOffset: 6 });
    expect(readAt(again.log, 4, 6).firstOffset).toBe(3);
  });
});
