import type { RaftProperty } from './property.js';
import { keptLeading } from './transition.js';

/** A leader never overwrites or drops an entry of its log; it only appends (or compacts). */
export const leaderAppendOnly: RaftProperty = {
  name: 'LeaderAppendOnly',
  source: 'thesis, figure 3.2',
  check(transition) {
    const { before, after } = transition;
    if (before === null || !keptLeading(transition)) {
      return null;
    }
    const kept = before.entries.filter((entry) => entry.index > after.snapshot.index);
    const at = kept.findIndex((entry, i) => after.entries[i] !== entry);
    return at < 0 ? null : `the leader of term ${after.term} lost ${kept[at]!.index}`;
  },
};
