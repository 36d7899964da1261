import { votesOf } from './ghost.js';
import type { RaftProperty } from './property.js';
import { beganToLead, isMajority, sameVoter, voterKey } from './transition.js';

/** Who begins to lead has the votes of a majority of the voters of its configuration, directories included. */
export const leaderHasVotes: RaftProperty = {
  name: 'LeaderHasVotes',
  source: 'thesis, 3.4 and 4.1; KIP-853',
  check(transition, _world, ghost) {
    const { after } = transition;
    if (!beganToLead(transition)) {
      return null;
    }
    const { self, term } = after;
    const { voters } = after.configuration;
    const inFavour = voters.filter(
      (voter) => sameVoter(voter, self) || votesOf(ghost, voterKey(voter)).get(term) === self.id,
    );
    return isMajority(inFavour.length, voters.length)
      ? null
      : `${self.id} leads term ${term} with ${inFavour.length} of ${voters.length} votes`;
  },
};
