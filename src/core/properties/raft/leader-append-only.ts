import type { RaftProperty } from './property.js';
import { keptLeading, keptOf } from './transition.js';

/** A leader never overwrites or drops an entry of its log; it only appends (or compacts). */
export const leaderAppendOnly: RaftProperty = {
  name: 'LeaderAppendOnly',
  source: 'thesis, figure 3.2',
  check(transition) {
    const { before, after } = transition;
    if (before === null || !keptLeading(transition)) {
      return null;
    }
    // What went in front of it is covered by the snapshot.
    const lost = before.entries[keptOf(transition).to];
    return lost === undefined ? null : `the leader of term ${after.term} lost ${lost.index}`;
  },
};
