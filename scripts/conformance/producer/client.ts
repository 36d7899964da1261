/**
 * The producer of spec/producer.qnt: no part of the production code, so it does here what the specification
 * says of it, and hears what the code answers.
 */

import {
  DUPLICATE_SEQUENCE_NUMBER,
  INVALID_PRODUCER_EPOCH,
  NONE,
  OUT_OF_ORDER_SEQUENCE_NUMBER,
} from '../../../src/core/partition/errors.js';
import { MAX_SEQUENCE } from '../../../src/core/partition/producer-state.js';
import { listText, recordText } from '../texts.js';

/** A batch as the specification has it; `records` follows from the sequences. */
export interface Sent {
  readonly life: number;
  readonly epoch: number;
  readonly first: number;
  readonly records: number;
  readonly value: number;
}

export interface Pending {
  readonly batch: Sent;
  readonly refused: boolean;
}

/** `Client` of the specification, with what is on its connection and on those that broke. */
export interface Client {
  readonly life: number;
  /** -1: none was asked for yet. */
  readonly epoch: number;
  readonly nextSequence: number;
  readonly pending: readonly Pending[];
  readonly fenced: boolean;
  readonly queue: readonly Sent[];
  readonly late: readonly Sent[];
}

const SEQUENCES = MAX_SEQUENCE + 1;

export function newClient(life: number): Client {
  return { life, epoch: -1, nextSequence: 0, pending: [], fenced: false, queue: [], late: [] };
}

export function lastOf({ first, records }: Sent): number {
  return (first + records - 1) % SEQUENCES;
}

export function sending(client: Client, records: number, value: number): Client {
  const { life, epoch, nextSequence: first } = client;
  const batch = { life, epoch, first, records, value };
  return {
    ...client,
    nextSequence: (first + records) % SEQUENCES,
    pending: [...client.pending, { batch, refused: false }],
    queue: [...client.queue, batch],
  };
}

/** Everything without an answer is sent again; what was on the old connection is left to the caller. */
export function sendingAgain(client: Client, late: readonly Sent[]): Client {
  const pending = client.pending.map(({ batch }) => ({ batch, refused: false }));
  return { ...client, pending, queue: pending.map(({ batch }) => batch), late };
}

export function givingUpOldest(client: Client): Client {
  const [oldest, ...pending] = client.pending;
  return { ...client, pending, queue: client.queue.filter((each) => each !== oldest?.batch) };
}

export function mayBump({ pending, fenced, epoch }: Client, newestEpoch: number): boolean {
  const allRefused = pending.every(({ refused }) => refused);
  return pending.length > 0 && !fenced && allRefused && epoch === newestEpoch;
}

/** In a new epoch, numbered from 0 in the order in which the batches were sent. */
export function bumped(client: Client, epoch: number): Client {
  let nextSequence = 0;
  const pending = client.pending.map(({ batch }) => {
    const anew = { ...batch, epoch, first: nextSequence };
    nextSequence = (nextSequence + batch.records) % SEQUENCES;
    return { batch: anew, refused: false };
  });
  const queue = pending.map(({ batch }) => batch);
  return { ...client, epoch, nextSequence, pending, fenced: false, queue };
}

/** The leader has taken the oldest request of the connection. */
export function withoutOldestRequest(client: Client): Client {
  return { ...client, queue: client.queue.slice(1) };
}

/** The answer to `batch`; null: one for which the specification has no word. */
export function hearing(client: Client, batch: Sent, error: number): Client | null {
  const { pending, queue, late } = client;
  switch (error) {
    case NONE:
    // It is in the log, but its offset is forgotten.
    case DUPLICATE_SEQUENCE_NUMBER:
      return {
        ...client,
        pending: pending.filter((each) => each.batch.value !== batch.value),
      };
    case INVALID_PRODUCER_EPOCH:
      return { ...client, fenced: true, pending: [] };
    case OUT_OF_ORDER_SEQUENCE_NUMBER:
      // Not the last word while a request of a broken connection may bring it.
      return late.length > 0
        ? { ...client, queue: [...queue, batch] }
        : {
            ...client,
            pending: pending.map((each) =>
              each.batch === batch ? { ...each, refused: true } : each,
            ),
          };
    default:
      return null;
  }
}

// --- Texts ---------------------------------------------------------------------------------------

export function sentText(batch: Sent): string {
  return recordText({
    life: String(batch.life),
    epoch: String(batch.epoch),
    first: String(batch.first),
    last: String(lastOf(batch)),
    value: String(batch.value),
  });
}

export function queueText(queue: readonly Sent[]): string {
  return listText(queue.map(sentText));
}

export function clientText({ epoch, nextSequence, pending, fenced }: Client): string {
  return recordText({
    epoch: String(epoch),
    nextSequence: String(nextSequence),
    pending: listText(
      pending.map(({ batch, refused }) =>
        recordText({ batch: sentText(batch), refused: String(refused) }),
      ),
    ),
    fenced: String(fenced),
  });
}
