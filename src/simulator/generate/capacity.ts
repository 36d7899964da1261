/**
 * How much the clients send: enough to prove something, and no more than a follower can fetch. A cluster
 * must be in sync again within the bound of healing, and its clients do not rest meanwhile: with limits of
 * a fetch that carry less than they send, no broker could do it, and the run would only say that.
 */

import type { ClientPlan, DiskPlan, NetworkPlan, TopicPlan } from '../scenario.js';

/** Of a batch in a log, on average: 61 of its header, and a few short records. */
const BATCH_BYTES = 100;
/**
 * A follower takes records so many times as fast as they come. One that lost all of 20 seconds, and was
 * kept down for 10 more while the others healed, needs 30 / (6 - 1) = 6 of the 10 seconds that it has.
 */
const HEADROOM = 6;
/**
 * Sends per second that wait for all replicas, as planned. A client does one thing at a
 * time: of 20 seconds most are spent waiting for leaders, answers and time limits in a run with many faults,
 * and less than a fifth of what was planned is acknowledged in the worst.
 */
const LEAST_SENDS = 12;
/** Of the operations of a client of both kinds so many are sends (client-loop.ts). */
const SENDS_OF_BOTH = 0.6;

const PARTITION_LIMIT = 'replica.fetch.max.bytes';
const RESPONSE_LIMIT = 'replica.fetch.response.max.bytes';

/** What capacity depends on. */
export interface Load {
  readonly topics: readonly TopicPlan[];
  readonly clients: readonly ClientPlan[];
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
}

/** The same configs; drawn limits of a fetch that are too small for the load are just large enough. */
export function carrying(
  configs: Readonly<Record<string, string>>,
  load: Load,
): Readonly<Record<string, string>> {
  if (configs[PARTITION_LIMIT] === undefined) {
    return configs;
  }
  const { topics, network, disk } = load;
  const roundTrip = (2 * network.baseDelay + network.jitter) / 1000;
  const sync = (disk.syncBase + disk.syncSpread / 2) / 1000;
  let ofPartition = 0;
  let ofAll = 0;
  for (const { name, partitions, configs: own } of topics) {
    // With flush.messages the next fetch waits for the sync of what the last one brought.
    const time = roundTrip + (own['flush.messages'] === undefined ? 0 : sync);
    const bytes = HEADROOM * batchesPerPartition(load, name) * time * BATCH_BYTES;
    ofPartition = Math.max(ofPartition, bytes);
    // One broker may lead all of them.
    ofAll += bytes * partitions;
  }
  return {
    ...configs,
    ...atLeast(configs, PARTITION_LIMIT, ofPartition),
    ...atLeast(configs, RESPONSE_LIMIT, ofAll),
  };
}

/** The same clients; where they would hardly send anything that counts, the first one is quicker. */
export function busyEnough([first, ...others]: readonly ClientPlan[]): ClientPlan[] {
  const lacking = LEAST_SENDS - others.reduce((sum, client) => sum + sendsOf(client), 0);
  const slowest = Math.floor((1000 * shareOf(first!)) / Math.max(lacking, 1));
  return [{ ...first!, think: Math.min(first!.think, slowest) }, ...others];
}

function sendsOf(client: ClientPlan): number {
  return client.acks === -1 ? (1000 * shareOf(client)) / client.think : 0;
}

/** Of its operations so many are sends. */
function shareOf({ kind }: ClientPlan): number {
  return { producer: 1, both: SENDS_OF_BOTH, consumer: 0 }[kind];
}

/** Batches per millisecond that the clients send to each partition of the topic, if nobody makes them wait. */
function batchesPerPartition({ topics, clients }: Load, topic: string): number {
  let sum = 0;
  for (const client of clients) {
    if (client.topics.includes(topic)) {
      const partitions = topics
        .filter(({ name }) => client.topics.includes(name))
        .reduce((count, plan) => count + plan.partitions, 0);
      // One half of the sends of a pipeline are one batch, the others 1 to `pipeline`.
      const batches = client.pipeline === 1 ? 1 : 0.5 + (1 + client.pipeline) / 4;
      sum += (shareOf(client) * batches) / client.think / partitions;
    }
  }
  return sum;
}

function atLeast(
  configs: Readonly<Record<string, string>>,
  name: string,
  bytes: number,
): Record<string, string> {
  const whole = Math.ceil(bytes / BATCH_BYTES) * BATCH_BYTES;
  // The first batch of an answer is sent whatever the limit says (KIP-74).
  const enough = whole <= BATCH_BYTES || Number(configs[name] ?? whole) >= whole;
  return enough ? {} : { [name]: String(whole) };
}
