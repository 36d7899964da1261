import type { PartitionRegistration } from '../../metadata/types.js';
import { firstPartition, type MetadataProperty } from './property.js';

/** ISR-CAS rests on it: the partition epoch never goes back and rises with each change. */
export const partitionEpochMonotonic: MetadataProperty = {
  name: 'PartitionEpochMonotonic',
  source: 'KIP-497',
  violation: (step) =>
    firstPartition(step, ({ before, after }) => {
      if (before === undefined || after.partitionEpoch > before.partitionEpoch) {
        return null;
      }
      if (after.partitionEpoch < before.partitionEpoch) {
        return `partition epoch ${after.partitionEpoch} after ${before.partitionEpoch}`;
      }
      return facts(before) === facts(after)
        ? null
        : `it changed within partition epoch ${after.partitionEpoch}`;
    }),
};

function facts(partition: PartitionRegistration): string {
  const { replicas, isr, elr, lastKnownElr, leader, leaderEpoch, leaderRecoveryState } = partition;
  return JSON.stringify([
    replicas,
    isr,
    elr,
    lastKnownElr,
    leader,
    leaderEpoch,
    leaderRecoveryState,
  ]);
}
