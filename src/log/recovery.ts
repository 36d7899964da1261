/**
 * What a start finds in a partition's directory. After a clean shutdown files are taken at their
 * word. Otherwise every byte from the recovery point's segment on is checked: what is unsound behind
 * the recovery point was never synced and is cut off as a torn tail; what is unsound below it was
 * damaged, and is reported instead of being cut.
 */

import { type LogRules, logRules } from '../core/log/rules.js';
import { epochsFromStart, withEpochEntry } from '../core/partition/epochs.js';
import { foldProducerBatch } from '../core/partition/producer-state.js';
import type { EpochEntry, ProducerEntry } from '../core/partition/types.js';
import { present } from '../core/types/assert.js';
import {
  greatest,
  type LeaderEpoch,
  least,
  NO_EPOCH,
  type Offset,
  type ProducerId,
} from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';
import { readEpochCheckpoint } from './checkpoints.js';
import type { LogOptions } from './log-options.js';
import {
  loadSnapshot,
  removeSnapshots,
  snapshotPath,
  syncSnapshot,
  writeSnapshot,
} from './producer-snapshot.js';
import type { BatchHeader } from './record-batch.js';
import {
  DamagedSegment,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  offsetOfFileName,
  Segment,
} from './segment.js';
import { finishSwaps } from './swap.js';
import type { LogDamage, LogStart } from './types.js';

export interface Recovered {
  /** Ascending, at least one. */
  readonly segments: Segment[];
  readonly logStartOffset: Offset;
  readonly recoveryPoint: Offset;
  readonly epochs: EpochEntry[];
  readonly producers: Map<ProducerId, ProducerEntry>;
  readonly damage: LogDamage | null;
}

/** Opens the files in `directory` as the head of this file says. */
export function recoverLog(
  files: FileSystem,
  directory: string,
  options: LogOptions,
  start: LogStart,
): Recovered {
  if (!files.exists(directory)) {
    files.makeDirectory(directory);
  }
  const rules = start.rules ?? logRules;
  const unfinished = finishSwaps(files, directory);
  const segments = findSegments(files, directory);
  const stored = readEpochCheckpoint(files, directory);
  const seen: Seen = { epochs: stored ?? [], newest: NO_EPOCH, checked: new Set() };
  const outcome: Outcome =
    unfinished !== null
      ? // What else is there stays as it is, for people.
        { index: 0, position: 0, damage: unfinished }
      : rules.trustsFiles(start.cleanShutdown)
        ? trust(segments, options, start, rules, seen)
        : check(segments, options, start, rules, seen);
  if (outcome.damage === null) {
    cutTail(files, segments, outcome);
  } else {
    segments.splice(outcome.index + 1).forEach((segment) => {
      segment.close();
    });
  }
  let { damage } = outcome;
  damage ??= damageIn(segments, () => {
    dropBelow(files, directory, segments, start.logStartOffset, rules, seen.checked);
  });
  const isNew = segments.length === 0;
  if (isNew) {
    // A new log, or one of which the crash left only what was deleted: it begins without a past.
    seen.epochs = [];
    removeSnapshots(files, directory, () => true);
    segments.push(new Segment(files, directory, start.logStartOffset, true));
    files.syncDirectory(directory);
  }
  const end = segments.at(-1)!.endOffset;
  if (!isNew && !start.cleanShutdown && damage === null) {
    makeDurable(files, directory, segments, start.recoveryPoint);
  }
  const logStartOffset = least(greatest(start.logStartOffset, segments[0]!.baseOffset), end);
  let epochs = seen.epochs;
  damage ??= damageIn(segments, () => {
    epochs =
      stored === null
        ? epochsOfLog(segments, 0 as Offset, end, seen.checked)
        : epochsFromBatches(seen.epochs, segments, logStartOffset, seen.checked);
  });
  if (removeSnapshots(files, directory, (offset) => !rules.mayUseSnapshot(offset, end))) {
    // For good: they speak of batches that are gone, and others will take those offsets.
    files.syncDirectory(directory);
  }
  let producers: Recovered['producers'] = new Map();
  damage ??= damageIn(segments, () => {
    producers = rebuildProducers(files, directory, segments, end, rules, seen.checked);
  });
  return {
    segments,
    logStartOffset,
    // A clean shutdown has synced everything; recovery has done so just now.
    recoveryPoint: damage === null ? end : least(start.recoveryPoint, end),
    // Entries at or behind the end are of leaders whose records are not here (EPOCH-CACHE).
    epochs: epochsFromStart(rules.epochsWithin(epochs, end), logStartOffset),
    producers,
    damage,
  };
}

/** What `action` came upon that is not what was written; null: nothing. */
function damageIn(segments: readonly Segment[], action: () => void): LogDamage | null {
  try {
    action();
    return null;
  } catch (error) {
    if (!(error instanceof DamagedSegment)) {
      throw error;
    }
    const { path, position, reason } = error;
    const { baseOffset } = present(
      segments.find((segment) => segment.path === path),
      'damage in another log',
    );
    return { path, offset: baseOffset, position, reason };
  }
}

