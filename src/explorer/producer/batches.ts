/** What a leader is handed, and from which application's batch it is. */

import type { BatchFacts } from '../../core/partition/types.js';
import { assert } from '../../core/types/assert.js';
import {
  NO_EPOCH,
  type Offset,
  type ProducerEpoch,
  type ProducerId,
  type Timestamp,
} from '../../core/types/ids.js';
import type { Request, Session } from './session.js';

/** Batches of a life are fewer. */
const LIVES_APART = 16;

/** The create time names the application's batch: (producer, life, value). */
export function batchOf(
  { producer, life }: Pick<Session, 'producer' | 'life'>,
  request: Request,
): BatchFacts {
  assert(request.value < LIVES_APART, 'more batches than their create times can tell apart');
  return {
    baseOffset: 0 as Offset,
    lastOffsetDelta: request.records - 1,
    sizeInBytes: 61 + 10 * request.records,
    leaderEpoch: NO_EPOCH,
    maxTimestamp: (LIVES_APART * life + request.value) as Timestamp,
    producerId: BigInt(producer) as ProducerId,
    producerEpoch: request.epoch as ProducerEpoch,
    baseSequence: request.sequence,
    isTransactional: false,
    isControl: false,
  };
}

export function lifeIn({ maxTimestamp }: BatchFacts): number {
  return Math.floor(maxTimestamp / LIVES_APART);
}

export function valueIn({ maxTimestamp }: BatchFacts): number {
  return maxTimestamp % LIVES_APART;
}

/** Whether both are the same batch of the same application. */
export function sameMeaning(a: BatchFacts, b: BatchFacts): boolean {
  return a.producerId === b.producerId && a.maxTimestamp === b.maxTimestamp;
}
