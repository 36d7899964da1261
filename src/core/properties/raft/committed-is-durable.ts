import { diskHolds } from './ghost.js';
import type { RaftProperty } from './property.js';
import { heldTerm, isMajority, keptLeading, voterKey } from './transition.js';

/** What a leader commits is on the disks of a majority of voters. */
export const committedIsDurable: RaftProperty = {
  name: 'CommittedIsDurable',
  source: 'thesis, 3.8 and 10.2.1',
  check(transition, _world, ghost) {
    const { before, after } = transition;
    if (!keptLeading(transition) || after.commitIndex <= before!.commitIndex) {
      return null;
    }
    const { voters } = after.configuration;
    const term = heldTerm(after, after.commitIndex);
    const holders = voters.filter((voter) => {
      const disk = ghost.disks.get(voterKey(voter));
      return disk !== undefined && term !== null && diskHolds(disk, after.commitIndex, term);
    });
    return isMajority(holders.length, voters.length)
      ? null
      : `${after.commitIndex} was committed with ${holders.length} of ${voters.length} disks`;
  },
};
