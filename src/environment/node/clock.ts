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

/** The machine's own clocks, in milliseconds. */
export interface TimeSource {
  monotonic(): number;
  wall(): number;
}

const machine: TimeSource = { monotonic: () => performance.now(), wall: () => Date.now() };

export class NodeClock implements Clock {
  private readonly source: TimeSource;
  private offset = 0;
  private rate = 1;
  private anchorReal: number;
  private anchorMonotonic: number;
  private anchorWall: number;

  constructor(source: TimeSource = machine) {
    this.source = source;
    this.anchorReal = source.monotonic();
    this.anchorMonotonic = this.anchorReal;
    this.anchorWall = source.wall();
  }

  wall(): Timestamp {
    const elapsed = (this.source.monotonic() - this.anchorReal) * this.rate;
    return Math.floor(this.anchorWall + elapsed + this.offset) as Timestamp;
  }

  monotonic(): Stamp {
    return (this.anchorMonotonic +
      (this.source.monotonic() - this.anchorReal) * this.rate) as Stamp;
  }

  /** Real milliseconds in which this clock advances by `duration`. */
  realDuration(duration: number): number {
    return duration / this.rate;
  }

  /** From now on: `offset` ms ahead of true time, running `rate` times as fast. */
  set(offset: number, rate: number): void {
    const monotonic = this.monotonic();
    this.anchorReal = this.source.monotonic();
    this.anchorMonotonic = monotonic;
    this.anchorWall = this.source.wall();
    this.offset = offset;
    this.rate = rate;
  }

  /**
   * Follows the control file `path`, which is replaced by rename. Missing: true time. One that says
   * nothing usable changes nothing.
   */
  follow(path: string, changed: (offset: number, rate: number) => void): void {
    let seen = '';
    const look = (): void => {
      const { mark, control } = readControl(path, seen);
      if (mark !== seen) {
        seen = mark;
        if (control !== null) {
          this.set(control.offset ?? 0, control.rate ?? 1);
          changed(this.offset, this.rate);
        }
      }
    };
    look();
    setInterval(look, CONTROL_POLL_MILLISECONDS).unref();
  }
}

/** What the control file says, and a mark by which a newer one is told apart; null: unusable. */
function readControl(path: string, seen: string): { mark: string; control: ClockControl | null } {
  let mark: string;
  try {
    const stat = statSync(path);
    mark = `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
  } catch {
    return { mark: 'missing', control: {} };
  }
  if (mark === seen) {
    return { mark, control: null };
  }
  try {
    const control = JSON.parse(readFileSync(path, 'utf8')) as ClockControl;
    const { offset = 0, rate = 1 } = control;
    const usable = Number.isFinite(offset) && Number.isFinite(rate) && rate > 0;
    return { mark, control: usable ? control : null };
  } catch {
    return { mark, control: null };
  }
}

/** What setTimeout takes; it would fire at once for more. */
const LONGEST_TIMEOUT_MILLISECONDS = 0x7fffffff;

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
    const duration = Math.min(this.clock.realDuration(after), LONGEST_TIMEOUT_MILLISECONDS);
    this.armed.set(handle, setTimeout(run, Math.max(0, duration)));
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
