/**
 * Sends of one client process: an idempotent producer that retries the same batch, with the same
 * producer id and sequence, while its outcome is open, and keeps every attempt.
 *
 * An operation is what its attempts leave: ok once any attempt was acknowledged; unknown if one may
 * have been appended and none was acknowledged; failed only if every attempt certainly was not.
 */

import type { ProducerIdentity } from '../../src/client/client.js';
import type { ClientError, ProduceOutcome } from '../../src/client/outcomes.js';
import { PASSING, SESSION_IS_OVER } from '../../src/client/retrying.js';
import type { Timestamp } from '../../src/core/types/ids.js';
import type { RecordHeader } from '../../src/log/records.js';
import type { ClientAdapter, Producer } from '../client-adapter.js';
import type { KeySpace } from './keys.js';

export type Acks = -1 | 1;

export interface Send {
  readonly key: string;
  readonly value: number;
  readonly headers?: readonly RecordHeader[];
}

export interface SendResult {
  readonly send: Send;
  readonly type: 'ok' | 'fail' | 'unknown';
  readonly offset: number | null;
  readonly error: ClientError | null;
}

export interface Attempt {
  readonly send: Send;
  readonly number: number;
  readonly outcome: ProduceOutcome;
}

export interface SendOptions {
  readonly acks: Acks;
  /** Milliseconds that a leader waits for its followers. */
  readonly produceTimeout: number;
  readonly maxAttempts: number;
  /** Before attempt 2, 3, ...; the last one again for further ones. */
  readonly backoff: readonly number[];
}

interface Entry {
  readonly send: Send;
  readonly identity: ProducerIdentity;
  /** A retry is the same batch, byte for byte. */
  readonly timestamp: Timestamp;
  result: SendResult | null;
  /** An attempt may have been appended. */
  tainted: boolean;
  last: SendResult | null;
}

export class Sender {
  private readonly client: ClientAdapter;
  private readonly producer: Producer;
  private readonly keys: KeySpace;
  private readonly options: SendOptions;
  private readonly nextSequence = new Map<string, number>();
  /** Keys on which this producer has an acknowledged batch. */
  private readonly established = new Set<string>();
  private over = false;

  constructor(client: ClientAdapter, producer: Producer, keys: KeySpace, options: SendOptions) {
    this.client = client;
    this.producer = producer;
    this.keys = keys;
    this.options = options;
  }

  /** A new producer id is needed before the next send. */
  isOver(): boolean {
    return this.over;
  }

  /**
   * Whether several batches may be in flight to `key`. Not before one was acknowledged: a partition
   * that does not know the producer takes any first sequence, so that the second batch of a
   * pipeline could get in before the first (SEQ-EMPTY).
   */
  mayPipeline(key: string): boolean {
    return this.established.has(key);
  }

  /** Sends the batches in order, all in flight together, and retries those whose outcome is open. */
  async send(
    sends: readonly Send[],
    seen: (attempt: Attempt) => void,
    pause: (milliseconds: number) => Promise<void>,
  ): Promise<SendResult[]> {
    const entries = sends.map((send) => this.entryFor(send));
    const { maxAttempts, backoff } = this.options;
    for (let number = 1; number <= maxAttempts; number++) {
      const open = entries.filter(({ result }) => result === null);
      if (open.length === 0) {
        break;
      }
      if (number > 1) {
        await pause(backoff[Math.min(number - 2, backoff.length - 1)] ?? 0);
      }
      const outcomes = await Promise.all(open.map((entry) => this.attempt(entry)));
      for (const [index, entry] of open.entries()) {
        const outcome = outcomes[index] as ProduceOutcome;
        seen({ send: entry.send, number, outcome });
        this.settle(entry, outcome);
      }
    }
    const results = entries.map((entry) => entry.result ?? (entry.last as SendResult));
    this.learn(results);
    return results;
  }

  private entryFor(send: Send): Entry {
    const baseSequence = this.nextSequence.get(send.key) ?? 0;
    this.nextSequence.set(send.key, baseSequence + 1);
    const identity = { ...this.producer, baseSequence };
    const timestamp = Date.now() as Timestamp;
    return { send, identity, timestamp, result: null, tainted: false, last: null };
  }

  private attempt({ send, identity, timestamp }: Entry): Promise<ProduceOutcome> {
    const value = Buffer.from(String(send.value));
    return this.client.produce({
      ...this.keys.place(send.key),
      records: [{ key: null, value, timestamp, ...(send.headers && { headers: send.headers }) }],
      acks: this.options.acks,
      timeout: this.options.produceTimeout,
      producer: identity,
      compression: 0,
    });
  }

  private settle(entry: Entry, outcome: ProduceOutcome): void {
    const { send } = entry;
    if (outcome.type === 'ok') {
      const offset = outcome.baseOffset;
      entry.result = { send, type: 'ok', offset, error: null };
      this.established.add(send.key);
      if (offset !== null) {
        this.keys.acknowledged(send.key, offset);
      }
      return;
    }
    const { error } = outcome;
    entry.tainted ||= outcome.type === 'unknown';
    entry.last = { send, type: entry.tainted ? 'unknown' : 'fail', offset: null, error };
    if (outcome.type === 'fail' && !PASSING.has(error.name)) {
      entry.result = entry.last;
    }
  }

  private learn(results: readonly SendResult[]): void {
    for (const { send, type, error } of results) {
      if (type === 'unknown' || (error !== null && SESSION_IS_OVER.has(error.code))) {
        this.over = true;
      } else if (type === 'fail') {
        // Its sequence was not used. Those behind it in the pipeline were refused too, or the
        // operation is not a plain success and the process ends with this producer.
        this.nextSequence.set(send.key, (this.nextSequence.get(send.key) ?? 1) - 1);
      }
    }
  }
}
