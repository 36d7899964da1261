/**
 * Draws when a topic is deleted and created again under its name with other configs, and then once more: what
 * brokers remember of the configs of the topic before must not be done to the one that is there now.
 */

import type { Choice } from '../scenario.js';
import { AGING_TOPIC, type ClusterPlan } from './cluster.js';
import { Draws } from './draws.js';
import { KEYED_TOPIC } from './keyed.js';

/** In some seeds `cluster` looks often whether retention has something to do. */
export function withRecreations(seed: number, cluster: ClusterPlan): ClusterPlan {
  const { draws, are } = drawn(seed);
  const often = { 'log.retention.check.interval.ms': draws.pick(['100', '300']) };
  return are ? { ...cluster, configs: { ...often, ...cluster.configs } } : cluster;
}

/** A judged topic loses its records soon in its life between; in the last one it keeps them all. */
export function drawRecreations(seed: number, cluster: ClusterPlan, duration: number): Choice[] {
  const { draws, are } = drawn(seed);
  if (!are) {
    return [];
  }
  const own: readonly string[] = [AGING_TOPIC, KEYED_TOPIC];
  const judged = cluster.topics.filter(({ name }) => !own.includes(name));
  const { name: topic, replicationFactor } = draws.pick(judged);
  const minimum = (): string => String(draws.between(1, replicationFactor));
  const fading = draws.pick([
    { 'retention.ms': String(draws.scaled(50, 1000)) },
    { 'retention.bytes': String(draws.scaled(50, 1000)) },
    { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' },
  ] as const);
  const between = {
    ...fading,
    'segment.ms': String(draws.scaled(50, 500)),
    'min.insync.replicas': minimum(),
    'max.message.bytes': String(draws.between(500_000, 1_000_000)),
  };
  // Without any of its own it has the brokers', and nothing comes with it that could make anybody look.
  const last = draws.percent(75) ? {} : { 'min.insync.replicas': minimum() };
  const first = draws.between(200, Math.floor(duration * 0.6));
  const second = first + draws.between(800, 4000);
  return [
    { name: 'recreation-1', when: { at: first }, act: act(draws, topic, between) },
    { name: 'recreation-2', when: { at: second }, act: act(draws, topic, last) },
  ];
}

function act(
  draws: Draws,
  topic: string,
  configs: Readonly<Record<string, string>>,
): Extract<Choice['act'], { type: 'recreateTopic' }> {
  return { type: 'recreateTopic', topic, pause: draws.scaled(1, 500), configs };
}

function drawn(seed: number): { readonly draws: Draws; readonly are: boolean } {
  const draws = new Draws(seed, 'recreations');
  return { draws, are: draws.percent(20) };
}
