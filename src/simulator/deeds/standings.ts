/**
 * The sets of replicas on which the promises of a partition rest, now or soon, while it moves: those that it
 * has, those that it had before (a move may be given up), those that it is to have, and those that were asked
 * for. How many may lose data at a time follows from the number of each: the fewer of min.insync.replicas and
 * of the replicas is what an acknowledgement stands on (Kafka: Partition.effectiveMinIsr), and a shrink keeps of
 * the replicas of before only those of its target.
 */

import type { PartitionRegistration } from '../../core/metadata/types.js';
import type { BrokerId } from '../../core/types/ids.js';

/** One of these sets. */
export interface Standing {
  readonly replicas: readonly BrokerId[];
  /**
   * Those of them who hold everything where it is in force. Who is being added may be given up at any moment
   * and counts for nothing; once the move is over, all of its target are in sync.
   */
  readonly holders: readonly BrokerId[];
  /** Those of the holders that are not in sync yet: until they are, the set is not in force. */
  readonly awaited: readonly BrokerId[];
  /** min.insync.replicas as it counts for so many replicas. */
  readonly minimum: number;
}

/** `asked`: targets of moves that may take effect yet. The present replicas come first. */
export function standingsOf(
  partition: Readonly<PartitionRegistration>,
  asked: readonly (readonly BrokerId[])[],
  minimumIsr: number,
): Standing[] {
  const { replicas, addingReplicas, removingReplicas } = partition;
  const settled = seatedOf(partition).filter((id) => !addingReplicas.includes(id));
  const rests = (ids: readonly BrokerId[]): Standing => ({
    replicas: ids,
    holders: settled,
    awaited: [],
    minimum: Math.min(minimumIsr, ids.length),
  });
  const standings = [rests(replicas)];
  if (addingReplicas.length + removingReplicas.length > 0) {
    const target = replicas.filter((id) => !removingReplicas.includes(id));
    standings.push(
      rests(replicas.filter((id) => !addingReplicas.includes(id))),
      standingAfter(partition, target, minimumIsr),
    );
  }
  return [...standings, ...asked.map((target) => standingAfter(partition, target, minimumIsr))];
}

/** What the partition will rest on once it has moved there. */
export function standingAfter(
  partition: Readonly<PartitionRegistration>,
  target: readonly BrokerId[],
  minimumIsr: number,
): Standing {
  const seated = seatedOf(partition);
  return {
    replicas: target,
    holders: target,
    awaited: target.filter((id) => !seated.includes(id)),
    minimum: Math.min(minimumIsr, target.length),
  };
}

function seatedOf({ isr, elr }: Readonly<PartitionRegistration>): BrokerId[] {
  return [...isr, ...elr];
}
