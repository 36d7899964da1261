/**
 * The numbers of one step as small ones. Of offsets and epochs a step of the specification asks only which is the greater,
 * and what follows next; so each becomes its place among those that the step speaks of, and steps that differ in nothing
 * else are one. What lies between two places of a log is one record.
 */

import type { ReplicaLog } from './replica-log.js';
import { batchAt } from './replica-log.js';

/** Numbers in ascending order, each once. */
class Order {
  private readonly known: Set<number>;
  private sorted: number[] = [];

  constructor(first: number) {
    this.known = new Set([first]);
  }

  add(number: number): void {
    this.known.add(number);
  }

  settle(): void {
    this.sorted = [...this.known].sort((a, b) => a - b);
  }

  all(): readonly number[] {
    return this.sorted;
  }

  /** Throws where nobody added it. */
  place(number: number): number {
    const place = this.sorted.indexOf(number);
    if (place < 0) {
      throw new Error(`${number} has no place`);
    }
    return place;
  }

  placeOr0(number: number): number {
    return Math.max(this.sorted.indexOf(number), 0);
  }
}

/**
 * The texts of a step are made twice: while places are gathered every number that is asked for gets one; after `settle`
 * it is told.
 */
export class StepPlaces {
  private readonly offsets = new Order(0);
  /** Nobody's epoch, -1, is 0. */
  private readonly leaderEpochs = new Order(-1);
  private readonly partitionEpochs = new Order(-1);
  private readonly brokerEpochs = new Order(-1);
  private readonly contents = new Map<string, number>();
  /** Of the partition, in the order of their numbers in the specification. */
  readonly replicas: readonly number[];
  private gathers = true;

  constructor(replicas: readonly number[]) {
    this.replicas = replicas;
  }

  settle(): void {
    this.gathers = false;
    for (const order of this.orders()) {
      order.settle();
    }
  }

  get isGathering(): boolean {
    return this.gathers;
  }

  /** In the specification; nobody is 0. */
  readonly id = (broker: number): number => {
    const at = this.replicas.indexOf(broker);
    if (at < 0 && broker >= 0) {
      throw new UnknownReplica(`broker ${broker} is no replica`);
    }
    return at + 1;
  };

  offset(offset: number): number {
    return this.placeIn(this.offsets, offset);
  }

  leaderEpoch(epoch: number): number {
    return this.placeIn(this.leaderEpochs, epoch);
  }

  partitionEpoch(epoch: number): number {
    return this.placeIn(this.partitionEpochs, epoch);
  }

  brokerEpoch(epoch: number): number {
    return this.placeIn(this.brokerEpochs, epoch);
  }

  /** How many contents have a number: the next one gets the next. */
  get contentsSoFar(): number {
    return this.contents.size;
  }

  /** Texts of the records of `log` behind `from`, up to `end`. Of an epoch that nothing else speaks of it is not told which. */
  records(log: ReplicaLog, from: number, end: number): string[] {
    if (this.gathers) {
      this.offsets.add(from);
      this.offsets.add(end);
      return [];
    }
    const texts: string[] = [];
    for (const offset of this.offsets.all()) {
      if (offset > from && offset <= end) {
        const batch = batchAt(log, offset);
        // Equal for equal logs up to there, wherever batches end.
        const value = this.content(`${batch.digest} ${offset - batch.end}`);
        texts.push(`<epoch: ${this.leaderEpochs.placeOr0(batch.epoch)}, value: ${value}>`);
      }
    }
    return texts;
  }

  /** In words what the small numbers stand for. */
  legend(): string {
    const told = (what: string, order: Order): string[] => {
      const pairs = order
        .all()
        .map((number, place) => [number, place] as const)
        .filter(([number, place]) => number !== place && place > 0)
        .map(([number, place]) => `${place} for ${number}`);
      return pairs.length === 0 ? [] : [`${what}: ${pairs.join(', ')}`];
    };
    const replicas = this.replicas.map((id, at) => `${at + 1} for ${id}`);
    return [
      ...(this.replicas.every((id, at) => id === at + 1)
        ? []
        : [`replicas: ${replicas.join(', ')}`]),
      ...told('offsets', this.offsets),
      ...told('leader epochs', this.leaderEpochs),
      ...told('partition epochs', this.partitionEpochs),
      ...told('broker epochs', this.brokerEpochs),
    ].join('; ');
  }

  private content(content: string): number {
    const number = this.contents.get(content) ?? this.contents.size + 1;
    this.contents.set(content, number);
    return number;
  }

  private placeIn(order: Order, number: number): number {
    if (this.gathers) {
      order.add(number);
      return 0;
    }
    return order.place(number);
  }

  private orders(): Order[] {
    return [this.offsets, this.leaderEpochs, this.partitionEpochs, this.brokerEpochs];
  }
}

/** A broker that is spoken of and is no replica: the replicas are about to change. */
export class UnknownReplica extends Error {}
