import { firstPartition, type MetadataProperty, restartedUncleanly } from './property.js';

/** ELR-OUT: whoever restarted without a clean shutdown is neither in sync nor eligible. */
export const uncleanRestartLeavesElr: MetadataProperty = {
  name: 'UncleanRestartLeavesElr',
  source: 'KIP-966, KAFKA-15586',
  violation: (step, ghost) =>
    firstPartition(step, ({ after }) => {
      const bad = [...after.isr, ...after.elr].find((id) => restartedUncleanly(step, ghost, id));
      return bad === undefined
        ? null
        : `${bad} restarted uncleanly and is in ISR ${after.isr} or ELR ${after.elr}`;
    }),
};
