/** The clients of a run. */

import { Client } from '../../client/client.js';
import { assert } from '../../core/types/assert.js';
import { SimulatedClient, TOPIC } from '../clients.js';
import type { RunContext } from '../context.js';

const SECOND = 1_000_000;

export class Workload {
  private readonly context: RunContext;
  private readonly clients: SimulatedClient[] = [];
  private lastValue = 0;

  constructor(context: RunContext) {
    this.context = context;
  }

  /** Creates the topics of the scenario; there are no faults yet. */
  prepare(): void {
    const { cluster, world } = this.context;
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
          [{ name: TOPIC, partitions: 2, replicationFactor: 3, configs: [] }],
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

  start(): void {
    const { world, recorder, cluster, scenario } = this.context;
    for (const { name } of scenario.clients) {
      const node = cluster.newNode(name);
      const values = (): number => ++this.lastValue;
      const client = new SimulatedClient(world, node, recorder, cluster.bootstrap, 2, values);
      this.clients.push(client);
      client.start();
    }
  }

  /** Service is demanded from now on. */
  markService(): void {}

  /** Names of partitions of existing topics in which no acks=all send was acknowledged since then. */
  unserved(): string[] {
    return [];
  }

  /** No new operations; those under way come to their end. */
  stop(): void {
    for (const client of this.clients) {
      client.stop();
    }
  }

  /** Every partition is read from its start to its end, and one more record is acknowledged in each. */
  readEverything(): void {
    const { world, recorder, cluster } = this.context;
    const node = cluster.newNode('reader');
    const values = (): number => ++this.lastValue;
    const reader = new SimulatedClient(world, node, recorder, cluster.bootstrap, 2, values);
    const before = recorder.acknowledged;
    reader.start();
    world.runUntilTrue(() => recorder.acknowledged > before, world.now + 10 * SECOND);
    reader.beginFinal();
    world.runUntil(world.now + 5 * SECOND);
    reader.stop();
  }
}
