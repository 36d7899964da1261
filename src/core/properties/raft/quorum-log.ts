import { diskHolds } from './ghost.js';
import type { RaftProperty } from './property.js';
import { isMajority, voterKey } from './transition.js';

/**
 * Every committed entry is on the disk of a member of every quorum of the newest committed configuration.
 * Asked where a write reaches a disk or a node starts, of the newest committed entry.
 */
export const quorumLog: RaftProperty = {
  name: 'QuorumLog',
  source: 'thesis, 3.6.3',
  check({ before, input }, _world, ghost) {
    const newest = ghost.committed.at(-1);
    if (newest === undefined || (before !== null && input?.type !== 'persisted')) {
      return null;
    }
    const voters = ghost.configuration?.voters ?? [];
    const { index, term } = newest.entry;
    const lacking = voters.filter((voter) => {
      const disk = ghost.disks.get(voterKey(voter));
      return disk === undefined || !diskHolds(disk, index, term);
    });
    // An entry may be committed by a newer configuration with a voter less, which is not committed itself.
    return !isMajority(lacking.length, voters.length)
      ? null
      : `committed ${index} is missing on ${lacking.length} of ${voters.length} disks`;
  },
};
