import type { RaftProperty } from './property.js';
import { heldTerm } from './transition.js';

/** No node drops or replaces an entry that it knows to be committed. */
export const committedAppendOnly: RaftProperty = {
  name: 'CommittedAppendOnly',
  source: 'thesis, 3.6.3',
  check({ before, after }) {
    for (const entry of before?.entries ?? []) {
      if (entry.index > before!.commitIndex) {
        return null;
      }
      const covered = entry.index <= after.snapshot.index;
      if (!covered && heldTerm(after, entry.index) !== entry.term) {
        return `${after.self.id} lost ${entry.index}, which it knew to be committed`;
      }
    }
    return null;
  },
};
