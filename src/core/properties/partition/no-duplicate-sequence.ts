import type { PartitionProperty } from './property.js';

/**
 * SEQ, PART-ORDER: in a log the batches of one producer id and epoch follow each other by sequence,
 * without repetition or gap.
 */
export const noDuplicateSequence: PartitionProperty = {
  name: 'NoDuplicateSequence',
  source: 'KIP-98, KIP-360',
  violation({ self, effects }, world) {
    const view = world.replicas.get(self);
    if (view === undefined || !effects.some((effect) => effect.type === 'append')) {
      return null;
    }
    const expected = new Map<string, number>();
    for (const batch of view.log) {
      if (batch.producerId < 0n || batch.baseSequence < 0) {
        continue;
      }
      const producer = `${batch.producerId}/${batch.producerEpoch}`;
      const next = expected.get(producer);
      if (next !== undefined && next !== batch.baseSequence) {
        return `${self} holds sequence ${batch.baseSequence} of ${producer} at ${batch.baseOffset}, where should be ${next}`;
      }
      expected.set(producer, (batch.baseSequence + batch.lastOffsetDelta + 1) % 2 ** 31);
    }
    return null;
  },
};
