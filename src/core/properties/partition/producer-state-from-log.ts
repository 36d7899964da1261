import type { BatchFacts, PartitionState, ProducerEntry } from '../../partition/types.js';
import type { Offset, ProducerId } from '../../types/ids.js';
import { foldLog, type Said } from './producer-fold.js';
import { endOf, type PartitionProperty } from './property.js';

/**
 * STATE-FROM-LOG: the producer state is what the log says, on leader and followers, after restart and
 * truncation. Where the beginning of the log is gone, the state may remember more.
 */
export const producerStateFromLog: PartitionProperty = {
  name: 'ProducerStateFromLog',
  source: 'KIP-98',
  violation({ after, self, changes, input }, world, ghost) {
    const view = world.replicas.get(self);
    if (view === undefined || after.pendingTruncation !== null) {
      return null;
    }
    const fold = (changes === undefined ? undefined : ghost.folds.get(self)) ?? foldLog(view.log);
    const all =
      changes === undefined || changes.anew || changes.producers || input?.type === 'truncated';
    const asked = all ? fold.said.keys() : fold.touched;
    for (const id of asked) {
      if (!knows(after, id, fold.said.get(id)!, view.logStartOffset)) {
        return `${self} does not remember of producer ${id} what its log says`;
      }
    }
    return view.logStartOffset === 0 && after.producers.size > fold.said.size
      ? `${self} remembers ${after.producers.size} producers, its log knows ${fold.said.size}`
      : null;
  },
};

function knows(state: PartitionState, id: ProducerId, said: Said, logStart: Offset): boolean {
  const entry = state.producers.get(id);
  if (entry?.epoch === said.epoch) {
    return remembers(entry, said.batches, logStart);
  }
  // A producer of whom the log begins to be silent may be forgotten.
  return entry === undefined && said.batches.every((batch) => endOf(batch) <= logStart);
}

function remembers(
  entry: ProducerEntry,
  batches: readonly BatchFacts[],
  logStart: Offset,
): boolean {
  let deleted = 0;
  while (deleted < batches.length && endOf(batches[deleted]!) <= logStart) {
    deleted++;
  }
  const expected = batches.length - deleted;
  const more = entry.batches.length - expected;
  if (more < 0 || entry.batches.length > 5) {
    return false;
  }
  for (let i = 0; i < expected; i++) {
    const batch = batches[deleted + i]!;
    const kept = entry.batches[more + i]!;
    if (
      kept.baseOffset !== batch.baseOffset ||
      kept.lastOffset !== endOf(batch) - 1 ||
      kept.baseSequence !== batch.baseSequence ||
      kept.lastSequence !== (batch.baseSequence + batch.lastOffsetDelta) % 2 ** 31
    ) {
      return false;
    }
  }
  return true;
}
