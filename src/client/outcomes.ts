/**
 * What became of one attempt. The client hides nothing: it never retries, so each call is one
 * attempt with one outcome, and what an outcome does not say nobody knows.
 */

import type { BrokerId, Offset } from '../core/types/ids.js';
import type { ErrorName } from '../protocol/errors.js';

/** Errors that the client finds itself; Kafka's own have their names in capitals. */
export type OwnErrorName =
  /** No answer within the request timeout. */
  | 'request-timed-out'
  /** The connection broke after the request was handed to the network. */
  | 'disconnected'
  /** The connection could not be made: the request never left. */
  | 'not-connected'
  /** Metadata names no leader for the partition: the request never left. */
  | 'no-leader'
  /** No broker says who coordinates the group: the request never left. */
  | 'no-coordinator'
  /** No broker answered a metadata request: the request never left. */
  | 'no-metadata'
  /** The broker's answer is no message of the protocol, or leaves out what was asked. */
  | 'malformed-answer'
  /** acks=0: there is no answer, so there is nothing to know. */
  | 'no-answer-asked'
  /** The broker speaks no version of this API that the client speaks. */
  | 'unsupported-by-peer'
  /** The client was closed before the request left. */
  | 'client-closed';

export interface ClientError {
  readonly name: ErrorName | OwnErrorName;
  /** Kafka's code; 0 for the client's own errors. */
  readonly code: number;
  /** For people. */
  readonly message: string;
}

/** `fail`: it certainly did not happen. `unknown`: it may have happened, or may yet happen. */
export type Outcome<Value> =
  | { readonly type: 'ok'; readonly value: Value }
  | { readonly type: 'fail'; readonly error: ClientError }
  | { readonly type: 'unknown'; readonly error: ClientError };

/** What became of one batch that was sent once. */
export type ProduceOutcome =
  | {
      readonly type: 'ok';
      /** Offset of the batch's first record; null where the broker knows only that it has it. */
      readonly baseOffset: Offset | null;
      readonly leader: BrokerId;
    }
  | { readonly type: 'fail'; readonly error: ClientError; readonly leader: BrokerId | null }
  | { readonly type: 'unknown'; readonly error: ClientError; readonly leader: BrokerId | null };
