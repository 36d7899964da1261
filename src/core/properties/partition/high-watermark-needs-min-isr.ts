import type { PartitionProperty } from './property.js';

/** MINISR-HW: while the ISR is below min.insync.replicas nothing more becomes committed. */
export const highWatermarkNeedsMinIsr: PartitionProperty = {
  name: 'HighWatermarkNeedsMinIsr',
  source: 'KIP-966, KAFKA-15583',
  violation({ before, after, self }, world) {
    return after.role === 'leader' &&
      after.highWatermark > before.highWatermark &&
      after.isr.length < world.minIsr
      ? `${self} commits up to ${after.highWatermark} with ISR ${after.isr}, the minimum is ${world.minIsr}`
      : null;
  },
};
