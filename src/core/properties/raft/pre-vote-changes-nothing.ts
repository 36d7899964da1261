import type { RaftProperty } from './property.js';

/** A pre-vote changes no durable state of the node that is asked. */
export const preVoteChangesNothing: RaftProperty = {
  name: 'PreVoteChangesNothing',
  source: 'thesis, 9.6; KIP-996',
  check({ before, input, effects, after }) {
    const asked = input?.type === 'message' && input.message.type === 'preVoteRequest';
    if (!asked || before === null) {
      return null;
    }
    const same = before.term === after.term && before.votedFor === after.votedFor;
    return same && effects.every((effect) => effect.type !== 'persist')
      ? null
      : `${after.self.id} changed its durable state for a pre-vote`;
  },
};
