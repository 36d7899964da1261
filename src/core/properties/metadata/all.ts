/** All properties of the metadata, for hosts that judge whole runs. */

import { brokerEpochUnique } from './broker-epoch-unique.js';
import { electionNotMissed } from './election-not-missed.js';
import { elrKeepsMembers } from './elr-keeps-members.js';
import { elrShape } from './elr-shape.js';
import { fencedNotInIsr } from './fenced-not-in-isr.js';
import { isrCompareAndSet } from './isr-compare-and-set.js';
import { isrJoinCurrentEpoch } from './isr-join-current-epoch.js';
import { isrSubsetOfReplicas } from './isr-subset-of-replicas.js';
import { leaderEpochMonotonic } from './leader-epoch-monotonic.js';
import { leaderInIsr } from './leader-in-isr.js';
import { noUncleanElectionUnlessConfigured } from './no-unclean-election-unless-configured.js';
import { oneIncarnation } from './one-incarnation.js';
import { partitionEpochMonotonic } from './partition-epoch-monotonic.js';
import { producerIdsRise } from './producer-ids-rise.js';
import type { MetadataProperty } from './property.js';
import { reassignmentShape } from './reassignment-shape.js';
import { replicasLeaveInSync } from './replicas-leave-in-sync.js';
import { topicIdUnique } from './topic-id-unique.js';
import { uncleanElectionMarked } from './unclean-election-marked.js';
import { uncleanRestartLeavesElr } from './unclean-restart-leaves-elr.js';
import { unfencedHasApplied } from './unfenced-has-applied.js';

/** In the order in which they are asked: the most telling first. */
export const metadataProperties: readonly MetadataProperty[] = [
  fencedNotInIsr,
  uncleanRestartLeavesElr,
  isrJoinCurrentEpoch,
  isrCompareAndSet,
  noUncleanElectionUnlessConfigured,
  uncleanElectionMarked,
  elrKeepsMembers,
  replicasLeaveInSync,
  electionNotMissed,
  elrShape,
  leaderInIsr,
  isrSubsetOfReplicas,
  reassignmentShape,
  leaderEpochMonotonic,
  partitionEpochMonotonic,
  brokerEpochUnique,
  oneIncarnation,
  unfencedHasApplied,
  topicIdUnique,
  producerIdsRise,
];
