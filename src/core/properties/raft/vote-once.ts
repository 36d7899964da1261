import { voteIn, votesOf } from './ghost.js';
import type { RaftProperty } from './property.js';
import { sameVoter, voterKey } from './transition.js';

/** At most one vote per node and term; it survives restarts. */
export const voteOnce: RaftProperty = {
  name: 'VoteOnce',
  source: 'thesis, 3.4 and figure 3.1',
  check(transition, _world, ghost) {
    const { before, after } = transition;
    if (before !== null && before.term === after.term && before.votedFor !== null) {
      if (!sameVoter(after.votedFor, before.votedFor)) {
        return `${after.self.id} changed its vote in term ${after.term}`;
      }
    }
    for (const effect of transition.effects) {
      const candidate = effect.type === 'send' ? voteIn(effect.to, effect.message) : null;
      if (effect.type === 'send' && candidate !== null) {
        const { term } = effect.message;
        const earlier = votesOf(ghost, voterKey(after.self)).get(term) ?? candidate;
        if (earlier !== candidate) {
          return `${after.self.id} voted for ${earlier} and ${candidate} in term ${term}`;
        }
      }
    }
    return null;
  },
};
