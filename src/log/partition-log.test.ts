import { describe, expect, it } from 'vitest';
import type { ProducerEntry } from '../core/partition/types.js';
import type {
  LeaderEpoch,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  Timestamp,
  Uuid,
} from '../core/types/ids.js';
import type { Frame } from '../environment/environment.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import {
  offsetCheckpointText,
  readEpochCheckpoint,
  readOffsetCheckpoint,
  readPartitionMetadata,
  replaceText,
  writePartitionMetadata,
} from './checkpoints.js';
import {
  listPartitions,
  lockDirectory,
  readCleanShutdown,
  removeCleanShutdown,
  unlockDirectory,
  writeCleanShutdown,
} from './directory.js';
import { DEFAULT_LOG_OPTIONS, type LogOptions } from './log-options.js';
import { type OpenedLog, openLog } from './partition-log.js';
import { decodeProducers, encodeProducers } from './producer-snapshot.js';
import { buildBatch, readBatchHeader } from './record-batch.js';
import { TailBudget } from './tail.js';

const DIRECTORY = 'data/t-0';

function disk(): { files: SimulatedFileSystem; completeSyncs: () => void } {
  const syncs: (() => void)[] = [];
  const files = new SimulatedFileSystem({ scheduleSync: (complete) => syncs.push(complete) });
  return {
    files,
    completeSyncs: () => {
      while (syncs.length > 0) {
        syncs.shift()!();
      }
    },
  };
}

interface Opening {
  readonly options?: Partial<LogOptions>;
  readonly recoveryPoint?: number;
  readonly logStartOffset?: number;
  readonly clean?: boolean;
  readonly tailBytes?: number;
  readonly lowered?: number[];
}

function open(files: SimulatedFileSystem, opening: Opening = {}): OpenedLog {
  const options = { ...DEFAULT_LOG_OPTIONS, fileDeleteDelayMs: 100, ...opening.options };
  return openLog(files, DIRECTORY, () => options, {
    recoveryPoint: (opening.recoveryPoint ?? 0) as Offset,
    logStartOffset: (opening.logStartOffset ?? 0) as Offset,
    cleanShutdown: opening.clean ?? false,
    tail: new TailBudget(opening.tailBytes ?? 0),
    decompress: (_codec, bytes) => bytes,
    lowerRecoveryPoint: (offset) => opening.lowered?.push(offset),
  });
}

function batch(base: number, count: number, epoch: number = 0, time: number = 1000): Uint8Array {
  return buildBatch({
    baseOffset: base as Offset,
    leaderEpoch: epoch as LeaderEpoch,
    records: Array.from({ length: count }, (_, i) => ({
      key: null,
      value: new Uint8Array(90).fill(base),
      headers: [],
      timestamp: (time + i) as Timestamp,
    })),
  });
}

function append(opened: OpenedLog, bytes: Uint8Array, owner: Frame | null = null): void {
  opened.log.append([bytes], [readBatchHeader(bytes, 0)], owner);
}

function frame(bytes: Uint8Array): Frame & { holders: number } {
  return {
    bytes,
    holders: 0,
    retain() {
      this.holders++;
    },
    release() {
      this.holders--;
    },
  };
}

const ALL = Number.MAX_SAFE_INTEGER as Offset;

function logFiles(files: SimulatedFileSystem, suffix: string): number[] {
  return files
    .list(DIRECTORY)
    .filter((name) => name.endsWith(suffix))
    .map((name) => Number.parseInt(name, 10));
}

