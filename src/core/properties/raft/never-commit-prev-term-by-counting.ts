import type { RaftProperty } from './property.js';
import { heldTerm, keptLeading } from './transition.js';

/** A leader advances its commit index only onto an entry of its own term. */
export const neverCommitPrevTermByCounting: RaftProperty = {
  name: 'NeverCommitPrevTermByCounting',
  source: 'thesis, 3.6.2 and figure 3.7',
  check(transition) {
    const { before, after } = transition;
    if (!keptLeading(transition) || after.commitIndex <= before!.commitIndex) {
      return null;
    }
    const term = heldTerm(after, after.commitIndex);
    return term === after.term
      ? null
      : `the leader of ${after.term} committed ${after.commitIndex} of term ${term} by counting`;
  },
};
