/** Whole brokers in virtual time: the same seed is the same run, and sound brokers hold under faults. */

import { describe, expect, test } from 'vitest';
import { RandomStream } from '../src/environment/simulated/random.js';
import { World } from '../src/environment/simulated/world.js';
import { generateScenario } from '../src/simulator/generate.js';
import { run } from '../src/simulator/run.js';
import type { Scenario } from '../src/simulator/scenario.js';

/** The scenario of a seed with its faults ended early. */
function short(seed: number, configs: Readonly<Record<string, string>> = {}): Scenario {
  const scenario = generateScenario(seed);
  return { ...scenario, duration: 6000, configs: { ...scenario.configs, ...configs } };
}

describe('a seed', () => {
  test('is one run, to the last bit, and another seed is another', () => {
    const first = run({ scenario: short(11), bugs: [] });
    const again = run({ scenario: short(11), bugs: [] });
    expect(again.hash).toBe(first.hash);
    expect(again.hashes).toEqual(first.hashes);
    expect(again.rows).toEqual(first.rows);
    expect(run({ scenario: short(12), bugs: [] }).hash).not.toBe(first.hash);
  });

  test.each([21, 22, 23, 24])(
    '%i holds under faults, and the cluster serves afterwards',
    (seed) => {
      const result = run({ scenario: short(seed), bugs: [] });
      expect(result.violation).toBe(null);
      expect(result.history?.operations.ok).toBeGreaterThan(20);
    },
  );

  test('holds where the metadata log is cut behind snapshots all the time', () => {
    const seen = new Set<string>();
    for (const seed of [31, 32, 33]) {
      const result = run({
        scenario: short(seed, { 'metadata.log.max.record.bytes.between.snapshots': '600' }),
        bugs: [],
        watchers: [() => ({ nodeLogged: (_node, _level, event) => void seen.add(event) })],
      });
      expect(result.violation).toBe(null);
    }
    expect(seen).toContain('metadata.snapshot');
    expect(seen).toContain('metadata.restored');
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
