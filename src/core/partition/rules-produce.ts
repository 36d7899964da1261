/** Rules of producing: min ISR, acknowledgement, sequences. */

import { greatest, NO_PRODUCER_ID, type Offset, type ProducerId, plus } from '../types/ids.js';
import {
  DUPLICATE_SEQUENCE_NUMBER,
  INVALID_PRODUCER_EPOCH,
  INVALID_RECORD,
  NONE,
  NOT_ENOUGH_REPLICAS,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
} from './errors.js';
import { incrementSequence, KEPT_BATCHES, MAX_SEQUENCE } from './producer-state.js';
import type { SequenceVerdict } from './rule-types.js';
import type { BatchFacts, ProducerEntry } from './types.js';

/** More in-sync replicas than replicas cannot be asked for. Kafka: Partition.effectiveMinIsr. */
export function effectiveMinIsr(configured: number, replicationFactor: number): number {
  return Math.max(1, Math.min(configured, replicationFactor));
}

/**
 * MINISR-PRE: acks=all is refused before anything is appended while the committed ISR is too small.
 * The other acks promise nothing and are taken. Kafka: Partition.appendRecordsToLeader.
 */
export function mayAppend(acks: -1 | 0 | 1, isrSize: number, minIsr: number): number {
  return acks === -1 && isrSize < minIsr ? NOT_ENOUGH_REPLICAS : NONE;
}

/** ACKALL: the high watermark stands behind the last record of the batch. */
export function acknowledgedAt(baseOffset: Offset, lastOffset: Offset): Offset {
  return greatest(plus(lastOffset, 1), baseOffset);
}

/**
 * MINISR-POST: the batch is in the log and below the high watermark, but fewer replicas than asked
 * for stand by it now. Kafka: Partition.checkEnoughReplicasReachOffset.
 */
export function acknowledgement(maximalIsrSize: number, minIsr: number): number {
  return maximalIsrSize < minIsr ? NOT_ENOUGH_REPLICAS_AFTER_APPEND : NONE;
}

/**
 * SEQ, DEDUP-5, SEQ-EMPTY and EPOCH-FENCE (KIP-98, KIP-360). With no state left any sequence is
 * taken. A batch that is older than the five which are kept was appended once (46); with fewer than
 * five kept the state is not old enough to know that, so what does not follow is out of order (45).
 */
export function acceptSequence(
  entry: ProducerEntry | undefined,
  batch: BatchFacts,
): SequenceVerdict {
  if (batch.producerId === NO_PRODUCER_ID) {
    return { type: 'append' };
  }
  if (!batch.isControl && batch.baseSequence < 0) {
    return { type: 'refuse', error: INVALID_RECORD };
  }
  if (entry === undefined) {
    return { type: 'append' };
  }
  if (batch.producerEpoch < entry.epoch) {
    return { type: 'refuse', error: INVALID_PRODUCER_EPOCH };
  }
  if (batch.isControl) {
    return { type: 'append' };
  }
  if (batch.producerEpoch > entry.epoch) {
    return batch.baseSequence === 0 ? { type: 'append' } : outOfOrder;
  }
  const newest = entry.batches.at(-1);
  if (newest === undefined) {
    // Only a marker has raised the epoch so far (KIP-890): its data begins anew.
    return batch.baseSequence === 0 ? { type: 'append' } : outOfOrder;
  }
  const lastSequence = incrementSequence(batch.baseSequence, batch.lastOffsetDelta);
  for (const kept of entry.batches) {
    if (kept.baseSequence === batch.baseSequence && kept.lastSequence === lastSequence) {
      const { baseOffset, lastOffset, timestamp } = kept;
      return { type: 'duplicate', baseOffset, lastOffset, timestamp };
    }
  }
  if (batch.baseSequence === incrementSequence(newest.lastSequence, 1)) {
    return { type: 'append' };
  }
  const oldest = entry.batches[0]!;
  if (
    entry.batches.length === KEPT_BATCHES &&
    precedes(lastSequence, oldest.baseSequence) &&
    precedes(batch.baseSequence, oldest.baseSequence)
  ) {
    return { type: 'refuse', error: DUPLICATE_SEQUENCE_NUMBER };
  }
  return outOfOrder;
}

const outOfOrder: SequenceVerdict = { type: 'refuse', error: OUT_OF_ORDER_SEQUENCE_NUMBER };

/** Whether `a` comes before `b` on the circle of sequences: by less than half of it. */
function precedes(a: number, b: number): boolean {
  const size = MAX_SEQUENCE + 1;
  const distance = (b - a + size) % size;
  return distance > 0 && distance < size / 2;
}

/** STATE-FROM-LOG: a new leader goes on with what it folded as a follower. */
export function producerStateAfterFailover(
  producers: Map<ProducerId, ProducerEntry>,
): Map<ProducerId, ProducerEntry> {
  return producers;
}
