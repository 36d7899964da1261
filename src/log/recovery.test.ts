import { describe, expect, it } from 'vitest';
import type { LeaderEpoch, Offset, Timestamp } from '../core/types/ids.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import { readEpochCheckpoint, writeEpochCheckpoint } from './checkpoints.js';
import { DEFAULT_LOG_OPTIONS } from './log-options.js';
import { type OpenedLog, openLog } from './partition-log.js';
import { buildBatch, readBatchHeader } from './record-batch.js';
import { TailBudget } from './tail.js';

const DIRECTORY = 'data/t-0';

function open(
  files: SimulatedFileSystem,
  logStartOffset: number,
  recoveryPoint: number = 0,
  segmentBytes: number = DEFAULT_LOG_OPTIONS.segmentBytes,
): OpenedLog {
  return openLog(files, DIRECTORY, () => ({ ...DEFAULT_LOG_OPTIONS, segmentBytes }), {
    recoveryPoint: recoveryPoint as Offset,
    logStartOffset: logStartOffset as Offset,
    cleanShutdown: false,
    tail: new TailBudget(0),
    decompress: (_codec, bytes) => bytes,
  });
}

function batchAt(offset: number): Uint8Array {
  return buildBatch({
    baseOffset: offset as Offset,
    leaderEpoch: (offset >> 1) as LeaderEpoch,
    records: [{ key: null, value: new Uint8Array(8), headers: [], timestamp: 1000 as Timestamp }],
  });
}

const BATCH_BYTES = batchAt(0).length;

/** A log of ten batches of one record, two of each epoch from 0, that lost its process. */
function killedLog(segmentBytes?: number): SimulatedFileSystem {
  const files = new SimulatedFileSystem({ scheduleSync: () => {} });
  const { log } = open(files, 0, 0, segmentBytes);
  for (let offset = 0; offset < 10; offset++) {
    const bytes = batchAt(offset);
    log.append([bytes], [readBatchHeader(bytes, 0)], null);
  }
  return files;
}

const entries = (...pairs: readonly (readonly [number, number])[]): never[] =>
  pairs.map(([epoch, startOffset]) => ({ epoch, startOffset })) as never[];

describe('recovery of the leader epoch cache', () => {
  it('covers what lies between the log start and the first entry with the epochs of its batches', () => {
    const files = killedLog();
    // The log start went to 7, and the process was killed before that was checkpointed.
    writeEpochCheckpoint(files, DIRECTORY, entries([3, 7], [4, 8]));
    files.crash({ power: false, draw: () => 0 });
    files.restart();
    const { facts } = open(files, 3);
    expect(facts.logStartOffset).toBe(3);
    expect(facts.epochs).toEqual(entries([1, 3], [2, 4], [3, 6], [4, 8]));
    expect(readEpochCheckpoint(files, DIRECTORY)).toEqual(facts.epochs);
  });

  it('leaves a cache alone that begins where the log does', () => {
    const files = killedLog();
    writeEpochCheckpoint(files, DIRECTORY, entries([3, 7], [4, 8]));
    files.crash({ power: false, draw: () => 0 });
    files.restart();
    expect(open(files, 7).facts.epochs).toEqual(entries([3, 7], [4, 8]));
  });

  it.each(['log start', 'no'])('is not told by damaged batches: %s checkpoint', (checkpoint) => {
    // Two segments of five batches: the first is below the recovery point, and taken at its word.
    const files = killedLog(500);
    const segments = files.list(DIRECTORY).filter((name) => name.endsWith('.log'));
    expect(segments.length).toBeGreaterThan(1);
    if (checkpoint === 'no') {
      files.remove(`${DIRECTORY}/leader-epoch-checkpoint`);
    } else {
      writeEpochCheckpoint(files, DIRECTORY, entries([3, 7], [4, 8]));
    }
    files.crash({ power: false, draw: () => 0 });
    files.restart();
    const path = `${DIRECTORY}/${segments[0]}`;
    // The second batch's records.
    files.corrupt(path, BATCH_BYTES * 2 - 1, 1);
    const { damage } = open(files, 0, 10, 500);
    expect(damage).toMatchObject({ path, position: BATCH_BYTES, reason: 'corrupt' });
  });
});

describe('a start after a clean shutdown', () => {
  /** Ten batches of one record in one segment, closed in good order; the last one's header is damaged. */
  function closedLog(mask: number): SimulatedFileSystem {
    const files = killedLog();
    const again = open(files, 0);
    again.log.close(true);
    expect(again.log.recoveryPoint).toBe(10);
    const path = `${DIRECTORY}/00000000000000000000.log`;
    const lastOffsetDelta = (files.sizeOf(path) / 10) * 9 + 23 + 3;
    files.corrupt(path, lastOffsetDelta, mask);
    return files;
  }

  it.each([1, 128])('does not take a log for longer than it was: bits %i', (mask) => {
    const { damage } = openLog(closedLog(mask), DIRECTORY, () => DEFAULT_LOG_OPTIONS, {
      recoveryPoint: 10 as Offset,
      logStartOffset: 0 as Offset,
      cleanShutdown: true,
      tail: new TailBudget(0),
      decompress: (_codec, bytes) => bytes,
    });
    expect(damage).toMatchObject({ offset: 9, reason: 'corrupt' });
  });
});
