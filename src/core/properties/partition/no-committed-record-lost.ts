import { lackOfCandidates } from './ghost.js';
import type { PartitionProperty } from './property.js';

/**
 * ACKALL: what was acknowledged with acks=all is, at its offset and of its epoch, in the log of every
 * running replica that may be elected without loss.
 */
export const noCommittedRecordLost: PartitionProperty = {
  name: 'NoCommittedRecordLost',
  source: 'KIP-101, KIP-966',
  violation(step, world, ghost) {
    if (world.uncleanElections > 0) {
      return null;
    }
    const missing = lackOfCandidates(ghost, 'acknowledged', step, world);
    return missing === null ? null : `acknowledged, but ${missing}`;
  },
};
