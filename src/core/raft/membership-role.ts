/** Who takes part in elections while the voters change. */

import { configurationAt } from './log.js';
import type { RaftRules } from './rules.js';
import type { RaftState } from './types.js';

type Standing = Pick<
  RaftState,
  'self' | 'configuration' | 'configurationIndex' | 'commitIndex' | 'snapshot' | 'entries'
>;

/** A voter of the configuration in force, with its directory. */
export function isVoter(
  state: Pick<Standing, 'self' | 'configuration'>,
  rules: RaftRules,
): boolean {
  return rules.canVote(state.configuration, state.self);
}

/**
 * Whether the node may stand for election: as a voter, or as one that was removed by a configuration
 * that is not committed, as far as it knows. The latter may be the only one that can be elected (4.2.2);
 * it does not count itself.
 */
export function takesPart(state: Standing, rules: RaftRules): boolean {
  if (isVoter(state, rules)) {
    return true;
  }
  if (state.configurationIndex <= state.commitIndex) {
    // The one in force is the newest that is committed. Learners ask this with every message of the leader.
    return false;
  }
  const { configuration } = configurationAt(state, state.commitIndex);
  return rules.canVote(configuration, state.self);
}
