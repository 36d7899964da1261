import type { DeciderState } from '../../decider/decider.js';

/**
 * State is a fold of its log: with everything committed, what the active decider decides on equals
 * what every node has. Returns what is wrong, or null. Of any decider, with its own `equal`.
 */
export function pendingEqualsCommitted<State, Response>(
  decider: DeciderState<State, Response>,
  equal: (a: State, b: State) => boolean,
): string | null {
  const { active } = decider;
  if (active === null || active.pendingOffset > decider.committedOffset) {
    return null;
  }
  if (active.waiters.length > 0) {
    return `${active.waiters.length} responses wait for nothing`;
  }
  return equal(active.pending, decider.committed)
    ? null
    : `everything is committed up to ${decider.committedOffset}, yet pending differs`;
}
