/**
 * The rules of storage as slots: what the logs under src/log decide about durability, recovery, deletion
 * and (rules-cleaning.ts) compaction. They take them from here, so that a wrong variant can take the place of a right one.
 */

import type { MetadataRecord } from '../metadata/types.js';
import type { EpochEntry } from '../partition/types.js';
import { greatest, least, type Offset } from '../types/ids.js';
import { type CleaningRules, cleaningRules } from './rules-cleaning.js';

export type { CleaningBounds, EmptiedFacts, SegmentFacts } from './rules-cleaning.js';

export interface HighWatermarkFound {
  /** From replication-offset-checkpoint; the log start if it says nothing. */
  readonly checkpointed: Offset;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
}

export interface LogRules extends CleaningRules {
  // ----------------------------------------------------------------------------------- both logs
  /** Whether what is unsound at `offset` was damaged, and is no torn tail: `synced` is known to be synced. */
  isDamage(offset: number, synced: number): boolean;
  // ------------------------------------------------------------------------------ partition logs
  /** Whether recovery looks at the records of a batch, not only at its header. */
  checksRecords(): boolean;
  /** Whether the files in a directory are taken at their word at start. */
  trustsFiles(cleanShutdown: boolean): boolean;
  /** Whether a producer snapshot speaks of a log that ends at `logEndOffset`. */
  mayUseSnapshot(snapshotOffset: Offset, logEndOffset: Offset): boolean;
  /** The leader epochs of a log that ends at `endOffset`. */
  epochsWithin(epochs: readonly EpochEntry[], endOffset: Offset): EpochEntry[];
  /** Whether retention may delete a segment that ends at `endOffset`. */
  mayDelete(endOffset: Offset, highWatermark: Offset): boolean;
  /** Whether a new log start is on the disk before anybody is told of it. */
  storesLogStart(): boolean;
  /** The recovery point while a sync of everything below `asked` is under way. */
  recoveryPointDuringSync(synced: Offset, asked: Offset): Offset;
  restoredHighWatermark(found: HighWatermarkFound): Offset;
  /** Whether a committed record may change the configs by which logs are kept and appended to. */
  changesConfigs(type: MetadataRecord['type']): boolean;
  // ------------------------------------------------------------------------------------ Raft log
  /** Whether term and vote are on the disk before they are reported. */
  syncsVote(): boolean;
  /** Whether entries are on the disk before they are reported. */
  syncsEntries(): boolean;
  /** Whether what a start finds in the page cache is synced before it counts. */
  syncsWhatIsFound(): boolean;
  /** What the mark `synced-end` says when a sync of everything below `asked` begins. */
  markDuringSync(synced: number, asked: number): number;
  /** Whether a snapshot up to `snapshotEnd` (exclusive) makes a segment that ends there superfluous. */
  mayDropSegment(segmentEnd: number, snapshotEnd: number): boolean;
}

/** Below recovery point and mark everything was synced, so what is unsound there was damaged later. */
function isDamage(offset: number, synced: number): boolean {
  return offset < synced;
}

/** Power loss tears batches in any order of sectors: only the CRC knows (batch format v2). */
function checksRecords(): boolean {
  return true;
}

/** Kafka's .kafka_cleanshutdown: without it indexes and the tail of the log may be anything. */
function trustsFiles(cleanShutdown: boolean): boolean {
  return cleanShutdown;
}

/** STATE-FROM-LOG: a snapshot from behind the log end speaks of batches that are gone. */
function mayUseSnapshot(snapshotOffset: Offset, logEndOffset: Offset): boolean {
  return snapshotOffset <= logEndOffset;
}

/** EPOCH-CACHE: entries at or behind the log end are of leaders whose records are not here. */
function epochsWithin(epochs: readonly EpochEntry[], endOffset: Offset): EpochEntry[] {
  return epochs.filter((entry) => entry.startOffset < endOffset);
}

/** L-RETAIN (KAFKA-5634): what is not committed may still be asked for by a follower. */
function mayDelete(endOffset: Offset, highWatermark: Offset): boolean {
  return endOffset <= highWatermark;
}

/** L-DELREC: a start that is stored now and then only comes back lower after a crash, deleted records with it. */
function storesLogStart(): boolean {
  return true;
}

/** Only a sync that has ended proves anything. */
function recoveryPointDuringSync(synced: Offset, _asked: Offset): Offset {
  return synced;
}

/** The checkpoint is a hint from the past (HW-PROP); a log that lost its tail may end below it. */
function restoredHighWatermark(found: HighWatermarkFound): Offset {
  return least(found.logEndOffset, greatest(found.checkpointed, found.logStartOffset));
}

/** Configs of a topic go with it, and another one may have its name at once (Kafka: ConfigurationsDelta). */
function changesConfigs(type: MetadataRecord['type']): boolean {
  return type === 'ConfigRecord' || type === 'RemoveTopicRecord';
}

/** Thesis, figure 3.1: currentTerm and votedFor are on stable storage before any answer. */
function syncsVote(): boolean {
  return true;
}

/** Thesis, 10.2.1; R-FLUSH: an entry is acknowledged, and counted, when it is on the disk. */
function syncsEntries(): boolean {
  return true;
}

/** Thesis, 3.8: a killed process may leave entries in the page cache whose sync never ran. */
function syncsWhatIsFound(): boolean {
  return true;
}

/** The mark lags behind the sync and never leads: it tells damage from a torn tail. */
function markDuringSync(synced: number, _asked: number): number {
  return synced;
}

/** R-SNAP: the log may be cut only below a snapshot (KAFKA-14238). */
function mayDropSegment(segmentEnd: number, snapshotEnd: number): boolean {
  return segmentEnd <= snapshotEnd;
}

/** The rules as they should be. */
export const logRules: LogRules = {
  ...cleaningRules,
  isDamage,
  checksRecords,
  trustsFiles,
  mayUseSnapshot,
  epochsWithin,
  mayDelete,
  storesLogStart,
  recoveryPointDuringSync,
  restoredHighWatermark,
  changesConfigs,
  syncsVote,
  syncsEntries,
  syncsWhatIsFound,
  markDuringSync,
  mayDropSegment,
};
