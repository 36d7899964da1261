import type { PartitionProperty } from './property.js';

/** TRUNC-HW: as long as no election was unclean, nobody cuts off what it knows to be committed. */
export const truncationNeverBelowHighWatermark: PartitionProperty = {
  name: 'TruncationNeverBelowHighWatermark',
  source: 'KIP-101, KIP-279',
  violation({ before, effects, self }, world) {
    if (world.uncleanElections > 0) {
      return null;
    }
    for (const effect of effects) {
      if (effect.type === 'truncate' && effect.endOffset < before.highWatermark) {
        return `${self} cuts to ${effect.endOffset}, its high watermark is ${before.highWatermark}`;
      }
    }
    return null;
  },
};
