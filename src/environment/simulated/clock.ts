/**
 * The clocks of one simulated machine: a wall clock that may be ahead, jump and drift, and a monotonic
 * clock that may only run at another speed. They are independent; timers follow the monotonic one.
 */

import type { World } from './world.js';

/** Virtual wall time at the start of every run: 2026-01-01T00:00:00Z. */
const WALL_START_MILLISECONDS = 1_767_225_600_000;
/** Thousandths of true time. */
const TRUE_RATE = 1000;

/** Local time as a line through an anchor, which moves when the speed changes: it has no steps. */
class Line {
  private anchorTrue = 0;
  private anchorLocal = 0;
  rate: number = TRUE_RATE;

  /** Milliseconds at true time `now` (microseconds). */
  at(now: number): number {
    return this.anchorLocal + ((now - this.anchorTrue) * this.rate) / 1_000_000;
  }

  change(now: number, rate: number): void {
    this.anchorLocal = this.at(now);
    this.anchorTrue = now;
    this.rate = rate;
  }
}

export class SimulatedClock {
  private readonly world: World;
  private readonly wallLine = new Line();
  private readonly monotonicLine = new Line();
  private ahead = 0;
  /** Called when the monotonic clock changed its speed: armed timers are due at another true time. */
  rateChanged: (() => void) | null = null;

  constructor(world: World) {
    this.world = world;
  }

  /** Milliseconds since 1970, whole. */
  wall(): number {
    return Math.floor(WALL_START_MILLISECONDS + this.wallLine.at(this.world.now) + this.ahead);
  }

  /** Milliseconds since the start of the run on this machine; never goes back. */
  monotonic(): number {
    return this.monotonicLine.at(this.world.now);
  }

  /** Microseconds of true time until the monotonic clock shows `local`, at its present speed. */
  untilMonotonic(local: number): number {
    return ((local - this.monotonic()) * 1_000_000) / this.monotonicLine.rate;
  }

  get monotonicRate(): number {
    return this.monotonicLine.rate;
  }

  get wallRate(): number {
    return this.wallLine.rate;
  }

  /** Milliseconds by which jumps have put the wall clock ahead. */
  get offset(): number {
    return this.ahead;
  }

  /** The wall clock jumps by so many milliseconds, back if negative. */
  jump(milliseconds: number): void {
    this.ahead += milliseconds;
  }

  /** Speed of the wall clock from now on, in thousandths of true time. */
  setWallRate(rate: number): void {
    this.wallLine.change(this.world.now, rate);
  }

  /** Speed of the monotonic clock, and with it of all timers, from now on. */
  setMonotonicRate(rate: number): void {
    if (!(rate > 0)) {
      throw new Error('a monotonic clock neither stands still nor goes back');
    }
    this.monotonicLine.change(this.world.now, rate);
    this.rateChanged?.();
  }

  /** Both run at true speed, and the wall clock shows true time. */
  setRight(): void {
    this.ahead = WALL_START_MILLISECONDS + this.world.now / 1000 - this.trueWall();
    this.setWallRate(TRUE_RATE);
    if (this.monotonicLine.rate !== TRUE_RATE) {
      this.setMonotonicRate(TRUE_RATE);
    }
  }

  /** The wall clock without its jumps. */
  private trueWall(): number {
    return WALL_START_MILLISECONDS + this.wallLine.at(this.world.now);
  }
}
