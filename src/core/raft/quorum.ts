/** Counting voters. A node counts for a voter only with that voter's directory (KIP-853). */

import type { BrokerId, LogIndex } from '../types/ids.js';
import { lastIndex, ZERO_INDEX } from './log.js';
import type { Step } from './step.js';
import type { Progress } from './types.js';

/** How many voters it takes in the current configuration. */
export function quorumSize({ state, rules }: Step): number {
  return rules.quorum(state.configuration.voters.length);
}

/** How many voters satisfy `holds`, this node (a voter) counted as one that does. */
export function votersWith(step: Step, holds: (progress: Progress) => boolean): number {
  const { state } = step;
  let count = 0;
  for (const { id } of state.configuration.voters) {
    const progress = votersProgress(step, id);
    if (id === state.self.id || (progress !== null && holds(progress))) {
      count++;
    }
  }
  return count;
}

/** One index per voter: how far its log is known to match, on its disk. */
export function matchedIndexes(step: Step): LogIndex[] {
  const { state, rules } = step;
  return state.configuration.voters.map(({ id }) =>
    id === state.self.id
      ? rules.countsSelf(state.durableIndex, lastIndex(state))
      : (votersProgress(step, id)?.matchIndex ?? ZERO_INDEX),
  );
}

function votersProgress({ state, rules }: Step, id: BrokerId): Progress | null {
  const progress = state.progress.get(id);
  if (progress === undefined) {
    return null;
  }
  const { directoryId } = progress;
  return rules.canVote(state.configuration, { id, directoryId }) ? progress : null;
}
