import { EVERY_PARTITION, uncleanKey } from './ghost.js';
import {
  electedUncleanly,
  firstPartition,
  type MetadataProperty,
  restartedUncleanly,
  uncleanAllowed,
} from './property.js';

/**
 * ELECT-ORDER: a leader from outside ISR and ELR only where the topic allows it, an operator asked for it,
 * or as the last known leader when nobody is eligible any more.
 */
export const noUncleanElectionUnlessConfigured: MetadataProperty = {
  name: 'NoUncleanElectionUnlessConfigured',
  source: 'KIP-106, KIP-460, KIP-966',
  violation: (step, ghost) =>
    firstPartition(step, (partition) => {
      const { topic, index, before, after } = partition;
      if (before === undefined || !electedUncleanly(partition, ghost)) {
        return null;
      }
      const wanted = [EVERY_PARTITION, uncleanKey(topic.id, index)];
      if (
        uncleanAllowed(step.after, ghost, topic) ||
        wanted.some((key) => ghost.uncleanAsked.has(key))
      ) {
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
