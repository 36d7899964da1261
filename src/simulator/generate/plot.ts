/** What a story is written with: choices with drawn parameters, named after it. */

import type { TriggerEvent } from '../events.js';
import type { Act, Choice, Moment, Target, TopicPlan } from '../scenario.js';
import type { Timings } from './cluster.js';
import type { Draws } from './draws.js';

/** A partition that a story is about. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export type Cut = Extract<Act, { type: 'partition' }>;
export type Crash = Extract<Act, { type: 'crash' }>;

/** A small list of choices with drawn parameters, known to break what is wrong. */
export interface Story {
  /** Kebab case; choices are called `<name>-<number>.<number>`. */
  readonly name: string;
  readonly about: string;
  /** Where it was told first: a section, a KIP, an issue. */
  readonly source: string;
  /** How often it is told, against 2 of others: more where a mistake shows in nothing else. */
  readonly weight?: number;
  write(plot: Plot): void;
}

export class Plot {
  readonly draws: Draws;
  readonly brokers: number;
  readonly topics: readonly TopicPlan[];
  readonly timings: Timings;
  /** Virtual milliseconds after the faults began at which the story begins. */
  readonly start: number;
  readonly choices: Choice[] = [];
  private readonly name: string;

  constructor(options: {
    readonly name: string;
    readonly draws: Draws;
    readonly brokers: number;
    readonly topics: readonly TopicPlan[];
    readonly timings: Timings;
    readonly start: number;
  }) {
    this.name = options.name;
    this.draws = options.draws;
    this.brokers = options.brokers;
    this.topics = options.topics;
    this.timings = options.timings;
    this.start = options.start;
  }

  /** So many milliseconds into the story. */
  at(after: number, act: Act): void {
    this.add({ at: this.start + after }, act);
  }

  /** The `nth` time that `event` happens in the story. */
  on(event: TriggerEvent, nth: number, act: Act, after = 0, from = 0): void {
    this.add({ on: event, nth, after, from: this.start + from }, act);
  }

  broker(): Target {
    return { broker: this.draws.between(0, this.brokers - 1) };
  }

  /** A partition; of a topic whose name is among `topics`, if there is one. */
  place(...topics: readonly string[]): Place {
    const preferred = this.topics.filter(({ name }) => topics.includes(name));
    const judged = this.topics.filter(({ name }) => name !== 'aging');
    const { name, partitions } = this.draws.pick(preferred.length > 0 ? preferred : judged);
    return { topic: name, partition: this.draws.between(0, partitions - 1) };
  }

  leader(place: Place): Target {
    return { role: 'leader', ...place };
  }

  follower(place: Place): Target {
    return { role: 'follower', ...place };
  }

  outOfSync(place: Place): Target {
    return { role: 'outOfSync', ...place };
  }

  /** kill -9, for so long. */
  kill(target: Target, low: number, high: number): Crash {
    const down = this.draws.scaled(low, high);
    return { type: 'crash', target, power: false, keeps: 'everything', down };
  }

  /** Power loss, for so long. */
  power(target: Target, low: number, high: number): Crash {
    const keeps = this.draws.pick(['nothing', 'nothing', 'drawn', 'drawn', 'everything'] as const);
    return { type: 'crash', target, power: true, keeps, down: this.draws.scaled(low, high) };
  }

  /** One or the other. */
  crash(target: Target, low: number, high: number): Crash {
    return this.draws.percent(60) ? this.kill(target, low, high) : this.power(target, low, high);
  }

  /** The node's links to the other brokers are cut; clients still reach it, unless said otherwise. */
  cut(target: Target, lasts: number, more: Partial<Cut> = {}): Cut {
    return {
      type: 'partition',
      shape: 'one',
      target,
      direction: this.draws.pick(['both', 'both', 'both', 'in', 'out'] as const),
      clients: false,
      lasts,
      ...more,
    };
  }

  pause(target: Target, low: number, high: number): Act {
    return { type: 'pause', target, lasts: this.draws.scaled(low, high) };
  }

  slow(target: Target, delayLow: number, delayHigh: number, lasts: number): Act {
    return { type: 'slow', target, delay: this.draws.scaled(delayLow, delayHigh) * 1000, lasts };
  }

  /** Something for the metadata log to hold, `count` times within `within` milliseconds. */
  metadata(count: number, within: number): void {
    const { topic } = this.place();
    for (let i = 0; i < count; i++) {
      const value = String(this.draws.between(600_000, 700_000));
      const act: Act = { type: 'configure', topic, key: 'delete.retention.ms', value };
      this.at(this.draws.between(0, within), act);
    }
  }

  private add(when: Moment, act: Act): void {
    this.choices.push({ name: `${this.name}.${this.choices.length + 1}`, when, act });
  }
}
