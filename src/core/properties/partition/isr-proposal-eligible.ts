import type { PartitionProperty } from './property.js';

/**
 * ISR-JOIN: whoever a leader proposes to add is, as far as it knows, unfenced, not shutting down, the
 * registered incarnation, and has all of the log before this leadership and below the high watermark.
 */
export const isrProposalEligible: PartitionProperty = {
  name: 'IsrProposalEligible',
  source: 'KIP-841, KIP-903, KAFKA-7128',
  violation({ before, after, effects, self }) {
    const leaderState = after.leaderState;
    const repeated = before.leaderState?.inflight === leaderState?.inflight;
    if (leaderState === null || repeated) {
      return null;
    }
    for (const effect of effects) {
      for (const { brokerId } of effect.type === 'alterPartition' ? effect.newIsr : []) {
        const broker = after.brokers.get(brokerId);
        const progress = leaderState.followers.get(brokerId);
        if (brokerId === self || after.isr.includes(brokerId)) {
          continue;
        }
        if (broker === undefined || broker.fenced || broker.inControlledShutdown) {
          return `${self} proposes ${brokerId}, which is not live`;
        }
        if (progress?.brokerEpoch !== broker.epoch) {
          return `${self} proposes ${brokerId} of broker epoch ${progress?.brokerEpoch}, ${broker.epoch} is registered`;
        }
        if (progress.logEndOffset < leaderState.epochStartOffset) {
          return `${self} proposes ${brokerId} at ${progress.logEndOffset}, before its epoch's start`;
        }
      }
    }
    return null;
  },
};
