import type { RaftProperty } from './property.js';
import { isMajority, keptLeading, voterKey } from './transition.js';

/** A leader that no majority answered within an election timeout leads no more. */
export const leaderKeepsQuorum: RaftProperty = {
  name: 'LeaderKeepsQuorum',
  source: 'thesis, 6.2; KAFKA-15489',
  check(transition, _world, ghost) {
    const { input, after } = transition;
    const checked = input?.type === 'timerFired' && input.name === 'checkQuorum';
    if (!checked || !keptLeading(transition)) {
      return null;
    }
    const heard = ghost.heard.get(after.self.id);
    const { voters } = after.configuration;
    const self = voterKey(after.self);
    const active = voters.filter(
      (voter) => voterKey(voter) === self || heard?.has(voterKey(voter)),
    );
    return isMajority(active.length, voters.length)
      ? null
      : `${after.self.id} leads on, though ${active.length} of ${voters.length} answer`;
  },
};
