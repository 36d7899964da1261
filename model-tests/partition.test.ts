import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partitionBugs } from '../src/bugs/partition.js';
import { type PartitionRules, partitionRules } from '../src/core/partition/rules.js';
import { partitionProperties } from '../src/core/properties/partition/all.js';
import { walkPartition } from './partition-walk.js';
import type { WorldOptions } from './partition-world.js';

const STEPS = 400;

/** The kinds of worlds, by seed, so that a seed alone names a run. */
function optionsOf(seed: number): WorldOptions {
  return {
    minIsr: [2, 2, 1, 3][seed % 4]!,
    unclean: seed % 5 === 4,
    retention: seed % 7 === 6,
  };
}

/** First seed from `from` on, of `count`, whose run violates `property`; null: none. */
function huntFor(
  property: string,
  rules: PartitionRules,
  from: number,
  count: number,
): number | null {
  const judged = partitionProperties.filter(({ name }) => name === property);
  for (let seed = from; seed < from + count; seed++) {
    if (walkPartition(seed, STEPS, optionsOf(seed), rules, judged).property === property) {
      return seed;
    }
  }
  return null;
}

describe('a partition in a closed world', () => {
  test('keeps every property in any run, and comes to rest when it is healed', () => {
    const unclean: number[] = [];
    let acknowledged = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
        const result = walkPartition(seed, STEPS, optionsOf(seed), partitionRules);
        acknowledged += result.acknowledged;
        unclean.push(result.uncleanElections);
        expect(result.detail).toBe('');
      }),
      { numRuns: 300, seed: 20_260_101, endOnFailure: true },
    );
    // Else the runs were too quiet to say anything.
    expect(acknowledged).toBeGreaterThan(3_000);
    expect(unclean.filter((count) => count > 0).length).toBeGreaterThan(5);
  });

  test('keeps every property in long runs', () => {
    for (let seed = 0; seed < 10; seed++) {
      const result = walkPartition(seed, 4_000, optionsOf(seed), partitionRules);
      expect(result.detail).toBe('');
    }
  });

  // Both judges see every step of every run of this file; here they are asked about all properties.
  test('is judged the same by who looks at everything and by who looks at what changed', () => {
    let violated = 0;
    for (const bug of partitionBugs) {
      const rules = { ...partitionRules, ...bug.partition };
      for (let seed = 0; seed < 20; seed++) {
        violated += walkPartition(seed, STEPS, optionsOf(seed), rules).property === null ? 0 : 1;
      }
    }
    expect(violated).toBeGreaterThan(100);
  });

  test('runs the same way from the same seed', () => {
    const run = () => walkPartition(11, STEPS, optionsOf(11), partitionRules);
    expect(run()).toEqual(run());
  });
});

/** Rare ones: where a hunt from seed 0 would take too long for every day. */
const startOf: Readonly<Record<string, number>> = {
  'deleted-past-taken-for-same/NoDuplicateSequence': 400,
  'deleted-past-taken-for-same/Converges': 3_400,
  'log-begins-inside-no-batch/Converges': 400,
  'stale-broker-epoch/IsrHasCommitted': 300,
  'stale-broker-epoch/NoCommittedRecordLost': 2_200,
};

describe('the zoo', () => {
  for (const bug of partitionBugs) {
    for (const property of bug.violates) {
      test(`${bug.name} violates ${property}; the same run is clean without it`, () => {
        const from = startOf[`${bug.name}/${property}`] ?? 0;
        const seed = huntFor(property, { ...partitionRules, ...bug.partition }, from, 200);
        expect(seed).not.toBeNull();
        const clean = walkPartition(seed!, STEPS, optionsOf(seed!), partitionRules);
        expect(clean.detail).toBe('');
      });
    }
  }

  test('names each of its bugs once, with a rule that differs', () => {
    expect(new Set(partitionBugs.map(({ name }) => name)).size).toBe(partitionBugs.length);
    for (const bug of partitionBugs) {
      for (const [slot, variant] of Object.entries(bug.partition ?? {})) {
        expect(partitionRules).toHaveProperty(slot);
        expect(variant).not.toBe(partitionRules[slot as keyof PartitionRules]);
      }
    }
  });
});
