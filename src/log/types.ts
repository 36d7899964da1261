/** The words of the partition log: what it is opened with, and what it answers. */

import type { LogRules } from '../core/log/rules.js';
import type { EpochEntry, ProducerEntry } from '../core/partition/types.js';
import type { Offset, ProducerId, Timestamp } from '../core/types/ids.js';
import type { Compress, Decompress } from './record-batch.js';
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
  /** For what compaction leaves of compressed batches; a log that is never compacted needs none. */
  readonly compress?: Compress;
  /**
   * The log is about to be cut below its recovery point: the checkpoint must say so before, or the
   * next start would take the shorter log for a damaged one.
   */
  readonly lowerRecoveryPoint?: (recoveryPoint: Offset) => void;
  /** The true ones if left out. */
  readonly rules?: LogRules;
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
}

export interface OffsetAndTimestamp {
  readonly offset: Offset;
  readonly timestamp: Timestamp;
}
