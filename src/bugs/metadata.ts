/** Wrong variants of the controller's rules. */

import {
  acceptAlterPartition,
  electLeader,
  elrAfterIsrChange,
  mayJoinIsr,
  mayRegister,
} from '../core/metadata/rules.js';
import { assignmentTowards } from '../core/metadata/rules-reassign.js';
import { NO_LEADER } from '../core/types/ids.js';
import type { Bug } from './bug.js';

/** The zoo of the controller. */
export const metadataBugs: readonly Bug[] = [
  {
    name: 'reassignment-ends-with-the-added',
    title: 'A move ends when the added replicas are in sync, whatever the others of the target are',
    source: 'KAFKA-15665 (commit 756f44a), KIP-455',
    violates: ['ReplicasLeaveInSync'],
    controller: {
      reassignmentComplete: (assignment, isr) => {
        const { addingReplicas, removingReplicas } = assignment;
        const left = isr.filter((id) => !removingReplicas.includes(id));
        return (
          addingReplicas.length + removingReplicas.length > 0 &&
          left.length > 0 &&
          addingReplicas.every((id) => left.includes(id))
        );
      },
    },
  },
  {
    name: 'reassignment-at-once',
    title: 'The old replicas are dropped when a move begins, before the new ones hold anything',
    source: 'KIP-455, "Algorithm"',
    violates: ['ReplicasLeaveInSync'],
    controller: {
      assignmentTowards: (current, target) => {
        const inSync = target.some((id) => current.replicas.includes(id));
        return inSync
          ? { replicas: target, addingReplicas: [], removingReplicas: [] }
          : assignmentTowards(current, target);
      },
    },
  },
  {
    name: 'removed-replica-not-fenced',
    title: 'A replica is taken away in the same leader epoch: its fetches are not fenced',
    source: 'KIP-497, KIP-455',
    violates: ['LeaderEpochMonotonic', 'IsrCompareAndSet'],
    controller: { leaderEpochBump: (before, after) => before.leader !== after.leader },
  },
  {
    name: 'reassignment-given-up-at-any-price',
    title: 'A move is given up though only the replicas that it was adding hold all records',
    source: 'KIP-455, KIP-966',
    violates: ['ReplicasLeaveInSync'],
    controller: { mayRevert: () => true },
    notFoundBecause:
      'all old replicas must be out of the ISR while one of two added ones is in it and the other is not, ' +
      'and just then the move is given up; model-tests/metadata.test.ts finds it',
  },
  {
    name: 'elr-not-cleared-on-unclean-restart',
    title: 'A replica that crashed stays eligible, with the tail of its log torn off',
    source: 'KAFKA-15586, KIP-966',
    violates: ['UncleanRestartLeavesElr'],
    controller: { elrAfterUncleanRestart: (eligible) => eligible },
  },
  {
    name: 'fenced-replica-rejoins',
    title: 'A fenced or stopping replica is taken back into the ISR',
    source: 'KAFKA-13916, KIP-841',
    violates: ['FencedNotInIsr'],
    controller: {
      mayJoinIsr: (broker, fetchedWith) =>
        broker !== undefined &&
        mayJoinIsr({ ...broker, fenced: false, inControlledShutdown: false }, fetchedWith),
    },
  },
  {
    name: 'stale-broker-epoch-joins',
    title:
      'A fetch of the previous incarnation brings the new one, with an empty disk, into the ISR',
    source: 'KAFKA-14617, KIP-903',
    violates: ['IsrJoinCurrentEpoch'],
    controller: {
      mayJoinIsr: (broker) => broker !== undefined && mayJoinIsr(broker, broker.epoch),
    },
  },
  {
    name: 'no-recovering-mark',
    title: 'After an unclean election nothing says that the leader may lack records',
    source: 'KAFKA-13587, KIP-704',
    violates: ['UncleanElectionMarked'],
    controller: { electLeader: (question) => ({ ...electLeader(question), recovering: false }) },
  },
  {
    name: 'isr-emptied-below-min',
    title: 'Who leaves an ISR that is too small is forgotten, so nobody clean is left to lead',
    source: 'KIP-966 ("last replica standing")',
    violates: ['ElrKeepsMembers'],
    controller: { elrAfterIsrChange: () => ({ elr: [], lastKnownElr: [] }) },
  },
  {
    name: 'eligible-beside-a-full-isr',
    title:
      'Who left the ISR stays eligible when the ISR has its minimum again and commits without it',
    source: 'KIP-966 ("the ELR is cleared")',
    violates: ['ElrShape'],
    controller: {
      elrAfterIsrChange: (partition, isr) => elrAfterIsrChange(partition, isr, Infinity),
    },
  },
  {
    name: 'eligible-never-elected',
    title: 'Nobody is elected where the ISR is gone, though a member of the ELR is back',
    source: 'KIP-966 ("Leader election")',
    violates: ['ElectionNotMissed'],
    controller: {
      electLeader: (question) => {
        const { isr, elr, live } = question;
        return elr.length > 0 && !isr.some((id) => live.has(id))
          ? { leader: NO_LEADER, clean: true, recovering: false }
          : electLeader(question);
      },
    },
  },
  {
    name: 'isr-without-compare-and-set',
    title: 'A late AlterPartition overwrites a newer ISR',
    source: 'KAFKA-12686, KIP-497',
    violates: ['IsrCompareAndSet', 'IsrJoinCurrentEpoch'],
    controller: {
      acceptAlterPartition: (partition, requester, change) =>
        acceptAlterPartition(partition, requester, {
          ...change,
          partitionEpoch: partition.partitionEpoch,
        }),
    },
  },
  {
    name: 'elr-election-counts-as-unclean',
    title: 'A leader from the ELR is treated as if records might be lost: the others are forgotten',
    source: 'KAFKA-18940 (pull request 19156)',
    violates: ['ElrKeepsMembers'],
    controller: {
      electLeader: (question) => {
        const answer = electLeader(question);
        return question.elr.includes(answer.leader)
          ? { ...answer, clean: false, recovering: true }
          : answer;
      },
    },
  },
  {
    name: 'unclean-election-always',
    title: 'Any live replica is elected, whatever unclean.leader.election.enable says',
    source: 'KIP-106',
    violates: ['NoUncleanElectionUnlessConfigured'],
    controller: { electLeader: (question) => electLeader({ ...question, uncleanAllowed: true }) },
  },
  {
    name: 'second-incarnation-registers',
    title: 'A second incarnation of a broker id is let in while the first one serves',
    source: 'KIP-631 (DUPLICATE_BROKER_REGISTRATION)',
    violates: ['OneIncarnation'],
    controller: {
      mayRegister: (question, _known, settings) => mayRegister(question, undefined, settings),
    },
  },
  {
    name: 'unfenced-before-caught-up',
    title: 'A broker serves before it has applied its own registration',
    source: 'KIP-631',
    violates: ['UnfencedHasApplied'],
    controller: { mayUnfence: (broker) => !broker.inControlledShutdown },
  },
  {
    name: 'fenced-keeps-isr-seat',
    title: 'A fenced broker keeps its seats in the ISR',
    source: 'KIP-631, KIP-841',
    violates: ['FencedNotInIsr'],
    controller: { isrAfterBrokerLoss: (isr) => isr },
  },
];
