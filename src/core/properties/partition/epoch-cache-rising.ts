import type { EpochEntry } from '../../partition/types.js';
import type { PartitionProperty, ReplicaView } from './property.js';

/**
 * EPOCH-CACHE: entries strictly rise in epoch and in offset, and for every batch of the log the cache
 * names the epoch that the batch carries.
 */
export const epochCacheRising: PartitionProperty = {
  name: 'EpochCacheRising',
  source: 'KIP-101, KAFKA-10706',
  violation({ after, self }, world) {
    const { epochs } = after;
    for (let i = 1; i < epochs.length; i++) {
      const [older, newer] = [epochs[i - 1]!, epochs[i]!];
      if (newer.epoch <= older.epoch || newer.startOffset <= older.startOffset) {
        return `${self} has epoch ${newer.epoch} at ${newer.startOffset} after ${older.epoch} at ${older.startOffset}`;
      }
    }
    const view = world.replicas.get(self);
    return view === undefined || after.pendingTruncation !== null ? null : misnamed(view, epochs);
  },
};

function misnamed(view: ReplicaView, epochs: readonly EpochEntry[]): string | null {
  let at = 0;
  for (const batch of view.log) {
    while (at < epochs.length && epochs[at]!.startOffset <= batch.baseOffset) {
      at++;
    }
    const named = epochs[at - 1]?.epoch;
    if (named !== batch.leaderEpoch && batch.baseOffset >= view.logStartOffset) {
      return `${view.id} holds epoch ${batch.leaderEpoch} at ${batch.baseOffset}, its cache says ${named}`;
    }
  }
  return null;
}
