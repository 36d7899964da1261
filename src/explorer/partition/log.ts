/** What a host does to the log of a replica, as facts of batches: no bytes. */

import { foldProducerBatch } from '../../core/partition/producer-state.js';
import type { BatchFacts, ProducerEntry } from '../../core/partition/types.js';
import type { Offset, ProducerId } from '../../core/types/ids.js';

/** First offset behind `batch`. */
export function endOfBatch(batch: BatchFacts): Offset {
  return (batch.baseOffset + batch.lastOffsetDelta + 1) as Offset;
}

/** First offset behind the log; one without batches ends where it starts. */
export function endOfLog(log: readonly BatchFacts[], logStart: number): Offset {
  const last = log.at(-1);
  return last === undefined ? (logStart as Offset) : endOfBatch(last);
}

/** The whole batches below `end`: a log is cut between batches. */
export function cutLog(log: readonly BatchFacts[], end: number): BatchFacts[] {
  return log.filter((batch) => endOfBatch(batch) <= end);
}

/** What deleting all below `offset` takes away and leaves: a batch that it lies in stays whole. */
export function deletedBelow(
  log: readonly BatchFacts[],
  offset: number,
): { readonly gone: BatchFacts[]; readonly left: BatchFacts[] } {
  const isGone = (batch: BatchFacts): boolean => endOfBatch(batch) <= offset;
  return { gone: log.filter(isGone), left: log.filter((batch) => !isGone(batch)) };
}

/** What a fetch that may read [from, upTo) is given: whole batches, `most` of them. */
export function batchesBetween(
  log: readonly BatchFacts[],
  from: number,
  upTo: number,
  most: number,
): BatchFacts[] {
  return log
    .filter((batch) => endOfBatch(batch) > from && endOfBatch(batch) <= upTo)
    .slice(0, most);
}

/** What the batches say of their producers (STATE-FROM-LOG). */
export function producersIn(batches: readonly BatchFacts[]): Map<ProducerId, ProducerEntry> {
  const producers = new Map<ProducerId, ProducerEntry>();
  for (const batch of batches) {
    foldProducerBatch(producers, batch);
  }
  return producers;
}
