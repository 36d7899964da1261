import { firstPartition, isLive, type MetadataProperty } from './property.js';

/** FENCE-OUT: a broker that is fenced, unknown or shutting down is in no ISR (so it leads nothing). */
export const fencedNotInIsr: MetadataProperty = {
  name: 'FencedNotInIsr',
  source: 'KIP-631, KIP-841 (KAFKA-13916)',
  violation: (step) =>
    firstPartition(step, ({ after }) => {
      const bad = after.isr.find((member) => !isLive(step.after, member));
      return bad === undefined ? null : `${bad} is in the ISR ${after.isr} and not live`;
    }),
};
