import type { RaftProperty } from './property.js';
import { voterKey } from './transition.js';

/** A node's term never falls, and survives a restart once anybody heard of it. */
export const termMonotonic: RaftProperty = {
  name: 'TermMonotonic',
  source: 'thesis, 3.3 and figure 3.1',
  check({ before, after }, _world, ghost) {
    const floor = before?.term ?? ghost.termsTold.get(voterKey(after.self)) ?? 0;
    return after.term < floor ? `term ${floor} fell to ${after.term}` : null;
  },
};
