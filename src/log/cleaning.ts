/**
 * Compaction of one log (Kafka's LogCleaner): a pass reads the keys of the dirty part, writes what is left of
 * the segments up to there anew, and lets each new segment take the place of the old ones. It goes in steps,
 * between which everything else of the broker has its turn; a log that was cut or shortened in between is
 * left for the next pass.
 */

import type { CleaningBounds, LogRules } from '../core/log/rules.js';
import type { ProducerEntry } from '../core/partition/types.js';
import type { Offset, ProducerId, Timestamp } from '../core/types/ids.js';
import { FileError, type FileHandle, type FileSystem } from '../environment/environment.js';
import { type CleaningContext, cleanBatch } from './clean-batch.js';
import type { LogOptions } from './log-options.js';
import { OffsetMap } from './offset-map.js';
import {
  type BatchHeader,
  batchSize,
  type Compress,
  type Decompress,
  decompressedRecords,
  HEADER_BYTES,
  LENGTH_OVERHEAD,
  problemOfBatch,
  readBatchHeader,
} from './record-batch.js';
import { rawRecords } from './records.js';
import { CLEANED_SUFFIX, DamagedSegment, MAX_POSITION, Segment } from './segment.js';

/** A log as the cleaner sees it. */
export interface CleanableLog {
  readonly files: FileSystem;
  readonly directory: string;
  readonly rules: LogRules;
  readonly segments: readonly Segment[];
  /** At the log end. */
  readonly producers: ReadonlyMap<ProducerId, ProducerEntry>;
  readonly recoveryPoint: Offset;
  /** Changes when segments are cut or go: what a pass knows of them is then old. */
  readonly shape: number;
  readonly decompress: Decompress;
  readonly compress: Compress;
  options(): LogOptions;
  /** `cleaned`, synced, takes the place of `group`. */
  replaceSegments(group: readonly Segment[], cleaned: Segment): void;
}

/** What a pass goes by. */
export interface CleaningPass {
  /** From cleaner-offset-checkpoint: below it everything was cleaned before. */
  readonly cleanedEnd: Offset;
  readonly now: Timestamp;
  readonly highWatermark: Offset;
  /** log.cleaner.dedupe.buffer.size. */
  readonly mapBytes: number;
  /** Bytes that are read in one step, about. */
  readonly stepBytes: number;
}

/** Between two steps: how much was read and written since, or a file to be synced before it goes on. */
export type CleaningPause =
  | { readonly type: 'worked'; readonly bytes: number }
  | { readonly type: 'sync'; readonly file: FileHandle };

/** `stale`: the log has changed; `full`: the disk is. In both cases what was not swapped is as before. */
export interface CleaningResult {
  readonly outcome: 'done' | 'stale' | 'full';
  /** Below it everything is clean now. */
  readonly cleanedEnd: Offset;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export type Cleaning = Generator<CleaningPause, CleaningResult, void>;

/** How much there is to clean. */
export interface Dirtiness {
  /** Dirty bytes that may be cleaned, of all those and the clean ones. */
  readonly ratio: number;
  /** max.compaction.lag.ms is over for some record. */
  readonly isOverdue: boolean;
}

/** null: nothing that is dirty may be cleaned now. */
export function dirtinessOf(log: CleanableLog, pass: CleaningPass): Dirtiness | null {
  const { cleanedEnd, now } = pass;
  const cleanable = cleanableSegments(log, pass);
  const dirty = cleanable.filter(({ endOffset }) => endOffset > cleanedEnd);
  if (dirty.length === 0) {
    return null;
  }
  const dirtyBytes = sizeOf(dirty);
  const latest = now - log.options().maxCompactionLagMs;
  return {
    ratio: dirtyBytes / sizeOf(cleanable),
    isOverdue: dirty.some((segment) => {
      const first = segment.rollTimestamp();
      return first >= 0 && first < latest;
    }),
  };
}

/** The oldest segments, up to the first that may not be cleaned (C-BOUND). */
function cleanableSegments(log: CleanableLog, pass: CleaningPass): Segment[] {
  const { segments, rules } = log;
  const { highWatermark, now } = pass;
  const bounds: CleaningBounds = {
    highWatermark,
    now,
    minCompactionLagMs: log.options().minCompactionLagMs,
  };
  const end = segments.findIndex(({ size, endOffset, largestTimestamp }, i) => {
    const isActive = i === segments.length - 1;
    return size === 0 || !rules.mayClean({ endOffset, largestTimestamp, isActive }, bounds);
  });
  return segments.slice(0, end < 0 ? segments.length : end);
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0);
}

/**
 * One pass. Throws {@link DamagedSegment} where the log holds something else than was written, and FileError
 * for a file that cannot be used, but for a full disk.
 */
