/**
 * One producer: pipelines of batches with consecutive sequences, the same batch again while its outcome
 * is open, also over another connection while the first copy may still arrive.
 *
 * A batch is what its attempts leave: ok once any was acknowledged; unknown if one may have been
 * appended and none was acknowledged; failed only if every attempt certainly was not.
 */

import type { BatchToProduce, Client, ProducerIdentity } from '../../client/client.js';
import type { ClientError, ProduceOutcome } from '../../client/outcomes.js';
import { PASSING, SESSION_IS_OVER } from '../../client/retrying.js';
import { assert } from '../../core/types/assert.js';
import type { Offset, ProducerEpoch } from '../../core/types/ids.js';
import type { Clock, Timers } from '../../environment/environment.js';
import type { RandomStream } from '../../environment/simulated/random.js';
import type { WorkloadCounts } from './counts.js';
import { isTombstone, recordKeyOf } from './keyed-promises.js';
import { type Key, payloadOf } from './keys.js';

export interface ProducerOptions {
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  /** An attempt without an answer is repeated over the other connection. */
  readonly repeatsElsewhere: boolean;
  readonly nearWrap: boolean;
  /** A batch may be given up while it is on its way; what follows has the next epoch (KIP-360). */
  readonly raisesEpoch: boolean;
  /** Some pipelines leave batch by batch, with time in between. */
  readonly staggers: boolean;
}

/** What the clients of a process share. */
export interface Equipment {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly stream: RandomStream;
  readonly counts: WorkloadCounts;
  /** Two, with connections of their own; the first is the one that is mostly used. */
  readonly clients: readonly [Client, Client];
}

/** A producer id and epoch in which nothing was sent yet. */
export type FreshIdentity = Omit<ProducerIdentity, 'baseSequence'>;

export interface BatchResult {
  readonly values: readonly number[];
  readonly type: 'ok' | 'fail' | 'unknown';
  /** Of the first record; null where nobody said it. */
  readonly baseOffset: Offset | null;
  readonly error: ClientError | null;
}

export interface Attempt {
  readonly key: Key;
  readonly values: readonly number[];
  /** Number of the round in its operation, from 1. */
  readonly number: number;
  readonly outcome: ProduceOutcome;
}

/** Told of every attempt; of those that come when the batch has its result, too. */
export interface SendObserver {
  attempted(attempt: Attempt): void;
  /** Two copies of one batch were acknowledged with different offsets: it is in the log twice. */
  appendedTwice(values: readonly number[], first: Offset, second: Offset): void;
}

/** Sequences are on a circle of 2^31 (KIP-98). */
const SEQUENCES = 2 ** 31;
const WRAP_MARGIN = 24;
const ROUNDS = 5;
const PRODUCE_TIMEOUT = 600;
const BACKOFF_LEAST = 10;
const BACKOFF_SPREAD = 40;
/** Milliseconds until a copy is sent elsewhere: often about as long as an answer takes, else longer. */
const SHORT_PATIENCE = 4;
const LONG_PATIENCE = 120;
/** One pipeline in so many leaves batch by batch, with up to so many milliseconds in between. */
const STAGGERED = 2;
const LONGEST_GAP = 30;
/** One round in so many is not waited for, by those who raise their epoch. */
const ROUNDS_UNTIL_GIVEN_UP = 12;
/** Kafka's clients ask for a new id when they reach it. */
const GREATEST_EPOCH = 0x7fff;
/** Snappy and LZ4: the codecs that are the same on every version of Node. */
const CODECS = [2, 3];

interface Entry {
  readonly values: readonly number[];
  /** A retry is the same batch, byte for byte. */
  readonly batch: BatchToProduce;
  result: BatchResult | null;
  /** Attempts without an answer so far. */
  waiting: number;
  /** Some attempt may have been appended. */
  tainted: boolean;
  /** No further attempt makes sense. */
  hopeless: boolean;
  error: ClientError | null;
}

export class Producer {
  private readonly options: ProducerOptions;
  private readonly equipment: Equipment;
  private readonly observer: SendObserver;
  private readonly identity: FreshIdentity | null;
  /**
   * By the name of the partition. A topic that is created again goes on with them, as in Kafka's client: begun anew, they
   * would be those of copies that were sent to the topic before and are still on their way.
   */
  private readonly nextSequence = new Map<string, number>();
  /** Keys in which this producer has an acknowledged batch. */
  private readonly established = new Set<Key>();
  private over = false;

  /** `identity`: null unless idempotent. */
  constructor(
    options: ProducerOptions,
    equipment: Equipment,
    identity: FreshIdentity | null,
    observer: SendObserver,
  ) {
    assert(options.idempotent === (identity !== null), 'an id is what makes it idempotent');
    this.options = options;
    this.equipment = equipment;
    this.identity = identity;
    this.observer = observer;
  }