/**
 * What was found counts from now on, also a truncation that a killed process did not live to sync:
 * power loss must not bring back the bytes that stood there before.
 */
function makeDurable(
  files: FileSystem,
  directory: string,
  segments: readonly Segment[],
  recoveryPoint: Offset,
): void {
  for (const segment of segments) {
    if (segment.endOffset >= recoveryPoint) {
      segment.storeIndexes(true);
      files.syncNow(segment.file);
    }
  }
  files.syncDirectory(directory);
}

/** The cache as it grows during the check, and the newest epoch among the batches checked. */
interface Seen {
  epochs: EpochEntry[];
  newest: LeaderEpoch;
  /** Segments of which every byte was checked. */
  readonly checked: Set<Segment>;
}

/** `index`: of the segment that is unsound; -1: all are sound. `position`: where it begins. */
interface Outcome {
  readonly index: number;
  readonly position: number;
  readonly damage: LogDamage | null;
}

const SOUND: Outcome = { index: -1, position: 0, damage: null };

function findSegments(files: FileSystem, directory: string): Segment[] {
  const segments: Segment[] = [];
  for (const name of files.list(directory)) {
    const base = offsetOfFileName(name, LOG_SUFFIX);
    if (base !== null) {
      segments.push(new Segment(files, directory, base, false));
    } else if (name.endsWith(DELETED_SUFFIX) || name.endsWith('.tmp')) {
      files.remove(`${directory}/${name}`);
    }
  }
  return segments;
}

/**
 * After a clean shutdown; if an index is not sound, or the log does not end where it was synced and closed
 * (the header of its last batch has changed), everything is checked all the same.
 */
function trust(
  segments: readonly Segment[],
  options: LogOptions,
  start: LogStart,
  rules: LogRules,
  seen: Seen,
): Outcome {
  const sound = segments.every((segment) => segment.load(options.indexIntervalBytes));
  const end = segments.at(-1)?.endOffset ?? start.recoveryPoint;
  return sound && (end === start.recoveryPoint || !start.cleanShutdown)
    ? SOUND
    : // The claim of cleanliness is not worth much: look at everything.
      check(segments, options, { ...start, cleanShutdown: false }, rules, seen);
}

function check(
  segments: readonly Segment[],
  options: LogOptions,
  start: LogStart,
  rules: LogRules,
  seen: Seen,
): Outcome {
  const { recoveryPoint } = start;
  let expected = segments[0]?.baseOffset ?? start.logStartOffset;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (segment.baseOffset !== expected) {
      const reason = 'a segment is missing before it';
      return unsound(segment, index, 0, expected, reason, recoveryPoint, rules);
    }
    const synced = next !== undefined && next.baseOffset <= recoveryPoint;
    if (synced && segment.load(options.indexIntervalBytes)) {
      expected = segment.endOffset;
      continue;
    }
    const { position, problem } = segment.recover(
      options.indexIntervalBytes,
      rules.checksRecords(),
      (header) => acceptBatch(header, seen),
    );
    seen.checked.add(segment);
    segment.storeIndexes(false);
    expected = segment.endOffset;
    if (problem !== null) {
      return unsound(segment, index, position, expected, problem, recoveryPoint, rules);
    }
  }
  return expected < recoveryPoint && segments.length > 0
    ? unsound(
        segments.at(-1)!,
        segments.length - 1,
        segments.at(-1)!.size,
        expected,
        'the log ends too early',
        recoveryPoint,
        rules,
      )
    : SOUND;
}

/**
 * Leader epochs never go back along a log; new ones enter the cache. Only the batches are asked: the
 * cache may already hold the epoch of a leader that has appended nothing here.
 */
function acceptBatch(header: BatchHeader, seen: Seen): string | null {
  if (header.leaderEpoch < seen.newest) {
    return 'leader epochs go back';
  }
  seen.newest = header.leaderEpoch;
  if (header.leaderEpoch > (seen.epochs.at(-1)?.epoch ?? NO_EPOCH)) {
    seen.epochs = withEpochEntry(seen.epochs, header.leaderEpoch, header.baseOffset);
  }
  return null;
}

function unsound(
  segment: Segment,
  index: number,
  position: number,
  offset: Offset,
  reason: string,
  recoveryPoint: Offset,
  rules: LogRules,
): Outcome {
  const damaged = rules.isDamage(offset, recoveryPoint);
  const damage = damaged ? { path: segment.path, offset, position, reason } : null;
  return { index, position, damage };
}