describe('the tail', () => {
  it('reads from disk into a buffer that is used again only after its release', () => {
    const opened = open(disk().files, { tailBytes: 0 });
    const first = batch(0, 3);
    const second = batch(3, 3);
    append(opened, first);
    append(opened, second);
    const one = opened.log.read(0 as Offset, 3 as Offset, 10_000, true);
    const two = opened.log.read(3 as Offset, ALL, 10_000, true);
    expect(Buffer.compare(one.parts[0]!, first)).toBe(0);
    expect(Buffer.compare(two.parts[0]!, second)).toBe(0);
    const place = one.parts[0]!.buffer;
    one.release();
    one.release();
    const again = opened.log.read(3 as Offset, ALL, 10_000, true);
    const more = opened.log.read(3 as Offset, ALL, 10_000, true);
    expect(again.parts[0]!.buffer).toBe(place);
    expect(more.parts[0]!.buffer).not.toBe(place);
    expect(Buffer.compare(two.parts[0]!, second)).toBe(0);
  });

  it('keeps nothing of what nobody reads soon, and nothing older that it would not reach to', () => {
    const opened = open(disk().files, { tailBytes: 1000 });
    const first = batch(0, 3);
    const second = batch(3, 3);
    const third = batch(6, 3);
    const owners = [frame(first), frame(second), frame(third)];
    append(opened, first, owners[0]);
    opened.log.append([second], [readBatchHeader(second, 0)], owners[1]!, false);
    append(opened, third, owners[2]);
    expect(owners.map(({ holders }) => holders)).toEqual([0, 0, 1]);
    const read = opened.log.read(0 as Offset, ALL, 10_000, true);
    expect(
      read.parts.map((part) => Buffer.compare(part, Buffer.concat([first, second, third]))),
    ).toEqual([0]);
    read.release();
  });

  it('serves what was just appended from the very buffer it came in, and holds it as long', () => {
    const opened = open(disk().files, { tailBytes: 1000 });
    const first = batch(0, 3);
    const owner = frame(first);
    append(opened, first, owner);
    expect(owner.holders).toBe(1);
    const read = opened.log.read(0 as Offset, ALL, 10_000, true);
    expect(read.parts[0]).toBe(first);
    expect(owner.holders).toBe(2);
    // Evicted by the budget, but still being read.
    append(opened, batch(3, 7));
    expect(owner.holders).toBe(1);
    read.release();
    expect(owner.holders).toBe(0);
    expect(() => read.release()).toThrow(/twice/);
    expect(opened.log.read(0 as Offset, ALL, 400, true)).toMatchObject({ firstOffset: 0 });
  });

  it('lets go of everything that is truncated, and when the log closes', () => {
    const opened = open(disk().files, { tailBytes: 100_000 });
    const owners = [0, 3, 6].map((base) => {
      const owner = frame(batch(base, 3));
      append(opened, owner.bytes, owner);
      return owner;
    });
    opened.log.truncateTo(6 as Offset);
    expect(owners.map((owner) => owner.holders)).toEqual([1, 1, 0]);
    opened.log.close(false);
    expect(owners.map((owner) => owner.holders)).toEqual([0, 0, 0]);
  });

  it('is one budget for all logs: the oldest part of any log goes first', () => {
    const { files } = disk();
    const tail = new TailBudget(900);
    const [a, b] = ['data/a-0', 'data/b-0'].map((directory) =>
      openLog(files, directory, () => DEFAULT_LOG_OPTIONS, {
        recoveryPoint: 0 as Offset,
        logStartOffset: 0 as Offset,
        cleanShutdown: false,
        tail,
        decompress: (_codec, bytes) => bytes,
      }),
    );
    const owners = [a!, b!, a!].map((opened, i) => {
      const owner = frame(batch(i === 2 ? 3 : 0, 3));
      append(opened, owner.bytes, owner);
      return owner;
    });
    expect(owners.map((owner) => owner.holders)).toEqual([0, 1, 1]);
    expect(tail.usedBytes).toBe(owners[1]!.bytes.length + owners[2]!.bytes.length);
  });
});

