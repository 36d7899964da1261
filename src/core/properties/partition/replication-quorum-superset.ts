import type { PartitionProperty } from './property.js';

/**
 * ISR-ONE-INFLIGHT: whoever the controller may elect as in sync, the leader counts for its high
 * watermark: its maximal ISR contains the controller's ISR, whatever answers were lost.
 */
export const replicationQuorumSuperset: PartitionProperty = {
  name: 'ReplicationQuorumSuperset',
  source: 'KIP-497 (maximal ISR), KAFKA-14144',
  violation({ after, self }, world) {
    const leaderState = after.leaderState;
    if (leaderState === null || after.leaderEpoch !== world.leaderEpoch) {
      return null;
    }
    const proposed = leaderState.inflight?.isr ?? [];
    const missing = world.isr.filter((id) => !after.isr.includes(id) && !proposed.includes(id));
    return missing.length > 0
      ? `leader ${self} does not count ${missing}, in the controller's ISR ${world.isr}`
      : null;
  },
};
