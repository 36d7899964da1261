import type { RaftProperty } from './property.js';
import { keptLeading } from './transition.js';

/** In a term a leader's knowledge of a node's log only grows. */
export const matchIndexMonotonic: RaftProperty = {
  name: 'MatchIndexMonotonic',
  source: 'thesis, figure 3.1 (matchIndex increases monotonically)',
  check(transition) {
    const { before, after } = transition;
    if (before === null || !keptLeading(transition)) {
      return null;
    }
    for (const [id, was] of before.progress) {
      const is = after.progress.get(id);
      if (is?.directoryId === was.directoryId && is.matchIndex < was.matchIndex) {
        return `matchIndex of ${id} fell from ${was.matchIndex} to ${is.matchIndex}`;
      }
    }
    return null;
  },
};
