/** Sees the cluster from outside, past all links: who leads what, who is in sync, who controls. */

import type { PartitionState } from '../src/client/client.js';
import { ClientAdapter } from './client-adapter.js';
import type { BrokerNumber, Target } from './targets/target.js';

const PATIENCE_MS = 700;
/** A new voter is brought up to date before the answer comes. */
const DESK_PATIENCE_MS = 5_000;

export interface ClusterView {
  /** As the newest leader epoch that any broker knows has it. */
  readonly partitions: readonly PartitionState[];
  readonly controller: BrokerNumber | null;
  /** Brokers that answered. */
  readonly answering: readonly BrokerNumber[];
}

export class Observer {
  private readonly target: Target;
  private readonly topics: () => readonly string[];
  private readonly clients: ClientAdapter[];
  private readonly desk: ClientAdapter;

  constructor(target: Target, topics: () => readonly string[]) {
    this.target = target;
    this.topics = topics;
    this.desk = new ClientAdapter({
      clientId: 'operator',
      bootstrap: target.direct,
      requestTimeout: DESK_PATIENCE_MS,
      metadataTimeout: PATIENCE_MS,
    });
    this.clients = target.direct.map(
      (address) =>
        new ClientAdapter({
          clientId: 'observer',
          bootstrap: [address],
          requestTimeout: PATIENCE_MS,
          metadataTimeout: PATIENCE_MS,
        }),
    );
  }

  /** Who asks the cluster for changes of its quorum, and for moves. */
  get operator(): ClientAdapter {
    return this.desk;
  }

  async look(): Promise<ClusterView> {
    const { brokers } = this.target;
    const [views, healths] = await Promise.all([
      Promise.all(this.clients.map((client) => client.describeCluster(this.topics()))),
      Promise.all(brokers.map((broker) => this.target.health(broker))),
    ]);
    const controllers = brokers.filter((_, index) => healths[index]?.controller === true);
    const newest = new Map<string, PartitionState>();
    const answering: BrokerNumber[] = [];
    for (const [index, broker] of brokers.entries()) {
      const view = views[index];
      if (view?.type !== 'ok') {
        continue;
      }
      answering.push(broker);
      for (const partition of view.value.partitions) {
        const key = `${partition.topic}-${partition.partition}`;
        const known = newest.get(key);
        const fresher =
          known === undefined ||
          partition.leaderEpoch > known.leaderEpoch ||
          // The controller knows of a change of the ISR first.
          (partition.leaderEpoch === known.leaderEpoch && controllers.includes(broker));
        if (fresher) {
          newest.set(key, partition);
        }
      }
    }
    return { partitions: [...newest.values()], controller: controllers.at(-1) ?? null, answering };
  }

  /** Whether every broker answers, one controls, and every partition has all replicas in sync. */
  async isHealthy(): Promise<boolean> {
    const view = await this.look();
    return (
      view.answering.length === this.target.brokers.length &&
      view.controller !== null &&
      view.partitions.length > 0 &&
      view.partitions.every(
        ({ leader, isr, replicas }) => leader >= 0 && isr.length === replicas.length,
      )
    );
  }

  close(): void {
    this.desk.close();
    for (const client of this.clients) {
      client.close();
    }
  }
}
