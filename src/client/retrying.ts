/** What a client that repeats batches makes of errors: whether to try again, and with which producer id. */

import { ErrorCode } from '../protocol/errors.js';
import type { ClientError } from './outcomes.js';

/** Errors after which this producer id is of no more use; the operation's outcome stands. */
export const SESSION_IS_OVER: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  ErrorCode.PRODUCER_FENCED,
]);

/** Failures that may pass: another attempt makes sense. */
export const PASSING: ReadonlySet<ClientError['name']> = new Set([
  'NOT_ENOUGH_REPLICAS',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  // In a pipeline: the batch before it was refused.
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'no-leader',
  'no-metadata',
  'not-connected',
]);
