import type { PartitionRegistration } from '../../metadata/types.js';
import type { BrokerId } from '../../types/ids.js';
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
      return sameFacts(before, after)
        ? null
        : `it changed within partition epoch ${after.partitionEpoch}`;
    }),
};

function sameFacts(a: PartitionRegistration, b: PartitionRegistration): boolean {
  return (
    a.leader === b.leader &&
    a.leaderEpoch === b.leaderEpoch &&
    a.leaderRecoveryState === b.leaderRecoveryState &&
    sameMembers(a.isr, b.isr) &&
    sameMembers(a.elr, b.elr) &&
    sameMembers(a.lastKnownElr, b.lastKnownElr) &&
    sameMembers(a.replicas, b.replicas)
  );
}

function sameMembers(a: readonly BrokerId[], b: readonly BrokerId[]): boolean {
  return a === b || (a.length === b.length && a.every((member, at) => member === b[at]));
}
