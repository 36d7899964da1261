import { firstPartition, type MetadataProperty, minIsrOf } from './property.js';

/** ELR-IN and ELR-OUT: ELR and ISR are disjoint, and with enough in sync nobody else is eligible. */
export const elrShape: MetadataProperty = {
  name: 'ElrShape',
  source: 'KIP-966',
  violation: (step, ghost) =>
    firstPartition(step, ({ topic, after }) => {
      const { replicas, isr, elr } = after;
      if (elr.some((member) => isr.includes(member))) {
        return `ELR ${elr} and ISR ${isr} overlap`;
      }
      if (isr.length + elr.length > replicas.length) {
        return `ISR ${isr} and ELR ${elr} are more than the replicas`;
      }
      const minIsr = minIsrOf(step.after, ghost, topic, replicas.length);
      return isr.length >= minIsr && elr.length > 0
        ? `the ISR ${isr} has its minimum ${minIsr}, yet the ELR is ${elr}`
        : null;
    }),
};
