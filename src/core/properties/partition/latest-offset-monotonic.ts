import type { PartitionProperty } from './property.js';

/** HW-EPOCH: no leader answers ListOffsets(-1) with less than an earlier or equal epoch has. */
export const latestOffsetMonotonic: PartitionProperty = {
  name: 'LatestOffsetMonotonic',
  source: 'KIP-207, KAFKA-2334',
  violation({ after, latest, self }, world, ghost) {
    if (latest === null || world.uncleanElections > 0) {
      return null;
    }
    for (const [epoch, offset] of ghost.latest) {
      if (epoch >= ghost.promisesFrom && epoch <= after.leaderEpoch && offset > latest) {
        return `${self} says ${latest} in epoch ${after.leaderEpoch}, epoch ${epoch} had said ${offset}`;
      }
    }
    return null;
  },
};
