import type { PartitionProperty } from './property.js';

/** A follower's high watermark is within its log and never beyond what some leader has committed. */
export const followerHighWatermarkIsCommitted: PartitionProperty = {
  name: 'FollowerHighWatermarkIsCommitted',
  source: 'HW-MONO, HW-PROP',
  violation({ after, self }, world, ghost) {
    if (after.highWatermark > after.logEndOffset) {
      return `${self} has high watermark ${after.highWatermark} beyond its log end ${after.logEndOffset}`;
    }
    return after.role !== 'leader' &&
      world.uncleanElections === 0 &&
      after.highWatermark > ghost.highWatermark
      ? `${self} has high watermark ${after.highWatermark}, no leader had more than ${ghost.highWatermark}`
      : null;
  },
};
