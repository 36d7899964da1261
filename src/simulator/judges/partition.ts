/** Asks every property of core/properties/partition of every step of every replica of a run. */

import type { RunContext } from '../context.js';
import type { Watcher } from '../watch.js';

/** What the judge of partitions needs to know of the committed metadata. */
export interface CommittedPartitions {
  /** Rises with every record that is committed. */
  readonly version: number;
}

export class PartitionJudge implements Watcher {
  readonly context: RunContext;
  readonly view: CommittedPartitions;

  constructor(context: RunContext, view: CommittedPartitions) {
    this.context = context;
    this.view = view;
  }

  nodeStarted(): void {}
}
