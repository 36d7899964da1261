import { leaderKey } from './ghost.js';
import { firstPartition, type MetadataProperty } from './property.js';

/** EPOCH-UNIQUE: a leader epoch never goes back, rises with each new leader, and names only one. */
export const leaderEpochMonotonic: MetadataProperty = {
  name: 'LeaderEpochMonotonic',
  source: 'KIP-101, KIP-497',
  violation: (step, ghost) =>
    firstPartition(step, ({ topic, index, before, after }) => {
      if (before !== undefined && after.leaderEpoch < before.leaderEpoch) {
        return `leader epoch ${after.leaderEpoch} after ${before.leaderEpoch}`;
      }
      const known = ghost.leaders.get(leaderKey(topic.id, index, after.leaderEpoch));
      const leader = before?.leaderEpoch === after.leaderEpoch ? before.leader : known;
      return leader === undefined || leader === after.leader
        ? null
        : `epoch ${after.leaderEpoch} has the leaders ${leader} and ${after.leader}`;
    }),
};
