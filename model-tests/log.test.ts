/**
 * The partition log against the simplest model there is: an array of batches. Random operations, and
 * crashes between and inside them, by kill and by power loss. After each, what the log says must be
 * what the array says: records, offsets, epochs, producers, timestamps.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochEntry, ProducerEntry } from '../src/core/partition/types.js';
import type {
  LeaderEpoch,
  Offset,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../src/core/types/ids.js';
import type { FileSystem } from '../src/environment/environment.js';
import { NodeFileSystem } from '../src/environment/node/file-system.js';
import { SimulatedFileSystem } from '../src/environment/simulated/file-system.js';
import { RandomStream } from '../src/environment/simulated/random.js';
import type { LogOptions } from '../src/log/log-options.js';
import { openLog, type PartitionLog } from '../src/log/partition-log.js';
import { type BatchHeader, buildBatch, readBatchHeader } from '../src/log/record-batch.js';
import { TailBudget } from '../src/log/tail.js';

const OPTIONS: LogOptions = {
  segmentBytes: 1500,
  segmentMs: 5000,
  segmentIndexBytes: 64,
  indexIntervalBytes: 250,
  deletes: true,
  compacts: false,
  deleteRetentionMs: 3000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0,
  retentionMs: 20000,
  retentionBytes: 6000,
  flushMessages: 1,
  fileDeleteDelayMs: 0,
};

interface ModelBatch {
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
  readonly timestamps: readonly number[];
}

/** All that was ever appended and not cut off again, also what retention has deleted. */
interface Model {
  batches: ModelBatch[];
  start: number;
  /** Where the history begins: producers and epochs before are forgotten. */
  epoch: number;
  clock: number;
  sequences: Map<bigint, number>;
}

type Operation =
  | { readonly type: 'append'; readonly sizes: readonly number[]; readonly producer: number }
  | { readonly type: 'newEpoch' }
  | { readonly type: 'read'; readonly from: number; readonly to: number; readonly max: number }
  | { readonly type: 'lookup'; readonly at: number }
  | { readonly type: 'truncate'; readonly at: number }
  | { readonly type: 'reset'; readonly by: number }
  | { readonly type: 'moveStart'; readonly at: number }
  | { readonly type: 'retain'; readonly watermark: number; readonly later: number }
  | { readonly type: 'flush'; readonly complete: boolean }
  | { readonly type: 'checkpoint' }
  | { readonly type: 'reopen' }
  | { readonly type: 'crash'; readonly power: boolean };

/** An operation, and how many changes of files into it the machine stops (-1: it does not). */
interface Step {
  readonly operation: Operation;
  readonly crashAfter: number;
  readonly power: boolean;
}

