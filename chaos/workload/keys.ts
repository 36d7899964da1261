/**
 * The keys of a workload: each names one topic-partition and lives until it took so many values, then
 * a fresh key takes its place (jepsen-io/jepsen, tests/kafka.clj). What is known of each key's log is
 * kept here too, so that clients can read what nobody has read yet.
 */

import type { PartitionIndex } from '../../src/core/types/ids.js';
import type { Random } from '../random.js';

export interface KeyPlace {
  readonly topic: string;
  readonly partition: PartitionIndex;
}

export interface KeySpaceOptions {
  /** Keys that are written to at a time. */
  readonly active: number;
  readonly partitionsPerTopic: number;
  /** Infinity: the same keys to the end. */
  readonly maxWritesPerKey: number;
}

interface KeyFacts {
  writes: number;
  /** Highest offset that an acknowledgement or a poll showed; -1: none. */
  highestKnown: number;
  /** Highest offset that a poll returned; -1: none. */
  highestPolled: number;
}

export class KeySpace {
  private readonly options: KeySpaceOptions;
  private readonly facts = new Map<string, KeyFacts>();
  private active: string[] = [];
  private nextKey = 0;
  private createdTopics = 0;
  private lastValue = 0;

  constructor(options: KeySpaceOptions) {
    this.options = options;
  }

  place(key: string): KeyPlace {
    const number = Number(key);
    const { partitionsPerTopic } = this.options;
    return {
      topic: topicName(Math.floor(number / partitionsPerTopic)),
      partition: (number % partitionsPerTopic) as PartitionIndex,
    };
  }

  /** The other way round. */
  keyAt(topic: string, partition: number): string {
    const index = Number(topic.slice(topic.lastIndexOf('-') + 1));
    return String(index * this.options.partitionsPerTopic + partition);
  }

  /** The topic to be created next, so that there is always one in reserve; null: enough for now. */
  topicToCreate(): string | null {
    const { active, partitionsPerTopic, maxWritesPerKey } = this.options;
    const isForever = maxWritesPerKey === Number.POSITIVE_INFINITY;
    const needed = isForever
      ? active / partitionsPerTopic
      : Math.ceil((this.nextKey + active) / partitionsPerTopic) + 1;
    return this.createdTopics < needed ? topicName(this.createdTopics) : null;
  }

  topicCreated(): void {
    this.createdTopics++;
    while (this.active.length < this.options.active && this.nextIsReady()) {
      this.active.push(this.takeKey());
    }
  }

  topics(): string[] {
    return Array.from({ length: this.createdTopics }, (_, index) => topicName(index));
  }

  activeKeys(): readonly string[] {
    return this.active;
  }

  /** Every key that was ever written to, or is active. */
  touched(): string[] {
    return [...this.facts.keys()];
  }

  /** A key to write to, the first ones more often (exponentially); counts `writes` to come. */
  pickForWrite(random: Random, writes: number): string {
    let index = 0;
    while (index < this.active.length - 1 && random.below(10) < 7) {
      index++;
    }
    const key = this.active[index] as string;
    const facts = this.factsOf(key);
    facts.writes += writes;
    if (facts.writes >= this.options.maxWritesPerKey && this.nextIsReady()) {
      this.active[index] = this.takeKey();
    }
    return key;
  }

  /** A value that no one has sent. */
  nextValue(): number {
    this.lastValue++;
    return this.lastValue;
  }

  acknowledged(key: string, offset: number): void {
    const facts = this.factsOf(key);
    facts.highestKnown = Math.max(facts.highestKnown, offset);
  }

  polled(key: string, offset: number): void {
    const facts = this.factsOf(key);
    facts.highestKnown = Math.max(facts.highestKnown, offset);
    facts.highestPolled = Math.max(facts.highestPolled, offset);
  }

  highestKnown(key: string): number {
    return this.factsOf(key).highestKnown;
  }

  /** Keys with acknowledged values above what anyone has polled. */
  unseen(): string[] {
    return [...this.facts]
      .filter(([, { highestKnown, highestPolled }]) => highestKnown > highestPolled)
      .map(([key]) => key);
  }

  private nextIsReady(): boolean {
    return this.nextKey < this.createdTopics * this.options.partitionsPerTopic;
  }

  private takeKey(): string {
    const key = String(this.nextKey);
    this.nextKey++;
    this.facts.set(key, { writes: 0, highestKnown: -1, highestPolled: -1 });
    return key;
  }

  private factsOf(key: string): KeyFacts {
    const facts = this.facts.get(key);
    if (facts === undefined) {
      throw new RangeError(`key ${key} was never taken`);
    }
    return facts;
  }
}

function topicName(index: number): string {
  return `trial-${index}`;
}
