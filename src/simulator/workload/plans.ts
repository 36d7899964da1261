/** What plans of topics mean to those who carry them out. */

import { changeOf, type ResourceChange } from '../../client/answers.js';
import type { Outcome } from '../../client/outcomes.js';
import type { MetadataValue, RowType } from '../../history/rows.js';
import type { RunContext } from '../context.js';
import type { TopicPlan } from '../scenario.js';
import { keepsRecords } from './keys.js';

/** Where group coordinators keep what they know. */
export const OFFSETS_TOPIC = '__consumer_offsets';

/** Whether the history may hold the cluster to what it acknowledges in the topic. */
export function isJudged({ scenario }: RunContext, { name, configs }: TopicPlan): boolean {
  if (scenario.choices.some(({ act }) => act.type === 'deleteRecords' && act.topic === name)) {
    return false;
  }
  if (scenario.atlas === 'beyond') {
    // What deeds change is told from other losses by judges/beyond.ts.
    return keepsRecords(configs, []);
  }
  const changes = scenario.choices.flatMap(({ act }) =>
    act.type === 'configure' && act.topic === name ? [act] : [],
  );
  return keepsRecords(configs, changes);
}

/** Whether every record of the topic needs a key. */
export function isCompacted({ configs }: TopicPlan): boolean {
  return configs['cleanup.policy']?.includes('compact') === true;
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

/** Its creation, as the history tells it. */
export function creation({ name, partitions, configs }: TopicPlan): MetadataValue {
  return { op: 'create', topic: name, partitions, configs };
}

/**
 * What the answer to the change of a topic is for the history. A refusal is no read of the topic: a
 * controller that does not know yet that it was deposed may refuse by what it knew (in Kafka, too).
 */
export function changeType(outcome: Outcome<readonly ResourceChange[]>, name: string): RowType {
  const type = changeOf(outcome, name);
  return type === 'unknown' ? 'info' : type;
}

/** A topic of the brokers' own, which no plan creates and nobody deletes. */
export function isInternal(topic: string): boolean {
  return topic === OFFSETS_TOPIC;
}
