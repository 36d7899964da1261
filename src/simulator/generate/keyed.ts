/**
 * In some seeds a topic that is compacted, with small segments and a busy cleaner, a producer of keys and
 * tombstones, and deeds: DeleteRecords, and crashes at the steps of a swap. Drawn from streams of their own.
 */

import type { TriggerEvent } from '../events.js';
import type { Act, Choice, Moment, TopicPlan } from '../scenario.js';
import { AGING_TOPIC, type ClusterPlan } from './cluster.js';
import { Draws } from './draws.js';

/** Of a topic that keeps the newest record of each key; the history does not promise more of it. */
export const KEYED_TOPIC = 'keyed';

/** What a crash can fall into: the whole of a pass. */
const MOMENTS: readonly TriggerEvent[] = [
  'log.cleaning',
  'log.swap-begun',
  'log.swap-begun',
  'log.segment-deleted',
  'log.segment-deleted',
  'log.swap-named',
  'log.swap-named',
  'log.cleaned',
];

/** `cluster`, in some seeds with a compacted topic. */
export function withKeyed(seed: number, cluster: ClusterPlan): ClusterPlan {
  const draws = new Draws(seed, 'compacted topic');
  if (!draws.percent(30)) {
    return cluster;
  }
  const both = draws.percent(40);
  const topic: TopicPlan = {
    name: KEYED_TOPIC,
    partitions: draws.pick([1, 1, 2]),
    replicationFactor: draws.pick([3, 3, 2]),
    configs: {
      'cleanup.policy': both ? 'compact,delete' : 'compact',
      'min.insync.replicas': draws.pick(['1', '2', '2']),
      'segment.ms': String(draws.scaled(50, 800)),
      'min.cleanable.dirty.ratio': draws.pick(['0', '0.2', '0.5']),
      'delete.retention.ms': draws.pick(['0', '0', String(draws.scaled(50, 5000))]),
      'file.delete.delay.ms': draws.pick(['0', '1000']),
      ...(draws.percent(25) ? { 'min.compaction.lag.ms': String(draws.scaled(50, 2000)) } : {}),
      ...(draws.percent(20) ? { 'max.compaction.lag.ms': String(draws.scaled(500, 5000)) } : {}),
      ...(both ? { 'retention.ms': String(draws.scaled(2000, 20_000)) } : {}),
    },
  };
  const configs = {
    'log.retention.check.interval.ms': '500',
    ...cluster.configs,
    'log.cleaner.backoff.ms': String(draws.scaled(20, 1500)),
    'log.cleaner.io.buffer.size': draws.pick(['100', '2000', '524288']),
    ...(draws.percent(30)
      ? { 'log.cleaner.io.max.bytes.per.second': String(draws.scaled(5000, 1_000_000)) }
      : {}),
  };
  const acks = draws.pick([-1, -1, 1] as const);
  const idempotent = acks === -1 && draws.percent(80);
  const client = {
    name: KEYED_TOPIC,
    kind: 'producer' as const,
    topics: [KEYED_TOPIC],
    acks,
    idempotent,
    pipeline: draws.pick([1, 3]),
    think: draws.between(10, 80),
    repeatsElsewhere: false,
    nearWrap: false,
  };
  const { topics, clients } = cluster;
  return { ...cluster, configs, topics: [...topics, topic], clients: [...clients, client] };
}

/** Deeds that concern the start of a log and its compaction; none where nobody would be hit. */
export function drawLogDeeds(seed: number, cluster: ClusterPlan, duration: number): Choice[] {
  const draws = new Draws(seed, 'deeds to logs');
  const choices: Choice[] = [];
  const add = (when: Moment, act: Act): void => {
    choices.push({ name: `log-deeds.${choices.length + 1}`, when, act });
  };
  const named = (name: string) => cluster.topics.find((topic) => topic.name === name);
  const aging = named(AGING_TOPIC);
  const keyed = named(KEYED_TOPIC);
  const deletable = [aging, keyed].flatMap((topic) =>
    topic !== undefined && topic.configs['cleanup.policy'] !== 'compact' ? [topic] : [],
  );
  const deletions = deletable.length > 0 && draws.percent(60) ? draws.between(1, 8) : 0;
  for (let i = 0; i < deletions; i++) {
    const { name: topic, partitions } = draws.pick(deletable);
    const partition = draws.between(0, partitions - 1);
    // Anything but all may end in the middle of a batch.
    const percent = draws.pick([100, 50, 90, draws.between(0, 100), draws.between(0, 100)]);
    const at = draws.between(500, Math.floor(duration * 0.9));
    add({ at }, { type: 'deleteRecords', topic, partition, percent });
    const down = draws.scaled(10, 800);
    const follower = { role: 'follower', topic, partition } as const;
    switch (draws.weighted([3, 3, 2, 2])) {
      case 0: {
        // It misses so much that its log is begun anew at the new start.
        const lasts = draws.scaled(500, 4000);
        const kill = { type: 'crash', power: false, keeps: 'everything' } as const;
        const before = Math.min(draws.between(50, 400), at);
        add({ at: at - before }, { ...kill, target: follower, down: before + lasts });
        break;
      }
      case 1:
        // An empty disk: the same.
        add({ at: at + draws.scaled(1, 500) }, { type: 'wipe', target: follower, down });
        break;
      case 2: {
        const target = { role: 'leader', topic, partition } as const;
        const power = draws.percent(50);
        const after = draws.scaled(1, 200);
        const keeps = power ? 'drawn' : 'everything';
        add({ at: at + after }, { type: 'crash', target, power, keeps, down });
        break;
      }
    }
  }
  const crashes = keyed !== undefined && draws.percent(70) ? draws.between(1, 6) : 0;
  for (let i = 0; i < crashes; i++) {
    const from = draws.between(200, Math.floor(duration * 0.9));
    const when = { on: draws.pick(MOMENTS), nth: draws.pick([1, 1, 2, 3]), after: 0, from };
    const power = draws.percent(60);
    const keeps = power ? draws.pick(['nothing', 'drawn', 'drawn'] as const) : 'everything';
    const down = draws.scaled(10, 1500);
    add(when, { type: 'crash', target: { role: 'subject' }, power, keeps, down });
  }
  return choices;
}