/** A torn tail goes for good: the unsound segment is cut, later ones are removed. */
function cutTail(files: FileSystem, segments: Segment[], outcome: Outcome): void {
  if (outcome.index < 0) {
    return;
  }
  const last = segments[outcome.index]!;
  for (const segment of segments.splice(outcome.index + 1)) {
    removeSegment(files, segment);
  }
  if (outcome.position === 0 && outcome.index > 0) {
    // Nothing of it is left, and its base offset may be wrong.
    segments.pop();
    removeSegment(files, last);
  } else {
    last.cutAt(outcome.position, last.endOffset, false);
  }
  files.syncDirectory(directoryOf(last.path));
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function removeSegment(files: FileSystem, segment: Segment): void {
  segment.close();
  for (const path of segment.paths()) {
    files.remove(path);
  }
}

/** Segments wholly below the log start are leftovers of a deletion that the crash interrupted. */
function dropBelow(
  files: FileSystem,
  directory: string,
  segments: Segment[],
  logStartOffset: Offset,
  rules: LogRules,
  checked: ReadonlySet<Segment>,
): void {
  const kept = segments.findLastIndex((segment) => segment.baseOffset <= logStartOffset);
  if (kept > 0) {
    keepProducersAt(files, directory, segments, kept, rules, checked);
    for (const segment of segments.splice(0, kept)) {
      removeSegment(files, segment);
    }
  }
  if (segments.length === 1 && segments[0]!.endOffset < logStartOffset) {
    removeSegment(files, segments.shift()!);
  }
}

/**
 * Before the segments in front of `index` go: what they say of producers lives on only in the snapshot
 * at the base of the segment behind them. Each must be there (a crash may have taken it) and on disk,
 * for power loss may leave the log beginning at any of them. `checked`: see {@link rebuildProducers}.
 */
export function keepProducersAt(
  files: FileSystem,
  directory: string,
  segments: readonly Segment[],
  index: number,
  rules: LogRules,
  checked: ReadonlySet<Segment> = NONE,
): void {
  for (let at = 1; at <= index; at++) {
    const base = segments[at]!.baseOffset;
    const older = segments.slice(0, at);
    const producers = rebuildProducers(files, directory, older, base, rules, checked);
    if (!files.exists(snapshotPath(directory, base))) {
      writeSnapshot(files, directory, base, producers);
    }
    syncSnapshot(files, directory, base);
  }
}

/**
 * The cache follows the log start at once, the log start itself is checkpointed now and then: after a
 * crash the log may begin before the first entry. The batches in between carry their epochs.
 */
function epochsFromBatches(
  epochs: EpochEntry[],
  segments: readonly Segment[],
  logStartOffset: Offset,
  checked: ReadonlySet<Segment>,
): EpochEntry[] {
  const [first] = epochs;
  if (first === undefined || first.startOffset <= logStartOffset) {
    return epochs;
  }
  const older = epochsOfLog(segments, logStartOffset, first.startOffset, checked).filter(
    ({ epoch }) => epoch <= first.epoch,
  );
  return [...older, ...(older.at(-1)?.epoch === first.epoch ? epochs.slice(1) : epochs)];
}

/**
 * The cache as the batches from the one that holds `from` on say, up to `upTo`, but for epochs without data.
 * What is not among the `checked` is checked: a walk that a damaged header ends would leave epochs out.
 */
function epochsOfLog(
  segments: readonly Segment[],
  from: Offset,
  upTo: Offset,
  checked: ReadonlySet<Segment>,
): EpochEntry[] {
  let epochs: EpochEntry[] = [];
  for (const segment of segments) {
    if (segment.endOffset <= from || segment.baseOffset >= upTo) {
      continue;
    }
    const take = (header: BatchHeader): boolean => {
      if (header.baseOffset >= upTo) {
        return false;
      }
      const counts = header.leaderEpoch >= 0 && header.baseOffset + header.lastOffsetDelta >= from;
      if (counts && (epochs.at(-1)?.epoch ?? -1) < header.leaderEpoch) {
        epochs = withEpochEntry(epochs, header.leaderEpoch, header.baseOffset);
      }
      return true;
    };
    const { position, problem } = segment.walk(0, take, !checked.has(segment));
    if (problem !== null) {
      throw new DamagedSegment(segment.path, position, problem);
    }
  }
  return epochs;
}

const NONE: ReadonlySet<Segment> = new Set();

/**
 * STATE-FROM-LOG: the newest snapshot at or below `end`, and the batches from there on. What the producers
 * may do next hangs on these bytes, a bit that flipped must not pass for a sequence: those of segments that
 * are not among the `checked` are checked, which throws {@link DamagedSegment}.
 */
export function rebuildProducers(
  files: FileSystem,
  directory: string,
  segments: readonly Segment[],
  end: Offset,
  rules: LogRules,
  checked: ReadonlySet<Segment> = NONE,
): Map<ProducerId, ProducerEntry> {
  const { offset, producers } = loadSnapshot(files, directory, end, rules);
  for (const segment of segments) {
    if (segment.endOffset <= offset || segment.size === 0) {
      continue;
    }
    const check = !checked.has(segment);
    const from =
      offset > segment.baseOffset ? (segment.find(offset, check)?.position ?? segment.size) : 0;
    const fold = (header: BatchHeader): boolean => {
      foldProducerBatch(producers, header);
      return true;
    };
    const { position, problem } = segment.walk(from, fold, check);
    if (check && problem !== null) {
      throw new DamagedSegment(segment.path, position, problem);
    }
  }
  return producers;
}
