/** The clients of a run: those of the scenario, and at its end those that demand service and read all. */

import { Client } from '../../client/client.js';
import { assert } from '../../core/types/assert.js';
import type { BrokerId, Offset } from '../../core/types/ids.js';
import type { Environment } from '../../environment/environment.js';
import type { RunContext } from '../context.js';
import { unservable } from '../judges/convergence.js';
import { ClientLoop } from './client-loop.js';
import { Groups } from './groups.js';
import type { Key, KeyTable } from './keys.js';
import { changeType, creatable, creation, isCompacted, isJudged } from './plans.js';
import { CompleteReader, ServiceProbe } from './verification.js';

const SECOND = 1_000_000;
const CREATION_BOUND = 10 * SECOND;
/** In a cluster without faults, for one more record in each partition, and for reading everything. */
const FINAL_BOUND = 10 * SECOND;
/** Milliseconds that clients of the scenario have before service is probed. */
const PROBE_AFTER = 150;

export class Workload {
  readonly groups: Groups;
  private readonly context: RunContext;
  private readonly keys: KeyTable;
  private readonly loops: ClientLoop[] = [];
  private probes: ServiceProbe[] = [];
  /** Where probes run; null before the first. */
  private probing: Environment | null = null;

  constructor(context: RunContext) {
    this.context = context;
    this.keys = context.recorder.keys;
    this.groups = new Groups(context);
  }

  /** Creates the topics of the scenario; there are no faults yet. */
  prepare(): void {
    const { cluster, world, scenario, recorder } = this.context;
    const missing = new Map(scenario.topics.map((plan) => [plan.name, plan]));
    cluster.newNode('admin').boot((environment) => {
      const client = new Client(environment, {
        clientId: 'admin',
        bootstrap: cluster.bootstrap,
        requestTimeout: 1000,
        metadataTimeout: 500,
        maxFrameBytes: 1 << 20,
      });
      const attempt = (): void => {
        const plans = [...missing.values()];
        const recorded = plans.map((plan) => recorder.metadata(creation(plan)));
        client.createTopics(plans.map(creatable), (outcome) => {
          for (const [index, { name }] of plans.entries()) {
            recorded[index]!(changeType(outcome, name));
          }
          for (const { name, type, error } of outcome.type === 'ok' ? outcome.value : []) {
            if (type === 'ok' || error?.name === 'TOPIC_ALREADY_EXISTS') {
              missing.delete(name);
            }
          }
          if (missing.size === 0) {
            client.close();
          } else {
            environment.timers.arm(50, attempt);
          }
        });
      };
      attempt();
    });
    const done = world.runUntilTrue(() => missing.size === 0, CREATION_BOUND);
    assert(done || world.isHalted, 'topics were not created in 10 virtual seconds without faults');
    for (const plan of scenario.topics) {
      const judged = isJudged(this.context, plan);
      this.keys.addTopic(plan.name, plan.partitions, judged, isCompacted(plan));
    }
    this.groups.prepare();
  }

  start(): void {
    const { cluster, scenario } = this.context;
    for (const plan of scenario.clients) {
      cluster.newNode(plan.name).boot((environment) => {
        const loop = new ClientLoop(this.context, environment, plan);
        this.loops.push(loop);
        loop.start();
      });
    }
    this.groups.start();
  }

  /** Service is demanded from now on; partitions that nobody happens to write to are probed. */
  markService(): void {
    this.keys.demandService();
    this.inProbing((environment) => {
      environment.timers.arm(PROBE_AFTER, () => {
        this.probe(
          environment,
          this.keys.openKeys().filter(({ served }) => !served),
          () => {},
        );
      });
    });
  }

  /** Names of partitions of existing topics in which no acks=all send was acknowledged since then. */
  unserved(): string[] {
    return this.keys.unserved();
  }

  /** No new operations; those under way come to their end. */
  stop(): void {
    for (const loop of this.loops) {
      loop.stop();
    }
    for (const probe of this.probes) {
      probe.stop();
    }
    this.groups.stop();
  }

  /**
   * One more record is acknowledged in each partition, and each is read from its start to there. What
   * the committed metadata proves to be out of reach is excused.
   */
  readEverything(): void {
    const { world } = this.context;
    const keys = this.keys.openKeys();
    const ends = new Map<Key, Offset>();
    this.inProbing((environment) => {
      this.probe(environment, keys, (key, offset) => ends.set(key, offset));
    });
    world.runUntilTrue(() => ends.size === keys.length, world.now + FINAL_BOUND);
    const unserved = keys.filter((key) => !ends.has(key));
    this.excuse(unserved, 'acknowledged nothing at the end');
    let reader: CompleteReader | null = null;
    this.inProbing((environment) => {
      const judged = new Map([...ends].filter(([key]) => key.judged));
      reader = new CompleteReader(this.context, environment, judged);
      reader.start();
    });
    const left = (): number => reader?.left.size ?? 1;
    world.runUntilTrue(() => left() === 0, world.now + FINAL_BOUND);
    this.excuse([...((reader as CompleteReader | null)?.left.keys() ?? [])], 'could not be read');
    this.groups.audit();
  }

  private probe(
    environment: Environment,
    keys: readonly Key[],
    done: (key: Key, offset: Offset) => void,
  ): void {
    this.probes = keys.map(
      (key) => new ServiceProbe(this.context, environment, key, (offset) => done(key, offset)),
    );
    for (const probe of this.probes) {
      probe.attempt();
    }
  }

  /** Runs `task` as an event of the node that probes. */
  private inProbing(task: (environment: Environment) => void): void {
    if (this.probing !== null) {
      const environment = this.probing;
      environment.timers.arm(0, () => task(environment));
      return;
    }
    this.context.cluster.newNode('probes').boot((environment) => {
      this.probing = environment;
      task(environment);
    });
  }

  private excuse(keys: readonly Key[], what: string): void {
    const { cluster, world } = this.context;
    if (keys.length === 0 || world.isHalted) {
      return;
    }
    const nodes = cluster.nodes.map(({ name }, index) => ({
      id: (index + 1) as BrokerId,
      name,
      broker: cluster.broker(index),
    }));
    const excused = unservable(nodes);
    for (const { name, partitionName } of keys) {
      if (!excused.has(partitionName)) {
        this.context.violated('Serves', `${partitionName} ${what}`);
        return;
      }
      this.keys.abandoned.add(name);
    }
  }
}
