import { committedAt, newestCommitted } from './ghost.js';
import type { RaftProperty } from './property.js';
import { sameEntry } from './transition.js';

/** What is applied at an index never differs between nodes, nor leaves anything out. */
export const stateMachineSafety: RaftProperty = {
  name: 'StateMachineSafety',
  source: 'thesis, figure 3.2',
  check({ before, effects }, _world, ghost) {
    let applied: number = before?.commitIndex ?? 0;
    for (const effect of effects) {
      if (effect.type === 'restore') {
        const { index, term } = effect.snapshot;
        const known = committedAt(ghost, index);
        if (known === null || known.entry.term !== term) {
          return `a snapshot of ${index}, which was never committed in term ${term}`;
        }
        applied = index;
      } else if (effect.type === 'committed') {
        for (const entry of effect.entries) {
          if (entry.base !== applied + 1) {
            return `${entry.base} is applied behind ${applied}`;
          }
          applied = entry.index;
          const known = committedAt(ghost, entry.index);
          const differs = known === null ? entry.index < newestCommitted(ghost) : false;
          if (differs || (known !== null && !sameEntry(known.entry, entry))) {
            return `another entry than ${entry.index} of term ${entry.term} was committed there`;
          }
        }
      }
    }
    return null;
  },
};
