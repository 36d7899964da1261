/** Draws the cluster of a scenario: brokers, configs, topics, clients, network and disks. */

import type { ClientPlan, DiskPlan, NetworkPlan, TopicPlan } from '../scenario.js';
import { busyEnough, carrying } from './capacity.js';
import { Draws } from './draws.js';

export interface ClusterPlan {
  readonly brokers: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly topics: readonly TopicPlan[];
  readonly clients: readonly ClientPlan[];
  readonly network: NetworkPlan;
  readonly disk: DiskPlan;
  /** Virtual milliseconds, for stories that must be shorter or longer than them. */
  readonly timings: Timings;
}

export interface Timings {
  readonly session: number;
  readonly lag: number;
  readonly election: number;
}

/** Of a topic that nobody is promised anything about: retention may delete what nobody read. */
export const AGING_TOPIC = 'aging';

export function drawCluster(seed: number): ClusterPlan {
  const brokers = [3, 3, 3, 3, 3, 3, 4, 5, 5][new Draws(seed, 'brokers').between(0, 8)]!;
  const timings = drawTimings(seed);
  const topics = drawTopics(seed, brokers);
  const clients = busyEnough(withGaps(seed, withEpochs(seed, drawClients(seed, topics))));
  const load = { topics, clients, network: drawNetwork(seed), disk: drawDisk(seed) };
  const configs = carrying(drawConfigs(seed, timings, topics), load);
  return withRacks(seed, { brokers, configs, ...load, timings });
}

function drawTimings(seed: number): Timings {
  const draws = new Draws(seed, 'timings');
  return {
    session: draws.pick([800, 1500, 1500, 3000]),
    lag: draws.pick([600, 1000, 1500, 3000]),
    election: draws.pick([200, 300, 300, 500]),
  };
}

function drawConfigs(
  seed: number,
  { session, lag, election }: Timings,
  topics: readonly TopicPlan[],
): Record<string, string> {
  const draws = new Draws(seed, 'configs');
  const configs: Record<string, string> = {};
  const set = (name: string, value: number | boolean): void => {
    configs[name] = String(value);
  };
  set('broker.session.timeout.ms', session);
  set('broker.heartbeat.interval.ms', Math.floor(session / 5));
  set('replica.lag.time.max.ms', lag);
  set('controller.quorum.election.timeout.ms', election);
  set('controller.quorum.request.timeout.ms', election + draws.between(0, 500));
  set('replica.fetch.wait.max.ms', draws.pick([30, 100, 200, Math.floor(lag / 3)]));
  set('replica.fetch.backoff.ms', draws.pick([20, 100, 500]));
  set('replica.socket.timeout.ms', draws.pick([500, 1000, 3000]));
  set('request.timeout.ms', draws.pick([500, 1000, 3000]));
  set('replica.high.watermark.checkpoint.interval.ms', draws.pick([100, 500, 2000, 5000]));
  set('log.flush.offset.checkpoint.interval.ms', draws.pick([100, 500, 2000, 60_000]));
  if (draws.percent(25)) {
    // A follower that lags catches up in many steps, and may join at any of them.
    set('replica.fetch.max.bytes', draws.scaled(100, 4000));
    set('replica.fetch.response.max.bytes', draws.scaled(400, 8000));
  }
  if (draws.percent(55)) {
    set('metadata.log.max.record.bytes.between.snapshots', draws.scaled(150, 5000));
  }
  const pieces = new Draws(seed, 'raft messages');
  if (pieces.percent(60)) {
    // A log that comes in many small pieces: what a node holds and what it was told of fall apart.
    set('controller.quorum.fetch.max.bytes', pieces.scaled(1, 2000));
  }
  if (pieces.percent(40)) {
    set('controller.quorum.fetch.snapshot.max.bytes', pieces.scaled(200, 4000));
  }
  if (draws.percent(60)) {
    set('leader.imbalance.check.interval.seconds', draws.between(1, 4));
  } else {
    set('auto.leader.rebalance.enable', false);
  }
  if (topics.some(({ configs: own }) => 'retention.ms' in own || 'retention.bytes' in own)) {
    set('log.retention.check.interval.ms', draws.pick([50, 200, 700]));
  }
  return configs;
}

function drawTopics(seed: number, brokers: number): TopicPlan[] {
  const draws = new Draws(seed, 'topics');
  const topics: TopicPlan[] = [
    {
      name: 'main',
      partitions: draws.pick([1, 1, 2, 2, 3]),
      replicationFactor: 3,
      configs: { 'min.insync.replicas': draws.pick(['2', '2', '2', '2', '2', '1', '3']) },
    },
  ];
  if (draws.percent(45)) {
    // With two copies one lost broker makes eligible leaders, last replicas and elections of neither.
    const replicationFactor = draws.pick([2, 2, 2, 1]);
    topics.push({
      name: 'few',
      partitions: draws.between(1, 2),
      replicationFactor,
      configs: {
        'min.insync.replicas': String(Math.min(draws.pick([1, 2, 2]), replicationFactor)),
      },
    });
  }
  if (draws.percent(25)) {
    topics.push({
      name: 'quiet',
      partitions: draws.between(1, 2),
      replicationFactor: 3,
      configs: { 'min.insync.replicas': '2' },
    });
  }
  if (draws.percent(25)) {
    const bySize = draws.percent(50);
    topics.push({
      name: AGING_TOPIC,
      partitions: 1,
      replicationFactor: draws.percent(70) ? 3 : Math.min(2, brokers),
      configs: {
        'min.insync.replicas': draws.pick(['1', '2']),
        'segment.ms': String(draws.scaled(200, 1600)),
        ...(bySize
          ? { 'retention.bytes': String(draws.scaled(200, 4000)), 'retention.ms': '-1' }
          : { 'retention.ms': String(draws.scaled(100, 2000)) }),
      },
    });
  }
  return topics.map((topic) => withLogConfigs(draws, topic));
}