export function* cleanLog(log: CleanableLog, pass: CleaningPass): Cleaning {
  const { shape } = log;
  // A config that changes while it runs counts from the next pass on.
  const options = log.options();
  const isStale = (): boolean => log.shape !== shape;
  const { cleanedEnd } = pass;
  const cleanable = cleanableSegments(log, pass);
  // As of now: what producers send while it runs is not committed when it begins.
  const sequences = sequencesOf(log, pass.highWatermark);
  const result = (outcome: CleaningResult['outcome'], end: Offset, after = 0): CleaningResult => {
    return { outcome, cleanedEnd: end, bytesBefore: sizeOf(cleanable), bytesAfter: after };
  };
  const map = new OffsetMap(pass.mapBytes);
  let upTo = cleanedEnd;
  for (const segment of cleanable) {
    let position = segment.endOffset > upTo ? segment.positionOf(upTo) : segment.size;
    while (position < segment.size && !map.isFull) {
      const batches = readBatches(segment, position, pass.stepBytes);
      for (const { bytes, header } of batches) {
        if (map.isFull) {
          break;
        }
        putKeys(map, bytes, header, log.decompress);
        upTo = (header.baseOffset + header.lastOffsetDelta + 1) as Offset;
        position += bytes.length;
      }
      yield { type: 'worked', bytes: bytesOf(batches) };
      if (isStale()) {
        return result('stale', cleanedEnd);
      }
    }
  }
  const context: CleaningContext = {
    rules: log.rules,
    newest: (key) => map.newest(key),
    upTo,
    now: pass.now,
    deleteRetentionMs: options.deleteRetentionMs,
    decompress: log.decompress,
    compress: log.compress,
  };
  const concerned = cleanable.filter(({ baseOffset }) => baseOffset < upTo);
  let bytesAfter = 0;
  for (const group of groupsOf(concerned, options)) {
    const writer = new GroupWriter(log, group, context, sequences);
    let swapped = false;
    try {
      yield* writer.write(pass.stepBytes, isStale);
      if (isStale()) {
        return result('stale', cleanedEnd);
      }
      if (writer.changes) {
        log.replaceSegments(group, writer.cleaned);
        swapped = true;
      }
      bytesAfter += writer.cleaned.size;
    } catch (error) {
      if (error instanceof FileError && FULL.has(error.code)) {
        return result('full', cleanedEnd);
      }
      throw error;
    } finally {
      if (!swapped) {
        writer.discard();
      }
    }
  }
  return result('done', upTo, bytesAfter);
}

/** No room: for now, as far as anybody knows. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

function putKeys(
  map: OffsetMap,
  bytes: Uint8Array,
  header: BatchHeader,
  decompress: Decompress,
): void {
  if (header.isControl || header.recordCount === 0) {
    return;
  }
  const section = decompressedRecords(bytes, 0, header, decompress);
  for (const { key, offsetDelta } of rawRecords(section, header.recordCount)) {
    if (key !== null) {
      map.put(key, (header.baseOffset + offsetDelta) as Offset);
    }
  }
}

/** Segments that become one: as many as fit (Kafka: groupSegmentsBySize). */
function groupsOf(segments: readonly Segment[], options: LogOptions): Segment[][] {
  const groups: Segment[][] = [];
  let size = 0;
  let entries = 0;
  for (const segment of segments) {
    const group = groups.at(-1);
    size += segment.size;
    entries += segment.indexEntries;
    if (
      group !== undefined &&
      size <= Math.min(options.segmentBytes, MAX_POSITION) &&
      entries <= options.segmentIndexBytes / MAX_ENTRY_BYTES &&
      segment.endOffset - group[0]!.baseOffset <= MAX_POSITION
    ) {
      group.push(segment);
    } else {
      groups.push([segment]);
      size = segment.size;
      entries = segment.indexEntries;
    }
  }
  return groups;
}

/** Of the larger of the two kinds of index entries. */
const MAX_ENTRY_BYTES = 12;

interface Batch {
  readonly bytes: Uint8Array;
  readonly header: BatchHeader;
}

/** Whole sound batches from `position` on, about `maxBytes` of them but at least one. */
function readBatches(segment: Segment, position: number, maxBytes: number): Batch[] {
  const damaged = (at: number, reason: string): never => {
    throw new DamagedSegment(segment.path, at, reason);
  };
  const wanted = Math.min(Math.max(maxBytes, HEADER_BYTES), segment.size - position);
  let bytes = segment.readInto(new Uint8Array(wanted), position, wanted);
  const size = batchSize(bytes, 0);
  if (size > bytes.length && position + size <= segment.size) {
    bytes = segment.readInto(new Uint8Array(size), position, size);
  }
  const batches: Batch[] = [];
  let at = 0;
  while (at < bytes.length) {
    const isWhole =
      at + LENGTH_OVERHEAD <= bytes.length && at + batchSize(bytes, at) <= bytes.length;
    if (!isWhole && batches.length > 0) {
      break;
    }
    const problem = problemOfBatch(bytes, at);
    if (problem !== null) {
      return damaged(position + at, problem);
    }
    const header = readBatchHeader(bytes, at);
    batches.push({ bytes: bytes.subarray(at, at + header.sizeInBytes), header });
    at += header.sizeInBytes;
  }
  return batches;
}

function bytesOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** What tells the next sequence of each producer, however far the log is cut. */
interface Sequences {
  /** Last offsets of the newest batches that stay. */
  readonly lastOffsets: ReadonlySet<Offset>;
  /** All batches that are remembered of them may be cut off: which one is the newest before is not known. */
  readonly unknown: ReadonlySet<ProducerId>;
}

function sequencesOf({ producers, rules }: CleanableLog, highWatermark: Offset): Sequences {
  const lastOffsets = new Set<Offset>();
  const unknown = new Set<ProducerId>();
  for (const [id, { batches }] of producers) {
    const last = batches.findLast(({ lastOffset }) => !rules.mayBeCut(lastOffset, highWatermark));
    if (last !== undefined) {
      lastOffsets.add(last.lastOffset);
    } else {
      unknown.add(id);
    }
  }
  return { lastOffsets, unknown };
}

function isLastOfProducer(
  producerId: ProducerId,
  lastOffset: Offset,
  { lastOffsets, unknown }: Sequences,
): boolean {
  return producerId >= 0n && (lastOffsets.has(lastOffset) || unknown.has(producerId));
}

/** Writes what is left of a group of segments. */
class GroupWriter {
  readonly cleaned: Segment;
  /** Something is left out or written otherwise. */
  changes: boolean;
  private readonly log: CleanableLog;
  private readonly group: readonly Segment[];
  private readonly context: CleaningContext;
  private readonly sequences: Sequences;

  constructor(
    log: CleanableLog,
    group: readonly Segment[],
    context: CleaningContext,
    sequences: Sequences,
  ) {
    const { files, directory } = log;
    this.log = log;
    this.group = group;
    this.context = context;
    this.sequences = sequences;
    this.changes = group.length > 1;
    this.cleaned = new Segment(files, directory, group[0]!.baseOffset, true, CLEANED_SUFFIX);
  }

  *write(stepBytes: number, isStale: () => boolean): Generator<CleaningPause, void, void> {
    const { group, log, cleaned } = this;
    for (const segment of group) {
      let position = 0;
      while (position < segment.size) {
        const batches = readBatches(segment, position, stepBytes);
        const kept = this.clean(segment, position, batches);
        if (kept.length > 0) {
          const parts = kept.map(({ bytes }) => bytes);
          const headers = kept.map(({ header }) => header);
          cleaned.append(parts, headers, log.options().indexIntervalBytes);
        }
        const read = bytesOf(batches);
        position += read;
        yield { type: 'worked', bytes: read + bytesOf(kept) };
        if (isStale()) {
          return;
        }
      }
    }
    if (this.changes) {
      cleaned.storeIndexes(true);
    }
    if (!log.rules.syncsSwap()) {
      return;
    }
    if (this.changes) {
      yield { type: 'sync', file: cleaned.file };
    } else if (group[0]!.endOffset > log.recoveryPoint) {
      // It stays as it is; that it is clean will be stored, so it must be there.
      yield { type: 'sync', file: group[0]!.file };
    }
  }

  /** What is left of the batches that stand at `position` of `segment`. */
  private clean(segment: Segment, position: number, batches: readonly Batch[]): Batch[] {
    const kept: Batch[] = [];
    let at = position;
    for (const batch of batches) {
      const { header } = batch;
      at += batch.bytes.length;
      const lastOffset = (header.baseOffset + header.lastOffsetDelta) as Offset;
      const facts = {
        isLastOfProducer: isLastOfProducer(header.producerId, lastOffset, this.sequences),
        isLastOfSegment: segment === this.group.at(-1) && at === segment.size,
      };
      const bytes = cleanBatch(batch.bytes, header, facts, this.context);
      this.changes ||= bytes !== batch.bytes;
      if (bytes === batch.bytes) {
        kept.push(batch);
      } else if (bytes !== null) {
        kept.push({ bytes, header: readBatchHeader(bytes, 0) });
      }
    }
    return kept;
  }

  /** The old segments stay. */
  discard(): void {
    this.cleaned.close();
    for (const path of this.cleaned.paths()) {
      this.log.files.remove(path);
    }
  }
}
