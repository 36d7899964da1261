/** What plans of topics mean to those who carry them out. */

import type { RunContext } from '../context.js';
import type { TopicPlan } from '../scenario.js';
import { keepsRecords } from './keys.js';

/** Whether the history may hold the cluster to what it acknowledges in the topic. */
export function isJudged({ scenario }: RunContext, { name, configs }: TopicPlan): boolean {
  const changes = scenario.choices.flatMap(({ act }) =>
    act.type === 'configure' && act.topic === name ? [act] : [],
  );
  return keepsRecords(configs, changes);
}

/** A plan as the client wants it. */
export function creatable({ name, partitions, replicationFactor, configs }: TopicPlan): {
  name: string;
  partitions: number;
  replicationFactor: number;
  configs: { name: string; value: string }[];
} {
  const entries = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
  return { name, partitions, replicationFactor, configs: entries };
}
