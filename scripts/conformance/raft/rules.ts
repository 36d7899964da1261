/** The production rules in a scope that does without a feature: the feature is switched off at its slot. */

import { type RaftRules, raftRules } from '../../../src/core/raft/rules.js';
import { type Wrong, withWrong } from '../wrong-rules.js';
import type { SpecScope } from './scope.js';

/** `wrong`: rules of a bug, in the place of the right ones. */
export function rulesFor(scope: SpecScope, wrong: Wrong<RaftRules> = {}): RaftRules {
  const rules = withWrong(raftRules, wrong);
  return {
    ...rules,
    ...(scope.preVote ? {} : { asksPreVote: () => false }),
    ...(scope.heedsLeader
      ? {}
      : {
          grantPreVote: (facts) => rules.grantPreVote({ ...facts, leaderHeard: false }),
          disregardsCandidate: (_heard, transfer) => rules.disregardsCandidate(false, transfer),
        }),
  };
}
