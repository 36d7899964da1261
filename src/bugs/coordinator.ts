/** Wrong variants of the group coordinator's rules. */

import { GroupError } from '../core/coordinator/errors.js';
import { completeJoin, mayCommitOffset } from '../core/coordinator/rules.js';
import type { Bug } from './bug.js';

/** The zoo of the group coordinator. */
export const coordinatorBugs: readonly Bug[] = [
  {
    name: 'commit-without-generation',
    title: 'An offset commit of an old generation overwrites those of the new owner',
    source: 'G-ONE; KIP-447 closes the same hole for transactions',
    violates: ['OnlyCurrentMembersServed'],
    groups: {
      mayCommitOffset: (claim) => mayCommitOffset({ ...claim, generation: claim.groupGeneration }),
    },
  },
  {
    name: 'commit-from-anyone',
    title: 'An offset commit is taken from whoever names the group, member or not',
    source: 'KIP-447 (commits of transactions named neither member nor generation)',
    violates: ['OnlyCurrentMembersServed'],
    groups: { mayCommitOffset: () => GroupError.NONE },
  },
  {
    name: 'replaced-member-commits',
    title: 'A process whose group.instance.id was taken over commits on under its old member id',
    source: 'KIP-345 (FENCED_INSTANCE_ID)',
    violates: ['OnlyCurrentMembersServed'],
    groups: {
      mayCommitOffset: (claim) =>
        mayCommitOffset(
          claim.memberError === GroupError.FENCED_INSTANCE_ID
            ? { ...claim, memberError: GroupError.NONE }
            : claim,
        ),
    },
  },
  {
    name: 'served-before-loaded',
    title: 'A new coordinator answers before it has read its log: as if nothing had been committed',
    source: 'KAFKA-16030; pull request 2436 (offsets not loaded on coordinator failover)',
    violates: ['PendingEqualsCommitted'],
    groups: { isLoaded: () => true },
  },
  {
    name: 'generation-forgotten',
    title:
      'A new coordinator counts generations from the beginning: zombies of old ones are let in',
    source: 'G-SM (GroupMetadataValue.generation)',
    violates: ['StableGroupIsLogged'],
    groups: { loadedGeneration: (logged) => Math.min(logged, 1) },
  },
  {
    name: 'static-id-not-persisted',
    title: 'A static member comes back, its new id is told but not logged: failover fences it',
    source: 'KAFKA-10284',
    violates: ['StableGroupIsLogged'],
    groups: { staticRejoinRecords: () => [] },
  },
  {
    name: 'answer-before-commit',
    title: 'Commits and assignments are acknowledged when they are appended',
    source: 'O-LAST',
    violates: ['CommittedOffsetIsLastAccepted', 'OneOwnerPerGeneration'],
    groups: { answerableAt: () => -1 },
  },
  {
    name: 'dirty-offset-read',
    title: 'OffsetFetch shows commits that a failover can undo',
    source: 'O-LAST',
    violates: ['CommittedOffsetIsLastAccepted'],
    groups: { readableOffsets: (decider) => decider.active?.pending ?? decider.committed },
  },
  {
    name: 'static-member-not-fenced',
    title: 'A process whose group.instance.id was taken over is told to join again, not to stop',
    source: 'KIP-345',
    violates: ['ReplacedInstanceFenced'],
    groups: { fenceStaticMember: () => false },
  },
  {
    name: 'any-generation-accepted',
    title: 'Heartbeat and SyncGroup of an old generation succeed',
    source: 'G-ONE',
    violates: ['OnlyCurrentMembersServed'],
    groups: { acceptGeneration: () => true },
  },
  {
    name: 'generation-reused',
    title: 'A completed join phase does not begin a new generation',
    source: 'G-SM',
    violates: ['OneOwnerPerGeneration'],
    groups: { nextGeneration: (generation) => Math.max(generation, 1) },
  },
  {
    name: 'protocol-not-common',
    title: 'The group takes the first choice of its leader, whether or not others know it',
    source: 'G-JOIN',
    violates: ['GroupShape'],
    groups: {
      selectProtocol: (members, leader) =>
        members.find((member) => member.memberId === leader)?.protocols[0] ?? '',
    },
  },
  {
    name: 'assignment-by-position',
    title: 'Assignments are handed out in the order of the request, not to whom they name',
    source: 'G-ONE',
    violates: ['LeaderAssignmentDelivered'],
    groups: {
      distributeAssignment: (memberIds, assignments) =>
        new Map(memberIds.map((id, i) => [id, assignments[i]?.assignment ?? new Uint8Array(0)])),
    },
  },
  {
    name: 'pending-member-not-awaited',
    title: 'The join phase ends without a member that was just told its id',
    source: 'KIP-394',
    violates: ['JoinPhaseWaits'],
    groups: { completeJoin: (phase) => completeJoin({ ...phase, pendingMembers: 0 }) },
  },
  {
    name: 'pending-member-lost-unseen',
    title: 'A member that was told its id never joins, and the others go on waiting for it',
    source: 'KAFKA-9752',
    violates: ['NobodyWaitsForever'],
    groups: { lossMayCompleteJoin: (lost) => lost === 'member' },
  },
  {
    name: 'deleted-group-keeps-offsets',
    title: 'A deleted group leaves its offsets behind, for whoever takes its name',
    source: 'KIP-229',
    violates: ['DeletedGroupLeavesNothing'],
    groups: {
      deletionRecords: (records) => records.filter(({ type }) => type === 'GroupMetadata'),
    },
  },
  {
    name: 'group-deleted-under-members',
    title: 'A group is deleted while members consume in it',
    source: 'KIP-229',
    violates: ['DeletedGroupWasEmpty', 'AssertionHolds'],
    groups: { mayDeleteGroup: (state) => (state === null ? GroupError.GROUP_ID_NOT_FOUND : 0) },
  },
  {
    name: 'offsets-expire-under-consumer',
    title: 'Offsets go after a week though a member still consumes the topic, only slowly',
    source: 'KIP-211; KAFKA-4682',
    violates: ['ConsumedOffsetsStay'],
    groups: { isConsumed: () => false },
  },
  {
    name: 'late-members-kept',
    title: 'Who misses the join phase stays in the group with a share of the partitions',
    source: 'KIP-62',
    violates: ['LateMembersRemoved'],
    groups: { outlivesJoinPhase: () => true },
  },
];

/** Those that need brokers around the coordinator: its own model does not show them. */
export const coordinatorHostBugs: readonly Bug[] = [
  {
    name: 'zombie-coordinator-reads',
    title: 'A coordinator that was replaced unawares tells the offsets that it knows',
    source: 'thesis, 6.4, step 3 (a leader that reads must know that it leads); Kafka answers so',
    violates: ['commit-regression'],
    groups: { confirmsLeadership: () => false },
  },
];
