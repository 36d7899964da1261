/**
 * A replica's log as a trace tells it. Logs never change: one that is appended to shares its batches with the one before,
 * so that a long run's logs take as much room as its batches.
 */

import type { ExactBatch } from '../../../src/trace/exact-partition.js';
import { firstPlace } from '../first-place.js';
import { textDigest } from '../raft/digest.js';

export interface LoggedBatch extends ExactBatch {
  /** Of the whole log up to here. */
  readonly digest: number;
}

export interface ReplicaLog {
  /** Shared with other logs: those beyond `length` are not this log's. */
  readonly batches: LoggedBatch[];
  readonly length: number;
}

export const EMPTY_LOG: ReplicaLog = { batches: [], length: 0 };

/** Of which batches it consists nobody knows. */
const NOT_TOLD = 'not told';

/** Of a log that the trace has not seen from its beginning: what came before. */
export function unknownUpTo(end: number, epoch: number): ReplicaLog {
  return end === 0 ? EMPTY_LOG : appendedTo(EMPTY_LOG, [{ base: 0, end, epoch, name: NOT_TOLD }]);
}

export function endOf({ batches, length }: ReplicaLog): number {
  return batches[length - 1]?.end ?? 0;
}

/** Place of the first batch that ends at `offset` or behind it; the length, if there is none. */
function placeOf({ batches, length }: ReplicaLog, offset: number): number {
  return firstPlace(length, (at) => batches[at]!.end < offset);
}

/** The batch that has the record before `offset`, or would have: throws beyond the end. */
export function batchAt(log: ReplicaLog, offset: number): LoggedBatch {
  const place = placeOf(log, offset);
  if (place >= log.length) {
    throw new BrokenTrace(`the log ends at ${endOf(log)}, before ${offset}`);
  }
  return log.batches[place]!;
}

export function appendedTo(log: ReplicaLog, added: readonly ExactBatch[]): ReplicaLog {
  if (added.length === 0) {
    return log;
  }
  const isShared = log.batches.length === log.length;
  const batches = isShared ? log.batches : log.batches.slice(0, log.length);
  for (const batch of added) {
    const before = batches.at(-1)?.digest ?? 0;
    batches.push({ ...batch, digest: textDigest(`${before} ${keyOf(batch)}`) });
  }
  return { batches, length: batches.length };
}

/** Without what lies at or behind `offset`. */
export function cutTo(log: ReplicaLog, offset: number): ReplicaLog {
  let length = placeOf(log, offset);
  // A batch that ends there stays.
  if (length < log.length && log.batches[length]!.end === offset) {
    length++;
  }
  if (length >= log.length) {
    return log;
  }
  const cut = { batches: log.batches, length };
  const { base, epoch, name } = log.batches[length]!;
  // There was a batch that ended there, or there was none: the replica says where its log ends now.
  return name === NOT_TOLD && base < offset
    ? appendedTo(cut, [{ base, end: offset, epoch, name }])
    : cut;
}

/** Whether a batch begins before `offset` and ends behind it. */
export function isWithinBatch(log: ReplicaLog, offset: number): boolean {
  const place = placeOf(log, offset);
  const batch = log.batches[place];
  return place < log.length && batch!.base < offset && offset < batch!.end;
}

/** With nothing behind its last batch, up to `end`: an empty segment may begin where compaction has left a gap. */
export function filledTo(log: ReplicaLog, end: number): ReplicaLog {
  const base = endOf(log);
  const epoch = log.batches[log.length - 1]?.epoch ?? -1;
  return base === end ? log : appendedTo(log, [{ base, end, epoch, name: 'nothing' }]);
}

/** Whether the batch is in the log as it is. */
export function holds(log: ReplicaLog, batch: ExactBatch): boolean {
  const found = log.batches[placeOf(log, batch.end)];
  return placeOf(log, batch.end) < log.length && keyOf(found!) === keyOf(batch);
}

function keyOf({ base, end, epoch, name }: ExactBatch): string {
  return `${base} ${end} ${epoch} ${name}`;
}

/** A trace that contradicts itself: what it says of a log is not what it says was appended. */
export class BrokenTrace extends Error {}
