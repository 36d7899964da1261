import type { RaftProperty } from './property.js';
import { beganToLead, heldTerm } from './transition.js';

/** An entry committed in term t is in the log of every leader of a term above t. */
export const leaderCompleteness: RaftProperty = {
  name: 'LeaderCompleteness',
  source: 'thesis, figure 3.2',
  check(transition, _world, ghost) {
    const { after } = transition;
    if (!beganToLead(transition)) {
      return null;
    }
    for (let i = ghost.committed.length - 1; i >= 0; i--) {
      const { entry, committedIn } = ghost.committed[i]!;
      if (entry.index <= after.snapshot.index) {
        return null;
      }
      if (committedIn < after.term && heldTerm(after, entry.index) !== entry.term) {
        return `the leader of term ${after.term} lacks ${entry.index}, committed in ${committedIn}`;
      }
    }
    return null;
  },
};
