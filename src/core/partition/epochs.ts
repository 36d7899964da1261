/**
 * The leader epoch cache (KIP-101): for each leader epoch the offset of its first record. Strictly
 * rising in both (EPOCH-CACHE). The functions return new lists; the lists are short.
 */

import { assert } from '../types/assert.js';
import { type LeaderEpoch, NO_EPOCH, type Offset } from '../types/ids.js';
import type { EpochEntry } from './types.js';

/** The newest epoch of a log; -1: it has none. */
export function latestEpoch(epochs: readonly EpochEntry[]): LeaderEpoch {
  return epochs.at(-1)?.epoch ?? NO_EPOCH;
}

/**
 * `epochs` after `epoch` began at `startOffset`. Entries that are not older in both are dropped:
 * they are of leaders that appended nothing, or nothing that was kept.
 */
export function withEpochEntry(
  epochs: readonly EpochEntry[],
  epoch: LeaderEpoch,
  startOffset: Offset,
): EpochEntry[] {
  assert(epoch >= 0 && startOffset >= 0, 'an epoch entry is of a real epoch and offset');
  if (latestEpoch(epochs) === epoch) {
    return epochs.slice();
  }
  const kept = epochs.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset);
  kept.push({ epoch, startOffset });
  return kept;
}

/** `epochs` of a log that begins at `logStartOffset`: what begins earlier now begins there. */
export function epochsFromStart(
  epochs: readonly EpochEntry[],
  logStartOffset: Offset,
): EpochEntry[] {
  const later = epochs.filter((entry) => entry.startOffset > logStartOffset);
  const covering = epochs.filter((entry) => entry.startOffset <= logStartOffset).at(-1);
  if (covering !== undefined) {
    later.unshift({ epoch: covering.epoch, startOffset: logStartOffset });
  }
  return later;
}

/** Whether two caches hold the same. */
export function sameEpochs(a: readonly EpochEntry[], b: readonly EpochEntry[]): boolean {
  return (
    a.length === b.length &&
    a.every((entry, i) => entry.epoch === b[i]!.epoch && entry.startOffset === b[i]!.startOffset)
  );
}