describe('segments', () => {
  it('roll by size, by time and by a full index; the snapshot stands at the new base', () => {
    const bySize = disk().files;
    const sized = open(bySize, { options: { segmentBytes: 700 } });
    append(sized, batch(0, 3));
    append(sized, batch(3, 3));
    append(sized, batch(6, 1));
    expect(logFiles(bySize, '.log')).toEqual([0, 3]);
    expect(logFiles(bySize, '.snapshot')).toEqual([3]);
    const byTime = disk().files;
    const timed = open(byTime, { options: { segmentMs: 500 } });
    append(timed, batch(0, 1, 0, 1000));
    append(timed, batch(1, 1, 0, 1500));
    append(timed, batch(2, 1, 0, 1501));
    expect(logFiles(byTime, '.log')).toEqual([0, 2]);
    const byIndex = disk().files;
    const indexed = open(byIndex, { options: { segmentIndexBytes: 36, indexIntervalBytes: 1 } });
    for (let base = 0; base < 4; base++) {
      append(indexed, batch(base, 1, 0, 1000 + base));
    }
    // The first batch gets no entry, the next two fill the time index but for its last place.
    expect(logFiles(byIndex, '.log')).toEqual([0, 3]);
  });

  it('are kept under .deleted for file.delete.delay.ms', () => {
    const { files } = disk();
    const opened = open(files, { options: { segmentBytes: 400, retentionMs: 1000 } });
    for (let base = 0; base < 4; base++) {
      append(opened, batch(base, 3).subarray(0), null);
      base += 2;
    }
    append(opened, batch(6, 1, 0, 9000));
    expect(opened.log.retain(2500 as Timestamp, 6 as Offset)).toBe(6);
    expect(logFiles(files, '.deleted').length).toBeGreaterThan(0);
    opened.log.retain(2599 as Timestamp, 6 as Offset);
    expect(logFiles(files, '.deleted').length).toBeGreaterThan(0);
    opened.log.retain(2600 as Timestamp, 6 as Offset);
    expect(logFiles(files, '.deleted')).toEqual([]);
  });

  it('go by size until no whole one is above retention.bytes, and never beyond the watermark', () => {
    const { files } = disk();
    const size = batch(0, 3).length;
    const retentionBytes = 2 * size + 10;
    const opened = open(files, { options: { segmentBytes: 400, retentionBytes } });
    for (let base = 0; base < 15; base += 3) {
      append(opened, batch(base, 3));
    }
    expect(opened.log.retain(0 as Timestamp, 5 as Offset)).toBe(3);
    expect(opened.log.retain(0 as Timestamp, 15 as Offset)).toBe(6);
    expect(opened.log.retain(0 as Timestamp, 15 as Offset)).toBeNull();
    expect(opened.log.sizeInBytes).toBe(3 * size);
  });

  it('are searched anew after a truncation: the place where a read stopped may be another', () => {
    const opened = open(disk().files);
    append(opened, batch(0, 3));
    append(opened, batch(3, 3));
    append(opened, batch(6, 3));
    const size = batch(0, 3).length;
    expect(opened.log.read(0 as Offset, ALL, 2 * size, true).bytes).toBe(2 * size);
    opened.log.truncateTo(3 as Offset);
    append(opened, batch(3, 1, 1));
    append(opened, batch(4, 2, 1));
    append(opened, batch(6, 1, 1));
    const read = opened.log.read(6 as Offset, ALL, 1000, true);
    expect(read).toMatchObject({ firstOffset: 6, bytes: batch(6, 1).length, damage: null });
  });
});

describe('damage', () => {
  function threeSegments(): { files: SimulatedFileSystem; end: number } {
    const { files, completeSyncs } = disk();
    const opened = open(files, { options: { segmentBytes: 700 } });
    for (let base = 0; base < 12; base += 3) {
      append(opened, batch(base, 3));
    }
    opened.log.flush(() => {});
    completeSyncs();
    expect(opened.log.recoveryPoint).toBe(12);
    opened.log.close(false);
    return { files, end: 12 };
  }

  it('below the recovery point is reported, and nothing is cut', () => {
    const { files, end } = threeSegments();
    const path = `${DIRECTORY}/00000000000000000009.log`;
    files.corrupt(path, 200, 8);
    const before = files.readWhole(path).length;
    const opened = open(files, { recoveryPoint: end });
    expect(opened.damage).toMatchObject({ path, offset: 9, position: 0, reason: 'corrupt' });
    expect(files.readWhole(path).length).toBe(before);
    expect(() => append(opened, batch(9, 1))).toThrow(/damaged/);
    opened.log.close(false);
  });

  it('beyond the recovery point is a torn tail, and is cut', () => {
    const { files } = threeSegments();
    files.corrupt(`${DIRECTORY}/00000000000000000009.log`, 200, 8);
    const opened = open(files, { recoveryPoint: 9 });
    expect(opened.damage).toBeNull();
    expect(opened.facts.logEndOffset).toBe(9);
  });

  it('in what a truncation leaves is noticed, before producers are rebuilt from it', () => {
    const { files } = disk();
    const opened = open(files);
    for (const base of [0, 3, 6]) {
      append(opened, batch(base, 3));
    }
    files.corrupt(`${DIRECTORY}/00000000000000000000.log`, 45, 1);
    expect(() => opened.log.truncateTo(6 as Offset)).toThrow(/EBADMSG/);
  });

  it.each([
    ['far away', 3],
    ['one off', 7],
  ])(
    'of a base offset, which no CRC covers, is noticed by the truncation that it misleads: %s',
    (_name, byte) => {
      const { files, completeSyncs } = disk();
      const opened = open(files);
      for (const base of [0, 3, 6]) {
        append(opened, batch(base, 3));
      }
      opened.log.flush(() => {});
      completeSyncs();
      const size = batch(0, 3).length;
      files.corrupt(`${DIRECTORY}/00000000000000000000.log`, size + byte, 1);
      expect(() => opened.log.truncateTo(6 as Offset)).toThrow(/EBADMSG/);
    },
  );

  it('of a missing segment or a short log is reported', () => {
    const short = threeSegments();
    short.files.remove(`${DIRECTORY}/00000000000000000009.log`);
    expect(open(short.files, { recoveryPoint: 12 }).damage).toMatchObject({ offset: 9 });
    const holed = threeSegments();
    holed.files.remove(`${DIRECTORY}/00000000000000000003.log`);
    expect(open(holed.files, { recoveryPoint: 12 }).damage).toMatchObject({
      offset: 3,
      reason: 'a segment is missing before it',
    });
  });

  it('is found by a read from disk, after the sound batches before it', () => {
    const { files } = disk();
    const opened = open(files);
    append(opened, batch(0, 3));
    append(opened, batch(3, 3));
    const size = batch(0, 3).length;
    files.corrupt(`${DIRECTORY}/00000000000000000000.log`, size + 100, 1);
    const read = opened.log.read(0 as Offset, ALL, 10_000, true);
    expect(read).toMatchObject({ bytes: size, damage: { offset: 3, position: size } });
    expect(opened.log.read(3 as Offset, ALL, 10_000, true)).toMatchObject({
      bytes: 0,
      damage: { offset: 3 },
    });
    files.corrupt(`${DIRECTORY}/00000000000000000000.log`, size + 16, 1);
    expect(opened.log.read(4 as Offset, ALL, 10_000, true)).toMatchObject({
      damage: { reason: 'magic' },
    });
  });
});

