/**
 * One seed: a cluster, clients and faults in virtual time, then healing, then the verdict of the
 * history checker. The same seed gives the same run, to the last byte.
 */

import type { Bug } from '../bugs/bug.js';
import { check } from '../checker/check.js';
import type { CheckResult } from '../checker/result.js';
import { Client } from '../client/client.js';
import { assert } from '../core/types/assert.js';
import type { LogLevel } from '../environment/environment.js';
import { World } from '../environment/simulated/world.js';
import type { Row } from '../history/rows.js';
import { SimulatedClient, TOPIC } from './clients.js';
import { SimulatedCluster } from './cluster.js';
import { Faults } from './faults.js';
import { Recorder } from './recorder.js';
import { Watching } from './watching.js';

export interface SimulationOptions {
  readonly seed: number;
  readonly brokers: number;
  readonly clients: number;
  readonly partitions: number;
  /** Virtual seconds of faults. */
  readonly seconds: number;
  readonly bugs: readonly Bug[];
  /** Configs over those of every simulated broker. */
  readonly configs?: ReadonlyMap<string, string>;
  readonly log?: (node: string, level: LogLevel, event: string, fields?: object) => void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly verdict: CheckResult['verdict'];
  readonly result: CheckResult;
  readonly rows: readonly Row[];
  readonly events: number;
  readonly virtualSeconds: number;
  /** Of every event, draw, frame and answer. */
  readonly hash: string;
  readonly faults: ReadonlyMap<string, number>;
}

const SECOND = 1_000_000;
const HEALING_SECONDS = 10;

export const DEFAULT_SIMULATION: Omit<SimulationOptions, 'seed'> = {
  brokers: 3,
  clients: 3,
  partitions: 2,
  seconds: 20,
  bugs: [],
};

export function simulate(options: SimulationOptions): SimulationResult {
  const { seed, brokers, clients, partitions, bugs, configs, log } = options;
  const watching = new Watching();
  if (log !== undefined) {
    watching.add({
      nodeLogged: (node, level, event, fields) => log(node.name, level, event, fields),
    });
  }
  const world = new World(seed);
  const cluster = new SimulatedCluster({
    world,
    brokers,
    bugs,
    configs: configs ?? new Map(),
    watching,
  });
  const recorder = new Recorder(world);
  for (let index = 0; index < brokers; index++) {
    cluster.start(index);
  }
  createTopic(cluster, partitions);
  recorder.phase('main');
  let lastValue = 0;
  const all = Array.from({ length: clients }, (_, index) => {
    const node = cluster.newNode(`client${index + 1}`);
    return new SimulatedClient(world, node, recorder, cluster.bootstrap, partitions, () => {
      return ++lastValue;
    });
  });
  for (const client of all) {
    client.start();
  }
  const faults = new Faults(cluster, recorder);
  faults.start();
  world.runUntil(world.now + options.seconds * SECOND);
  faults.healAll();
  world.runUntil(world.now + (HEALING_SECONDS / 2) * SECOND);
  for (const client of all) {
    client.stop();
  }
  // Operations that are under way come to their end.
  world.runUntil(world.now + 2 * SECOND);
  recorder.phase('final');
  readEverything(cluster, recorder, partitions, () => ++lastValue);
  const result = check(recorder.rows, { minimumAcknowledged: 1 });
  return {
    seed,
    verdict: result.verdict,
    result,
    rows: recorder.rows,
    events: world.events,
    virtualSeconds: world.now / SECOND,
    hash: world.hash(),
    faults: faults.counts,
  };
}

/** A client of its own makes the topic before the faults begin. */
function createTopic(cluster: SimulatedCluster, partitions: number): void {
  const { world } = cluster;
  let created = false;
  cluster.newNode('admin').boot((environment) => {
    const client = new Client(environment, {
      clientId: 'admin',
      bootstrap: cluster.bootstrap,
      requestTimeout: 1000,
      metadataTimeout: 500,
      maxFrameBytes: 1 << 20,
    });
    const attempt = (): void => {
      client.createTopics(
        [{ name: TOPIC, partitions, replicationFactor: 3, configs: [] }],
        (outcome) => {
          const change = outcome.type === 'ok' ? outcome.value[0] : undefined;
          if (change?.type === 'ok' || change?.error?.name === 'TOPIC_ALREADY_EXISTS') {
            created = true;
            return;
          }
          environment.timers.arm(50, attempt);
        },
      );
    };
    attempt();
  });
  const done = world.runUntilTrue(() => created, 10 * SECOND);
  assert(done, 'a cluster without faults did not create a topic in 10 virtual seconds');
}

/** Reads all partitions from the start to their ends, and sends once more: the cluster must serve. */
function readEverything(
  cluster: SimulatedCluster,
  recorder: Recorder,
  partitions: number,
  values: () => number,
): void {
  const { world } = cluster;
  const reader = new SimulatedClient(
    world,
    cluster.newNode('reader'),
    recorder,
    cluster.bootstrap,
    partitions,
    values,
  );
  const before = recorder.acknowledged;
  reader.start();
  world.runUntilTrue(() => recorder.acknowledged > before, world.now + HEALING_SECONDS * SECOND);
  reader.beginFinal();
  world.runUntil(world.now + (HEALING_SECONDS / 2) * SECOND);
  reader.stop();
}
