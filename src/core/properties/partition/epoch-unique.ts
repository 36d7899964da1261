import { type PartitionProperty, sameContent } from './property.js';

/**
 * EPOCH-UNIQUE: at most one replica ever appends as leader of an epoch, and (epoch, offset) names at
 * most one batch on all replicas, whenever they held it.
 */
export const epochUnique: PartitionProperty = {
  name: 'EpochUnique',
  source: 'KIP-101',
  violation(step, _world, ghost) {
    for (const effect of step.effects) {
      if (effect.type !== 'append') {
        continue;
      }
      const leader = ghost.leaders.get(effect.leaderEpoch);
      if (effect.token !== null && leader !== undefined && leader !== step.self) {
        return `${step.self} appends in epoch ${effect.leaderEpoch}, which ${leader} led`;
      }
      for (const batch of effect.batches) {
        const known = ghost.records.get(batch.leaderEpoch)?.get(batch.baseOffset);
        if (known !== undefined && !sameContent(known, batch)) {
          return `offset ${batch.baseOffset} of epoch ${batch.leaderEpoch} is two batches`;
        }
      }
    }
    return null;
  },
};
