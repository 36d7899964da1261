import {
  electedUncleanly,
  firstPartition,
  type MetadataProperty,
  minIsrOf,
  restartedUncleanly,
} from './property.js';

/**
 * ELR-IN: while the ISR is below its minimum, whoever held everything stays in the ISR or the ELR,
 * unless it restarted uncleanly, was moved away, the leader was elected uncleanly, or the minimum itself
 * changed.
 */
export const elrKeepsMembers: MetadataProperty = {
  name: 'ElrKeepsMembers',
  source: 'KIP-966',
  violation: (step, ghost) =>
    firstPartition(step, (partition) => {
      const { topic, before, after } = partition;
      if (before === undefined || electedUncleanly(partition, ghost)) {
        return null;
      }
      const minIsr = minIsrOf(step.after, ghost, topic, after.replicas.length);
      const minIsrBefore = minIsrOf(step.before, ghost, topic, after.replicas.length);
      if (after.isr.length >= minIsr || minIsr !== minIsrBefore) {
        return null;
      }
      const lost = [...before.isr, ...before.elr].find(
        (member) =>
          after.replicas.includes(member) &&
          !after.isr.includes(member) &&
          !after.elr.includes(member) &&
          !restartedUncleanly(step, ghost, member),
      );
      return lost === undefined
        ? null
        : `${lost} held everything and is in neither ISR ${after.isr} nor ELR ${after.elr}`;
    }),
};
