/**
 * One change of a partition, decided as a whole: its ISR, who is eligible, and who leads now. Every
 * command that touches a partition goes through here, so the rules meet in one place.
 */

import { assert } from '../types/assert.js';
import {
  type BrokerId,
  NO_LEADER,
  type PartitionIndex,
  type Uuid,
  ZERO_UUID,
} from '../types/ids.js';
import { effectiveMinIsr, uncleanElectionAllowed } from './effective-configs.js';
import { NO_LEADER_CHANGE } from './image.js';
import type { ControllerRules, Eligible } from './rules.js';
import type { Assignment } from './rules-reassign.js';
import type { MetadataImage, MetadataRecord, PartitionRegistration, TopicImage } from './types.js';

export type PartitionChangeRecord = Extract<MetadataRecord, { type: 'PartitionChangeRecord' }>;

/** What a command wants of a partition; what is left out stays. */
export interface PartitionChange {
  readonly isr?: readonly BrokerId[];
  /** This broker registered again without a clean shutdown. */
  readonly uncleanRestart?: BrokerId;
  readonly minIsrChanged?: boolean;
  /** The leader reports that it has recovered (KIP-704). */
  readonly recovered?: boolean;
  readonly preferredLeader?: boolean;
  /** Other replicas than now (KIP-455). */
  readonly assignment?: Assignment;
  /** Any live replica may lead, whatever the topic's config says (KIP-460's unclean election). */
  readonly unclean?: boolean;
}

/** What a decision reads; `live` may be ahead of `image`, where the decision itself changes it. */
export interface ChangeContext {
  readonly image: MetadataImage;
  readonly rules: ControllerRules;
  readonly live: ReadonlySet<BrokerId>;
}

/** The brokers that may lead: neither fenced nor in controlled shutdown. */
export function liveBrokers(image: MetadataImage): Set<BrokerId> {
  const live = new Set<BrokerId>();
  for (const broker of image.brokers.values()) {
    if (!broker.fenced && !broker.inControlledShutdown) {
      live.add(broker.id);
    }
  }
  return live;
}

/** The record for `change`, with only what differs in it; null if nothing does. */
export function decidePartitionChange(
  context: ChangeContext,
  topic: TopicImage,
  index: PartitionIndex,
  partition: Readonly<PartitionRegistration>,
  change: PartitionChange,
): PartitionChangeRecord | null {
  const { image, rules, live } = context;
  const { standing, wanted } = moved(rules, partition, change);
  let isr = wanted;
  let eligible = eligibleAfter(context, topic, standing, isr, change);
  const answer = rules.electLeader({
    replicas: standing.replicas,
    leader: partition.leader,
    isr,
    elr: eligible.elr,
    lastKnownElr: eligible.lastKnownElr,
    live,
    uncleanAllowed:
      change.unclean === true || uncleanElectionAllowed(image, rules.settings, topic.name),
    preferred: change.preferredLeader ?? false,
  });
  const { leader } = answer;
  let recovering = partition.leaderRecoveryState === 'recovering' && change.recovered !== true;
  if (leader !== NO_LEADER && !isr.includes(leader)) {
    // Whoever was elected from outside the ISR is all of the new one (KIP-966, KIP-704).
    isr = [leader];
    // An unclean leader forks history: what others hold makes them eligible no more.
    eligible = answer.clean
      ? rules.elrAfterIsrChange(
          { ...standing, ...eligible, isr: wanted },
          isr,
          minIsrOf(context, topic, standing),
        )
      : { elr: [], lastKnownElr: [] };
    recovering = recovering || answer.recovering;
  } else if (isr.length === 0 && standing.replicas.includes(partition.leader)) {
    eligible = withLastKnownLeader(eligible, partition.leader);
  }
  assert(leader === NO_LEADER || isr.includes(leader), 'the leader would be outside its ISR');
  const after = { ...standing, ...eligible, isr, leader, recovering };
  return minimalRecord(context, topic, index, partition, after);
}

interface Moved {
  /** The partition among the replicas that it is to have, its ISR not changed otherwise. */
  readonly standing: Readonly<PartitionRegistration>;
  /** The ISR that is asked for. */
  readonly wanted: readonly BrokerId[];
}

/**
 * The replicas that `change` leads to, a reassignment ended if that is due. Who is no replica any more
 * is nothing else either: its log will be deleted, and if it ever comes back it is empty.
 */
