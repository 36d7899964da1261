/** Rules of partition reassignment (KIP-455): a partition moves to other brokers while it serves. */

import type { BrokerId } from '../types/ids.js';
import type { PartitionRegistration } from './types.js';

/** The replicas of a partition, and those of them that come or go. */
export interface Assignment {
  /** The target first, then those that are to go. */
  readonly replicas: readonly BrokerId[];
  readonly addingReplicas: readonly BrokerId[];
  readonly removingReplicas: readonly BrokerId[];
}

/** Who led and who held a partition, before a change or after it. */
export interface LeaderAndReplicas {
  readonly leader: BrokerId;
  readonly replicas: readonly BrokerId[];
}

/** A partition with who could lead it without loss. */
export type Candidates = Pick<
  PartitionRegistration,
  'replicas' | 'isr' | 'elr' | 'lastKnownElr' | 'addingReplicas'
>;

/**
 * A-REASSIGN (KIP-455): until the new replicas are in sync the old ones stay, so that the partition
 * never has fewer copies than it had. What an unfinished reassignment was adding, and is wanted no more,
 * goes with the rest.
 */
export function assignmentTowards(current: Assignment, target: readonly BrokerId[]): Assignment {
  const { replicas, addingReplicas: before } = current;
  const removingReplicas = replicas.filter((id) => !target.includes(id)).sort((a, b) => a - b);
  // Asked for once more it is being added still: a move that is given up must know whom to drop.
  const addingReplicas = target
    .filter((id) => !replicas.includes(id) || before.includes(id))
    .sort((a, b) => a - b);
  return { replicas: [...target, ...removingReplicas], addingReplicas, removingReplicas };
}

/**
 * A-REASSIGN: a reassignment is over once every replica of the target is in the ISR, not only those that
 * it added (KAFKA-15665): what is left must be as many good copies as were asked for.
 */
export function reassignmentComplete(assignment: Assignment, isr: readonly BrokerId[]): boolean {
  const { replicas, addingReplicas, removingReplicas } = assignment;
  const target = replicas.filter((id) => !removingReplicas.includes(id));
  return (
    (addingReplicas.length > 0 || removingReplicas.length > 0) &&
    target.length > 0 &&
    target.every((id) => isr.includes(id))
  );
}

/** KIP-455: what was being added goes, what was being removed stays. */
export function assignmentReverted(current: Assignment): Assignment {
  return {
    replicas: current.replicas.filter((id) => !current.addingReplicas.includes(id)),
    addingReplicas: [],
    removingReplicas: [],
  };
}

/**
 * Whether a reassignment may be given up without loss: not where only replicas that it was adding are in
 * sync (Kafka: PartitionReassignmentRevert). Eligible leader replicas (KIP-966) hold everything too, but
 * may have lost it since, which they tell only when they come back: they count where nobody is in sync.
 */
export function mayRevert(partition: Candidates): boolean {
  const stays = (id: BrokerId): boolean => !partition.addingReplicas.includes(id);
  const best = partition.isr.length > 0 ? partition.isr : partition.elr;
  if (best.length > 0) {
    return best.some(stays);
  }
  const [lastKnownLeader] = partition.lastKnownElr;
  return lastKnownLeader === undefined || stays(lastKnownLeader);
}

/**
 * KIP-497: the leader epoch rises with each change of the leader, also to none, and where a replica is
 * taken away, so that it is fenced; not with any other change, which would fence the leader's clients.
 */
export function leaderEpochBump(before: LeaderAndReplicas, after: LeaderAndReplicas): boolean {
  return (
    before.leader !== after.leader || before.replicas.some((id) => !after.replicas.includes(id))
  );
}
