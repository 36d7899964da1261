/** Where two runs of one seed begin to differ. */

import { HASH_INTERVAL, type World } from '../src/environment/simulated/world.js';
import { type RunOptions, run } from '../src/simulator/run.js';

/** What one half of the twins says of a seed. */
export interface TwinRun {
  readonly seed: number;
  readonly verdict: string;
  /** The violation and its event; empty without one. */
  readonly found: string;
  readonly events: number;
  readonly hash: string;
  /** After every `HASH_INTERVAL` events. */
  readonly hashes: readonly string[];
}

/** Numbers of events, from 1: the first difference lies within. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** null: the two are the same run. */
export function differingWindow(one: TwinRun, other: TwinRun): Window | null {
  const common = Math.min(one.hashes.length, other.hashes.length);
  for (let i = 0; i < common; i++) {
    if (one.hashes[i] !== other.hashes[i]) {
      return windowOf(i);
    }
  }
  const same =
    one.hash === other.hash &&
    one.events === other.events &&
    one.verdict === other.verdict &&
    one.found === other.found;
  return same ? null : windowOf(common);
}

/** The last window may be longer: what happens behind the last hash belongs to it. */
function windowOf(index: number): Window {
  return { from: Math.max(1, index * HASH_INTERVAL), to: (index + 1) * HASH_INTERVAL + 1 };
}

export interface EventLine {
  readonly number: number;
  readonly time: number;
  /** The running hash before the event runs; its own time and text are in it. */
  readonly hash: string;
  readonly what: string;
}

/** Reads what `twin-run.ts events` printed. */
export function eventLine(text: string): EventLine {
  const [number, time, hash, ...what] = text.split(' ');
  return { number: Number(number), time: Number(time), hash: hash!, what: what.join(' ') };
}

/** The events of a run from number `from` up to number `to`, where it ends. */
export function eventsOf(options: RunOptions, from: number, to: number): EventLine[] {
  const lines: EventLine[] = [];
  let world: World | null = null;
  let number = 0;
  const watch = ({ world: ofRun }: { world: World }): object => {
    world = ofRun;
    return {};
  };
  run({
    ...options,
    watchers: [watch, ...(options.watchers ?? [])],
    eventObserver: (time, what) => {
      number++;
      if (number >= from && number <= to) {
        lines.push({ number, time, hash: world!.hash(), what });
      } else if (number > to) {
        world!.halt();
      }
    },
  });
  return lines;
}

export interface Difference {
  /** The event that was not the same in both, or that did not do the same. */
  readonly event: EventLine | null;
  readonly other: EventLine | null;
  /** `comes`: another event comes, or it comes at another time. `does`: the same event does something else. */
  readonly kind: 'comes' | 'does';
}

/** null: these events are the same in both, and so is what they did but for the last one. */
export function firstDifference(
  one: readonly EventLine[],
  other: readonly EventLine[],
): Difference | null {
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const left = one[i] ?? null;
    const right = other[i] ?? null;
    if (left?.what !== right?.what || left?.time !== right?.time) {
      return { event: left, other: right, kind: 'comes' };
    }
    if (left?.hash !== right?.hash) {
      // The same event comes, but on the way to it something else was drawn, sent or answered.
      const before = Math.max(0, i - 1);
      return { event: one[before] ?? null, other: other[before] ?? null, kind: 'does' };
    }
  }
  return null;
}