function withLogConfigs(draws: Draws, topic: TopicPlan): TopicPlan {
  const configs: Record<string, string> = { ...topic.configs };
  if (configs['segment.ms'] === undefined && draws.percent(30)) {
    configs['segment.ms'] = String(draws.scaled(500, 5000));
  }
  if (draws.percent(15)) {
    configs['segment.index.bytes'] = String(draws.between(60, 400));
    configs['index.interval.bytes'] = String(draws.scaled(50, 1000));
  }
  const flushed = draws.between(1, 100);
  if (flushed <= 15) {
    configs['flush.messages'] = draws.pick(['1', '1', '5']);
  } else if (flushed <= 30) {
    configs['flush.ms'] = String(draws.scaled(20, 1000));
  }
  return { ...topic, configs };
}

function drawClients(seed: number, topics: readonly TopicPlan[]): ClientPlan[] {
  const draws = new Draws(seed, 'clients');
  const judged = topics.map(({ name }) => name).filter((name) => name !== AGING_TOPIC);
  const busy = judged.filter((name) => name !== 'quiet');
  const pace = draws.pick([10, 20, 30, 50, 80]);
  const clients: ClientPlan[] = [];
  const add = (plan: Partial<ClientPlan>): void => {
    const idempotent = draws.percent(75);
    clients.push({
      name: `client${clients.length + 1}`,
      kind: 'both',
      topics: draws.percent(60) ? busy : [draws.pick(busy)],
      acks: -1,
      idempotent,
      pipeline: draws.percent(50) ? 1 : draws.between(2, 5),
      think: draws.between(Math.ceil(pace / 2), pace * 2),
      repeatsElsewhere: draws.percent(30),
      nearWrap: idempotent && draws.percent(25),
      ...plan,
    });
  };
  add({ topics: busy });
  const more = draws.between(1, 3);
  for (let i = 0; i < more; i++) {
    const kind = draws.weighted([5, 3, 2, 3]);
    if (kind === 0) {
      add({ kind: 'both' });
    } else if (kind === 1) {
      add({ kind: 'producer' });
    } else if (kind === 2) {
      add({ kind: 'consumer', topics: busy });
    } else {
      const acks = draws.pick([1, 1, 0] as const);
      add({ kind: 'producer', acks, idempotent: false, nearWrap: false });
    }
  }
  if (judged.includes('quiet')) {
    add({ topics: ['quiet'], think: draws.between(400, 3000), pipeline: 1 });
  }
  if (judged.length < topics.length) {
    const plain = { acks: 1, idempotent: false, nearWrap: false } as const;
    add({ kind: 'producer', topics: [AGING_TOPIC], think: draws.between(10, 60), ...plain });
  }
  return clients;
}

/** Some clusters let consumers read from the replica in their rack (KIP-392). */
function withRacks(seed: number, plan: ClusterPlan): ClusterPlan {
  const draws = new Draws(seed, 'racks');
  if (!draws.percent(30)) {
    return plan;
  }
  const selector = 'org.apache.kafka.common.replica.RackAwareReplicaSelector';
  const clients = plan.clients.map((client) => {
    const rack = draws.pick(['rack1', 'rack2']);
    return client.kind !== 'producer' && draws.percent(70) ? { ...client, rack } : client;
  });
  return { ...plan, clients, configs: { ...plan.configs, 'replica.selector.class': selector } };
}

/** Some of those that have a producer id do not wait, and help themselves to the next epoch. */
function withEpochs(seed: number, clients: readonly ClientPlan[]): ClientPlan[] {
  const draws = new Draws(seed, 'producer epochs');
  return clients.map((client) => {
    const raisesEpoch = draws.percent(30);
    return client.idempotent && client.kind !== 'consumer' && raisesEpoch
      ? { ...client, raisesEpoch }
      : client;
  });
}

/** Some pipelines leave batch by batch. Without an id that would only be more sends. */
function withGaps(seed: number, clients: readonly ClientPlan[]): ClientPlan[] {
  const draws = new Draws(seed, 'pipelines with gaps');
  return clients.map((client) => {
    const staggers = draws.percent(40);
    return client.idempotent && client.kind !== 'consumer' && client.pipeline > 1 && staggers
      ? { ...client, staggers }
      : client;
  });
}

function drawNetwork(seed: number): NetworkPlan {
  const draws = new Draws(seed, 'network');
  return {
    baseDelay: draws.scaled(40, 2000),
    jitter: draws.scaled(50, 8000),
    stragglers: draws.percent(50) ? 0 : draws.scaled(1, 200),
  };
}

function drawDisk(seed: number): DiskPlan {
  const draws = new Draws(seed, 'disk');
  return { syncBase: draws.scaled(30, 4000), syncSpread: draws.scaled(100, 20_000) };
}
