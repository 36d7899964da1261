import { describe, expect, it } from 'vitest';
import { logRules } from '../core/log/rules.js';
import type {
  LeaderEpoch,
  Offset,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../core/types/ids.js';
import { FileError } from '../environment/environment.js';
import { SimulatedFileSystem } from '../environment/simulated/file-system.js';
import { RandomStream } from '../environment/simulated/random.js';
import { compress, decompress } from '../protocol/compression.js';
import { type CleaningPass, type CleaningResult, cleanLog, dirtinessOf } from './cleaning.js';
import { DEFAULT_LOG_OPTIONS, type LogOptions } from './log-options.js';
import { type OpenedLog, openLog, type PartitionLog } from './partition-log.js';
import {
  buildBatch,
  DELETE_HORIZON_BIT,
  inspectBatches,
  readBatchHeader,
  readRecords,
} from './record-batch.js';
import { TailBudget } from './tail.js';

const DIRECTORY = 'data/t-0';
const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);
const bytes = (of: string | null): Uint8Array | null =>
  of === null ? null : new TextEncoder().encode(of);

interface Producing {
  readonly producer?: number;
  readonly sequence?: number;
  readonly codec?: number;
  readonly at?: number;
}

class Logged {
  readonly files: SimulatedFileSystem;
  options: LogOptions;
  opened: OpenedLog;
  now = 10_000;
  /** Newest batches that are kept in memory. */
  tailBytes = 0;

  constructor(options: Partial<LogOptions> = {}, rules = logRules) {
    this.files = new SimulatedFileSystem({ scheduleSync: () => {} });
    // A segment for each two batches or so, a tail of nothing: what is read is read from the files.
    const small = { segmentBytes: 200, compacts: true, deletes: false, deleteRetentionMs: 100 };
    this.options = { ...DEFAULT_LOG_OPTIONS, ...small, ...options };
    this.opened = this.open(rules);
  }

  get log(): PartitionLog {
    return this.opened.log;
  }

  open(rules = logRules): OpenedLog {
    this.opened = openLog(this.files, DIRECTORY, () => this.options, {
      recoveryPoint: 0 as Offset,
      logStartOffset: 0 as Offset,
      cleanShutdown: false,
      tail: new TailBudget(this.tailBytes),
      decompress,
      compress,
      rules,
    });
    return this.opened;
  }

  /** One batch: `a=1 b=2 c` sets a and b and deletes c. */
  append(records: string, producing: Producing = {}): void {
    const { producer, sequence = 0, codec = 0, at = 1000 + this.log.logEndOffset } = producing;
    const batch = buildBatch({
      baseOffset: this.log.logEndOffset,
      leaderEpoch: 0 as LeaderEpoch,
      records: records.split(' ').map((record, i) => {
        const [key, value] = record.split('=');
        return {
          key: bytes(key!),
          value: bytes(value ?? null),
          headers: [{ key: 'h', value: bytes(`${key}-header`) }],
          timestamp: (at + i) as Timestamp,
        };
      }),
      ...(producer === undefined
        ? {}
        : {
            producerId: BigInt(producer) as ProducerId,
            producerEpoch: 0 as ProducerEpoch,
            baseSequence: sequence,
          }),
      compression: { codec, compress },
    });
    this.log.append([batch], [readBatchHeader(batch, 0)], null);
  }

  pass(over: Partial<CleaningPass> = {}): CleaningPass {
    return {
      cleanedEnd: 0 as Offset,
      now: this.now as Timestamp,
      highWatermark: this.log.logEndOffset,
      mapBytes: 1 << 20,
      stepBytes: 100,
      ...over,
    };
  }

  clean(over: Partial<CleaningPass> = {}, between: () => void = () => {}): CleaningResult {
    const cleaning = cleanLog(this.log, this.pass(over));
    for (;;) {
      const step = cleaning.next();
      if (step.done === true) {
        return step.value;
      }
      if (step.value.type === 'sync') {
        this.files.syncNow(step.value.file);
      }
      between();
    }
  }

