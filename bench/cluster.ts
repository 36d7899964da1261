/** A cluster of broker processes to be measured, and what is asked of it outside the measured paths. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ClientAdapter } from '../chaos/client-adapter.js';
import { LocalCluster } from '../src/cli/local-cluster.js';
import type { PartitionState } from '../src/client/client.js';
import type { Address } from '../src/client/routes.js';
import type { BrokerId, PartitionIndex } from '../src/core/types/ids.js';

/** Between two tries of something that the cluster may not be ready for. */
const RETRY_MILLISECONDS = 10;
const LIMIT_MILLISECONDS = 60_000;

/** As bench/peer.sh: what the comparison with Kafka sets; everything else has its default. */
const CONFIGS: ReadonlyMap<string, string> = new Map([
  ['offsets.topic.num.partitions', '10'],
  ['group.initial.rebalance.delay.ms', '0'],
  ['auto.create.topics.enable', 'false'],
]);

export class BenchCluster {
  readonly cluster: LocalCluster;
  private clients = 0;

  private constructor(cluster: LocalCluster) {
    this.cluster = cluster;
  }

  /** Ports and identities only; `cluster.start()` starts the processes. */
  static async create(brokers: number): Promise<BenchCluster> {
    const binary = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
    const options = { brokers, firstPort: 0, directory: null, configs: CONFIGS, binary };
    return new BenchCluster(await LocalCluster.create(options));
  }

  static async running(brokers: number): Promise<BenchCluster> {
    const cluster = await BenchCluster.create(brokers);
    await cluster.cluster.start();
    return cluster;
  }

  get pids(): number[] {
    return this.cluster.ids.map((id) => this.cluster.pid(id)!);
  }

  get addresses(): Address[] {
    return this.cluster.bootstrap.map((address) => {
      const [host, port] = address.split(':') as [string, string];
      return { host, port: Number(port) };
    });
  }

  /** `requestTimeout`: milliseconds after which an attempt is given up. */
  client(requestTimeout: number = 10_000): ClientAdapter {
    return new ClientAdapter({
      clientId: `bench-${++this.clients}`,
      bootstrap: this.addresses,
      requestTimeout,
      metadataTimeout: Math.min(1000, requestTimeout),
      firstAddress: this.clients,
    });
  }

  /** Creates a topic with all brokers as replicas; resolves once every replica is in sync. */
  async createTopic(client: ClientAdapter, name: string, partitions: number): Promise<void> {
    const replicationFactor = this.cluster.ids.length;
    const topic = { name, partitions, replicationFactor, configs: [] };
    await until(`topic ${name} is not created`, async () => {
      const outcome = await client.createTopics([topic]);
      const made = outcome.type === 'ok' ? outcome.value[0] : undefined;
      return made?.type === 'ok' || made?.error?.name === 'TOPIC_ALREADY_EXISTS';
    });
    await until(`the replicas of ${name} are not in sync`, async () => {
      const states = await this.partitions(client, name);
      const inSync = states.filter(({ isr, leader }) => {
        return leader >= 0 && isr.length === replicationFactor;
      });
      return inSync.length === partitions;
    });
  }

  async partitions(client: ClientAdapter, topic: string): Promise<readonly PartitionState[]> {
    const outcome = await client.describeCluster([topic]);
    return outcome.type === 'ok' ? outcome.value.partitions : [];
  }

  /** Where the leader of each partition is. */
  async leaders(client: ClientAdapter, topic: string): Promise<Map<PartitionIndex, Address>> {
    const states = await this.partitions(client, topic);
    const { addresses, cluster } = this;
    return new Map(
      states.map(({ partition, leader }) => [partition, addresses[cluster.ids.indexOf(leader)]!]),
    );
  }

  /** The leader of the metadata quorum: of the newest term in the brokers' logs. */
  controller(): BrokerId {
    let newest = -1;
    let controller = -1;
    for (const id of this.cluster.ids) {
      for (const line of readFileSync(this.cluster.logFile(id), 'utf8').split('\n')) {
        if (line.includes('"raft.role"')) {
          const { term, leader } = JSON.parse(line) as { term: number; leader: number | null };
          if (leader !== null && term >= newest) {
            newest = term;
            controller = leader;
          }
        }
      }
    }
    return controller as BrokerId;
  }

  async close(): Promise<void> {
    await this.cluster.close();
  }
}

/** Tries until `holds` says true. Rejects with `otherwise` after a minute. */
export async function until(otherwise: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MILLISECONDS;
  while (!(await holds())) {
    if (performance.now() > end) {
      throw new Error(otherwise);
    }
    await sleep(RETRY_MILLISECONDS);
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
