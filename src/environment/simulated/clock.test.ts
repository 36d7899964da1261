import { describe, expect, it } from 'vitest';
import type { Environment } from '../environment.js';
import { SimulatedNode } from './environment.js';
import { SimulatedLinks } from './network.js';
import { World } from './world.js';

interface Bench {
  readonly world: World;
  readonly node: SimulatedNode;
  readonly environment: Environment;
}

function bench(): Bench {
  const world = new World(1);
  const node = new SimulatedNode({ world, links: new SimulatedLinks(world), name: 'a' });
  let environment: Environment | null = null;
  node.boot((given) => {
    environment = given;
  });
  world.runUntil(10_000);
  return { world, node, environment: environment! };
}

/** Virtual milliseconds from arming until a timer of `after` milliseconds fires. */
function fires({ world, environment }: Bench, after: number, meanwhile: () => void): number {
  const from = world.now;
  let fired = Number.NaN;
  environment.timers.arm(after, () => {
    fired = (world.now - from) / 1000;
  });
  meanwhile();
  world.runUntil(from + 10_000_000);
  return fired;
}

describe('simulated clocks', () => {
  it('jump and drift on the wall without touching the monotonic clock or the timers', () => {
    const made = bench();
    const { clock } = made.environment;
    const [wall, monotonic] = [clock.wall(), clock.monotonic()];
    made.node.clock.jump(-5000);
    expect(clock.wall()).toBe(wall - 5000);
    made.node.clock.setWallRate(2000);
    expect(fires(made, 100, () => {})).toBe(100);
    expect(clock.monotonic()).toBe(monotonic + 10_000);
    expect(clock.wall()).toBe(wall - 5000 + 20_000);
    made.node.clock.setRight();
    expect(clock.wall()).toBe(wall + 10_000);
    expect(made.node.clock.wallRate).toBe(1000);
  });

  it('run at another speed: armed timers follow the monotonic clock, the wall does not', () => {
    const made = bench();
    const { clock } = made.environment;
    const wall = clock.wall();
    expect(fires(made, 100, () => made.node.clock.setMonotonicRate(500))).toBe(200);
    expect(fires(made, 100, () => {})).toBe(200);
    expect(fires(made, 100, () => made.node.clock.setMonotonicRate(4000))).toBe(25);
    // Changed in the middle: half of it was done at the old speed.
    made.node.clock.setRight();
    const late = fires(made, 100, () => {
      made.world.schedule(50_000, 'slower', () => made.node.clock.setMonotonicRate(250));
    });
    expect(late).toBe(50 + 200);
    expect(clock.wall() - wall).toBe(40_000);
  });

  it('never let a monotonic clock go back or stand still', () => {
    const made = bench();
    const { clock } = made.environment;
    let last = clock.monotonic();
    for (const rate of [300, 5000, 1, 1000]) {
      made.node.clock.setMonotonicRate(rate);
      expect(clock.monotonic()).toBe(last);
      made.world.runUntil(made.world.now + 1000);
      expect(clock.monotonic()).toBeGreaterThan(last);
      last = clock.monotonic();
    }
    expect(() => made.node.clock.setMonotonicRate(0)).toThrow(/neither/);
  });

  it('forget timers that were cancelled, whatever became of the speed', () => {
    const made = bench();
    const { timers } = made.environment;
    let fired = 0;
    const handle = timers.arm(10, () => fired++);
    timers.arm(10, () => fired++);
    made.node.clock.setMonotonicRate(2000);
    timers.cancel(handle);
    made.node.clock.setMonotonicRate(500);
    made.world.runUntil(made.world.now + 1_000_000);
    expect(fired).toBe(1);
  });
});
