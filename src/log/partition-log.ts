/** One partition's log on disk. */

import type { BatchFacts, EpochEntry, ProducerEntry } from '../core/partition/types.js';
import type { Offset, ProducerId, Timestamp } from '../core/types/ids.js';
import type { FileError, FileSystem, Frame } from '../environment/environment.js';
import type { LogOptions } from './log-options.js';
import type { Decompress } from './record-batch.js';
import type { TailBudget } from './tail.js';

export interface LogStart {
  /** From recovery-point-offset-checkpoint; 0 if it says nothing of this partition. */
  readonly recoveryPoint: Offset;
  /** From log-start-offset-checkpoint; 0 if it says nothing of this partition. */
  readonly logStartOffset: Offset;
  readonly cleanShutdown: boolean;
  /** Shared by all logs of a broker. */
  readonly tail: TailBudget;
  /** For looking up timestamps inside compressed batches. */
  readonly decompress: Decompress;
}

/** Bytes below the recovery point that are not what was written. */
export interface LogDamage {
  readonly path: string;
  /** The first offset that cannot be read. */
  readonly offset: Offset;
  readonly position: number;
  readonly reason: string;
}

export interface LogFacts {
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  readonly epochs: readonly EpochEntry[];
  readonly producers: Map<ProducerId, ProducerEntry>;
}

export interface OpenedLog {
  readonly log: PartitionLog;
  readonly facts: LogFacts;
  /** Not null: the replica must be set aside and replicated again; the log refuses appends. */
  readonly damage: LogDamage | null;
}

export interface LogRead {
  /** Whole batches, one behind the other. Empty: nothing to read (or `damage`). */
  readonly parts: Uint8Array[];
  readonly bytes: number;
  /** Base offset of the first batch, which may be below the offset asked for; -1: no batch. */
  readonly firstOffset: Offset;
  /** A batch on disk whose CRC is wrong; `parts` ends before it. */
  readonly damage: LogDamage | null;
  /** Call once, when `parts` are no longer needed. */
  release(): void;
}

export interface Truncated {
  /** The new log end: below the offset asked for if that was inside a batch. */
  readonly endOffset: Offset;
  readonly producers: Map<ProducerId, ProducerEntry>;
  readonly epochs: readonly EpochEntry[];
  /** The recovery point went down: store its checkpoint before anything is appended. */
  readonly recoveryPointLowered: boolean;
}

export interface OffsetAndTimestamp {
  readonly offset: Offset;
  readonly timestamp: Timestamp;
}

export interface PartitionLog {
  readonly directory: string;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
  /** Everything below is synced. */
  readonly recoveryPoint: Offset;
  /** Records above the recovery point: what flush.messages counts. */
  readonly unflushedRecords: number;
  readonly sizeInBytes: number;
  /**
   * Appends `parts` (whole batches, in the order of `batches`, stamped with their offsets and leader
   * epoch) with one write, to the page cache. `owner` holds the parts' memory: it is retained as
   * long as they are cached. Throws FileError: the directory is to go offline.
   */
  append(parts: readonly Uint8Array[], batches: readonly BatchFacts[], owner: Frame | null): void;
  /** Batches from the one that holds `from` on, below `upTo`. */
  read(from: Offset, upTo: Offset, maxBytes: number, atLeastOneBatch: boolean): LogRead;
  truncateTo(offset: Offset): Truncated;
  /** Drops everything and goes on at `offset`. */
  reset(offset: Offset): void;
  /** DeleteRecords, or the leader's log start. Lower offsets are ignored. */
  moveStart(offset: Offset): void;
  /** A copy of the producers' state at the log end. */
  producersAt(): Map<ProducerId, ProducerEntry>;
  /** Smallest offset below `upTo` whose timestamp is at least `timestamp` (ListOffsets). */
  offsetForTimestamp(timestamp: Timestamp, upTo: Offset): OffsetAndTimestamp | null;
  /** The record with the largest timestamp (ListOffsets -3, KIP-734); null: no timestamps. */
  maxTimestampOffset(): OffsetAndTimestamp | null;
  /** Deletes whole old segments (L-RETAIN); the new log start, or null if it did not move. */
  retain(nowWall: Timestamp, highWatermark: Offset): Offset | null;
  /** Syncs everything appended so far, then moves the recovery point. */
  flush(done: (error: FileError | null) => void): void;
  /** leader-epoch-checkpoint. */
  storeEpochs(epochs: readonly EpochEntry[]): void;
  /** `clean`: syncs everything and writes a producer snapshot first. */
  close(clean: boolean): void;
}

/** Opens or creates the log in `directory`; recovers it if the last shutdown was not clean. */
export function openLog(
  _files: FileSystem,
  _directory: string,
  _options: () => LogOptions,
  _start: LogStart,
): OpenedLog {
  throw new Error('not built yet');
}
