/** The judge: every property of a partition, asked of one step after the other. */

import { consistentRead } from './consistent-read.js';
import { deletedEverywhere } from './deleted-everywhere.js';
import { epochCacheRising } from './epoch-cache-rising.js';
import { epochUnique } from './epoch-unique.js';
import { fencedIsStale } from './fenced-is-stale.js';
import { followerHighWatermarkIsCommitted } from './follower-high-watermark-is-committed.js';
import { absorbEffects, absorbInput, type PartitionGhost } from './ghost.js';
import { highWatermarkDue } from './high-watermark-due.js';
import { highWatermarkMonotonic } from './high-watermark-monotonic.js';
import { highWatermarkNeedsMinIsr } from './high-watermark-needs-min-isr.js';
import { isrHasCommitted } from './isr-has-committed.js';
import { isrProposalEligible } from './isr-proposal-eligible.js';
import { latestOffsetMonotonic } from './latest-offset-monotonic.js';
import { logMatch } from './log-match.js';
import { logStartMonotonic } from './log-start-monotonic.js';
import { minIsrOnAppend } from './min-isr-on-append.js';
import { noCommittedRecordLost } from './no-committed-record-lost.js';
import { noDuplicateSequence } from './no-duplicate-sequence.js';
import { preferredReplicaInSync } from './preferred-replica-in-sync.js';
import { produceAnsweredTruthfully } from './produce-answered-truthfully.js';
import { producerEpochRises } from './producer-epoch-rises.js';
import { producerStateFromLog } from './producer-state-from-log.js';
import type { PartitionProperty, PartitionStep, PartitionWorld } from './property.js';
import { replicaEpochsMonotonic } from './replica-epochs-monotonic.js';
import { replicationQuorumSuperset } from './replication-quorum-superset.js';
import { truncationNeverBelowHighWatermark } from './truncation-never-below-high-watermark.js';

/** All properties of a partition, by name. */
export const partitionProperties: readonly PartitionProperty[] = [
  consistentRead,
  deletedEverywhere,
  epochCacheRising,
  epochUnique,
  fencedIsStale,
  followerHighWatermarkIsCommitted,
  highWatermarkDue,
  highWatermarkMonotonic,
  highWatermarkNeedsMinIsr,
  isrHasCommitted,
  isrProposalEligible,
  latestOffsetMonotonic,
  logMatch,
  logStartMonotonic,
  minIsrOnAppend,
  noCommittedRecordLost,
  noDuplicateSequence,
  preferredReplicaInSync,
  produceAnsweredTruthfully,
  producerEpochRises,
  producerStateFromLog,
  replicaEpochsMonotonic,
  replicationQuorumSuperset,
  truncationNeverBelowHighWatermark,
];

export interface PartitionViolation {
  /** The property's name. */
  readonly property: string;
  /** For people: which replica, which offset, which epoch. */
  readonly detail: string;
}

const NONE: readonly PartitionViolation[] = [];

/**
 * Judges one step of one replica and updates the ghost. `world`: all logs after the step's effects.
 * Returns what is violated, in the order of the properties.
 */
export function judgePartition(
  ghost: PartitionGhost,
  step: PartitionStep,
  world: PartitionWorld,
  properties: readonly PartitionProperty[] = partitionProperties,
): readonly PartitionViolation[] {
  absorbInput(ghost, step, world);
  let violations = NONE;
  for (let i = 0; i < properties.length; i++) {
    const { name, violation } = properties[i]!;
    const detail = violation(step, world, ghost);
    if (detail !== null) {
      violations = [...violations, { property: name, detail }];
    }
  }
  absorbEffects(ghost, step, world);
  return violations;
}
