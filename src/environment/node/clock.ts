/** Clocks of a real node, which a test harness may skew, let drift and make jump (clock control). */

import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Stamp, Timestamp, Uuid } from '../../core/types/ids.js';
import type { Clock, FreshValues, TimerHandle, Timers } from '../environment.js';

const CONTROL_POLL_MILLISECONDS = 100;

/** Content of a clock control file. Both fields may be left out. */
interface ClockControl {
  /** Milliseconds that the wall clock is ahead of the machine's. */
  readonly offset?: number;
  /** Speed of wall and monotonic clock against the machine's; 1 is true. */
  readonly rate?: number;
}

export class NodeClock implements Clock {
  private offset = 0;
  private rate = 1;
  private anchorReal: number = performance.now();
  private anchorMonotonic: number = this.anchorReal;
  private anchorWall: number = Date.now();

  wall(): Timestamp {
    const elapsed = (performance.now() - this.anchorReal) * this.rate;
    return Math.floor(this.anchorWall + elapsed + this.offset) as Timestamp;
  }

  monotonic(): Stamp {
    return (this.anchorMonotonic + (performance.now() - this.anchorReal) * this.rate) as Stamp;
  }

  /** Real milliseconds in which this clock advances by `duration`. */
  realDuration(duration: number): number {
    return duration / this.rate;
  }

  /** From now on: `offset` ms ahead of true time, running `rate` times as fast. */
  set(offset: number, rate: number): void {
    const monotonic = this.monotonic();
    this.anchorReal = performance.now();
    this.anchorMonotonic = monotonic;
    this.anchorWall = Date.now();
    this.offset = offset;
    this.rate = rate;
  }

  /** Follows the control file `path`, which is replaced by rename. Missing: true time. */
  follow(path: string, changed: (offset: number, rate: number) => void): void {
    let seen = '';
    const look = (): void => {
      let mark = 'missing';
      let control: ClockControl = {};
      try {
        const stat = statSync(path);
        mark = `${stat.ino}:${stat.mtimeMs}`;
        if (mark !== seen) {
          control = JSON.parse(readFileSync(path, 'utf8')) as ClockControl;
        }
      } catch {
        // Missing or unreadable: the clock is true.
      }
      if (mark !== seen) {
        seen = mark;
        this.set(control.offset ?? 0, control.rate ?? 1);
        changed(this.offset, this.rate);
      }
    };
    look();
    setInterval(look, CONTROL_POLL_MILLISECONDS).unref();
  }
}

export class NodeTimers implements Timers {
  private readonly armed = new Map<TimerHandle, NodeJS.Timeout>();
  private readonly clock: NodeClock;
  private readonly enter: (task: () => void) => void;
  private lastHandle = 0;

  constructor(clock: NodeClock, enter: (task: () => void) => void) {
    this.clock = clock;
    this.enter = enter;
  }

  arm(after: number, fire: () => void): TimerHandle {
    const handle = ++this.lastHandle;
    const run = (): void => {
      if (this.armed.delete(handle)) {
        this.enter(fire);
      }
    };
    this.armed.set(handle, setTimeout(run, Math.max(0, this.clock.realDuration(after))));
    return handle;
  }

  cancel(handle: TimerHandle): void {
    const timeout = this.armed.get(handle);
    if (timeout !== undefined) {
      this.armed.delete(handle);
      clearTimeout(timeout);
    }
  }
}

export const nodeFreshValues: FreshValues = {
  uuid(): Uuid {
    let text: string;
    do {
      text = randomBytes(16).toString('base64url');
      // Kafka's own ids never begin with a dash, so that they can stand on a command line.
    } while (text.startsWith('-'));
    return text as Uuid;
  },
  below(bound: number): number {
    return bound <= 1 ? 0 : randomInt(Math.floor(bound));
  },
};