  raw(): Uint8Array {
    const parts: Uint8Array[] = [];
    let from = this.log.segments[0]!.baseOffset;
    while (from < this.log.logEndOffset) {
      const read = this.log.read(from, this.log.logEndOffset, 1 << 20, true);
      expect(read.damage).toBe(null);
      for (const part of read.parts) {
        parts.push(part.slice());
        for (const header of inspectBatches(part).batches) {
          from = (header.baseOffset + header.lastOffsetDelta + 1) as Offset;
        }
      }
      read.release();
    }
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** What a reader gets: `offset:key=value`. */
  records(): string[] {
    return readRecords(this.raw(), decompress).map(
      ({ offset, key, value }) => `${offset}:${text(key)}${value ? `=${text(value)}` : ''}`,
    );
  }

  bases(): number[] {
    return this.log.segments.map(({ baseOffset }) => baseOffset);
  }
}

/** Six batches of two records in segments of one batch each, the last of them active. */
function six(options: Partial<LogOptions> = {}, producing: Producing = {}): Logged {
  const logged = new Logged({ segmentBytes: 150, ...options });
  for (const [i, records] of ['a=1 b=1', 'c=1 a=2', 'b=2 d=1', 'a=3 e=1', 'c', 'f=1'].entries()) {
    const sequence = i * 2;
    logged.append(
      records,
      producing.producer === undefined ? producing : { ...producing, sequence },
    );
  }
  return logged;
}

describe('compaction', () => {
  it('keeps the newest record of each key, where it was and as it was (C-LAST)', () => {
    const logged = six();
    const before = readRecords(logged.raw(), decompress);
    expect(logged.bases()).toEqual([0, 2, 4, 6, 8, 9]);
    expect(logged.clean()).toMatchObject({ outcome: 'done', cleanedEnd: 9 });
    expect(logged.records()).toEqual(['4:b=2', '5:d=1', '6:a=3', '7:e=1', '8:c', '9:f=1']);
    const kept = readRecords(logged.raw(), decompress);
    for (const record of kept) {
      expect(record).toEqual(before.find(({ offset }) => offset === record.offset));
    }
    expect(logged.log.logEndOffset).toBe(10);
  });

  it('makes one segment of several small ones, without a gap between segments', () => {
    const logged = six({ segmentBytes: 150 });
    logged.options = { ...logged.options, segmentBytes: 400 };
    logged.clean();
    expect(logged.bases().length).toBeLessThan(5);
    logged.log.segments.slice(1).forEach(({ baseOffset }, i) => {
      expect(baseOffset).toBe(logged.log.segments[i]!.endOffset);
    });
    const again = logged.open();
    expect(again.damage).toBe(null);
    expect(again.facts.logEndOffset).toBe(10);
  });

  it('never goes beyond the high watermark, into the active segment or below min.compaction.lag (C-BOUND)', () => {
    const logged = six();
    expect(logged.clean({ highWatermark: 5 as Offset }).cleanedEnd).toBe(4);
    expect(logged.records().slice(0, 3)).toEqual(['1:b=1', '2:c=1', '3:a=2']);
    const young = six({ minCompactionLagMs: 5000 });
    young.now = 6003;
    expect(young.clean().cleanedEnd).toBe(4);
    expect(six().clean().cleanedEnd).toBe(9);
  });

  it('is what readers see, also of batches that were in memory', () => {
    const logged = new Logged({ segmentBytes: 150 });
    logged.tailBytes = 1 << 20;
    logged.open();
    for (const records of ['a=1', 'a=2', 'a=3']) {
      logged.append(`${records} b=1`);
    }
    expect(logged.records().length).toBe(6);
    logged.clean();
    expect(logged.records()).toEqual(['2:a=2', '3:b=1', '4:a=3', '5:b=1']);
  });

  it('goes on where the last pass ended, with what is new', () => {
    const logged = six();
    const { cleanedEnd } = logged.clean();
    logged.append('b=3 g=1');
    logged.append('g=2');
    expect(logged.clean({ cleanedEnd }).cleanedEnd).toBe(12);
    expect(logged.records()).toEqual([
      ...['5:d=1', '6:a=3', '7:e=1', '8:c', '9:f=1', '10:b=3', '11:g=1', '12:g=2'],
    ]);
  });

  it('keeps a tombstone for delete.retention.ms from the first cleaning on (C-TOMB, KIP-534)', () => {
    const logged = six();
    logged.clean();
    const header = (): ReturnType<typeof readBatchHeader> =>
      inspectBatches(logged.raw()).batches.find(({ baseOffset }) => baseOffset === 8)!;
    expect(header().attributes & DELETE_HORIZON_BIT).not.toBe(0);
    expect(header()).toMatchObject({ baseTimestamp: 10_100, maxTimestamp: 1008 });
    logged.now = 10_099;
    logged.clean();
    expect(header().baseTimestamp).toBe(10_100);
    expect(logged.records()).toContain('8:c');
    logged.now = 10_100;
    logged.clean();
    expect(logged.records()).toEqual(['4:b=2', '5:d=1', '6:a=3', '7:e=1', '9:f=1']);
  });

  it('leaves of each producer the last batch, emptied (C-SEQ)', () => {
    const logged = new Logged({ segmentBytes: 150 });
    logged.append('a=1 b=1', { producer: 5, sequence: 0 });
    logged.append('a=2 b=2', { producer: 5, sequence: 2 });
    logged.append('a=3 b=3', { producer: 6, sequence: 0 });
    logged.append('a=4 b=4', { producer: 6, sequence: 2 });
    logged.append('c=1');
    logged.clean();
    expect(logged.records()).toEqual(['6:a=4', '7:b=4', '8:c=1']);
    const [first] = inspectBatches(logged.raw()).batches;
    expect(first).toMatchObject({
      ...{ baseOffset: 0, lastOffsetDelta: 1, recordCount: 0, producerId: 5n, baseSequence: 0 },
    });
    // The snapshot may be lost: then the log alone tells.
    for (const name of logged.files.list(DIRECTORY).filter((each) => each.endsWith('.snapshot'))) {
      logged.files.remove(`${DIRECTORY}/${name}`);
    }
    const { producers } = logged.open().facts;
    expect(producers.get(5n as ProducerId)!.batches.at(-1)).toMatchObject({ lastSequence: 3 });
    expect(producers.get(6n as ProducerId)!.batches.at(-1)).toMatchObject({ lastSequence: 3 });
  });

  describe('leaves the last batch of a producer that cannot be cut off (C-SEQ)', () => {
    function sentOnce(): Logged {
      const logged = new Logged({ segmentBytes: 300 });
      logged.append('a=1 b=1', { producer: 5, sequence: 0 });
      logged.append('a=2 b=2');
      logged.append('c=1');
      return logged;
    }
    const committed = 5 as Offset;
    const firstOf = (logged: Logged) => inspectBatches(logged.raw()).batches[0]!;
    const stays = { baseOffset: 0, recordCount: 0, producerId: 5n };

    it('though a newer one is there that is not committed', () => {
      const logged = sentOnce();
      logged.append('d=1', { producer: 5, sequence: 2 });
      logged.clean({ highWatermark: committed });
      expect(firstOf(logged)).toMatchObject(stays);
    });

    it('though a newer one comes while it runs', () => {
      const logged = sentOnce();
      logged.append('d=1');
      let sequence = 2;
      logged.clean({}, () => logged.append('e=1', { producer: 5, sequence: sequence++ }));
      expect(firstOf(logged)).toMatchObject(stays);
    });

    it('though so many are not committed that it is not remembered any more', () => {
      const logged = sentOnce();
      for (let sequence = 2; sequence < 8; sequence++) {
        logged.append('d=1', { producer: 5, sequence });
      }
      logged.clean({ highWatermark: committed });
      expect(firstOf(logged)).toMatchObject(stays);
    });

    it('and not a further one', () => {
      const logged = sentOnce();
      logged.append('d=1', { producer: 5, sequence: 2 });
      logged.append('e=1');
      logged.clean();
      expect(firstOf(logged)).not.toMatchObject(stays);
    });
  });

  it.each([1, 2, 3, 4])('reads and writes batches of codec %i', (codec) => {
    const logged = six({}, { codec });
    logged.clean();
    expect(logged.records()).toEqual(['4:b=2', '5:d=1', '6:a=3', '7:e=1', '8:c', '9:f=1']);
    const codecs = inspectBatches(logged.raw()).batches.filter(
      ({ recordCount }) => recordCount > 0,
    );
    expect(codecs.map(({ compression }) => compression)).toEqual(codecs.map(() => codec));
  });

  it('goes in parts where the keys do not fit into memory', () => {
    const logged = six();
    const { cleanedEnd } = logged.clean({ mapBytes: 70 });
    expect(cleanedEnd).toBe(2);
    let end = cleanedEnd;
    for (let i = 0; i < 10; i++) {
      end = logged.clean({ cleanedEnd: end, mapBytes: 70 }).cleanedEnd;
    }
    expect(end).toBe(9);
    expect(logged.records()).toEqual(['4:b=2', '5:d=1', '6:a=3', '7:e=1', '8:c', '9:f=1']);
  });

  it('counts what is new against what is clean', () => {
    const logged = six();
    expect(dirtinessOf(logged.log, logged.pass())).toEqual({ ratio: 1, isOverdue: false });
    const sizes = logged.log.segments.map(({ size }) => size);
    const all = sizes.slice(0, 5).reduce((sum, size) => sum + size, 0);
    const pass = logged.pass({ cleanedEnd: 6 as Offset });
    expect(dirtinessOf(logged.log, pass)!.ratio).toBe((sizes[3]! + sizes[4]!) / all);
    expect(dirtinessOf(logged.log, logged.pass({ cleanedEnd: 9 as Offset }))).toBe(null);
    logged.options = { ...logged.options, maxCompactionLagMs: 8994 };
    expect(dirtinessOf(logged.log, pass)!.isOverdue).toBe(false);
    logged.options = { ...logged.options, maxCompactionLagMs: 8990 };
    expect(dirtinessOf(logged.log, pass)!.isOverdue).toBe(true);
  });

  it('is not retention: what is only compacted is never deleted for its age', () => {
    const logged = six({ retentionMs: 1 });
    expect(logged.log.retain(1e9 as Timestamp, logged.log.logEndOffset)).toBe(null);
    logged.options = { ...logged.options, deletes: true };
    expect(logged.log.retain(1e9 as Timestamp, logged.log.logEndOffset)).toBe(10);
  });
});

describe('a pass that something comes in the way of', () => {
  it('leaves a log that was cut in between for the next one', () => {
    const logged = six();
    let cut = false;
    const result = logged.clean({}, () => {
      if (!cut) {
        cut = true;
        logged.log.truncateTo(9 as Offset);
      }
    });
    expect(result).toMatchObject({ outcome: 'stale', cleanedEnd: 0 });
    expect(logged.records().length).toBe(9);
    expect(logged.files.list(DIRECTORY).filter((name) => name.endsWith('.cleaned'))).toEqual([]);
  });

  it('leaves the old segments in service when the disk is full', () => {
    const logged = six();
    const before = logged.records();
    logged.files.faults.failWrite = 'ENOSPC';
    expect(logged.clean()).toMatchObject({ outcome: 'full', cleanedEnd: 0 });
    logged.files.faults.failWrite = null;
    expect(logged.records()).toEqual(before);
    expect(logged.files.list(DIRECTORY).filter((name) => name.endsWith('.cleaned'))).toEqual([]);
    logged.append('z=1');
    expect(logged.clean().outcome).toBe('done');
  });

  it('says so when it finds damage, and leaves no file behind', () => {
    const logged = six();
    const file = logged.files.open(logged.log.segments[1]!.path, 'readWrite');
    logged.files.write(file, 80, [new Uint8Array([1, 2, 3])]);
    logged.files.close(file);
    expect(() => logged.clean()).toThrow(FileError);
    expect(logged.files.list(DIRECTORY).filter((name) => name.endsWith('.cleaned'))).toEqual([]);
  });
});

describe('a crash while segments are swapped', () => {
  const newest = ['4:b=2', '5:d=1', '6:a=3', '7:e=1', '8:c', '9:f=1'];
  /** What of `records` must be there, whatever of the rest is: the newest of each key. */
  const holds = (records: readonly string[]): boolean =>
    newest.every((one) => records.includes(one));

  /** Crashes before change of files number `at` of a pass; whether there were so many. */
  function crashAt(at: number, power: boolean, seed: number, rules = logRules): boolean {
    const logged = six({ segmentBytes: 150, fileDeleteDelayMs: 0 });
    logged.open(rules);
    logged.options = { ...logged.options, segmentBytes: 400 };
    for (const segment of logged.log.segments) {
      logged.files.syncNow(segment.file);
    }
    logged.files.syncDirectory(DIRECTORY);
    let changes = 0;
    const random = new RandomStream(seed, 'crash');
    logged.files.beforeChange = () => {
      if (changes++ === at) {
        logged.files.crash({ power, draw: (bound) => random.below(bound) });
      }
    };
    logged.clean();
    logged.files.beforeChange = null;
    if (changes <= at) {
      return false;
    }
    logged.files.restart();
    const { damage, facts } = logged.open();
    const where = `${power ? 'power' : 'kill'} at ${at}, draw ${seed}`;
    expect([where, damage, facts.logEndOffset]).toEqual([where, null, 10]);
    expect([where, holds(logged.records())]).toEqual([where, true]);
    const strange = logged.files
      .list(DIRECTORY)
      .filter((name) => /cleaned|swap|deleted/.test(name));
    expect([where, strange]).toEqual([where, []]);
    // And the next pass ends what this one has begun.
    logged.clean();
    expect([where, logged.records()]).toEqual([where, newest]);
    return true;
  }

  it('loses nothing at any change of a file, by kill', () => {
    let at = 0;
    while (crashAt(at, false, 1)) {
      at++;
    }
    expect(at).toBeGreaterThan(30);
  });

  it('loses nothing at any change of a file, by power loss, whatever of the page cache is left', () => {
    let at = 0;
    while (crashAt(at, true, 1)) {
      for (let seed = 2; seed < 12; seed++) {
        crashAt(at, true, seed);
      }
      at++;
    }
    expect(at).toBeGreaterThan(30);
  });

  it('is damage where the new segment is not what was written', () => {
    const logged = six({ segmentBytes: 150 });
    let swap = '';
    logged.files.renamed = (_from, to) => {
      if (swap === '' && to.endsWith('.swap')) {
        swap = to;
        logged.files.crash({ power: false, draw: () => 0 });
      }
    };
    logged.clean();
    logged.files.restart();
    const file = logged.files.open(swap, 'readWrite');
    logged.files.write(file, 40, [new Uint8Array([9, 9, 9])]);
    logged.files.close(file);
    const old = logged.files.readWhole(`${DIRECTORY}/${'0'.repeat(20)}.log`);
    expect(old.length).toBeGreaterThan(0);
    expect(logged.open().damage).toMatchObject({ path: swap, reason: 'corrupt' });
    expect(logged.files.readWhole(`${DIRECTORY}/${'0'.repeat(20)}.log`)).toEqual(old);
    expect(logged.files.exists(swap)).toBe(true);
  });

  it('would lose something if the steps were not synced', () => {
    const hasty = { ...logRules, syncsSwap: () => false };
    const tries = (): void => {
      for (let at = 0; at < 60; at++) {
        for (let seed = 1; seed < 12; seed++) {
          crashAt(at, true, seed, hasty);
        }
      }
    };
    expect(tries).toThrow('to deeply equal');
  });
});