describe('recovery', () => {
  it('rebuilds missing indexes and epochs from the log alone', () => {
    const { files } = disk();
    const opened = open(files, { options: { segmentBytes: 700, indexIntervalBytes: 1 } });
    for (let base = 0; base < 12; base += 3) {
      append(opened, batch(base, 3, base, 1000 + base));
    }
    opened.log.close(true);
    const expected = opened.log.recoveryPoint;
    for (const name of files.list(DIRECTORY)) {
      if (!name.endsWith('.log')) {
        files.remove(`${DIRECTORY}/${name}`);
      }
    }
    const again = open(files, { clean: true, recoveryPoint: expected });
    expect(again.damage).toBeNull();
    expect(again.facts.epochs).toEqual(
      [0, 3, 6, 9].map((offset) => ({ epoch: offset, startOffset: offset })),
    );
    expect(again.log.offsetForTimestamp(1008 as Timestamp, ALL)).toEqual({
      offset: 8,
      timestamp: 1008,
    });
    expect(readEpochCheckpoint(files, DIRECTORY)).toEqual(again.facts.epochs);
  });

  it('refuses batches whose leader epoch goes back: stale sectors, not this log', () => {
    const { files } = disk();
    const opened = open(files);
    append(opened, batch(0, 1, 5));
    append(opened, batch(1, 1, 4));
    opened.log.close(false);
    expect(open(files).facts.logEndOffset).toBe(1);
  });

  it('says that the recovery point goes down before anything is cut', () => {
    const { files, completeSyncs } = disk();
    const lowered: number[] = [];
    const opened = open(files, { lowered });
    append(opened, batch(0, 3));
    append(opened, batch(3, 3));
    opened.log.flush(() => {});
    completeSyncs();
    opened.log.truncateTo(4 as Offset);
    expect(lowered).toEqual([3]);
    expect(opened.log.recoveryPoint).toBe(3);
    expect(opened.log.logEndOffset).toBe(3);
  });

  it('does not count a flush for what was cut and appended anew while it ran', () => {
    const { files, completeSyncs } = disk();
    const opened = open(files);
    append(opened, batch(0, 3));
    append(opened, batch(3, 3));
    opened.log.flush(() => {});
    opened.log.truncateTo(3 as Offset);
    append(opened, batch(3, 3, 1));
    completeSyncs();
    expect(opened.log.recoveryPoint).toBe(3);
  });
});

describe('a failing disk', () => {
  it('ends the log: after a write without space nothing more is taken', () => {
    const { files } = disk();
    const opened = open(files);
    append(opened, batch(0, 1));
    files.faults.freeBytes = 50;
    expect(() => append(opened, batch(1, 1))).toThrow(/ENOSPC/);
    files.faults.freeBytes = null;
    expect(() => append(opened, batch(1, 1))).toThrow(/failed/);
    opened.log.close(false);
    expect(open(files).facts.logEndOffset).toBe(1);
  });

  it('tells the caller of flush, and the recovery point stays', () => {
    const { files, completeSyncs } = disk();
    const opened = open(files);
    append(opened, batch(0, 1));
    const outcomes: (string | undefined)[] = [];
    files.faults.failSync = null;
    opened.log.close(true);
    const again = open(files, { clean: true });
    append(again, batch(1, 1));
    again.log.flush((error) => outcomes.push(error?.code));
    files.faults.failSync = 'EIO';
    completeSyncs();
    expect(outcomes).toEqual(['EIO']);
    expect(again.log.recoveryPoint).toBe(1);
    expect(() => append(again, batch(2, 1))).toThrow(/failed/);
  });
});

