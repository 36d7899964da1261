/** A partition as the judges of a run speak of it. */

import type { PartitionGhost } from '../../core/properties/partition/ghost.js';
import type { PartitionWorld } from '../../core/properties/partition/property.js';
import type { BrokerId, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { Shadow } from './shadow.js';

/** A partition as its judge knows it. */
export interface JudgedPartition {
  readonly topicId: Uuid;
  readonly topic: string;
  readonly partition: PartitionIndex;
  readonly ghost: PartitionGhost;
  /** By broker: every replica that was ever opened. */
  readonly shadows: ReadonlyMap<BrokerId, Shadow>;
  readonly world: Readonly<PartitionWorld>;
}

/** As people and brokers say. */
export function nameOf({ topic, partition }: JudgedPartition): string {
  return `${topic}-${partition}`;
}

/** As the atlas and the ledger name it. */
export function keyOf({ topicId, partition }: JudgedPartition): string {
  return `${topicId}/${partition}`;
}
