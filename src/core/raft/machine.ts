/** One Raft node as a state machine: the door through which every input enters. */

import type { RaftRules } from './rules.js';
import type { RaftEffect, RaftInput, RaftState } from './types.js';

/** One transition: mutates `state`, appends to `effects`, decides by `rules`. */
export function stepRaft(
  state: RaftState,
  input: RaftInput,
  effects: RaftEffect[],
  rules: RaftRules,
): void {
  throw new Error(
    `not built yet: ${state.role} ${input.type} ${effects.length} ${rules.quorum(1)}`,
  );
}
