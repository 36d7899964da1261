import type { RaftProperty } from './property.js';
import { votes } from './transition.js';

/** A node that is no voter (id and directory) stays a learner and grants nothing. */
export const onlyVotersVote: RaftProperty = {
  name: 'OnlyVotersVote',
  source: 'KIP-853; thesis, 4.2.1 (non-voting members)',
  check({ effects, after }) {
    if (votes(after)) {
      return null;
    }
    if (after.role !== 'learner') {
      return `${after.self.id} is no voter and acts as ${after.role}`;
    }
    const grants = effects.some(
      (effect) => effect.type === 'send' && 'granted' in effect.message && effect.message.granted,
    );
    return grants ? `${after.self.id} is no voter and grants a vote` : null;
  },
};
