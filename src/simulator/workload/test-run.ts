/** A run without judges, for tests of the workload: what the clients' history shows by itself. */

import { findBug } from '../../bugs/registry.js';
import { check } from '../../checker/check.js';
import type { CheckResult } from '../../checker/result.js';
import { present } from '../../core/types/assert.js';
import { World } from '../../environment/simulated/world.js';
import { SimulatedCluster } from '../cluster.js';
import type { Phase, RunContext } from '../context.js';
import { Deeds } from '../deeds/deeds.js';
import { Ledger } from '../deeds/ledger.js';
import { VoterBook } from '../deeds/voters.js';
import { Probes } from '../probes.js';
import { Recorder } from '../recorder.js';
import type { Choice, ClientPlan, Outcome, TopicPlan } from '../scenario.js';
import { testClient, testScenario } from '../test-scenario.js';
import { Triggers } from '../triggers.js';
import type { Watcher } from '../watch.js';
import { Watching } from '../watching.js';
import { Workload } from './workload.js';

export const TOPIC: TopicPlan = {
  name: 'main',
  partitions: 3,
  replicationFactor: 3,
  configs: { 'min.insync.replicas': '2' },
};

export const CLIENT: ClientPlan = testClient('client', { topics: ['main'], pipeline: 5, think: 4 });

export interface TestRun {
  readonly recorder: Recorder;
  readonly history: CheckResult;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly violations: readonly string[];
  readonly hash: string;
}

/** `milliseconds` of main phase, two seconds in which the cluster comes to rest, and the final reads. */
export function testRun(options: {
  readonly seed: number;
  readonly clients: readonly ClientPlan[];
  readonly topics?: readonly TopicPlan[];
  readonly choices?: readonly Choice[];
  readonly milliseconds: number;
  readonly bug?: string;
  readonly watcher?: Watcher;
}): TestRun {
  const { seed, clients, topics = [TOPIC], choices = [], milliseconds, bug, watcher } = options;
  const scenario = testScenario({ seed, topics, clients, duration: milliseconds, choices });
  const world = new World(seed);
  const watching = new Watching();
  const cluster = new SimulatedCluster({
    world,
    brokers: 3,
    voters: 3,
    bugs: bug === undefined ? [] : [present(findBug(bug), 'a bug of the zoo')],
    configs: new Map(),
    watching,
  });
  const recorder = new Recorder(world);
  const violations: string[] = [];
  let phase: Phase = 'boot';
  const context: RunContext = {
    scenario,
    world,
    cluster,
    recorder,
    watching,
    ledger: new Ledger(world),
    voters: new VoterBook(cluster),
    phase: () => phase,
    lost: () => {},
    violated: (property, detail) => {
      violations.push(`${property}: ${detail}`);
    },
  };
  const deeds = new Deeds(context);
  const probes = new Probes(context);
  const workload = new Workload(context);
  watching.add(context.voters);
  watching.add(probes);
  watching.add(new Triggers(context, probes));
  watching.add(deeds);
  if (watcher !== undefined) {
    watching.add(watcher);
  }
  for (let index = 0; index < scenario.brokers; index++) {
    cluster.start(index);
  }
  const pass = (time: number): void => world.runUntil(world.now + time * 1000);
  workload.prepare();
  phase = 'main';
  recorder.phase('main');
  workload.start();
  deeds.begin();
  pass(milliseconds);
  deeds.end();
  phase = 'heal';
  workload.markService();
  pass(2000);
  violations.push(...workload.unserved().map((name) => `unserved: ${name}`));
  workload.stop();
  pass(1000);
  phase = 'final';
  recorder.phase('final');
  workload.readEverything();
  const { abandoned } = recorder.keys;
  const history = check(recorder.rows, { minimumAcknowledged: 1, abandoned });
  return { recorder, history, outcomes: deeds.outcomes, violations, hash: world.hash() };
}
