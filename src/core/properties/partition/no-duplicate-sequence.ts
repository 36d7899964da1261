import { forgottenBelow } from './ghost.js';
import { foldLog } from './producer-fold.js';
import type { PartitionProperty } from './property.js';

/**
 * SEQ, PART-ORDER: in a log the batches of one producer id and epoch follow each other by sequence,
 * without repetition or gap.
 */
export const noDuplicateSequence: PartitionProperty = {
  name: 'NoDuplicateSequence',
  source: 'KIP-98, KIP-360',
  violation({ self, effects, changes }, world, ghost) {
    const view = world.replicas.get(self);
    if (view === undefined || !effects.some((effect) => effect.type === 'append')) {
      return null;
    }
    const fold =
      changes === undefined
        ? foldLog(view.log, forgottenBelow(ghost, view, world))
        : ghost.folds.get(self);
    return fold?.unordered == null ? null : `${self} holds ${fold.unordered}`;
  },
};