function moved(
  rules: ControllerRules,
  partition: Readonly<PartitionRegistration>,
  change: PartitionChange,
): Moved {
  const isr = change.isr ?? partition.isr;
  let assignment: Assignment = change.assignment ?? partition;
  if (rules.reassignmentComplete(assignment, isr)) {
    const { replicas, removingReplicas } = assignment;
    const left = replicas.filter((id) => !removingReplicas.includes(id));
    assignment = { replicas: left, addingReplicas: [], removingReplicas: [] };
  }
  const { replicas, addingReplicas, removingReplicas } = assignment;
  const stays = (id: BrokerId): boolean => replicas.includes(id);
  const standing: PartitionRegistration = {
    ...partition,
    replicas,
    addingReplicas,
    removingReplicas,
    isr: partition.isr.filter(stays),
    elr: partition.elr.filter(stays),
    lastKnownElr: partition.lastKnownElr.filter(stays),
  };
  return { standing, wanted: isr.filter(stays) };
}

function eligibleAfter(
  context: ChangeContext,
  topic: TopicImage,
  partition: Readonly<PartitionRegistration>,
  isr: readonly BrokerId[],
  change: PartitionChange,
): Eligible {
  const { rules } = context;
  const minIsr = minIsrOf(context, topic, partition);
  let eligible = rules.elrAfterIsrChange(partition, isr, minIsr);
  if (change.minIsrChanged === true) {
    eligible = rules.elrAfterMinIsrChange(eligible, isr);
  }
  if (change.uncleanRestart !== undefined) {
    eligible = rules.elrAfterUncleanRestart(eligible, change.uncleanRestart);
  }
  return eligible;
}

function minIsrOf(
  context: ChangeContext,
  topic: TopicImage,
  partition: Readonly<PartitionRegistration>,
): number {
  const { image, rules } = context;
  return effectiveMinIsr(image, rules.settings, topic.name, partition.replicas.length);
}

/** KIP-966: when a partition becomes leaderless, its last leader is known and comes first. */
function withLastKnownLeader(eligible: Eligible, leader: BrokerId): Eligible {
  const others = eligible.lastKnownElr.filter((replica) => replica !== leader);
  return { elr: eligible.elr, lastKnownElr: [leader, ...others] };
}

interface Outcome extends Assignment, Eligible {
  readonly isr: readonly BrokerId[];
  readonly leader: BrokerId;
  readonly recovering: boolean;
}

function minimalRecord(
  { image, rules }: ChangeContext,
  topic: TopicImage,
  index: PartitionIndex,
  before: Readonly<PartitionRegistration>,
  after: Outcome,
): PartitionChangeRecord | null {
  const bump = rules.leaderEpochBump(before, after);
  const recoveryChanges = after.recovering !== (before.leaderRecoveryState === 'recovering');
  const moves = !sameOrder(after.replicas, before.replicas);
  const differing = (
    now: readonly BrokerId[],
    then: readonly BrokerId[],
  ): readonly BrokerId[] | null => (sameMembers(now, then) ? null : now);
  const record: PartitionChangeRecord = {
    type: 'PartitionChangeRecord',
    partitionId: index,
    topicId: topic.id,
    isr: differing(after.isr, before.isr),
    leader: bump ? after.leader : NO_LEADER_CHANGE,
    replicas: moves ? after.replicas : null,
    removingReplicas: differing(after.removingReplicas, before.removingReplicas),
    addingReplicas: differing(after.addingReplicas, before.addingReplicas),
    leaderRecoveryState: recoveryChanges ? (after.recovering ? 1 : 0) : -1,
    directories: moves ? directoriesOf(image, before, after.replicas) : null,
    eligibleLeaderReplicas: differing(after.elr, before.elr),
    lastKnownElr: sameOrder(after.lastKnownElr, before.lastKnownElr) ? null : after.lastKnownElr,
  };
  const nothing =
    record.isr === null &&
    !bump &&
    !moves &&
    record.removingReplicas === null &&
    record.addingReplicas === null &&
    !recoveryChanges &&
    record.eligibleLeaderReplicas === null &&
    record.lastKnownElr === null;
  return nothing ? null : record;
}

/** By replica, as they are listed (KIP-858): where it is known to be, or the only one of its broker. */
function directoriesOf(
  image: MetadataImage,
  before: Readonly<PartitionRegistration>,
  replicas: readonly BrokerId[],
): readonly Uuid[] {
  return replicas.map((id) => {
    const at = before.replicas.indexOf(id);
    return at < 0 ? onlyDirectory(image, id) : (before.directories[at] ?? ZERO_UUID);
  });
}

/** KIP-858: with one log directory there is no choice; with more the broker reports its own. */
export function onlyDirectory(image: MetadataImage, broker: BrokerId): Uuid {
  const directories = image.brokers.get(broker)?.logDirs ?? [];
  return directories.length === 1 ? (directories[0] ?? ZERO_UUID) : ZERO_UUID;
}

function sameMembers(a: readonly BrokerId[], b: readonly BrokerId[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}

/** The first of the last known has a meaning of its own. */
function sameOrder(a: readonly BrokerId[], b: readonly BrokerId[]): boolean {
  return a.length === b.length && a.every((member, i) => b[i] === member);
}
