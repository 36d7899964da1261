/**
 * Safety of the cluster's metadata as predicates. A step is one decision of the controller (one
 * append), or several in a row where a property says so. Nothing here calls a rule of the core, or
 * it would share the rule's mistakes.
 */

import type { MetadataImage, PartitionRegistration, TopicImage } from '../../metadata/types.js';
import { type BrokerId, NO_LEADER, type PartitionIndex } from '../../types/ids.js';
import { type MetadataGhost, offerKey } from './ghost.js';

export interface MetadataStep {
  readonly before: MetadataImage;
  readonly after: MetadataImage;
}

export interface MetadataProperty {
  readonly name: string;
  /** Which KIP or ticket says so. */
  readonly source: string;
  /** What is wrong with the step, in one sentence; null if it holds. */
  readonly violation: (step: MetadataStep, ghost: MetadataGhost) => string | null;
}

/** One partition of a step. */
export interface PartitionStep {
  readonly topic: TopicImage;
  readonly index: PartitionIndex;
  /** undefined: the step created it. */
  readonly before: PartitionRegistration | undefined;
  readonly after: PartitionRegistration;
}

/** The first violation that `judge` finds among the partitions after the step. */
export function firstPartition(
  step: MetadataStep,
  judge: (partition: PartitionStep) => string | null,
): string | null {
  for (const topic of step.after.topics.values()) {
    const known = step.before.topics.get(topic.id)?.partitions;
    for (const [index, after] of topic.partitions) {
      const before = known?.get(index);
      const wrong = judge({ topic, index, before, after });
      if (wrong !== null) {
        return `${topic.name}-${index}: ${wrong}`;
      }
    }
  }
  return null;
}

/** Whether the broker is registered, unfenced and not shutting down. */
export function isLive(image: MetadataImage, id: BrokerId): boolean {
  const broker = image.brokers.get(id);
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
}

/** min.insync.replicas of a topic, read from the image by hand; never more than the replicas. */
export function minIsrOf(
  image: MetadataImage,
  ghost: MetadataGhost,
  topic: TopicImage,
  replicas: number,
): number {
  const name = 'min.insync.replicas';
  const text =
    image.configs.get(`2:${topic.name}`)?.get(name) ?? image.configs.get('4:')?.get(name);
  const value = text === undefined ? ghost.defaults.minInsyncReplicas : Number(text);
  return Math.min(value, replicas);
}

/** unclean.leader.election.enable of a topic, read by hand. */
export function uncleanAllowed(
  image: MetadataImage,
  ghost: MetadataGhost,
  topic: TopicImage,
): boolean {
  const name = 'unclean.leader.election.enable';
  const text =
    image.configs.get(`2:${topic.name}`)?.get(name) ?? image.configs.get('4:')?.get(name);
  return text === undefined ? ghost.defaults.uncleanLeaderElection : text.toLowerCase() === 'true';
}

/** Whether an ISR with `member` in it was asked for on exactly the state before the step. */
export function wasOffered(
  { topic, index, before }: PartitionStep,
  ghost: MetadataGhost,
  member: BrokerId,
): boolean {
  if (before === undefined) {
    return false;
  }
  const key = offerKey(topic.id, index, before.leaderEpoch, before.partitionEpoch);
  return (ghost.offers.get(key) ?? []).some((offer) => offer.has(member));
}

/**
 * Whether the step elected a leader from outside the ISR and the ELR: one that may lack records. Who
 * gets in sync by the very change that ends a move may lead by it.
 */
export function electedUncleanly(partition: PartitionStep, ghost: MetadataGhost): boolean {
  const { before, after } = partition;
  if (before === undefined || after.leader === NO_LEADER || after.leader === before.leader) {
    return false;
  }
  const movesOn = before.removingReplicas.includes(before.leader);
  return (
    !before.isr.includes(after.leader) &&
    !before.elr.includes(after.leader) &&
    !(movesOn && wasOffered(partition, ghost, after.leader))
  );
}

/**
 * Whether `id` registered a new incarnation in this step without the proof of a clean shutdown: the
 * epoch that it had. False where the judge did not see the registration.
 */
export function restartedUncleanly(
  step: MetadataStep,
  ghost: MetadataGhost,
  id: BrokerId,
): boolean {
  const before = step.before.brokers.get(id);
  const after = step.after.brokers.get(id);
  if (after === undefined || before?.incarnationId === after.incarnationId) {
    return false;
  }
  const shown = ghost.shownEpochs.get(after.incarnationId);
  return shown !== undefined && (before === undefined || before.epoch !== shown);
}
