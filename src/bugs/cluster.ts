/**
 * Wrong rules that harm only where whole brokers work together: a single machine in a closed world keeps
 * its properties with them.
 */

import { FENCED_LEADER_EPOCH, NOT_CONTROLLER } from '../core/metadata/error-codes.js';
import { acceptAlterPartition } from '../core/metadata/rules.js';
import { NO_EPOCH } from '../core/types/ids.js';
import type { Bug } from './bug.js';

export const clusterBugs: readonly Bug[] = [
  {
    name: 'lagging-controller-fences',
    title: 'A controller that lags behind answers that the leader is the stale one',
    source: 'KAFKA-14154 (commit 5990471), KAFKA-14144 (commit 62c2880)',
    violates: ['FencedIsStale', 'Converges'],
    controller: {
      acceptAlterPartition: (partition, requester, change) => {
        const error = acceptAlterPartition(partition, requester, change);
        return error === NOT_CONTROLLER ? FENCED_LEADER_EPOCH : error;
      },
      // An active controller never lags here: what a leader knows of its epoch, the log says. One that
      // was elected and has not applied everything does, and so does one that is deposed.
      refuseAlterPartition: () => FENCED_LEADER_EPOCH,
    },
  },
  {
    name: 'same-leader-not-followed-anew',
    title: 'Missed epochs of the same leader are no reason to ask where the logs part',
    source: 'KAFKA-7164 (commit 69283b4)',
    violates: ['LogMatch', 'IsrHasCommitted', 'Converges', 'ReplicasByteEqual'],
    partition: {
      followsAnew: (before, after) => before.leader !== after.leader,
      // As before KIP-595: only the first fetch asks, the later ones take what comes.
      fetchedEpoch: (latest, heard) => (heard ? NO_EPOCH : latest),
    },
  },
  {
    name: 'high-watermark-left-behind-by-reset',
    title: 'A full truncation moves the log start and leaves the high watermark below it',
    source: 'KAFKA-9491 (commit b029902)',
    violates: ['AssertionHolds'],
    partition: { highWatermarkAfterReset: (highWatermark) => highWatermark },
  },
];
