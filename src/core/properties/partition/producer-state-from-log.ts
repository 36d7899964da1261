import type { BatchFacts, ProducerEntry } from '../../partition/types.js';
import type { ProducerId } from '../../types/ids.js';
import { endOf, type PartitionProperty } from './property.js';

/** What a log says of one producer: its newest epoch and the batches of that epoch. */
interface Said {
  epoch: number;
  batches: BatchFacts[];
}

/**
 * STATE-FROM-LOG: the producer state is what the log says, on leader and followers, after restart and
 * truncation. Where the beginning of the log is gone, the state may remember more.
 */
export const producerStateFromLog: PartitionProperty = {
  name: 'ProducerStateFromLog',
  source: 'KIP-98',
  violation({ after, self }, world) {
    const view = world.replicas.get(self);
    if (view === undefined || after.pendingTruncation !== null) {
      return null;
    }
    const said = read(view.log);
    for (const [id, { epoch, batches }] of said) {
      const entry = after.producers.get(id);
      if (entry?.epoch !== epoch || !remembers(entry, batches)) {
        return `${self} does not remember of producer ${id} what its log says`;
      }
    }
    return view.logStartOffset === 0 && after.producers.size > said.size
      ? `${self} remembers ${after.producers.size} producers, its log knows ${said.size}`
      : null;
  },
};

function read(log: readonly BatchFacts[]): Map<ProducerId, Said> {
  const said = new Map<ProducerId, Said>();
  for (const batch of log) {
    if (batch.producerId < 0n) {
      continue;
    }
    const known = said.get(batch.producerId);
    const kept = known?.epoch === batch.producerEpoch ? known.batches : [];
    const batches = batch.isControl || batch.baseSequence < 0 ? kept : [...kept, batch];
    said.set(batch.producerId, { epoch: batch.producerEpoch, batches });
  }
  return said;
}

function remembers(entry: ProducerEntry, batches: readonly BatchFacts[]): boolean {
  const expected = batches.slice(-5);
  const known = entry.batches.slice(entry.batches.length - expected.length);
  return (
    entry.batches.length >= expected.length &&
    entry.batches.length <= 5 &&
    expected.every((batch, i) => {
      const kept = known[i]!;
      return (
        kept.baseOffset === batch.baseOffset &&
        kept.lastOffset === endOf(batch) - 1 &&
        kept.baseSequence === batch.baseSequence &&
        kept.lastSequence === (batch.baseSequence + batch.lastOffsetDelta) % 2 ** 31
      );
    })
  );
}
