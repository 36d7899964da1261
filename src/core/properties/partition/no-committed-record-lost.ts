import { candidates, lacks, type PartitionProperty } from './property.js';

/**
 * ACKALL: what was acknowledged with acks=all is, at its offset and of its epoch, in the log of every
 * running replica that may be elected without loss.
 */
export const noCommittedRecordLost: PartitionProperty = {
  name: 'NoCommittedRecordLost',
  source: 'KIP-101, KIP-966',
  violation(_step, world, ghost) {
    if (world.uncleanElections > 0) {
      return null;
    }
    for (const view of candidates(world)) {
      const missing = lacks(view, ghost.acknowledged.values(), world);
      if (missing !== null) {
        return `acknowledged, but ${missing}`;
      }
    }
    return null;
  },
};
