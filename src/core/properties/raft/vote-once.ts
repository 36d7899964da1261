import { voteIn, votesOf } from './ghost.js';
import type { RaftProperty } from './property.js';
import { voterKey } from './transition.js';

/** At most one vote per node and term; it survives restarts. */
export const voteOnce: RaftProperty = {
  name: 'VoteOnce',
  source: 'thesis, 3.4 and figure 3.1',
  check(transition, _world, ghost) {
    const { before, after } = transition;
    if (before !== null && before.term === after.term && before.votedFor !== null) {
      const kept =
        after.votedFor !== null && voterKey(after.votedFor) === voterKey(before.votedFor);
      if (!kept) {
        return `${after.self.id} changed its vote in term ${after.term}`;
      }
    }
    const promised = votesOf(ghost, after.self.id);
    for (const effect of transition.effects) {
      const candidate = effect.type === 'send' ? voteIn(effect.to, effect.message) : null;
      if (effect.type === 'send' && candidate !== null) {
        const { term } = effect.message;
        const earlier = promised.get(term) ?? candidate;
        if (earlier !== candidate) {
          return `${after.self.id} voted for ${earlier} and ${candidate} in term ${term}`;
        }
      }
    }
    return null;
  },
};
