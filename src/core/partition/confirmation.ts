/**
 * Whether a leader still is one, for reads that must not be older than what was acknowledged before they were asked.
 * A leader that was paused or cut off cannot know by itself, and clocks prove nothing (thesis, 6.4.1, on leases). As
 * by the read index (thesis, 6.4, step 3) it asks, after the read has come: not a majority but its whole in-sync set,
 * of which any successor is one.
 */

import type { BrokerId, LeaderEpoch } from '../types/ids.js';
import { minIsr } from './leader.js';
import type { PartitionRules } from './rules.js';
import type { EpochEntry, PartitionState } from './types.js';

/**
 * Who must say that it knows no newer leader; null: none can prove it. With fewer in sync than the minimum a successor
 * may come from those that have left (KIP-966, eligible leader replicas).
 */
export function whoConfirms(
  state: PartitionState,
  rules: PartitionRules,
): readonly BrokerId[] | null {
  const { leaderState } = state;
  if (leaderState === null || state.isr.length < minIsr(state, rules)) {
    return null;
  }
  const maximal = rules.maximalIsr(state.isr, leaderState.inflight);
  return maximal.filter((id) => id !== state.self);
}

/**
 * What a replica says to that. Its log counts besides its metadata, which begin behind after a restart: whatever a
 * newer leader has acknowledged stands in the log of each that was in sync.
 */
export function knowsNoNewerLeader(
  state: { readonly leaderEpoch: LeaderEpoch; readonly epochs: readonly EpochEntry[] },
  asked: LeaderEpoch,
): boolean {
  const newest = state.epochs.at(-1)?.epoch ?? asked;
  return state.leaderEpoch <= asked && newest <= asked;
}
