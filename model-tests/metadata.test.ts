/** The controller in a world of overlapping commands, lost terms, crashes and snapshots. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metadataBugs } from '../src/bugs/metadata.js';
import {
  cloneControllerState,
  encodeControllerState,
  equalControllerStates,
} from '../src/core/metadata/controller.js';
import { type ControllerRules, createRules } from '../src/core/metadata/rules.js';
import { checkRefold, copyOfPending, settle, startCluster, Violation } from './metadata-cluster.js';
import { CHOICES, type Draw, KINDS, prepare, walk } from './metadata-walk.js';

const rules: ControllerRules = createRules({
  clusterId: 'cluster',
  defaultPartitions: 2,
  defaultReplicationFactor: 2,
  topicDefaults: new Map(),
});

/** Of the clean runs and of the hunts: what a bug is convicted by is clean without it. */
const SEED = 3;
const choice = fc.nat({ max: CHOICES - 1 });
const draws: fc.Arbitrary<Draw[]> = fc.array(
  fc.tuple(fc.nat({ max: KINDS - 1 }), choice, choice, choice),
  { minLength: 20, maxLength: 120, size: 'max' },
);

/** What must have happened somewhere, or the runs prove nothing. */
const EVENTS: readonly string[] = [
  'elected preferred',
  'elected from ISR',
  'elected from ELR',
  'elected last known',
  'elected uncleanly',
  'leaderless',
  'joined',
  'shrunk',
  'recovering',
  'recovered',
  'shutdown granted',
  'move begun',
  'move changed',
  'move given up',
  'moved',
  'leader moved',
  'leader of a move given up',
  ...[0, 3, 38, 39, 85].map((error) => `reassignments ${error}`),
  ...[0, 42, 74, 95, 100, 107].map((error) => `alterPartition partition ${error}`),
  ...[0, 3, 17, 36, 37, 38, 42].map((error) => `topic ${error}`),
  ...['registered 101', 'alterPartition 77', 'heartbeat 77', 'producerIds 77', 'done 102'],
];

function run(steps: readonly Draw[], under: ControllerRules): ReadonlySet<string> {
  const cluster = startCluster(under, 4);
  prepare(cluster);
  for (const step of steps) {
    walk(cluster, step);
  }
  settle(cluster);
  checkRefold(cluster);
  return cluster.seen;
}

/** The name of the property that the run breaks; null: none. */
function broken(steps: readonly Draw[], under: ControllerRules): string | null {
  try {
    run(steps, under);
    return null;
  } catch (error) {
    if (error instanceof Violation) {
      return error.property;
    }
    throw error;
  }
}

describe('the controller', () => {
  test('keeps every property through commands that overlap, lost terms and reloads', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(draws, (steps) => {
        for (const event of run(steps, rules)) {
          seen.add(event);
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
    expect(EVENTS.filter((event) => !seen.has(event))).toEqual([]);
  });

  test('has states whose copies share nothing and whose bytes are canonical', () => {
    fc.assert(
      fc.property(draws, draws, (first, second) => {
        const cluster = startCluster(rules, 4);
        prepare(cluster);
        for (const step of first) {
          walk(cluster, step);
        }
        const original = copyOfPending(cluster);
        const bytes = encodeControllerState(original);
        const copy = cloneControllerState(original);
        for (const step of second.slice(0, 10)) {
          walk(cluster, step);
        }
        for (const broker of copy.image.brokers.values()) {
          broker.fenced = !broker.fenced;
        }
        copy.image.configs.set('2:x', new Map());
        copy.image.features.set('x', 1);
        expect(encodeControllerState(original)).toEqual(bytes);
        expect(equalControllerStates(original, copy)).toBe(false);
      }),
      { seed: 2, numRuns: 20 },
    );
  });
});

describe('the zoo of the controller', () => {
  test.each(metadataBugs.map((bug) => [bug.name, bug] as const))('%s is found', (_, bug) => {
    const wrong: ControllerRules = { ...rules, ...bug.controller };
    const found = fc.check(
      fc.property(draws, (steps) => {
        const property = broken(steps, wrong);
        return property === null || !bug.violates.includes(property);
      }),
      { seed: SEED, numRuns: 200, endOnFailure: true },
    );
    expect(found.failed, `${bug.name} after ${found.numRuns} runs`).toBe(true);
    // A violation of the property that the zoo names, not any crash.
    expect(String(found.errorInstance)).toContain('returning false');
    const steps = found.counterexample?.[0] ?? [];
    expect(broken(steps, rules), 'the same run with the true rule').toBe(null);
  });
});
