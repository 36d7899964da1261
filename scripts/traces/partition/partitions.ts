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

/** Why the merged rows are none of the specification, and where. */
export interface MergedRejection {
  readonly partition: string;
  /** Place of the row in its file, among those of the partition. */
  readonly row: number;
  readonly file: number;
  readonly rejection: Rejection;
}

/**
 * The rows of several processes, partition by partition: each file in its own order, and what speaks of something behind
 * what it speaks of. No clock is asked. Where all that is left waits, the first of them is told as it is.
 */
export function mergePartitions(
  files: readonly (readonly PartitionRow[])[],
  worldsFor: WorldsFor,
  counts: Counts,
): MergedRejection | null {
  const names = new Set(files.flatMap((rows) => rows.map(({ partition }) => partition)));
  for (const partition of names) {
    const streams = files.map((rows) => rows.filter((row) => row.partition === partition));
    const acceptance = new PartitionAcceptance(worldsFor, counts);
    const found = mergeStreams(streams, acceptance);
    if (found !== null) {
      return { partition, ...found };
    }
  }
  return null;
}

function mergeStreams(
  streams: readonly (readonly PartitionRow[])[],
  acceptance: PartitionAcceptance,
): Omit<MergedRejection, 'partition'> | null {
  const next = streams.map(() => 0);
  const told = (file: number): Rejection | null => acceptance.take(streams[file]![next[file]!++]!);
  for (;;) {
    let moved = false;
    for (const [file, rows] of streams.entries()) {
      while (next[file]! < rows.length && acceptance.isReady(rows[next[file]!]!)) {
        moved = true;
        const rejection = told(file);
        if (rejection !== null) {
          return { row: next[file]!, file, rejection };
        }
      }
    }
    if (!moved) {
      const file = streams.findIndex((rows, each) => next[each]! < rows.length);
      if (file < 0) {
        return null;
      }
      const rejection = told(file);
      if (rejection !== null) {
        return { row: next[file]!, file, rejection };
      }
    }
  }
}