  /** A new producer id, or epoch, is needed before the next send. */
  isOver(): boolean {
    return this.over;
  }

  /** The same id in the next epoch, in which sequences begin at 0; null: a new id has to be asked for. */
  nextIdentity(): FreshIdentity | null {
    if (this.identity === null || this.identity.producerEpoch >= GREATEST_EPOCH) {
      return null;
    }
    const { producerId, producerEpoch } = this.identity;
    return { producerId, producerEpoch: (producerEpoch + 1) as ProducerEpoch };
  }

  /**
   * Whether several batches may be in flight to `key`. Not before one was acknowledged: a partition
   * that does not know the producer takes any first sequence, so that the second batch of a pipeline
   * could get in before the first (SEQ-EMPTY).
   */
  mayPipeline(key: Key): boolean {
    return this.identity === null || this.established.has(key);
  }

  /** Sends the batches in order, all in flight together, and retries those whose outcome is open. */
  send(
    key: Key,
    batches: readonly (readonly number[])[],
    done: (results: readonly BatchResult[]) => void,
  ): void {
    const entries = batches.map((values) => this.entryFor(key, values));
    const operation = new SendOperation(
      this.options,
      this.equipment,
      this.observer,
      key,
      entries,
      () => {
        const results = entries.map(resultOf);
        this.learn(key, entries, results);
        done(results);
      },
    );
    operation.begin();
  }

  private entryFor(key: Key, values: readonly number[]): Entry {
    const { stream, clock, counts } = this.equipment;
    const timestamp = clock.wall();
    let producer: ProducerIdentity | null = null;
    if (this.identity !== null) {
      const baseSequence = this.nextSequence.get(key.partitionName) ?? this.firstSequence();
      const next = (baseSequence + values.length) % SEQUENCES;
      this.nextSequence.set(key.partitionName, next);
      counts.wrapped += next < baseSequence ? 1 : 0;
      producer = { ...this.identity, baseSequence };
    }
    const compression = stream.chance(1, 8) ? stream.pick(CODECS) : 0;
    counts.compressed += compression === 0 ? 0 : 1;
    const batch: BatchToProduce = {
      topic: key.topic,
      partition: key.partition,
      records: values.map((value) => ({
        key: key.compacted || value % 3 === 0 ? payloadOf(recordKeyOf(value)) : null,
        value: key.compacted && isTombstone(value) ? null : payloadOf(value),
        timestamp,
      })),
      acks: this.options.acks,
      timeout: PRODUCE_TIMEOUT,
      producer,
      compression,
    };
    return {
      values,
      batch,
      result: null,
      waiting: 0,
      tainted: false,
      hopeless: false,
      error: null,
    };
  }

  private firstSequence(): number {
    // A partition that knows an earlier epoch takes nothing but 0.
    const isFirstEpoch = this.identity?.producerEpoch === 0;
    return this.options.nearWrap && isFirstEpoch
      ? SEQUENCES - 1 - this.equipment.stream.below(WRAP_MARGIN)
      : 0;
  }

  private learn(key: Key, entries: readonly Entry[], results: readonly BatchResult[]): void {
    if (results.some(({ type }) => type === 'ok')) {
      this.established.add(key);
    }
    if (results.every(({ type }) => type === 'fail')) {
      // None of their sequences was used.
      const sequence = entries[0]?.batch.producer?.baseSequence;
      if (sequence !== undefined) {
        this.nextSequence.set(key.partitionName, sequence);
      }
    } else if (results.some(({ type }) => type !== 'ok')) {
      this.over = true;
    }
    if (results.some(({ error }) => error !== null && SESSION_IS_OVER.has(error.code))) {
      this.over = true;
    }
  }
}

/** The rounds of attempts of the batches that are sent together. */
class SendOperation {
  private readonly options: ProducerOptions;
  private readonly equipment: Equipment;
  private readonly observer: SendObserver;
  private readonly key: Key;
  private readonly entries: readonly Entry[];
  private readonly done: () => void;
  private number = 0;
  /** `attempting`: attempts are being made, and an answer that comes at once ends nothing. */
  private state: 'attempting' | 'waiting' | 'resting' | 'finished' = 'waiting';

  constructor(
    options: ProducerOptions,
    equipment: Equipment,
    observer: SendObserver,
    key: Key,
    entries: readonly Entry[],
    done: () => void,
  ) {
    this.options = options;
    this.equipment = equipment;
    this.observer = observer;
    this.key = key;
    this.entries = entries;
    this.done = done;
  }

