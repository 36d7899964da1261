/** The batches that clients of an explored partition produce: one record each. */

import type { BatchFacts } from '../../core/partition/types.js';
import {
  NO_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type Offset,
  type ProducerEpoch,
  type ProducerId,
  type Timestamp,
} from '../../core/types/ids.js';

/** The only idempotent producer there is. */
export const PRODUCER: ProducerId = 7n as ProducerId;

/** `name`: the create time, by which batches that are otherwise equal differ. `sequence` -1: not idempotent. */
export function batchOf(name: number, sequence: number): BatchFacts {
  const isIdempotent = sequence >= 0;
  return {
    baseOffset: 0 as Offset,
    lastOffsetDelta: 0,
    sizeInBytes: 70,
    leaderEpoch: NO_EPOCH,
    maxTimestamp: name as Timestamp,
    producerId: isIdempotent ? PRODUCER : NO_PRODUCER_ID,
    producerEpoch: isIdempotent ? (0 as ProducerEpoch) : NO_PRODUCER_EPOCH,
    baseSequence: sequence,
    isTransactional: false,
    isControl: false,
  };
}

/** So many of each kind can be produced in a world. */
export const BATCHES_OF_A_KIND = 8;

/**
 * What the produce with this token carries. Tokens from 0: acks=all; from 8: acks=1; from 16: the batch with
 * acks=all of the last three bits, once more.
 */
export function produceOf(
  token: number,
  isIdempotent: boolean,
): { readonly acks: -1 | 1; readonly batch: BatchFacts } {
  const kind = Math.floor(token / BATCHES_OF_A_KIND);
  const number = token % BATCHES_OF_A_KIND;
  const isForAll = kind !== 1;
  const name = isForAll ? number + 1 : BATCHES_OF_A_KIND + number + 1;
  const sequence = isIdempotent && isForAll ? number : -1;
  return { acks: isForAll ? -1 : 1, batch: batchOf(name, sequence) };
}
