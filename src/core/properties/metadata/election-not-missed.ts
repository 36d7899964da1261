import { NO_LEADER } from '../../types/ids.js';
import { firstPartition, isLive, type MetadataProperty, uncleanAllowed } from './property.js';

/** ELECT-ORDER, the other way round: nobody leads only where nobody may. */
export const electionNotMissed: MetadataProperty = {
  name: 'ElectionNotMissed',
  source: 'KIP-966, KIP-106',
  violation: (step, ghost) =>
    firstPartition(step, ({ topic, after }) => {
      if (after.leader !== NO_LEADER) {
        return null;
      }
      const live = after.replicas.filter((id) => isLive(step.after, id));
      const lastKnown = after.elr.length === 0 ? after.lastKnownElr.slice(0, 1) : [];
      const could = live.find((id) => after.elr.includes(id) || lastKnown.includes(id));
      if (could !== undefined) {
        return `nobody leads, though ${could} may`;
      }
      return live.length > 0 && uncleanAllowed(step.after, ghost, topic)
        ? `nobody leads, though an unclean election is allowed and ${live} are live`
        : null;
    }),
};
