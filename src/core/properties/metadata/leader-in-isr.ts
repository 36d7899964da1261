import { NO_LEADER } from '../../types/ids.js';
import { firstPartition, type MetadataProperty } from './property.js';

/** ISR-LEADER-IN: a leader is in its ISR, and where there is an ISR, somebody leads. */
export const leaderInIsr: MetadataProperty = {
  name: 'LeaderInIsr',
  source: 'KIP-497; KIP-966 (the ISR may be empty, then nobody leads)',
  violation: (step) =>
    firstPartition(step, ({ after }) => {
      if (after.leader === NO_LEADER) {
        return after.isr.length === 0 ? null : `nobody leads the ISR ${after.isr}`;
      }
      return after.isr.includes(after.leader)
        ? null
        : `leader ${after.leader} is outside the ISR ${after.isr}`;
    }),
};
