import { describe, expect, it } from 'vitest';
import { findBug } from '../bugs/registry.js';
import { faultFreeScenario } from './hunt.js';
import { type RunResult, run } from './run.js';
import type { Scenario } from './scenario.js';

/** The controller is cut off, and the others change a config. */
function cutController(seed: number): Scenario {
  const change = { type: 'configure', topic: 'simulated', key: 'retention.ms' } as const;
  const { clients, ...scenario } = faultFreeScenario(seed, 6000);
  return {
    ...scenario,
    clients: clients.slice(0, 1).map((client) => ({ ...client, think: 40 })),
    choices: [
      {
        name: 'cut',
        when: { at: 1000 },
        act: {
          type: 'partition',
          shape: 'one',
          target: { role: 'controller' },
          direction: 'both',
          clients: true,
          lasts: 4000,
        },
      },
      ...[1, 2, 3, 4].map((count) => ({
        name: `change${count}`,
        when: { at: 1500 + 500 * count },
        act: { ...change, value: `${86_400_000 + count}` },
      })),
    ],
  };
}

function readsOf({ rows }: RunResult): number {
  return rows.filter(({ f, type }) => f === 'metadata' && type === 'ok').length;
}

/** Half of all seeds read. */
const READING = [1, 2, 3, 4, 5, 6];

describe('metadata in the history of a simulated run', () => {
  it('is linearizable, reads of a controller that is cut off included', () => {
    const results = READING.map((seed) => run({ scenario: cutController(seed), bugs: [] }));
    expect(results.map(({ violation }) => violation)).toEqual(READING.map(() => null));
    expect(Math.max(...results.map(readsOf))).toBeGreaterThan(50);
  });

  it('shows a read of a leader that does not ask whether it still leads', () => {
    const bugs = [findBug('read-without-round')!, findBug('no-check-quorum')!];
    const ignoring = new Set(['ReadIndexLinearizable', 'LeaderKeepsQuorum']);
    const violations = READING.map(
      (seed) => run({ scenario: cutController(seed), bugs, ignoring }).violation,
    );
    expect(violations.map((violation) => violation?.property)).toContain(
      'nonlinearizable-metadata',
    );
    expect(violations.find((violation) => violation !== null)?.detail).toMatch(/retention\.ms/);
  });
});
