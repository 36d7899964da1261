import { forgottenBelow } from './ghost.js';
import { foldLog } from './producer-fold.js';
import type { PartitionProperty } from './property.js';

/** EPOCH-FENCE: in a log, no producer goes back to an older epoch. */
export const producerEpochRises: PartitionProperty = {
  name: 'ProducerEpochRises',
  source: 'KIP-98 (producer fencing)',
  violation({ self, effects, changes }, world, ghost) {
    const view = world.replicas.get(self);
    if (view === undefined || !effects.some((effect) => effect.type === 'append')) {
      return null;
    }
    const fold =
      changes === undefined
        ? foldLog(view.log, forgottenBelow(ghost, view, world))
        : ghost.folds.get(self);
    return fold?.regressed == null ? null : `${self} holds ${fold.regressed}`;
  },
};
