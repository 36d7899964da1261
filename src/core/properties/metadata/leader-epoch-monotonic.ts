import { leaderKey } from './ghost.js';
import { firstPartition, type MetadataProperty } from './property.js';

/**
 * EPOCH-UNIQUE: a leader epoch never goes back, rises with each new leader, and names only one. It rises
 * too where a replica is taken away, which is fenced by that.
 */
export const leaderEpochMonotonic: MetadataProperty = {
  name: 'LeaderEpochMonotonic',
  source: 'KIP-101, KIP-497, KIP-455',
  violation: (step, ghost) =>
    firstPartition(step, ({ topic, index, before, after }) => {
      if (before !== undefined && after.leaderEpoch < before.leaderEpoch) {
        return `leader epoch ${after.leaderEpoch} after ${before.leaderEpoch}`;
      }
      const gone = before?.replicas.find((id) => !after.replicas.includes(id));
      if (gone !== undefined && after.leaderEpoch === before?.leaderEpoch) {
        return `${gone} is a replica no more in the same epoch ${after.leaderEpoch}`;
      }
      const known = ghost.leaders.get(leaderKey(topic.id, index, after.leaderEpoch));
      const leader = before?.leaderEpoch === after.leaderEpoch ? before.leader : known;
      return leader === undefined || leader === after.leader
        ? null
        : `epoch ${after.leaderEpoch} has the leaders ${leader} and ${after.leader}`;
    }),
};
