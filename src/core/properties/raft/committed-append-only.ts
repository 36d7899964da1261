import type { RaftState } from '../../raft/types.js';
import type { RaftProperty } from './property.js';
import type { RaftBefore } from './transition.js';
import { heldTerm, keptOf } from './transition.js';

/** No node drops or replaces an entry that it knows to be committed. */
export const committedAppendOnly: RaftProperty = {
  name: 'CommittedAppendOnly',
  source: 'thesis, 3.6.3',
  check(transition) {
    const { before, after } = transition;
    if (before === null) {
      return null;
    }
    const { from, to } = keptOf(transition);
    return lost(before, after, 0, from) ?? lost(before, after, to, before.entries.length);
  },
};

/** What is wrong with the loss of the entries at positions `start` to `end`, not included. */
function lost(before: RaftBefore, after: RaftState, start: number, end: number): string | null {
  for (let i = start; i < end; i++) {
    const { index, term } = before.entries[i]!;
    const covered = index <= after.snapshot.index;
    if (index <= before.commitIndex && !covered && heldTerm(after, index) !== term) {
      return `${after.self.id} lost ${index}, which it knew to be committed`;
    }
  }
  return null;
}
