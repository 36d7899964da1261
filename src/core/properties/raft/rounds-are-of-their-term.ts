import type { RaftProperty } from './property.js';

/**
 * An answer that names a round of heartbeats goes to the leader of its term. The answer to an older leader bears a newer term: if
 * that one leads it by then, after a restart, its rounds have begun anew, and one that it has yet to begin would be confirmed.
 */
export const roundsAreOfTheirTerm: RaftProperty = {
  name: 'RoundsAreOfTheirTerm',
  source: 'thesis, 6.4, step 3 (the leader learns that nobody has a newer term)',
  check({ effects }, _world, ghost) {
    for (const effect of effects) {
      if (effect.type !== 'send' || effect.message.type !== 'appendEntriesReply') {
        continue;
      }
      const { round, term } = effect.message;
      const leader = ghost.leaders.get(term);
      if (round > 0 && leader?.startsWith(`${effect.to}:`) !== true) {
        return `round ${round} is answered in term ${term} to ${effect.to}; it is led by ${leader ?? 'nobody'}`;
      }
    }
    return null;
  },
};
