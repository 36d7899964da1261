import type { RaftProperty } from './property.js';

/** While it hears a leader, a node neither votes for another nor takes its term. */
export const leaderNotDisturbed: RaftProperty = {
  name: 'LeaderNotDisturbed',
  source: 'thesis, 4.2.3 and 9.6',
  check({ before, input, effects, after }, _world, ghost) {
    if (before === null || input?.type !== 'message') {
      return null;
    }
    const { type, term } = input.message;
    const asked = type === 'voteRequest' || type === 'preVoteRequest';
    if (!asked || !(before.leaderHeard || before.role === 'leader')) {
      return null;
    }
    // The leader of the term before asked for this election itself (3.10).
    if (type === 'voteRequest' && ghost.invited.has(`${input.from}:${term - 1}`)) {
      return null;
    }
    const granted = [...effects.map((effect) => (effect.type === 'send' ? effect.message : null))]
      .concat(after.waiting.slice(before.waiting.length).map(({ message }) => message))
      .some((message) => message !== null && 'granted' in message && message.granted);
    return granted || after.term !== before.term
      ? `${after.self.id} heard its leader and still listened to ${input.from}`
      : null;
  },
};
