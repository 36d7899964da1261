import type { PartitionProperty } from './property.js';

/**
 * TRUNC-HW: as long as no election was unclean, nobody cuts off what it knows to be committed, but for
 * what was lost as documented.
 */
export const truncationNeverBelowHighWatermark: PartitionProperty = {
  name: 'TruncationNeverBelowHighWatermark',
  source: 'KIP-101, KIP-279',
  violation({ before, effects, self }, world, ghost) {
    if (world.uncleanElections > 0) {
      return null;
    }
    for (const effect of effects) {
      // A leader whose log was compacted before it got it knows no epochs without a record any more.
      const cleanedEnd = world.replicas.get(world.leader)?.cleanedEnd ?? 0;
      if (effect.type === 'truncate' && effect.endOffset < cleanedEnd) {
        continue;
      }
      const least = Math.min(before.highWatermark, ghost.lostFrom);
      if (effect.type === 'truncate' && effect.endOffset < least) {
        return `${self} cuts to ${effect.endOffset}, its high watermark is ${before.highWatermark}`;
      }
    }
    return null;
  },
};
