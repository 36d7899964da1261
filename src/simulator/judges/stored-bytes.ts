/** The bytes on the simulated disks against each other and against what was ordered to be appended. */

import type { ObservedReplica } from '../../broker/observer.js';
import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';
import type { PartitionJudge } from './partition.js';

export class StoredBytes implements Watcher {
  readonly context: RunContext;
  readonly partitions: PartitionJudge;

  constructor(context: RunContext, partitions: PartitionJudge) {
    this.context = context;
    this.partitions = partitions;
  }

  replicaOpened(_node: WatchedNode, _replica: ObservedReplica): void {}

  /** Compares all replicas of all partitions: at the end of the faults, and of the run. */
  compareAll(): void {}
}
