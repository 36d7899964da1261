/** Changes of many partitions at once: a broker comes or goes, leaders return to where they belong. */

import type { Decision } from '../decider/decider.js';
import { type BrokerId, NO_LEADER, type PartitionIndex, type Uuid } from '../types/ids.js';
import {
  ELECTION_NOT_NEEDED,
  ELIGIBLE_LEADERS_NOT_AVAILABLE,
  NONE,
  PREFERRED_LEADER_NOT_AVAILABLE,
  UNKNOWN_TOPIC_OR_PARTITION,
} from './error-codes.js';
import { byNumber, byText, NO_LEADER_CHANGE, sortedEntries } from './image.js';
import {
  type ChangeContext,
  decidePartitionChange,
  liveBrokers,
  type PartitionChangeRecord,
} from './partition-change.js';
import type { ControllerRules } from './rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  ErrorCode,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
  TopicImage,
} from './types.js';

/** Calls `visit` for every partition, in an order that does not depend on history. */
export function forEachPartition(
  image: MetadataImage,
  visit: (topic: TopicImage, index: PartitionIndex, partition: PartitionRegistration) => void,
): void {
  for (const [, topic] of sortedEntries(image.topics, byText)) {
    for (const [index, partition] of sortedEntries(topic.partitions, byNumber)) {
      visit(topic, index, partition);
    }
  }
}

/** Whether `broker` leads any partition. */
export function leadsPartitions(image: MetadataImage, broker: BrokerId): boolean {
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions.values()) {
      if (partition.leader === broker) {
        return true;
      }
    }
  }
  return false;
}

/**
 * The changes when `lost` may be in no ISR and lead nothing (FENCE-OUT). `unclean`: it also came back
 * without a clean shutdown, so it leaves the ELR too.
 */
export function changesOnBrokerLoss(
  image: MetadataImage,
  rules: ControllerRules,
  lost: BrokerId,
  unclean: boolean,
): PartitionChangeRecord[] {
  const live = liveBrokers(image);
  live.delete(lost);
  const context: ChangeContext = { image, rules, live };
  const records: PartitionChangeRecord[] = [];
  forEachPartition(image, (topic, index, partition) => {
    const inIsr = partition.isr.includes(lost) || partition.leader === lost;
    if (!inIsr && !(unclean && partition.elr.includes(lost))) {
      return;
    }
    const isr = rules.isrAfterBrokerLoss(partition.isr, lost);
    const change = unclean ? { isr, uncleanRestart: lost } : { isr };
    const record = decidePartitionChange(context, topic, index, partition, change);
    if (record !== null) {
      records.push(record);
    }
  });
  return records;
}

/** Elections of the partitions without a leader, among the brokers in `live`. */
export function electionsOfLeaderless(
  image: MetadataImage,
  rules: ControllerRules,
  live: ReadonlySet<BrokerId>,
): PartitionChangeRecord[] {
  const context: ChangeContext = { image, rules, live };
  const records: PartitionChangeRecord[] = [];
  forEachPartition(image, (topic, index, partition) => {
    if (partition.leader !== NO_LEADER) {
      return;
    }
    const record = decidePartitionChange(context, topic, index, partition, {});
    if (record !== null) {
      records.push(record);
    }
  });
  return records;
}

interface ElectionResult {
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;
  readonly error: ErrorCode;
}

type Elect = (
  context: ChangeContext,
  topic: TopicImage,
  index: PartitionIndex,
  partition: PartitionRegistration,
  records: MetadataRecord[],
) => ErrorCode;

/** PREFERRED: leaders back to their first replicas, where that is live and in the ISR (KIP-183). */
export function electPreferredLeaders(
  image: MetadataImage,
  { partitions }: Extract<ControllerCommand, { type: 'electPreferredLeaders' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  return electLeaders(image, partitions, rules, electPreferred);
}

/** UNCLEAN: partitions without a leader get one at any price; an operator asked for it (KIP-460). */
export function electUncleanLeaders(
  image: MetadataImage,
  { partitions }: Extract<ControllerCommand, { type: 'electUncleanLeaders' }>,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  return electLeaders(image, partitions, rules, electUnclean);
}

/** For "all partitions" only what was elected is in the response (ElectLeaders leaves out the rest). */
function electLeaders(
  image: MetadataImage,
  partitions: readonly { readonly topicId: Uuid; readonly partition: PartitionIndex }[] | null,
  rules: ControllerRules,
  elect: Elect,
): Decision<MetadataRecord, ControllerResponse> {
  const context: ChangeContext = { image, rules, live: liveBrokers(image) };
  const records: MetadataRecord[] = [];
  const results: ElectionResult[] = [];
  if (partitions === null) {
    forEachPartition(image, (topic, index, partition) => {
      if (elect(context, topic, index, partition, records) === NONE) {
        results.push({ topicId: topic.id, partition: index, error: NONE });
      }
    });
    return { records, response: { type: 'elections', results } };
  }
  const seen = new Set<string>();
  for (const { topicId, partition: index } of partitions) {
    const name = `${topicId}/${index}`;
    if (seen.has(name)) {
      continue;
    }
    seen.add(name);
    const topic = image.topics.get(topicId);
    const partition = topic?.partitions.get(index);
    const error =
      topic === undefined || partition === undefined
        ? UNKNOWN_TOPIC_OR_PARTITION
        : elect(context, topic, index, partition, records);
    results.push({ topicId, partition: index, error });
  }
  return { records, response: { type: 'elections', results } };
}

function electPreferred(
  context: ChangeContext,
  topic: TopicImage,
  index: PartitionIndex,
  partition: PartitionRegistration,
  records: MetadataRecord[],
): ErrorCode {
  const preferred = partition.replicas[0];
  if (preferred === partition.leader) {
    return ELECTION_NOT_NEEDED;
  }
  const change = { preferredLeader: true };
  const record = decidePartitionChange(context, topic, index, partition, change);
  if (record === null || record.leader === NO_LEADER_CHANGE || record.leader !== preferred) {
    return PREFERRED_LEADER_NOT_AVAILABLE;
  }
  records.push(record);
  return NONE;
}

function electUnclean(
  context: ChangeContext,
  topic: TopicImage,
  index: PartitionIndex,
  partition: PartitionRegistration,
  records: MetadataRecord[],
): ErrorCode {
  if (partition.leader !== NO_LEADER) {
    return ELECTION_NOT_NEEDED;
  }
  const record = decidePartitionChange(context, topic, index, partition, { unclean: true });
  if (record === null || record.leader === NO_LEADER_CHANGE) {
    return ELIGIBLE_LEADERS_NOT_AVAILABLE;
  }
  records.push(record);
  return NONE;
}
