import type { PartitionRegistration } from '../../metadata/types.js';
import type { BrokerId } from '../../types/ids.js';
import { firstPartition, type MetadataProperty, uncleanAllowed, wasOffered } from './property.js';

/**
 * A-REASSIGN: a replica goes only when all that were asked for are in sync, or when it was being added
 * and the move is given up: not where nobody else holds everything, unless the topic allows that loss.
 */
export const replicasLeaveInSync: MetadataProperty = {
  name: 'ReplicasLeaveInSync',
  source: 'KIP-455 (KAFKA-15665)',
  violation: (step, ghost) =>
    firstPartition(step, (partition) => {
      const { topic, before, after } = partition;
      const gone = before?.replicas.filter((id) => !after.replicas.includes(id)) ?? [];
      if (before === undefined || gone.length === 0) {
        return null;
      }
      if (isGivenUp(before, after, gone)) {
        const best = before.isr.length > 0 ? before.isr : before.elr;
        const lost = best.length > 0 && best.every((id) => gone.includes(id));
        return lost && !uncleanAllowed(step.after, ghost, topic)
          ? `${gone} were given up, and nobody else had everything`
          : null;
      }
      const behind = after.replicas.find((id) => !after.isr.includes(id));
      if (behind !== undefined) {
        return `${gone} went while ${behind} of the replicas ${after.replicas} was not in sync`;
      }
      const unfounded = after.isr.find(
        (id) => !before.isr.includes(id) && !wasOffered(partition, ghost, id),
      );
      return unfounded === undefined
        ? null
        : `${gone} went for ${unfounded}, which never got in sync`;
    }),
};

function isGivenUp(
  before: PartitionRegistration,
  after: PartitionRegistration,
  gone: readonly BrokerId[],
): boolean {
  const moves = after.addingReplicas.length + after.removingReplicas.length;
  return (
    moves === 0 &&
    gone.length === before.addingReplicas.length &&
    gone.every((id) => before.addingReplicas.includes(id))
  );
}
