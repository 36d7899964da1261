/**
 * Producer state as a fold of the log (STATE-FROM-LOG): leader, followers and recovery call the same
 * function for every batch, in log order, and so agree (KIP-98).
 */

import { assert } from '../types/assert.js';
import { NO_PRODUCER_ID, type Offset, type ProducerId } from '../types/ids.js';
import type { BatchFacts, ProducerBatch, ProducerEntry } from './types.js';

/** Sequences are 31 bits: after this one comes 0 (KIP-98). */
export const MAX_SEQUENCE: number = 0x7fffffff;

/** Batches kept per producer, which is also max.in.flight.requests.per.connection (DEDUP-5). */
export const KEPT_BATCHES: number = 5;

/** Sequence `by` records after `sequence`, wrapping from 2^31-1 to 0. */
export function incrementSequence(sequence: number, by: number): number {
  assert(sequence >= 0 && sequence <= MAX_SEQUENCE && by >= 0, 'a sequence is 31 bits');
  return sequence > MAX_SEQUENCE - by ? by - (MAX_SEQUENCE - sequence) - 1 : sequence + by;
}

/** Offset of the last record of `batch`. */
export function lastOffsetOf(batch: BatchFacts): Offset {
  return (batch.baseOffset + batch.lastOffsetDelta) as Offset;
}

/**
 * Folds one appended batch, facts as stored, into `producers`. Control batches carry no sequence:
 * they may raise the epoch (KIP-890) but are never a duplicate. The order of the log alone decides,
 * also where an epoch goes down: whoever appended it has judged it.
 */
export function foldProducerBatch(
  producers: Map<ProducerId, ProducerEntry>,
  batch: BatchFacts,
): void {
  if (batch.producerId === NO_PRODUCER_ID) {
    return;
  }
  assert(batch.lastOffsetDelta >= 0, 'a batch holds at least one record');
  let entry = producers.get(batch.producerId);
  if (entry === undefined) {
    entry = { epoch: batch.producerEpoch, batches: [], lastTimestamp: batch.maxTimestamp };
    producers.set(batch.producerId, entry);
  }
  if (entry.epoch !== batch.producerEpoch) {
    entry.epoch = batch.producerEpoch;
    entry.batches = [];
  }
  entry.lastTimestamp = batch.maxTimestamp;
  if (batch.isControl || batch.baseSequence < 0) {
    return;
  }
  entry.batches.push(producerBatch(batch));
  if (entry.batches.length > KEPT_BATCHES) {
    entry.batches.shift();
  }
}

function producerBatch(batch: BatchFacts): ProducerBatch {
  return {
    baseSequence: batch.baseSequence,
    lastSequence: incrementSequence(batch.baseSequence, batch.lastOffsetDelta),
    baseOffset: batch.baseOffset,
    lastOffset: lastOffsetOf(batch),
    timestamp: batch.maxTimestamp,
  };
}

/** A copy that shares nothing mutable. */
export function cloneProducers(
  producers: ReadonlyMap<ProducerId, ProducerEntry>,
): Map<ProducerId, ProducerEntry> {
  const copy = new Map<ProducerId, ProducerEntry>();
  for (const [id, entry] of producers) {
    copy.set(id, {
      epoch: entry.epoch,
      batches: entry.batches.slice(),
      lastTimestamp: entry.lastTimestamp,
    });
  }
  return copy;
}
