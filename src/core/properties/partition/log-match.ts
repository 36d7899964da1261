import {
  endOf,
  indexFrom,
  type PartitionChanges,
  type PartitionProperty,
  type ReplicaView,
  sameBatch,
} from './property.js';

/**
 * LOG-MATCH: two logs that hold a batch of the same epoch at the same offset are the same before it,
 * from where both begin.
 */
export const logMatch: PartitionProperty = {
  name: 'LogMatch',
  source: 'KIP-101, KIP-279',
  violation({ self, changes }, world) {
    const own = world.replicas.get(self);
    if (own === undefined || (changes?.from === own.log.length && !changes.anew)) {
      return null;
    }
    for (const other of world.replicas.values()) {
      if (other.id === own.id || (changes !== undefined && agrees(own, other, changes))) {
        continue;
      }
      const difference = differenceBelowMatch(own, other);
      if (difference !== null) {
        return `${own.id} and ${other.id}: ${difference}`;
      }
    }
    return null;
  },
};

/**
 * Whether the new batches of `own` leave it so: of those that `other` holds too, everything between
 * them and the first batch that is not new is the same. What is below that was seen before.
 */
function agrees(own: ReplicaView, other: ReplicaView, { from, anew }: PartitionChanges): boolean {
  if (anew) {
    return false;
  }
  const floor = Math.max(own.logStartOffset, other.logStartOffset);
  for (let i = own.log.length - 1; i >= from; i--) {
    const batch = own.log[i]!;
    let at = indexFrom(other.log, batch.baseOffset);
    const match = other.log[at];
    if (match?.baseOffset !== batch.baseOffset || match.leaderEpoch !== batch.leaderEpoch) {
      continue;
    }
    for (let back = i; back >= Math.max(0, from - 1); back--, at--) {
      const mine = own.log[back]!;
      const theirs = other.log[at];
      if (endOf(mine) <= floor) {
        break;
      }
      if (theirs === undefined || !sameBatch(mine, theirs)) {
        return false;
      }
    }
    return true;
  }
  return true;
}

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
