import { lacksPromised } from './ghost.js';
import type { PartitionProperty } from './property.js';

/**
 * HW-READ, ConsistentRead: what a consumer was given at an offset is there, unchanged, at every later
 * leader, and no consumer is given what is not below the high watermark.
 */
export const consistentRead: PartitionProperty = {
  name: 'ConsistentRead',
  source: 'KIP-101, KIP-966',
  violation(step, world, ghost) {
    for (const effect of step.effects) {
      const toConsumer = step.input?.type === 'fetch' && step.input.replica === null;
      if (effect.type === 'fetchAnswer' && toConsumer && effect.upTo > effect.from) {
        if (effect.upTo > step.after.highWatermark) {
          return `${step.self} shows up to ${effect.upTo}, its high watermark is ${step.after.highWatermark}`;
        }
      }
    }
    const leader = world.replicas.get(world.leader);
    if (world.uncleanElections > 0 || leader?.state?.leaderEpoch !== world.leaderEpoch) {
      return null;
    }
    const missing = lacksPromised(ghost, 'shown', leader, step, world);
    return missing === null ? null : `was read, but leader ${missing}`;
  },
};
