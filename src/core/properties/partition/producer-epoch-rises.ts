import { foldOf } from './ghost.js';
import type { PartitionProperty } from './property.js';

/** EPOCH-FENCE: in a log, no producer goes back to an older epoch. */
export const producerEpochRises: PartitionProperty = {
  name: 'ProducerEpochRises',
  source: 'KIP-98 (producer fencing)',
  violation(step, world, ghost) {
    const { self, effects } = step;
    const view = world.replicas.get(self);
    if (view === undefined || !effects.some((effect) => effect.type === 'append')) {
      return null;
    }
    const { regressed } = foldOf(ghost, step, view, world);
    return regressed === null ? null : `${self} holds ${regressed}`;
  },
};
