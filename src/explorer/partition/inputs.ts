/**
 * What may happen to one broker, by number: what it is told of metadata and messages has the numbers from
 * `NEWS` on, the others are laid out below, with what they need to know.
 */

import { REQUEST_TIMED_OUT } from '../../core/partition/errors.js';
import type { PartitionInput, PartitionState } from '../../core/partition/types.js';
import { present } from '../../core/types/assert.js';
import { NO_EPOCH, NO_TIMESTAMP, type Offset, type Stamp } from '../../core/types/ids.js';
import { produceOf } from './batches.js';
import { type ExploredBroker, RETRY } from './broker.js';
import { rackOf } from './codec.js';

/** Time decides nothing here. */
export const STAMP: Stamp = 0 as Stamp;

/** + the bit of the timer. */
export const TIMER = 0;
/** It asks its leader. */
export const FETCH = 8;
/** It no longer waits for the answer to its fetch. */
export const GIVE_UP = 9;
/** Nothing: the world around it has changed. */
export const OBSERVE = 10;
/** What was appended counts (flush.messages). */
export const APPENDED = 11;
/** Its process ends in good order. */
export const STOP = 12;
/** + which deletion it is. */
export const DELETE = 16;
/** + the rack that the consumer stands in; 0: it does not say. */
export const READ = 24;
/** No answer comes to its AlterPartition. */
export const TIMEOUT = 32;
/** + 2 x how many batches of its log are kept + 1 if its high watermark was stored just before. */
export const END = 64;
/** + the token. */
export const PRODUCE = 96;
/** + the epoch that the new life was registered with. */
export const START = 128;
/** + 2 x the message, or + 2 x the version of the metadata + 1. */
export const NEWS = 512;

/** What the machine is told that comes neither from a message nor from the metadata. */
export function inputOf(
  code: number,
  { altering }: ExploredBroker,
  state: PartitionState,
  isIdempotent: boolean,
): PartitionInput {
  const stamp = STAMP;
  if (code >= PRODUCE) {
    const token = code - PRODUCE;
    return {
      type: 'produce',
      token,
      ...produceOf(token, isIdempotent),
      logAppendTime: NO_TIMESTAMP,
      stamp,
    };
  }
  if (code >= TIMEOUT) {
    return {
      type: 'alterPartitionAnswered',
      error: REQUEST_TIMED_OUT,
      requestedPartitionEpoch: present(altering, 'it waits for an answer').partitionEpoch,
      assignment: null,
      stamp,
    };
  }
  if (code >= READ) {
    return {
      type: 'fetch',
      token: 0,
      replica: null,
      anyReplica: true,
      clientRack: code === READ ? '' : rackOf(code - READ),
      currentLeaderEpoch: NO_EPOCH,
      fetchOffset: state.logStartOffset,
      lastFetchedEpoch: NO_EPOCH,
      stamp,
    };
  }
  if (code >= DELETE) {
    return { type: 'deleteRecords', token: code - DELETE, offset: -1 as Offset, stamp };
  }
  if (code === APPENDED) {
    return { type: 'appended', endOffset: state.nextOffset, stamp };
  }
  return code === TIMER + RETRY
    ? { type: 'timerFired', name: 'alterPartitionRetry', key: 0, stamp }
    : { type: 'timerFired', name: 'replicaLag', key: code - TIMER, stamp };
}
