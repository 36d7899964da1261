import { lackOfCandidates } from './ghost.js';
import type { PartitionProperty } from './property.js';

/**
 * StrongIsr and ELR-HAS-ALL: whatever was below the high watermark of any leader is in the log of
 * every running member of ISR and ELR.
 */
export const isrHasCommitted: PartitionProperty = {
  name: 'IsrHasCommitted',
  source: 'KIP-966; hachikuji/kafka-specification, StrongIsr',
  violation(step, world, ghost) {
    if (world.uncleanElections > 0) {
      return null;
    }
    const missing = lackOfCandidates(ghost, 'committed', step, world);
    return missing === null ? null : `committed, but ${missing}`;
  },
};
