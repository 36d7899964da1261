/** For tests: a small cluster to which nothing is done, and a client of it. */

import type { ClientPlan, Scenario } from './scenario.js';

export const TEST_TOPIC: string = 'simulated';

/** Sends and polls every 10 ms; is promised everything. */
export function testClient(name: string, changes: Partial<ClientPlan> = {}): ClientPlan {
  return {
    name,
    kind: 'both',
    topics: [TEST_TOPIC],
    acks: -1,
    idempotent: true,
    pipeline: 1,
    think: 10,
    repeatsElsewhere: false,
    nearWrap: false,
    ...changes,
  };
}

/** Three brokers, one partition of three replicas, two clients, one second. */
export function testScenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    format: 1,
    seed: 7,
    brokers: 3,
    configs: {},
    topics: [{ name: TEST_TOPIC, partitions: 1, replicationFactor: 3, configs: {} }],
    clients: [testClient('client1'), testClient('client2')],
    network: { baseDelay: 80, jitter: 400, stragglers: 0 },
    disk: { syncBase: 100, syncSpread: 900 },
    duration: 1000,
    atlas: 'within',
    choices: [],
    ...changes,
  };
}