  begin(): void {
    const number = ++this.number;
    const { timers, stream } = this.equipment;
    if (this.options.repeatsElsewhere && this.options.idempotent) {
      const longest = stream.chance(1, 2) ? SHORT_PATIENCE : LONG_PATIENCE;
      const patience = stream.below(longest * 1000) / 1000;
      timers.arm(patience, () => {
        if (this.state === 'waiting' && this.number === number) {
          this.attemptOpen(1);
        }
      });
    }
    this.attemptOpen(0);
    if (this.options.raisesEpoch && stream.chance(1, ROUNDS_UNTIL_GIVEN_UP)) {
      const patience = stream.below(SHORT_PATIENCE * 1000) / 1000;
      timers.arm(patience, () => this.giveUp(number));
    }
  }

  /** What is on its way is waited for no longer; it may arrive behind what comes next. */
  private giveUp(number: number): void {
    if (this.state === 'waiting' && this.number === number) {
      this.equipment.counts.givenUp++;
      this.state = 'finished';
      this.done();
    }
  }

  /** One attempt more of every batch without a result, in order, on one connection. */
  private attemptOpen(which: 0 | 1): void {
    const open = this.entries.filter(({ result, hopeless }) => result === null && !hopeless);
    const { stream, timers } = this.equipment;
    // Between the batches a leader may change, or the ISR: a later one is taken where an earlier was not.
    const isStaggered = this.options.staggers && open.length > 1 && stream.chance(1, STAGGERED);
    const { number } = this;
    this.state = 'attempting';
    let due = 0;
    for (const entry of open) {
      entry.waiting++;
      if (due === 0) {
        this.attempt(entry, which);
      } else {
        timers.arm(due, () => this.attemptLater(entry, which, number));
      }
      due += isStaggered ? 1 + stream.below(LONGEST_GAP) : 0;
    }
    this.state = 'waiting';
    this.endRound();
  }

  /** Unless nobody waits for the batch any more. */
  private attemptLater(entry: Entry, which: 0 | 1, number: number): void {
    if (this.state === 'waiting' && this.number === number && entry.result === null) {
      this.attempt(entry, which);
    } else {
      entry.waiting--;
      this.endRound();
    }
  }

  /** `entry` is counted as waiting already. */
  private attempt(entry: Entry, which: 0 | 1): void {
    const { number } = this;
    this.equipment.counts.repeatedElsewhere += which;
    this.equipment.clients[which].produce(entry.batch, (outcome) => {
      entry.waiting--;
      this.observer.attempted({ key: this.key, values: entry.values, number, outcome });
      this.settle(entry, outcome);
      this.endRound();
    });
  }

  private settle(entry: Entry, outcome: ProduceOutcome): void {
    if (outcome.type === 'ok') {
      const first = entry.result?.baseOffset ?? null;
      const isAnother =
        first !== null && outcome.baseOffset !== null && first !== outcome.baseOffset;
      // Once its topic is deleted, a copy may arrive in the next topic of that name (keys.ts).
      if (isAnother && this.key.open) {
        this.observer.appendedTwice(entry.values, first, outcome.baseOffset);
      }
      const { baseOffset } = outcome;
      this.equipment.counts.duplicatesAcknowledged += entry.result === null ? 0 : 1;
      entry.result ??= { values: entry.values, type: 'ok', baseOffset, error: null };
      return;
    }
    entry.error = outcome.error;
    entry.tainted ||= outcome.type === 'unknown';
    entry.hopeless ||= outcome.type === 'fail' && !PASSING.has(outcome.error.name);
    // Without an identity a second copy would be a second record.
    entry.hopeless ||= !this.options.idempotent;
  }

  /** A round is over when every batch is acknowledged or all its attempts are answered. */
  private endRound(): void {
    const { entries } = this;
    if (this.state !== 'waiting') {
      return;
    }
    if (entries.some(({ result, waiting }) => result === null && waiting > 0)) {
      return;
    }
    const isOpen = entries.some(({ result, hopeless }) => result === null && !hopeless);
    if (!isOpen || this.number >= ROUNDS || !this.key.open) {
      this.state = 'finished';
      this.done();
      return;
    }
    this.state = 'resting';
    const { timers, stream } = this.equipment;
    timers.arm(BACKOFF_LEAST + stream.below(BACKOFF_SPREAD), () => this.begin());
  }
}

function resultOf({ values, result, tainted, waiting, error }: Entry): BatchResult {
  if (result !== null) {
    return result;
  }
  const type = tainted || waiting > 0 ? 'unknown' : 'fail';
  return { values, type, baseOffset: null, error };
}