describe('producer snapshots', () => {
  it('keep all five batches, also around the wrap of the sequence and behind a control batch', () => {
    const at = (
      base: number,
      sequence: number,
      last: number,
    ): ProducerEntry['batches'][number] => ({
      baseSequence: sequence,
      lastSequence: last,
      baseOffset: base as Offset,
      lastOffset: (base + 3) as Offset,
      timestamp: (1000 + base) as Timestamp,
    });
    const wrapped = at(20, 0x7ffffffe, 1);
    const producers = new Map<ProducerId, ProducerEntry>([
      [
        9n as ProducerId,
        {
          epoch: 3 as ProducerEpoch,
          batches: [at(0, 0, 3), at(4, 4, 7), at(8, 8, 11), at(12, 12, 15), wrapped],
          lastTimestamp: 1020 as Timestamp,
        },
      ],
      [
        (2n ** 62n) as ProducerId,
        { epoch: 0 as ProducerEpoch, batches: [at(30, 0, 3)], lastTimestamp: 5000 as Timestamp },
      ],
      [
        1n as ProducerId,
        { epoch: 7 as ProducerEpoch, batches: [], lastTimestamp: 12 as Timestamp },
      ],
    ]);
    const bytes = encodeProducers(producers);
    expect(decodeProducers(bytes)).toEqual(producers);
    bytes[20]! ^= 1;
    expect(decodeProducers(bytes)).toBeNull();
    expect(decodeProducers(bytes.subarray(0, 5))).toBeNull();
  });
});

describe('the log directory', () => {
  it('is locked for one', () => {
    const { files } = disk();
    expect(lockDirectory(files, 'data')).toBe(true);
    expect(lockDirectory(files, 'data')).toBe(false);
    unlockDirectory(files, 'data');
    expect(lockDirectory(files, 'data')).toBe(true);
  });

  it('says whether the last shutdown was clean, once', () => {
    const { files } = disk();
    files.makeDirectory('data');
    expect(readCleanShutdown(files, 'data')).toBeNull();
    writeCleanShutdown(files, 'data', 42 as never);
    expect(new TextDecoder().decode(files.readWhole('data/.kafka_cleanshutdown'))).toBe(
      '{"version":0,"brokerEpoch":42}',
    );
    expect(readCleanShutdown(files, 'data')).toBe(42);
    removeCleanShutdown(files, 'data');
    expect(readCleanShutdown(files, 'data')).toBeNull();
    files.replaceWhole('data/.kafka_cleanshutdown', new Uint8Array(0));
    expect(readCleanShutdown(files, 'data')).toBe(-1);
  });

  it("keeps offsets by partition in Kafka's form", () => {
    const { files } = disk();
    files.makeDirectory('data');
    const entry = (topic: string, partition: number, offset: number) => ({
      topic,
      partition: partition as PartitionIndex,
      offset: offset as Offset,
    });
    const path = 'data/recovery-point-offset-checkpoint';
    expect(readOffsetCheckpoint(files, path)).toEqual([]);
    const entries = [entry('b', 0, 7), entry('a-x', 10, 5), entry('a-x', 9, 3)];
    replaceText(files, path, offsetCheckpointText(entries));
    expect(new TextDecoder().decode(files.readWhole(path))).toBe(
      '0\n3\na-x 9 3\na-x 10 5\nb 0 7\n',
    );
    expect(readOffsetCheckpoint(files, path)).toEqual([
      entry('a-x', 9, 3),
      entry('a-x', 10, 5),
      entry('b', 0, 7),
    ]);
    files.replaceWhole(path, new TextEncoder().encode('0\n3\na 0 1\n'));
    expect(() => readOffsetCheckpoint(files, path)).toThrow(/3 entries in 1/);
  });

  it("knows its partitions and their topics' ids", () => {
    const { files } = disk();
    files.makeDirectory('data/my-topic.v1-12');
    files.makeDirectory('data/other-0.5-stray');
    expect(listPartitions(files, 'data')).toEqual([{ topic: 'my-topic.v1', partition: 12 }]);
    const id = 'AQIDBAUGBwgJCgsMDQ4PEA' as Uuid;
    expect(readPartitionMetadata(files, 'data/my-topic.v1-12')).toBeNull();
    writePartitionMetadata(files, 'data/my-topic.v1-12', id);
    expect(readPartitionMetadata(files, 'data/my-topic.v1-12')).toBe(id);
  });
});
