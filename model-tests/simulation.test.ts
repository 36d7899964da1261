/**
 * Whole brokers in virtual time: the same seed is the same run, sound brokers hold under faults, and
 * wrong rules are found by nothing but the clients' histories.
 */

import { describe, expect, test } from 'vitest';
import { findBug } from '../src/bugs/registry.js';
import { RandomStream } from '../src/environment/simulated/random.js';
import { World } from '../src/environment/simulated/world.js';
import { DEFAULT_SIMULATION, simulate } from '../src/simulator/simulation.js';

const SHORT = { ...DEFAULT_SIMULATION, seconds: 8 };

describe('a seed', () => {
  test('is one run, to the last bit, and another seed is another', () => {
    const first = simulate({ ...SHORT, seed: 11 });
    const again = simulate({ ...SHORT, seed: 11 });
    expect(again.hash).toBe(first.hash);
    expect(again.rows).toEqual(first.rows);
    expect(simulate({ ...SHORT, seed: 12 }).hash).not.toBe(first.hash);
  });

  test.each([21, 22, 23, 24])(
    '%i holds under faults, and the cluster serves afterwards',
    (seed) => {
      const run = simulate({ ...SHORT, seed });
      expect(run.result.anomalies).toEqual({});
      expect(run.verdict).toBe('valid');
      expect(run.result.operations.ok).toBeGreaterThan(500);
    },
  );

  test('holds where the metadata log is cut behind snapshots all the time', () => {
    const configs = new Map([['metadata.log.max.record.bytes.between.snapshots', '600']]);
    const seen = new Set<string>();
    for (const seed of [31, 32, 33]) {
      const log = (_node: string, _level: string, event: string): void => void seen.add(event);
      const run = simulate({ ...SHORT, seed, configs, log });
      expect(run.result.anomalies).toEqual({});
      expect(run.verdict).toBe('valid');
    }
    expect(seen).toContain('metadata.snapshot');
    expect(seen).toContain('metadata.restored');
  });

  test('loses what a wrong rule acknowledges too early', () => {
    const bug = findBug('ack-before-high-watermark')!;
    const verdicts = [1, 2, 3].map((seed) =>
      simulate({ ...DEFAULT_SIMULATION, seed, bugs: [bug] }),
    );
    const found = verdicts.filter(({ verdict }) => verdict === 'invalid');
    expect(found.length).toBeGreaterThan(0);
    expect(Object.keys(found[0]!.result.anomalies)).toContain('lost-write');
  });
});

describe('random streams', () => {
  test('keep their values: a seed of yesterday is the same run today', () => {
    const stream = new RandomStream(42, 'network');
    const draws = Array.from({ length: 6 }, () => stream.next());
    expect(draws).toMatchInlineSnapshot(`
      [
        2965496619,
        2855829565,
        1610144753,
        2026259529,
        2309084876,
        2936509582,
      ]
    `);
    const below = new RandomStream(42, 'network');
    expect(Array.from({ length: 8 }, () => below.below(10))).toMatchInlineSnapshot(`
      [
        9,
        5,
        3,
        9,
        6,
        2,
        1,
        9,
      ]
    `);
  });

  test('of two concerns are independent of each other', () => {
    const world = new World(7);
    const alone = Array.from({ length: 5 }, () => world.stream('a').next());
    const other = new World(7);
    const mixed = Array.from({ length: 5 }, () => {
      other.stream('b').next();
      return other.stream('a').next();
    });
    expect(mixed).toEqual(alone);
  });

  test('are uniform enough', () => {
    const stream = new RandomStream(1, 'uniform');
    const counts = new Array(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      counts[stream.below(16)]++;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
