import type { Entry } from '../../raft/types.js';
import type { RaftProperty } from './property.js';
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
    const gone = (entry: Entry): boolean =>
      entry.index <= before.commitIndex &&
      entry.index > after.snapshot.index &&
      heldTerm(after, entry.index) !== entry.term;
    const lost = before.entries.slice(0, from).find(gone) ?? before.entries.slice(to).find(gone);
    return lost === undefined
      ? null
      : `${after.self.id} lost ${lost.index}, which it knew to be committed`;
  },
};
