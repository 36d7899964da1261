import type { RaftProperty } from './property.js';
import type { RaftBefore, RaftTransition } from './transition.js';
import { sameVoter, votes } from './transition.js';

/**
 * A node stands for election or leads only as a voter (id and directory), or as one whose removal is not
 * committed as far as it knows; and it grants a vote only as the voter that the candidate takes it for.
 */
export const onlyVotersVote: RaftProperty = {
  name: 'OnlyVotersVote',
  source: 'KIP-853; thesis, 4.1, 4.2.1 and 4.2.2',
  check(transition) {
    const { after } = transition;
    const { self } = after;
    if (after.role !== 'learner' && !votes(after) && !isBeingRemoved(after)) {
      return `${self.id} is no voter and acts as ${after.role}`;
    }
    const asked = transition.input?.type === 'message' ? transition.input.message : null;
    const isForAnother =
      (asked?.type === 'voteRequest' || asked?.type === 'preVoteRequest') &&
      !sameVoter(asked.voter, self);
    return isForAnother && grants(transition)
      ? `${self.id} grants a vote that another directory was asked for`
      : null;
  },
};

/** Whether the node is a voter of what it knows to be committed. */
function isBeingRemoved(after: RaftTransition['after']): boolean {
  const committed = after.entries.findLast(
    ({ index, configuration }) => configuration !== undefined && index <= after.commitIndex,
  );
  const { voters } = committed?.configuration ?? after.snapshot.configuration;
  return voters.some((voter) => sameVoter(voter, after.self));
}

/** Whether the step said yes to somebody, at once or as soon as its disk allows. */
function grants({ before, effects, after }: RaftTransition): boolean {
  const sent = effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  const waiting = after.waiting.slice(lengthOf(before)).map(({ message }) => message);
  return [...sent, ...waiting].some((message) => 'granted' in message && message.granted);
}

function lengthOf(before: RaftBefore | null): number {
  return before?.waiting.length ?? 0;
}
