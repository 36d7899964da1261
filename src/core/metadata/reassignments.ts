/** AlterPartitionReassignments: partitions move to other brokers, or give the move up (KIP-455, KIP-860). */

import type { Decision } from '../decider/decider.js';
import type { BrokerId } from '../types/ids.js';
import { uncleanElectionAllowed } from './effective-configs.js';
import {
  INVALID_REPLICA_ASSIGNMENT,
  INVALID_REPLICATION_FACTOR,
  INVALID_REQUEST,
  NO_REASSIGNMENT_IN_PROGRESS,
  NONE,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './error-codes.js';
import {
  type ChangeContext,
  decidePartitionChange,
  liveBrokers,
  type PartitionChange,
} from './partition-change.js';
import type { Refusal } from './refusal.js';
import type { ControllerRules } from './rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
  ReassignedPartition,
  ReassignmentResult,
  TopicImage,
} from './types.js';

type Command = Extract<ControllerCommand, { type: 'alterPartitionReassignments' }>;

/** Each partition on its own: one that is refused keeps nobody else from moving. */
export function alterPartitionReassignments(
  image: MetadataImage,
  command: Command,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  const context: ChangeContext = { image, rules, live: liveBrokers(image) };
  const records: MetadataRecord[] = [];
  const results: ReassignmentResult[] = [];
  const seen = new Set<string>();
  for (const asked of command.partitions) {
    const { topic: name, partition: index } = asked;
    const key = `${name}/${index}`;
    const refusal = seen.has(key)
      ? { error: INVALID_REQUEST, message: 'the partition is in the request twice' }
      : reassign(context, asked, command.allowReplicationFactorChange, records);
    seen.add(key);
    const { error, message } = refusal ?? { error: NONE, message: null };
    results.push({ topic: name, partition: index, error, message });
  }
  return { records, response: { type: 'reassignments', results } };
}

function reassign(
  context: ChangeContext,
  asked: ReassignedPartition,
  factorMayChange: boolean,
  records: MetadataRecord[],
): Refusal | null {
  const { image } = context;
  const id = image.topicIds.get(asked.topic);
  const topic = id === undefined ? undefined : image.topics.get(id);
  const partition = topic?.partitions.get(asked.partition);
  if (topic === undefined || partition === undefined) {
    return { error: UNKNOWN_TOPIC_OR_PARTITION, message: 'The partition does not exist.' };
  }
  const change =
    asked.replicas === null
      ? cancellation(context, topic, partition)
      : movement(context, partition, asked.replicas, factorMayChange);
  if ('error' in change) {
    return change;
  }
  const record = decidePartitionChange(context, topic, asked.partition, partition, change);
  if (record !== null) {
    records.push(record);
  }
  return null;
}

function movement(
  { image, rules }: ChangeContext,
  partition: Readonly<PartitionRegistration>,
  target: readonly BrokerId[],
  factorMayChange: boolean,
): PartitionChange | Refusal {
  const error = INVALID_REPLICA_ASSIGNMENT;
  if (target.length === 0) {
    return { error, message: 'a partition needs at least one replica' };
  }
  if (new Set(target).size !== target.length) {
    return { error, message: `the replicas ${target} have a broker twice` };
  }
  const unknown = target.find((id) => !image.brokers.has(id));
  if (unknown !== undefined) {
    return { error, message: `the replicas name broker ${unknown}, which is not there` };
  }
  // Of the target that is being moved to, where a move is under way.
  const factor = partition.replicas.length - partition.removingReplicas.length;
  if (!factorMayChange && target.length !== factor) {
    const message = `${target.length} replicas instead of ${factor}, and the number may not change`;
    return { error: INVALID_REPLICATION_FACTOR, message };
  }
  return { assignment: rules.assignmentTowards(partition, target) };
}

function cancellation(
  { image, rules }: ChangeContext,
  topic: TopicImage,
  partition: Readonly<PartitionRegistration>,
): PartitionChange | Refusal {
  if (partition.addingReplicas.length === 0 && partition.removingReplicas.length === 0) {
    const message = 'No partition reassignment is in progress.';
    return { error: NO_REASSIGNMENT_IN_PROGRESS, message };
  }
  const unclean = uncleanElectionAllowed(image, rules.settings, topic.name);
  if (!rules.mayRevert(partition) && !unclean) {
    return {
      error: INVALID_REPLICA_ASSIGNMENT,
      message:
        'only replicas that are being added hold all records: to give them up needs an unclean ' +
        'election, which the topic does not allow (unclean.leader.election.enable)',
    };
  }
  return { assignment: rules.assignmentReverted(partition) };
}
