import {
  electedUncleanly,
  firstPartition,
  type MetadataProperty,
  restartedUncleanly,
  uncleanAllowed,
} from './property.js';

/**
 * ELECT-ORDER: a leader from outside ISR and ELR only where the topic allows it, or as the last known
 * leader when nobody is eligible any more.
 */
export const noUncleanElectionUnlessConfigured: MetadataProperty = {
  name: 'NoUncleanElectionUnlessConfigured',
  source: 'KIP-106, KIP-966',
  violation: (step, ghost) =>
    firstPartition(step, (partition) => {
      const { topic, before, after } = partition;
      if (before === undefined || !electedUncleanly(partition)) {
        return null;
      }
      if (uncleanAllowed(step.after, ghost, topic)) {
        return null;
      }
      const nobodyEligible = [...before.isr, ...before.elr].every((member) =>
        restartedUncleanly(step, ghost, member),
      );
      return nobodyEligible && before.lastKnownElr[0] === after.leader
        ? null
        : `${after.leader} leads, from outside ISR ${before.isr} and ELR ${before.elr}`;
    }),
};
