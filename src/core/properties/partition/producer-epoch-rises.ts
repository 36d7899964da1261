import type { PartitionProperty } from './property.js';

/** EPOCH-FENCE: in a log, no producer goes back to an older epoch. */
export const producerEpochRises: PartitionProperty = {
  name: 'ProducerEpochRises',
  source: 'KIP-98 (producer fencing)',
  violation({ self, effects }, world) {
    const view = world.replicas.get(self);
    if (view === undefined || !effects.some((effect) => effect.type === 'append')) {
      return null;
    }
    const epochs = new Map<bigint, number>();
    for (const { producerId, producerEpoch, baseOffset } of view.log) {
      const known = epochs.get(producerId) ?? -1;
      if (producerId >= 0n && producerEpoch < known) {
        return `${self} holds epoch ${producerEpoch} of producer ${producerId} at ${baseOffset}, after ${known}`;
      }
      epochs.set(producerId, producerEpoch);
    }
    return null;
  },
};
