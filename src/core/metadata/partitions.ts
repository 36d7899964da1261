/** AlterPartition: the leader's changes of its ISR (KIP-497, 841, 903). */

import type { Decision } from '../decider/decider.js';
import { present } from '../types/assert.js';
import { NO_EPOCH, NO_LEADER, type PartitionEpoch } from '../types/ids.js';
import {
  INELIGIBLE_REPLICA,
  INVALID_REQUEST,
  NEW_LEADER_ELECTED,
  NONE,
  STALE_BROKER_EPOCH,
  UNKNOWN_TOPIC_ID,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './error-codes.js';
import { NO_LEADER_CHANGE } from './image.js';
import {
  type ChangeContext,
  decidePartitionChange,
  liveBrokers,
  type PartitionChangeRecord,
} from './partition-change.js';
import type { ControllerRules } from './rules.js';
import type {
  AlterPartitionChange,
  AlterPartitionResult,
  ControllerCommand,
  ControllerResponse,
  ErrorCode,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
} from './types.js';

type Command = Extract<ControllerCommand, { type: 'alterPartition' }>;

/** STALE-EPOCH first (KIP-903): a request of an earlier incarnation says nothing about this one. */
export function alterPartition(
  image: MetadataImage,
  command: Command,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  if (image.brokers.get(command.brokerId)?.epoch !== command.brokerEpoch) {
    const error = STALE_BROKER_EPOCH;
    return { records: [], response: { type: 'alterPartition', error, partitions: [] } };
  }
  const context: ChangeContext = { image, rules, live: liveBrokers(image) };
  const records: MetadataRecord[] = [];
  const partitions: AlterPartitionResult[] = [];
  const seen = new Set<string>();
  for (const change of command.changes) {
    // A second change of one partition could not know the epoch that the first one makes.
    const name = `${change.topicId}/${change.partition}`;
    const error = seen.has(name) ? INVALID_REQUEST : refusal(image, command, change, rules);
    seen.add(name);
    if (error === NONE) {
      partitions.push(accept(context, change, records));
    } else {
      partitions.push(refused(change, error));
    }
  }
  return { records, response: { type: 'alterPartition', error: NONE, partitions } };
}

function refusal(
  image: MetadataImage,
  command: Command,
  change: AlterPartitionChange,
  rules: ControllerRules,
): ErrorCode {
  const topic = image.topics.get(change.topicId);
  if (topic === undefined) {
    return UNKNOWN_TOPIC_ID;
  }
  const partition = topic.partitions.get(change.partition);
  if (partition === undefined) {
    return UNKNOWN_TOPIC_OR_PARTITION;
  }
  const error = rules.acceptAlterPartition(partition, command.brokerId, change);
  if (error !== NONE) {
    return error;
  }
  const eligible = change.newIsr.every(({ brokerId, brokerEpoch }) =>
    rules.mayJoinIsr(image.brokers.get(brokerId), brokerEpoch),
  );
  return eligible ? NONE : INELIGIBLE_REPLICA;
}

function accept(
  context: ChangeContext,
  change: AlterPartitionChange,
  records: MetadataRecord[],
): AlterPartitionResult {
  const topic = present(context.image.topics.get(change.topicId), 'the topic was checked');
  const partition = present(topic.partitions.get(change.partition), 'the partition was checked');
  const record = decidePartitionChange(context, topic, change.partition, partition, {
    isr: change.newIsr.map((member) => member.brokerId),
    recovered: change.leaderRecoveryState === 'recovered',
  });
  if (record === null) {
    return standing(change, partition, NONE, partition.partitionEpoch);
  }
  records.push(record);
  const epoch = (partition.partitionEpoch + 1) as PartitionEpoch;
  if (record.leader !== NO_LEADER_CHANGE) {
    // KIP-455's answer to a leader that its own change has ended: it waits for the metadata.
    return standing(change, partition, NEW_LEADER_ELECTED, epoch);
  }
  return standing(change, changed(partition, record), NONE, epoch);
}

function changed(
  partition: Readonly<PartitionRegistration>,
  record: PartitionChangeRecord,
): Readonly<PartitionRegistration> {
  const recovering = record.leaderRecoveryState === 1 ? 'recovering' : 'recovered';
  return {
    ...partition,
    isr: record.isr ?? partition.isr,
    leaderRecoveryState:
      record.leaderRecoveryState < 0 ? partition.leaderRecoveryState : recovering,
  };
}

function standing(
  change: AlterPartitionChange,
  partition: Readonly<PartitionRegistration>,
  error: ErrorCode,
  partitionEpoch: PartitionEpoch,
): AlterPartitionResult {
  return {
    topicId: change.topicId,
    partition: change.partition,
    error,
    leader: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    leaderRecoveryState: partition.leaderRecoveryState,
    partitionEpoch,
  };
}

function refused(change: AlterPartitionChange, error: ErrorCode): AlterPartitionResult {
  return {
    topicId: change.topicId,
    partition: change.partition,
    error,
    leader: NO_LEADER,
    leaderEpoch: NO_EPOCH,
    isr: [],
    leaderRecoveryState: 'recovered',
    partitionEpoch: -1 as PartitionEpoch,
  };
}
