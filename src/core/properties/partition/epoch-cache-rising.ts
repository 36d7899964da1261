import type { EpochEntry } from '../../partition/types.js';
import type { PartitionProperty, ReplicaView } from './property.js';

/**
 * EPOCH-CACHE: entries strictly rise in epoch and in offset, and for every batch of the log the cache
 * names the epoch that the batch carries.
 */
export const epochCacheRising: PartitionProperty = {
  name: 'EpochCacheRising',
  source: 'KIP-101, KAFKA-10706',
  violation({ after, self, input, changes }, world) {
    const { epochs } = after;
    const view = world.replicas.get(self);
    const all =
      changes === undefined || changes.anew || changes.epochs || input?.type === 'truncated';
    if (!all) {
      return view === undefined || after.pendingTruncation !== null
        ? null
        : misnamed(view, epochs, changes.from);
    }
    for (let i = 1; i < epochs.length; i++) {
      const [older, newer] = [epochs[i - 1]!, epochs[i]!];
      if (newer.epoch <= older.epoch || newer.startOffset <= older.startOffset) {
        return `${self} has epoch ${newer.epoch} at ${newer.startOffset} after ${older.epoch} at ${older.startOffset}`;
      }
    }
    return view === undefined || after.pendingTruncation !== null
      ? null
      : misnamed(view, epochs, 0);
  },
};

function misnamed(view: ReplicaView, epochs: readonly EpochEntry[], from: number): string | null {
  const { log, logStartOffset, id, cleanedEnd = 0 } = view;
  const first = log[from];
  if (first === undefined) {
    return null;
  }
  let at = from === 0 ? 0 : epochs.length;
  while (at > 0 && epochs[at - 1]!.startOffset > first.baseOffset) {
    at--;
  }
  for (let i = from; i < log.length; i++) {
    const { baseOffset, leaderEpoch } = log[i]!;
    while (at < epochs.length && epochs[at]!.startOffset <= baseOffset) {
      at++;
    }
    const named = epochs[at - 1]?.epoch;
    if (named !== leaderEpoch && baseOffset >= Math.max(logStartOffset, cleanedEnd)) {
      return `${id} holds epoch ${leaderEpoch} at ${baseOffset}, its cache says ${named}`;
    }
  }
  return null;
}
