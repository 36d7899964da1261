import type { RaftProperty } from './property.js';
import { voterKey } from './transition.js';

/** No log holds an entry of a term that nobody has won. */
export const candidateTermNotInLog: RaftProperty = {
  name: 'CandidateTermNotInLog',
  source: 'thesis, 3.4 (only a leader creates entries)',
  check({ after }, _world, ghost) {
    const term = after.entries.at(-1)?.term;
    if (term === undefined || ghost.leaders.has(term)) {
      return null;
    }
    const leads = after.role === 'leader' && after.term === term;
    return leads ? null : `${voterKey(after.self)} holds an entry of term ${term}, led by nobody`;
  },
};
