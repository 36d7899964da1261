/** The producers' state is never built from bytes that are not what was written. */

import { describe, expect, it } from 'vitest';
import type {
  LeaderEpoch,
  Offset,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../core/types/ids.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import { DEFAULT_LOG_OPTIONS } from './log-options.js';
import { type OpenedLog, openLog } from './partition-log.js';
import { buildBatch, readBatchHeader } from './record-batch.js';
import { DamagedSegment } from './segment.js';
import { TailBudget } from './tail.js';

const DIRECTORY = 'data/t-0';
const FIRST = `${DIRECTORY}/00000000000000000000.log`;
/** Of a batch: the uppermost byte of lastOffsetDelta; set, the batch says that it holds nothing. */
const DELTA_AT = 23;
const COUNT = 3;

function batch(base: number): Uint8Array {
  return buildBatch({
    baseOffset: base as Offset,
    leaderEpoch: 0 as LeaderEpoch,
    producerId: 7n as ProducerId,
    producerEpoch: 0 as ProducerEpoch,
    baseSequence: base,
    records: [
      { key: null, value: new Uint8Array(20), headers: [], timestamp: (1000 + base) as Timestamp },
    ],
  });
}

const SIZE = batch(0).length;

function open(
  files: SimulatedFileSystem,
  start: { readonly recoveryPoint?: number; readonly logStartOffset?: number } = {},
): OpenedLog {
  // Three batches a segment, and the log holds no more than two segments after retention.
  const options = { ...DEFAULT_LOG_OPTIONS, segmentBytes: COUNT * SIZE, retentionBytes: 6 * SIZE };
  return openLog(files, DIRECTORY, () => options, {
    recoveryPoint: (start.recoveryPoint ?? 0) as Offset,
    logStartOffset: (start.logStartOffset ?? 0) as Offset,
    cleanShutdown: false,
    tail: new TailBudget(0),
    decompress: (_codec, bytes) => bytes,
  });
}

/** Three segments of three batches; a power loss has taken the producer snapshots of all of them. */
function written(): { files: SimulatedFileSystem; opened: OpenedLog } {
  const files = new SimulatedFileSystem({ scheduleSync: () => {} });
  const opened = open(files);
  for (let offset = 0; offset < 9; offset++) {
    const bytes = batch(offset);
    opened.log.append([bytes], [readBatchHeader(bytes, 0)], null);
  }
  for (const name of files.list(DIRECTORY).filter((each) => each.endsWith('.snapshot'))) {
    files.remove(`${DIRECTORY}/${name}`);
  }
  return { files, opened };
}

/** Bits of the second batch's header; 128: it says that it holds less than nothing; 1: more than it does. */
function damage(files: SimulatedFileSystem, bits: number): void {
  files.corrupt(FIRST, SIZE + DELTA_AT + (bits === 1 ? 3 : 0), bits);
}

function restart(files: SimulatedFileSystem): void {
  files.crash({ power: false, draw: () => 0 });
  files.restart();
}

const IN_FIRST = { path: FIRST, position: SIZE, reason: 'corrupt' };

describe.each([128, 1])('a damaged batch (bits %i) that the producers hang on', (bits) => {
  it('is found where the log start moves behind it', () => {
    const { files, opened } = written();
    damage(files, bits);
    expect(() => opened.log.moveStart(3 as Offset)).toThrow(DamagedSegment);
  });

  it('is found where retention deletes it', () => {
    const { files, opened } = written();
    damage(files, bits);
    expect(() => opened.log.retain(2000 as Timestamp, 9 as Offset)).toThrow(DamagedSegment);
  });

  it('is found by a recovery that has not checked it', () => {
    const { files } = written();
    restart(files);
    damage(files, bits);
    // Below the recovery point's segment headers are taken at their word, from the last index entry on.
    expect(open(files, { recoveryPoint: 9 }).damage).toMatchObject(IN_FIRST);
  });

  it('is found by a recovery that drops its segment', () => {
    const { files } = written();
    restart(files);
    damage(files, bits);
    const { damage: found } = open(files, { recoveryPoint: 9, logStartOffset: 3 });
    expect(found).toMatchObject(IN_FIRST);
  });
});

it('without damage all of that gives the producers their state', () => {
  const { files, opened } = written();
  opened.log.moveStart(3 as Offset);
  expect(opened.log.producersAt().get(7n as ProducerId)?.batches).toHaveLength(5);
  restart(files);
  const again = open(files, { recoveryPoint: 9, logStartOffset: 6 });
  expect(again.damage).toBeNull();
  expect(again.facts.producers.get(7n as ProducerId)?.batches.at(-1)?.lastOffset).toBe(8);
});