const fraction = fc.integer({ min: 0, max: 1000 });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
      producer: fc.integer({ min: -1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('newEpoch' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('read' as const),
      from: fraction,
      to: fraction,
      max: fc.integer({ min: 1, max: 2000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('lookup' as const), at: fraction }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('truncate' as const), at: fraction }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('reset' as const),
      by: fc.integer({ min: -20, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('moveStart' as const), at: fraction }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('retain' as const),
      watermark: fraction,
      later: fc.integer({ min: 0, max: 30000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('flush' as const), complete: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('checkpoint' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('crash' as const), power: fc.boolean() }),
  },
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    operation,
    crashAfter: fc.oneof(
      { weight: 5, arbitrary: fc.constant(-1) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }) },
    ),
    power: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

function endOf(batch: ModelBatch): number {
  return batch.header.baseOffset + batch.header.lastOffsetDelta + 1;
}

/** What must be equal, computed from the array with none of the log's functions. */
function expectedProducers(batches: readonly ModelBatch[]): Map<bigint, ProducerEntry> {
  const producers = new Map<bigint, ProducerEntry>();
  for (const { header } of batches) {
    if (header.producerId < 0n) {
      continue;
    }
    const entry = producers.get(header.producerId);
    const batch = {
      baseSequence: header.baseSequence,
      lastSequence: header.baseSequence + header.lastOffsetDelta,
      baseOffset: header.baseOffset,
      lastOffset: (header.baseOffset + header.lastOffsetDelta) as Offset,
      timestamp: header.maxTimestamp,
    };
    producers.set(header.producerId, {
      epoch: header.producerEpoch,
      batches: [...(entry?.batches ?? []), batch].slice(-5),
      lastTimestamp: header.maxTimestamp,
    });
  }
  return producers;
}

function expectedEpochs(batches: readonly ModelBatch[], start: number): EpochEntry[] {
  const entries: EpochEntry[] = [];
  for (const { header } of batches) {
    if (entries.at(-1)?.epoch !== header.leaderEpoch) {
      entries.push({ epoch: header.leaderEpoch, startOffset: header.baseOffset });
    }
  }
  const covering = entries.findLastIndex((entry) => entry.startOffset <= start);
  return entries
    .slice(Math.max(0, covering))
    .map((entry, i) =>
      i === 0 && covering >= 0 ? { ...entry, startOffset: start as Offset } : entry,
    );
}

function sortedEntries(map: ReadonlyMap<bigint, ProducerEntry>): [string, ProducerEntry][] {
  return [...map]
    .map(([id, entry]) => [String(id), entry] as [string, ProducerEntry])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

class Harness {
  readonly files: FileSystem;
  readonly simulated: SimulatedFileSystem | null;
  readonly directory: string;
  readonly model: Model = { batches: [], start: 0, epoch: 0, clock: 100000, sequences: new Map() };
  private log!: PartitionLog;
  private pendingSyncs: (() => void)[] = [];
  private readonly random: RandomStream;
  private base = 0;
  // The checkpoints, which are durable when they are written.
  private recoveryPoint = 0;
  private startCheckpoint = 0;

  constructor(seed: number, directory: string | null) {
    this.random = new RandomStream(seed, 'crash');
    this.simulated =
      directory === null
        ? new SimulatedFileSystem({ scheduleSync: (complete) => this.pendingSyncs.push(complete) })
        : null;
    this.files = this.simulated ?? new NodeFileSystem((task) => task());
    this.directory = directory ?? 'data/t-0';
    this.open(false);
  }

  private draw = (bound: number): number => this.random.next() % bound;

  open(clean: boolean): void {
    const opened = openLog(this.files, this.directory, () => OPTIONS, {
      recoveryPoint: this.recoveryPoint as Offset,
      logStartOffset: this.startCheckpoint as Offset,
      cleanShutdown: clean,
      tail: new TailBudget(1200),
      decompress: () => {
        throw new Error('nothing is compressed here');
      },
      lowerRecoveryPoint: (offset) => {
        this.recoveryPoint = Math.min(this.recoveryPoint, offset);
      },
    });
    expect(opened.damage).toBeNull();
    this.log = opened.log;
    this.facts = opened.facts;
  }

  facts!: ReturnType<typeof openLog>['facts'];

  get end(): number {
    const last = this.model.batches.at(-1);
    return last === undefined ? this.base : endOf(last);
  }

  run(step: Step): void {
    const { operation, crashAfter } = step;
    const before = [...this.model.batches];
    const beforeBase = this.base;
    const syncedBefore = this.log.recoveryPoint;
    const { simulated } = this;
    let left = crashAfter;
    let checkpoints: [number, number] = [0, 0];
    if (simulated !== null && crashAfter >= 0) {
      simulated.beforeChange = () => {
        if (left-- === 0) {
          simulated.crash({ power: step.power, draw: this.draw });
          // What the step does from here on, nobody will ever see.
          checkpoints = [this.recoveryPoint, this.startCheckpoint];
        }
      };
    }
    this.perform(operation);
    if (simulated !== null) {
      simulated.beforeChange = null;
      if (crashAfter >= 0 && left < 0) {
        [this.recoveryPoint, this.startCheckpoint] = checkpoints;
        this.recoverFromInside(operation, before, beforeBase, syncedBefore, step.power);
        return;
      }
    }
    this.compare();
  }

  private perform(operation: Operation): void {
    const { log, model } = this;
    const span = this.end - model.start;
    const at = (part: number): Offset => (model.start + Math.floor((span * part) / 1000)) as Offset;
    switch (operation.type) {
      case 'append':
        this.append(operation.sizes, operation.producer);
        return;
      case 'newEpoch':
        model.epoch++;
        log.storeEpochs([
          ...expectedEpochs(model.batches, model.start),
          { epoch: model.epoch as LeaderEpoch, startOffset: this.end as Offset },
        ]);
        return;
      case 'read':
        this.read(at(operation.from), at(operation.to), operation.max);
        return;
      case 'lookup':
        this.lookup(operation.at);
        return;
      case 'truncate':
        this.truncate(at(operation.at));
        return;
      case 'reset': {
        const offset = Math.max(0, this.end + operation.by) as Offset;
        log.reset(offset);
        this.startAgain(offset);
        return;
      }
      case 'moveStart':
        log.moveStart(at(operation.at));
        model.start = Math.max(model.start, at(operation.at));
        this.startCheckpoint = model.start;
        return;
      case 'retain':
        this.retain(at(operation.watermark), operation.later);
        return;
      case 'flush':
        this.flush(operation.complete);
        return;
      case 'checkpoint':
        this.recoveryPoint = log.recoveryPoint;
        return;
      case 'reopen':
        log.close(true);
        this.recoveryPoint = log.recoveryPoint;
        expect(this.recoveryPoint).toBe(this.end);
        this.open(true);
        this.compareFacts();
        return;
      case 'crash':
        this.crash(operation.power);
        return;
    }
  }

  private startAgain(offset: Offset): void {
    this.model.batches = [];
    this.model.start = offset;
    this.startCheckpoint = offset;
    this.base = offset;
  }

  private append(sizes: readonly number[], producer: number): void {
    const { model } = this;
    const batches = sizes.map((size, i) => {
      const base = i === 0 ? this.end : endOf(model.batches.at(-1)!);
      const batch = this.batch(base, size, producer);
      model.batches.push(batch);
      return batch;
    });
    // A leader has one buffer for each batch, a follower one for all of them.
    const parts = batches.map((batch) => batch.bytes);
    const together = sizes[0]! % 2 === 0;
    this.log.append(
      together ? [Buffer.concat(parts)] : parts,
      batches.map((batch) => batch.header),
      null,
    );
    // The partition machine orders this whenever a batch brings a new epoch.
    this.log.storeEpochs(expectedEpochs(model.batches, model.start));
  }

  private batch(base: number, size: number, producer: number): ModelBatch {
    const { model } = this;
    const count = 1 + (size % 5);
    const timestamps = Array.from({ length: count }, (_, i) => {
      model.clock += (size * (i + 3)) % 400;
      return model.clock - ((size * 7 + i * 131) % 900);
    });
    const id = BigInt(producer);
    const sequence = model.sequences.get(id) ?? 0;
    model.sequences.set(id, sequence + count);
    const bytes = buildBatch({
      baseOffset: base as Offset,
      leaderEpoch: model.epoch as LeaderEpoch,
      records: timestamps.map((timestamp) => ({
        key: null,
        value: new Uint8Array(Math.ceil(size / count)).fill(size),
        headers: [],
        timestamp: timestamp as Timestamp,
      })),
      ...(producer < 0
        ? {}
        : {
            producerId: id as ProducerId,
            producerEpoch: 0 as ProducerEpoch,
            baseSequence: sequence,
          }),
    });
    return { header: readBatchHeader(bytes, 0), bytes, timestamps };
  }

  private read(a: Offset, b: Offset, maxBytes: number): void {
    const from = Math.min(a, b) as Offset;
    const upTo = Math.max(a, b) as Offset;
    const read = this.log.read(from, upTo, maxBytes, true);
    expect(read.damage).toBeNull();
    const got = Buffer.concat(read.parts);
    expect(got.length).toBe(read.bytes);
    const wanted = this.model.batches.filter(
      (batch) => endOf(batch) > from && endOf(batch) <= upTo,
    );
    const all = Buffer.concat(wanted.map((batch) => batch.bytes));
    expect(got.equals(all.subarray(0, got.length))).toBe(true);
    const first = wanted[0];
    expect(read.firstOffset).toBe(got.length === 0 ? -1 : first?.header.baseOffset);
    if (first !== undefined) {
      expect(got.length).toBeGreaterThanOrEqual(first.bytes.length);
      expect(got.length).toBeLessThanOrEqual(Math.max(maxBytes, first.bytes.length));
      // Whole batches only.
      let at = 0;
      for (const batch of wanted) {
        at += at < got.length ? batch.bytes.length : 0;
      }
      expect(at).toBe(got.length);
    }
    read.release();
  }

  private lookup(part: number): void {
    const { model, log } = this;
    const records = model.batches.flatMap((batch) =>
      batch.timestamps.map((timestamp, i) => ({
        offset: batch.header.baseOffset + i,
        timestamp,
      })),
    );
    const live = records.filter((record) => record.offset >= model.start);
    const wanted = Math.floor(100000 - 500 + ((model.clock - 99000) * part) / 1000);
    const upTo = this.end as Offset;
    expect(log.offsetForTimestamp(wanted as Timestamp, upTo)).toEqual(
      live.find((record) => record.timestamp >= wanted) ?? null,
    );
    if (live.length === records.length) {
      const largest = Math.max(...live.map((record) => record.timestamp));
      expect(log.maxTimestampOffset()).toEqual(
        live.find((record) => record.timestamp === largest) ?? null,
      );
    }
  }

  private truncate(offset: Offset): void {
    const result = this.log.truncateTo(offset);
    this.cutModel(offset);
    this.startCheckpoint = Math.min(this.startCheckpoint, this.model.start);
    expect(result.endOffset).toBe(this.end);
    this.checkProducers(result.producers);
    expect(result.epochs.filter((entry) => entry.startOffset >= result.endOffset)).toEqual([]);
  }

  private cutModel(offset: number): void {
    const { model } = this;
    const floor = this.end;
    model.batches = model.batches.filter((batch) => endOf(batch) <= offset);
    if (model.batches.length === 0) {
      this.base = Math.min(this.base, floor);
    }
    // The log start can only lie inside the batch that was cut.
    model.start = Math.min(model.start, this.end);
  }

  /** All records behind the log start were lost: the log begins anew there, as a reset would. */
  private beginAtStartIfLost(): void {
    const { logStartOffset, logEndOffset } = this.log;
    // With nothing before it left, a snapshot may or may not tell of the producers.
    const lost = this.log.sizeInBytes === 0 && this.log.producersAt().size === 0;
    if (logStartOffset === logEndOffset && (this.end < logEndOffset || lost)) {
      this.startAgain(logEndOffset);
    }
  }

  private retain(watermark: Offset, later: number): void {
    const { model, log } = this;
    const now = model.clock + later;
    const moved = log.retain(now as Timestamp, watermark);
    if (moved !== null) {
      expect(moved).toBeGreaterThan(model.start);
      expect(moved).toBeLessThanOrEqual(watermark);
      const gone = model.batches.filter((b) => endOf(b) > model.start && endOf(b) <= moved);
      const kept = model.batches.filter((batch) => endOf(batch) > moved);
      const old = gone.every((b) => now - b.header.maxTimestamp > OPTIONS.retentionMs);
      const left = kept.reduce((sum, batch) => sum + batch.bytes.length, 0);
      expect(old || left >= OPTIONS.retentionBytes).toBe(true);
      model.start = moved;
      this.startCheckpoint = moved;
    }
    if (watermark === this.end) {
      // Nothing that could go is left: less than one segment above the limit.
      const size = log.sizeInBytes;
      expect(size).toBeLessThan(OPTIONS.retentionBytes + OPTIONS.segmentBytes + 1600);
    }
  }

  private flush(complete: boolean): void {
    const end = this.end;
    let outcome: unknown = 'running';
    if (this.simulated === null) {
      return;
    }
    this.log.flush((error) => {
      outcome = error;
    });
    if (complete) {
      for (const sync of this.pendingSyncs.splice(0)) {
        sync();
      }
      if (this.simulated.beforeChange === null) {
        expect(outcome).toBeNull();
        expect(this.log.recoveryPoint).toBe(end);
      }
    }
  }

  private crash(power: boolean): void {
    const synced = this.log.recoveryPoint;
    if (this.simulated === null) {
      // The operating system keeps the page cache of a killed process.
      this.log.close(false);
    } else {
      this.simulated.crash({ power, draw: this.draw });
      this.simulated.restart();
      this.pendingSyncs = [];
    }
    this.open(false);
    if (!power || this.simulated === null) {
      expect(this.log.logEndOffset).toBe(this.end);
    } else {
      expect(this.log.logEndOffset).toBeGreaterThanOrEqual(Math.min(synced, this.end));
      expect(this.log.logEndOffset).toBeLessThanOrEqual(this.end);
      this.cutModel(this.log.logEndOffset);
      this.beginAtStartIfLost();
    }
    this.compareFacts();
  }

  /** The machine stopped somewhere inside `operation`: both outcomes and those between are right. */
  private recoverFromInside(
    operation: Operation,
    before: ModelBatch[],
    beforeBase: number,
    syncedBefore: number,
    power: boolean,
  ): void {
    const { model } = this;
    this.simulated!.restart();
    this.pendingSyncs = [];
    const after = [...model.batches];
    const afterEnd = this.end;
    if (operation.type === 'reset') {
      // An empty log, old or new, or a prefix of the old one: a replica out of the ISR anyway.
      this.open(false);
      const end = this.log.logEndOffset;
      if (end === afterEnd && this.log.logStartOffset === end) {
        return;
      }
      this.log.reset(afterEnd as Offset);
      this.startAgain(afterEnd as Offset);
      return;
    }
    this.open(false);
    const end = this.log.logEndOffset;
    const longest = after.length >= before.length ? after : before;
    const beforeEnd = before.length === 0 ? beforeBase : endOf(before.at(-1)!);
    const floor = Math.min(beforeEnd, afterEnd, ...(power ? [syncedBefore] : []));
    expect(end).toBeGreaterThanOrEqual(floor);
    expect(end).toBeLessThanOrEqual(Math.max(beforeEnd, afterEnd));
    model.batches = longest;
    this.cutModel(end);
    this.beginAtStartIfLost();
    model.start = this.log.logStartOffset;
    this.startCheckpoint = Math.min(this.startCheckpoint, model.start);
    expect(this.end).toBe(end);
    this.compareFacts();
    this.compare();
  }

  /** After a start: what recovery says. */
  private compareFacts(): void {
    const { facts, model } = this;
    expect(facts.logStartOffset).toBe(model.start);
    expect(facts.logEndOffset).toBe(this.end);
    // Of an empty log the last epoch may be remembered or not: a truncation there forgets it.
    const held = (entry: EpochEntry): boolean => entry.startOffset < this.end;
    const epochs = expectedEpochs(model.batches, model.start);
    expect(facts.epochs.filter(held)).toEqual(epochs.filter(held));
    this.checkProducers(facts.producers);
  }

  private checkProducers(producers: ReadonlyMap<bigint, ProducerEntry>): void {
    expect(sortedEntries(producers)).toEqual(sortedEntries(expectedProducers(this.model.batches)));
  }

  /** After each operation: offsets, producers and all records. */
  private compare(): void {
    expect(this.log.logEndOffset).toBe(this.end);
    expect(this.log.logStartOffset).toBe(this.model.start);
    this.checkProducers(this.log.producersAt());
    const end = this.end as Offset;
    let from = this.model.start as Offset;
    const live = this.model.batches.filter((batch) => endOf(batch) > from);
    for (let next = 0; from < end; ) {
      const read = this.log.read(from, end, 700, true);
      const got = Buffer.concat(read.parts);
      read.release();
      let at = 0;
      for (; at < got.length; next++) {
        const { bytes } = live[next]!;
        expect(got.subarray(at, at + bytes.length).equals(bytes)).toBe(true);
        at += bytes.length;
        from = endOf(live[next]!) as Offset;
      }
      expect(at).toBeGreaterThan(0);
    }
  }
}

describe('the partition log equals an array of batches', () => {
  it('on the simulated file system, through kills, power losses and crashes inside operations', () => {
    fc.assert(
      fc.property(fc.integer(), steps, (seed, run) => {
        const harness = new Harness(seed, null);
        for (const step of run) {
          harness.run(step);
        }
      }),
      { numRuns: 1000, seed: 4711 },
    );
  });

  it('on real files', () => {
    fc.assert(
      fc.property(fc.integer(), steps, (seed, run) => {
        const directory = mkdtempSync(join(tmpdir(), 'log-model-'));
        try {
          const harness = new Harness(seed, `${directory}/t-0`);
          for (const step of run) {
            harness.run({ ...step, crashAfter: -1 });
          }
        } finally {
          rmSync(directory, { recursive: true });
        }
      }),
      // A failure here is found again, and shrunk, in memory.
      { numRuns: 25, seed: 4712, endOnFailure: true },
    );
  });
});
