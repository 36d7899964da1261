import type { RaftProperty } from './property.js';
import { voterKey } from './transition.js';

/** At most one leader per term, ever. */
export const electionSafety: RaftProperty = {
  name: 'ElectionSafety',
  source: 'thesis, figure 3.2',
  check({ after }, _world, ghost) {
    if (after.role !== 'leader') {
      return null;
    }
    const known = ghost.leaders.get(after.term);
    return known !== undefined && known !== voterKey(after.self)
      ? `term ${after.term} is led by ${known} and by ${voterKey(after.self)}`
      : null;
  },
};
