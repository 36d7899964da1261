import { electedUncleanly, firstPartition, type MetadataProperty } from './property.js';

/**
 * RECOVERING, ELECT-UNCLEAN-COUNTED: a leader that may lack records is marked and alone in its ISR,
 * until it reports itself that it has recovered.
 */
export const uncleanElectionMarked: MetadataProperty = {
  name: 'UncleanElectionMarked',
  source: 'KIP-704 (KAFKA-13587), KIP-966',
  violation: (step, ghost) =>
    firstPartition(step, (partition) => {
      const { before, after } = partition;
      const recovering = after.leaderRecoveryState === 'recovering';
      if (electedUncleanly(partition, ghost) && !recovering) {
        return `${after.leader} was elected uncleanly and is not marked`;
      }
      if (recovering && after.isr.length > 1) {
        return `the ISR ${after.isr} grew while the leader recovers`;
      }
      const ended = before?.leaderRecoveryState === 'recovering' && !recovering;
      return ended && before.leader !== after.leader
        ? 'the mark went away with a change of the leader'
        : null;
    }),
};
