/** All partitions of one run, each with what it remembers of itself. */

import type { Counts } from '../counts.js';
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
