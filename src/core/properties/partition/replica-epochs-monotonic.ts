import type { PartitionProperty } from './property.js';

/** ISR-CAS: a replica never goes back to an older leader epoch or an older ISR. */
export const replicaEpochsMonotonic: PartitionProperty = {
  name: 'ReplicaEpochsMonotonic',
  source: 'KIP-497, KAFKA-12686',
  violation({ before, after, self }) {
    if (after.leaderEpoch < before.leaderEpoch) {
      return `${self} goes from leader epoch ${before.leaderEpoch} to ${after.leaderEpoch}`;
    }
    return after.partitionEpoch < before.partitionEpoch
      ? `${self} goes from partition epoch ${before.partitionEpoch} to ${after.partitionEpoch}`
      : null;
  },
};
