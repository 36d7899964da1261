/** Clients of the closed world: producers with and without idempotence, as the protocol obliges them. */

import type { BatchFacts } from '../src/core/partition/types.js';
import {
  NO_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  type Offset,
  type ProducerEpoch,
  type ProducerId,
  type Timestamp,
} from '../src/core/types/ids.js';

const SEQUENCES = 2 ** 31;

/** Every batch of a run has a create time of its own, which names it. */
export class BatchMint {
  private clock: number = 1;

  plain(records: number): BatchFacts {
    return this.batch(records, NO_PRODUCER_ID, NO_PRODUCER_EPOCH, NO_SEQUENCE);
  }

  batch(
    records: number,
    producerId: ProducerId,
    producerEpoch: ProducerEpoch,
    baseSequence: number,
  ): BatchFacts {
    return {
      baseOffset: 0 as Offset,
      lastOffsetDelta: records - 1,
      sizeInBytes: 61 + 10 * records,
      leaderEpoch: NO_EPOCH,
      maxTimestamp: this.clock++ as Timestamp,
      producerId,
      producerEpoch,
      baseSequence,
      isTransactional: false,
      isControl: false,
    };
  }
}

/** An idempotent producer: acks=all, a few batches outstanding, sent again until success. */
export class ModelProducer {
  readonly id: ProducerId;
  epoch: number = 0;
  /** Not acknowledged, in order of their sequences. */
  outstanding: BatchFacts[] = [];
  /** Some batch of this session was acknowledged. */
  private begun: boolean = false;
  private sequence: number;
  private readonly mint: BatchMint;
  private readonly oneByOne: boolean;

  constructor(id: number, firstSequence: number, mint: BatchMint, oneByOne: boolean) {
    this.oneByOne = oneByOne;
    this.id = BigInt(id) as ProducerId;
    this.sequence = firstSequence;
    this.mint = mint;
  }

  /**
   * Until a leader has state of the session, any sequence would be taken for the first (SEQ-EMPTY): so
   * the first batch travels alone. Later as many as a broker remembers, less some.
   */
  get mayCreate(): boolean {
    return this.outstanding.length < (this.begun && !this.oneByOne ? 3 : 1);
  }

  create(records: number): BatchFacts {
    const epoch = this.epoch as ProducerEpoch;
    const batch = this.mint.batch(records, this.id, epoch, this.sequence);
    this.sequence = (this.sequence + records) % SEQUENCES;
    this.outstanding.push(batch);
    return batch;
  }

  /** A new session takes over: the old one's requests may still be under way. */
  newSession(): void {
    this.epoch++;
    this.begun = false;
    this.sequence = 0;
    this.outstanding = [];
  }

  answered(batch: BatchFacts, error: number): void {
    if (error === 0 || error === 46) {
      this.begun ||= this.outstanding.includes(batch);
      this.outstanding = this.outstanding.filter((other) => other !== batch);
    }
  }
}
