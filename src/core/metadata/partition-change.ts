/**
 * One change of a partition, decided as a whole: its ISR, who is eligible, and who leads now. Every
 * command that touches a partition goes through here, so the rules meet in one place.
 */

import { assert } from '../types/assert.js';
import { type BrokerId, NO_LEADER, type PartitionIndex } from '../types/ids.js';
import { effectiveMinIsr, uncleanElectionAllowed } from './effective-configs.js';
import { NO_LEADER_CHANGE } from './image.js';
import type { ControllerRules, Eligible } from './rules.js';
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
  let isr = change.isr ?? partition.isr;
  let eligible = eligibleAfter(context, topic, partition, isr, change);
  const answer = rules.electLeader({
    replicas: partition.replicas,
    leader: partition.leader,
    isr,
    elr: eligible.elr,
    lastKnownElr: eligible.lastKnownElr,
    live,
    uncleanAllowed: uncleanElectionAllowed(image, rules.settings, topic.name),
    preferred: change.preferredLeader ?? false,
  });
  const { leader } = answer;
  let recovering = partition.leaderRecoveryState === 'recovering' && change.recovered !== true;
  if (leader !== NO_LEADER && !isr.includes(leader)) {
    const wanted = isr;
    // Whoever was elected from outside the ISR is all of the new one (KIP-966, KIP-704).
    isr = [leader];
    // An unclean leader forks history: what others hold makes them eligible no more.
    eligible = answer.clean
      ? rules.elrAfterIsrChange(
          { ...partition, ...eligible, isr: wanted },
          isr,
          minIsrOf(context, topic, partition),
        )
      : { elr: [], lastKnownElr: [] };
    recovering = recovering || answer.recovering;
  } else if (isr.length === 0 && partition.leader !== NO_LEADER) {
    eligible = withLastKnownLeader(eligible, partition.leader);
  }
  assert(leader === NO_LEADER || isr.includes(leader), 'the leader would be outside its ISR');
  return minimalRecord(topic, index, partition, rules, { isr, eligible, leader, recovering });
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

interface Outcome {
  readonly isr: readonly BrokerId[];
  readonly eligible: Eligible;
  readonly leader: BrokerId;
  readonly recovering: boolean;
}

function minimalRecord(
  topic: TopicImage,
  index: PartitionIndex,
  partition: Readonly<PartitionRegistration>,
  rules: ControllerRules,
  outcome: Outcome,
): PartitionChangeRecord | null {
  const { isr, eligible, leader, recovering } = outcome;
  const bump = rules.leaderEpochBump(partition.leader, leader);
  const recoveryChanges = recovering !== (partition.leaderRecoveryState === 'recovering');
  const record: PartitionChangeRecord = {
    type: 'PartitionChangeRecord',
    partitionId: index,
    topicId: topic.id,
    isr: sameMembers(isr, partition.isr) ? null : isr,
    leader: bump ? leader : NO_LEADER_CHANGE,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: recoveryChanges ? (recovering ? 1 : 0) : -1,
    directories: null,
    eligibleLeaderReplicas: sameMembers(eligible.elr, partition.elr) ? null : eligible.elr,
    lastKnownElr: sameOrder(eligible.lastKnownElr, partition.lastKnownElr)
      ? null
      : eligible.lastKnownElr,
  };
  const nothing =
    record.isr === null &&
    !bump &&
    !recoveryChanges &&
    record.eligibleLeaderReplicas === null &&
    record.lastKnownElr === null;
  return nothing ? null : record;
}

function sameMembers(a: readonly BrokerId[], b: readonly BrokerId[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}

/** The first of the last known has a meaning of its own. */
function sameOrder(a: readonly BrokerId[], b: readonly BrokerId[]): boolean {
  return a.length === b.length && a.every((member, i) => b[i] === member);
}
