import type { RaftProperty } from './property.js';

/** Within an incarnation the commit index never falls. */
export const commitMonotonic: RaftProperty = {
  name: 'CommitMonotonic',
  source: 'thesis, figure 3.1 (commitIndex increases monotonically)',
  check({ before, after }) {
    return before !== null && after.commitIndex < before.commitIndex
      ? `commit fell from ${before.commitIndex} to ${after.commitIndex}`
      : null;
  },
};
