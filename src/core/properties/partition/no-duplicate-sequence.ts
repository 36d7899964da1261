import { foldOf } from './ghost.js';
import type { PartitionProperty } from './property.js';

/**
 * SEQ, PART-ORDER: in a log the batches of one producer id and epoch follow each other by sequence,
 * without repetition or gap.
 */
export const noDuplicateSequence: PartitionProperty = {
  name: 'NoDuplicateSequence',
  source: 'KIP-98, KIP-360',
  violation(step, world, ghost) {
    const { self, effects } = step;
    const view = world.replicas.get(self);
    if (view === undefined || !effects.some((effect) => effect.type === 'append')) {
      return null;
    }
    const { unordered } = foldOf(ghost, step, view, world);
    return unordered === null ? null : `${self} holds ${unordered}`;
  },
};
