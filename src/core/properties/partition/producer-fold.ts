/**
 * What a log says of its producers, batch by batch, by the judge's own reading: the newest epoch and
 * batches of each, and the first place where sequences or epochs do not follow each other.
 */

import type { BatchFacts } from '../../partition/types.js';
import type { ProducerId } from '../../types/ids.js';
import { endOf } from './property.js';

/** Kafka remembers so many batches of a producer (KIP-98). */
const REMEMBERED = 5;
const SEQUENCES = 2 ** 31;

/** Where the next batch of an epoch goes on. */
interface Next {
  readonly sequence: number;
  /** First offset behind the batch before. */
  readonly offset: number;
}

/** What a log says of one producer. */
export interface Said {
  epoch: number;
  /** First offset behind its last batch. */
  end: number;
  /** Of that epoch, the newest, oldest first. */
  readonly batches: BatchFacts[];
  /** By epoch. */
  readonly next: Map<number, Next>;
}

export class ProducerFold {
  readonly said: Map<ProducerId, Said> = new Map();
  /** Producers of the batches since the last `settle`. */
  readonly touched: ProducerId[] = [];
  /** The first sequence that does not follow the one before; null: all do. */
  unordered: string | null = null;
  /** The first batch of an epoch older than the one before; null: there is none. */
  regressed: string | null = null;

  /**
   * The next batch of the log. Of what is wholly below `forgottenBelow` its leader need not have known.
   */
  add(batch: BatchFacts, forgottenBelow: number): void {
    const { producerId, producerEpoch, baseSequence, baseOffset } = batch;
    if (producerId < 0n) {
      return;
    }
    let said = this.said.get(producerId);
    if (said === undefined) {
      said = { epoch: producerEpoch, end: 0, batches: [], next: new Map() };
      this.said.set(producerId, said);
    }
    this.touched.push(producerId);
    if (producerEpoch < said.epoch && said.end > forgottenBelow) {
      this.regressed ??= `epoch ${producerEpoch} of producer ${producerId} at ${baseOffset}, after ${said.epoch}`;
    }
    if (producerEpoch !== said.epoch) {
      said.epoch = producerEpoch;
      said.batches.length = 0;
    }
    said.end = endOf(batch);
    if (baseSequence < 0) {
      return;
    }
    const next = said.next.get(producerEpoch);
    if (next !== undefined && next.sequence !== baseSequence && next.offset > forgottenBelow) {
      this.unordered ??= `sequence ${baseSequence} of ${producerId}/${producerEpoch} at ${baseOffset}, where should be ${next.sequence}`;
    }
    const sequence = (baseSequence + batch.lastOffsetDelta + 1) % SEQUENCES;
    said.next.set(producerEpoch, { sequence, offset: said.end });
    if (!batch.isControl) {
      said.batches.push(batch);
      if (said.batches.length > REMEMBERED) {
        said.batches.shift();
      }
    }
  }

  /** Nothing is touched any more. */
  settle(): void {
    this.touched.length = 0;
  }
}

/** The whole of a log. */
export function foldLog(log: readonly BatchFacts[], forgottenBelow: number): ProducerFold {
  const fold = new ProducerFold();
  for (const batch of log) {
    fold.add(batch, forgottenBelow);
  }
  return fold;
}
