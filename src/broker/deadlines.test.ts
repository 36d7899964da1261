import { beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../environment/environment.js';
import { SimulatedNode } from '../environment/simulated/environment.js';
import { SimulatedLinks } from '../environment/simulated/network.js';
import { World } from '../environment/simulated/world.js';
import { Deadlines } from './deadlines.js';

let world: World;
let deadlines: Deadlines;

beforeEach(() => {
  world = new World(1);
  const node = new SimulatedNode({ world, links: new SimulatedLinks(world), name: 'n' });
  node.boot((environment: Environment) => {
    deadlines = new Deadlines(environment);
  });
  world.runUntil(1000);
});

const runTo = (milliseconds: number): void => world.runUntil(1000 + milliseconds * 1000);

describe('deadlines', () => {
  test('fire once, in time, each length on its own', () => {
    const fired: number[] = [];
    for (const after of [500, 100, 100, 0, 7000]) {
      deadlines.set(after, () => fired.push(after));
    }
    runTo(99);
    expect(fired).toEqual([0]);
    runTo(101);
    expect(fired).toEqual([0, 100, 100]);
    runTo(502);
    expect(fired).toEqual([0, 100, 100, 500]);
    runTo(6800);
    expect(fired.length).toBe(4);
    runTo(7002);
    expect(fired).toEqual([0, 100, 100, 500, 7000]);
    expect(deadlines.size).toBe(0);
  });

  test('of one length fire each in its own time', () => {
    const fired: string[] = [];
    deadlines.set(100, () => fired.push('a'));
    runTo(30);
    deadlines.set(100, () => fired.push('b'));
    runTo(120);
    expect(fired).toEqual(['a']);
    runTo(132);
    expect(fired).toEqual(['a', 'b']);
  });

  test('do not fire once cancelled, also by one that fires at the same time', () => {
    let fired = 0;
    const first = deadlines.set(100, () => {
      fired++;
      deadlines.cancel(second);
    });
    const second = deadlines.set(100, () => fired++);
    const third = deadlines.set(100, () => fired++);
    deadlines.cancel(third);
    runTo(200);
    expect(fired).toBe(1);
    deadlines.cancel(first);
    expect(deadlines.size).toBe(0);
  });

  test('are let go of when they are cancelled, however far away they are', () => {
    const kept = deadlines.set(0x7fffffff, () => {});
    for (let i = 0; i < 20_000; i++) {
      deadlines.cancel(deadlines.set(0x7fffffff, () => {}));
    }
    expect(deadlines.size).toBeLessThan(600);
    expect(kept.fire).not.toBe(null);
  });

  test('of thousands of lengths need few queues', () => {
    let longest = 0;
    const lengths = new Set<number>();
    for (let after = 2000; after < 12_000; after++) {
      const { length } = deadlines.set(after, () => {});
      lengths.add(length);
      longest = Math.max(longest, 1 - length / after);
    }
    expect(lengths.size).toBeLessThan(300);
    expect(longest).toBeLessThan(1 / 60);
  });
});
