/** All partitions of one run, each with what it remembers of itself. */

import type { Counts } from '../counts.js';
import type { MergedRejection } from '../merged.js';
import { merge } from '../merged.js';
import type { Rejection } from '../raft/rejection.js';
import type { PartitionRow } from './acceptance.js';
import { PartitionAcceptance } from './acceptance.js';
import type { WorldsFor } from './open.js';

export class PartitionsAcceptance {
  private readonly worldsFor: WorldsFor;
  private readonly counts: Counts;
  private readonly partitions = new Map<string, PartitionAcceptance>();

  constructor(worldsFor: WorldsFor, counts: Counts) {
    this.worldsFor = worldsFor;
    this.counts = counts;
  }

  /** Why the trace is no run of the specification, with this row; null: it still is one. */
  take(row: PartitionRow): Rejection | null {
    let partition = this.partitions.get(row.partition);
    if (partition === undefined) {
      partition = new PartitionAcceptance(this.worldsFor, this.counts);
      this.partitions.set(row.partition, partition);
    }
    return partition.take(row);
  }
}

/** Why the merged rows are none of the specification, and where: rows are counted among those of the partition. */
export interface PartitionRejection extends MergedRejection {
  readonly partition: string;
}

/** The rows of several processes, partition by partition: what speaks of something behind what it speaks of. */
export function mergePartitions(
  files: readonly (readonly PartitionRow[])[],
  worldsFor: WorldsFor,
  counts: Counts,
): PartitionRejection | null {
  const names = new Set(files.flatMap((rows) => rows.map(({ partition }) => partition)));
  for (const partition of names) {
    const streams = files.map((rows) => rows.filter((row) => row.partition === partition));
    const acceptance = new PartitionAcceptance(worldsFor, counts);
    const found = merge(streams, acceptance);
    if (found !== null) {
      return { partition, ...found };
    }
  }
  return null;
}
