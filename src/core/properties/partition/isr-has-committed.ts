import { candidates, lacks, type PartitionProperty } from './property.js';

/**
 * StrongIsr and ELR-HAS-ALL: whatever was below the high watermark of any leader is in the log of
 * every running member of ISR and ELR.
 */
export const isrHasCommitted: PartitionProperty = {
  name: 'IsrHasCommitted',
  source: 'KIP-966; hachikuji/kafka-specification, StrongIsr',
  violation(_step, world, ghost) {
    if (world.uncleanElections > 0) {
      return null;
    }
    for (const view of candidates(world)) {
      const missing = lacks(view, ghost.committed.values(), world);
      if (missing !== null) {
        return `committed, but ${missing}`;
      }
    }
    return null;
  },
};
