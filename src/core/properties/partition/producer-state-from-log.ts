import type {
  BatchFacts,
  PartitionState,
  ProducerBatch,
  ProducerEntry,
} from '../../partition/types.js';
import type { Offset, ProducerId } from '../../types/ids.js';
import { foldOf } from './ghost.js';
import type { Said } from './producer-fold.js';
import {
  endOf,
  type PartitionProperty,
  type PartitionWorld,
  type ReplicaView,
} from './property.js';

/**
 * STATE-FROM-LOG: the producer state is what the log says, on leader and followers, after restart and
 * truncation. Where the beginning of the log is gone, the state may remember more. A follower that is on its way
 * through what its leader has compacted may know less: of each producer the leader keeps the last batch (C-SEQ), and
 * that one is still to come.
 */
export const producerStateFromLog: PartitionProperty = {
  name: 'ProducerStateFromLog',
  source: 'KIP-98',
  violation(step, world, ghost) {
    const { after, self, changes, input } = step;
    const view = world.replicas.get(self);
    if (view === undefined || after.pendingTruncation !== null) {
      return null;
    }
    const fold = foldOf(ghost, step, view, world);
    const all =
      changes === undefined || changes.anew || changes.producers || input?.type === 'truncated';
    const asked = all ? fold.said.keys() : fold.touched;
    for (const id of asked) {
      const said = fold.said.get(id)!;
      if (!knows(after, id, said, view) && !isOvertaken(world, id, said)) {
        return `${self} does not remember of producer ${id} what its log says`;
      }
    }
    return view.logStartOffset === 0 && after.producers.size > fold.said.size
      ? `${self} remembers ${after.producers.size} producers, its log knows ${fold.said.size}`
      : null;
  },
};

/** Whether a replica, from which this one may have its log, could compact the newest of the batches away. */
function isOvertaken({ replicas }: PartitionWorld, id: ProducerId, { batches }: Said): boolean {
  const newest = endOf(batches.at(-1)!);
  return [...replicas.values()].some(
    ({ log, cleanedEnd = 0 }) =>
      cleanedEnd >= newest &&
      log.some(({ producerId, baseOffset }) => producerId === id && baseOffset >= newest),
  );
}

function knows(
  state: PartitionState,
  id: ProducerId,
  said: Said,
  { logStartOffset: logStart, cleanedEnd = 0 }: ReplicaView,
): boolean {
  const entry = state.producers.get(id);
  if (entry?.epoch === said.epoch) {
    return cleanedEnd === 0
      ? remembers(entry, said.batches, logStart)
      : remembersNewest(entry, said.batches, Math.max(logStart, cleanedEnd), logStart);
  }
  // A producer of whom the log begins to be silent may be forgotten.
  return entry === undefined && said.batches.every((batch) => endOf(batch) <= logStart);
}

/** C-SEQ: of what compaction may have taken away the last batch is there, and everything behind it. */
function remembersNewest(
  entry: ProducerEntry,
  batches: readonly BatchFacts[],
  cleanedEnd: number,
  logStart: Offset,
): boolean {
  const needed = batches.filter(
    (batch, i) =>
      endOf(batch) > cleanedEnd || (i === batches.length - 1 && endOf(batch) > logStart),
  );
  const kept = entry.batches.slice(entry.batches.length - needed.length);
  return (
    entry.batches.length <= 5 &&
    kept.length === needed.length &&
    needed.every((batch, i) => isSame(kept[i]!, batch))
  );
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
    if (!isSame(entry.batches[more + i]!, batches[deleted + i]!)) {
      return false;
    }
  }
  return true;
}

function isSame(kept: ProducerBatch, batch: BatchFacts): boolean {
  return (
    kept.baseOffset === batch.baseOffset &&
    kept.lastOffset === endOf(batch) - 1 &&
    kept.baseSequence === batch.baseSequence &&
    kept.lastSequence === (batch.baseSequence + batch.lastOffsetDelta) % 2 ** 31
  );
}
