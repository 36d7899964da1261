import { endOf, type PartitionProperty, type ReplicaView, sameBatch } from './property.js';

/**
 * LOG-MATCH: two logs that hold a batch of the same epoch at the same offset are the same before it,
 * from where both begin.
 */
export const logMatch: PartitionProperty = {
  name: 'LogMatch',
  source: 'KIP-101, KIP-279',
  violation(step, world) {
    const own = world.replicas.get(step.self);
    if (own === undefined) {
      return null;
    }
    for (const other of world.replicas.values()) {
      const difference = other.id === own.id ? null : differenceBelowMatch(own, other);
      if (difference !== null) {
        return `${own.id} and ${other.id}: ${difference}`;
      }
    }
    return null;
  },
};

function differenceBelowMatch(a: ReplicaView, b: ReplicaView): string | null {
  const floor = Math.max(a.logStartOffset, b.logStartOffset);
  const left = a.log.filter((batch) => endOf(batch) > floor);
  const right = b.log.filter((batch) => endOf(batch) > floor);
  const epochs = new Map(right.map((batch) => [batch.baseOffset, batch.leaderEpoch]));
  const match = left.findLastIndex((batch) => epochs.get(batch.baseOffset) === batch.leaderEpoch);
  for (let i = 0; i <= match; i++) {
    const other = right[i];
    if (other === undefined || !sameBatch(left[i]!, other)) {
      const { baseOffset, leaderEpoch } = left[match]!;
      return `both hold ${baseOffset} of epoch ${leaderEpoch} but differ at ${left[i]!.baseOffset}`;
    }
  }
  return null;
}
