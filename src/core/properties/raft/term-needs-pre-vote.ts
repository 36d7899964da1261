import type { RaftProperty } from './property.js';
import { isMajority, voterKey } from './transition.js';

/** Nobody raises its term by a candidacy before a majority said that it would vote, or the leader asked for it. */
export const termNeedsPreVote: RaftProperty = {
  name: 'TermNeedsPreVote',
  source: 'thesis, 9.6 and 3.10; KIP-996',
  check({ before, after }, _world, ghost) {
    const began = after.role === 'candidate' && before !== null && after.term > before.term;
    if (!began || ghost.invited.has(`${after.self.id}:${before.term}`)) {
      return null;
    }
    const granted = ghost.preVotes.get(after.self.id)?.get(after.term);
    const { voters } = after.configuration;
    const self = voterKey(after.self);
    const count = voters.filter(
      (voter) => voterKey(voter) === self || granted?.has(voterKey(voter)),
    );
    return isMajority(count.length, voters.length)
      ? null
      : `${after.self.id} raised the term to ${after.term} with ${count.length} pre-votes`;
  },
};
