/** Who takes part in elections while the voters change. */

import { configurationAt } from './log.js';
import type { RaftRules } from './rules.js';
import type { RaftState } from './types.js';

type Standing = Pick<RaftState, 'self' | 'configuration' | 'commitIndex' | 'snapshot' | 'entries'>;

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
  const { configuration } = configurationAt(state, state.commitIndex);
  return configuration !== state.configuration && rules.canVote(configuration, state.self);
}
