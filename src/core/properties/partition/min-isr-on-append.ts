import type { PartitionProperty } from './property.js';

/** MINISR-PRE: with acks=all nothing is appended while the ISR is below min.insync.replicas. */
export const minIsrOnAppend: PartitionProperty = {
  name: 'MinIsrOnAppend',
  source: 'MINISR-PRE; Kafka: NOT_ENOUGH_REPLICAS',
  violation({ before, input, effects, self }, world) {
    const appends =
      input?.type === 'produce' &&
      input.acks === -1 &&
      effects.some((effect) => effect.type === 'append');
    return appends && before.isr.length < world.minIsr
      ? `${self} appends with acks=all and ISR ${before.isr}, the minimum is ${world.minIsr}`
      : null;
  },
};
