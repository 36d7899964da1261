import type { RaftProperty } from './property.js';
import { heldTerm, keptLeading, keptOf } from './transition.js';

/** A leader begins a change only once it has committed an entry of its own term. */
export const changeAfterOwnCommit: RaftProperty = {
  name: 'ChangeAfterOwnCommit',
  source: 'Ongaro, "bug in single-server membership changes" (raft-dev, 2015-07-10)',
  check(transition) {
    const { before, after } = transition;
    if (!keptLeading(transition)) {
      return null;
    }
    const { from, to } = keptOf(transition);
    const added = after.entries
      .slice(to - from)
      .find(({ configuration }) => configuration !== undefined);
    return added === undefined || heldTerm(before!, before!.commitIndex) === after.term
      ? null
      : `the leader of term ${after.term} changes the voters at ${added.index}, though none of its entries is committed`;
  },
};
