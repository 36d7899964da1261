/**
 * The rules of the controller: each a small pure function with its source at its head, collected in
 * the record that every decision takes as argument. The zoo replaces single ones by wrong variants.
 */

import { type BrokerEpoch, type BrokerId, NO_LEADER } from '../types/ids.js';
import {
  DUPLICATE_BROKER_REGISTRATION,
  FENCED_LEADER_EPOCH,
  INCONSISTENT_CLUSTER_ID,
  INVALID_REQUEST,
  INVALID_UPDATE_VERSION,
  NONE,
  NOT_CONTROLLER,
} from './error-codes.js';
import { type PlacementQuestion, placeReplicas } from './placement.js';
import {
  type Assignment,
  assignmentReverted,
  assignmentTowards,
  type Candidates,
  type LeaderAndReplicas,
  leaderEpochBump,
  mayRevert,
  reassignmentComplete,
} from './rules-reassign.js';
import type {
  AlterPartitionChange,
  BrokerRegistration,
  ControllerSettings,
  ErrorCode,
  PartitionRegistration,
} from './types.js';

/** Who may lead a partition, as the controller knows it. */
export interface ElectionQuestion {
  /** The preferred replica first. */
  readonly replicas: readonly BrokerId[];
  /** The leader so far; NO_LEADER: none. */
  readonly leader: BrokerId;
  readonly isr: readonly BrokerId[];
  readonly elr: readonly BrokerId[];
  readonly lastKnownElr: readonly BrokerId[];
  /** The brokers that are neither fenced nor shutting down. */
  readonly live: ReadonlySet<BrokerId>;
  /** unclean.leader.election.enable of the topic. */
  readonly uncleanAllowed: boolean;
  /** Whether the preferred replica is to replace a leader that could stay. */
  readonly preferred: boolean;
}

export interface ElectionAnswer {
  /** NO_LEADER: nobody can be elected now. */
  readonly leader: BrokerId;
  /** From the ISR or the ELR: it holds every record below the high watermark. */
  readonly clean: boolean;
  /** The partition is to be marked RECOVERING (KIP-704). */
  readonly recovering: boolean;
}

/** The replicas outside the ISR that the controller remembers (KIP-966). */
export interface Eligible {
  readonly elr: readonly BrokerId[];
  /** The last known leader first. */
  readonly lastKnownElr: readonly BrokerId[];
}

/** How a broker that wants to shut down stands. Offsets are those of the metadata log. */
export interface ShutdownQuestion {
  readonly leadsPartitions: boolean;
  /** The newest record that took a leadership from it; -1: none. */
  readonly shutdownOffset: number;
  readonly currentMetadataOffset: number;
  readonly lowestActiveOffset: number;
}

export interface RegistrationQuestion {
  readonly clusterId: string;
  readonly brokerId: BrokerId;
  readonly incarnationId: string;
}

/** The slots. */
export interface ControllerRules {
  readonly settings: ControllerSettings;
  readonly electLeader: (question: ElectionQuestion) => ElectionAnswer;
  readonly acceptAlterPartition: (
    partition: Readonly<PartitionRegistration>,
    requester: BrokerId,
    change: AlterPartitionChange,
  ) => ErrorCode;
  readonly refuseAlterPartition: () => ErrorCode;
  readonly mayJoinIsr: (
    broker: Readonly<BrokerRegistration> | undefined,
    fetchedWith: BrokerEpoch,
  ) => boolean;
  readonly isrAfterBrokerLoss: (isr: readonly BrokerId[], lost: BrokerId) => readonly BrokerId[];
  readonly elrAfterIsrChange: (
    partition: Readonly<PartitionRegistration>,
    isr: readonly BrokerId[],
    minIsr: number,
  ) => Eligible;
  readonly elrAfterUncleanRestart: (eligible: Eligible, restarted: BrokerId) => Eligible;
  readonly elrAfterMinIsrChange: (eligible: Eligible, isr: readonly BrokerId[]) => Eligible;
  readonly leaderEpochBump: (before: LeaderAndReplicas, after: LeaderAndReplicas) => boolean;
  readonly assignmentTowards: (current: Assignment, target: readonly BrokerId[]) => Assignment;
  readonly reassignmentComplete: (assignment: Assignment, isr: readonly BrokerId[]) => boolean;
  readonly assignmentReverted: (current: Assignment) => Assignment;
  readonly mayRevert: (partition: Candidates) => boolean;
  readonly mayRegister: (
    question: RegistrationQuestion,
    known: Readonly<BrokerRegistration> | undefined,
    settings: ControllerSettings,
  ) => ErrorCode;
  readonly mayUnfence: (
    broker: Readonly<BrokerRegistration>,
    currentMetadataOffset: number,
  ) => boolean;
  readonly mayShutDown: (question: ShutdownQuestion) => boolean;
  readonly placeReplicas: (question: PlacementQuestion) => readonly (readonly BrokerId[])[];
}

/** The true rules with `settings`. */
export function createRules(settings: ControllerSettings): ControllerRules {
  return {
    settings,
    electLeader,
    acceptAlterPartition,
    refuseAlterPartition,
    mayJoinIsr,
    isrAfterBrokerLoss,
    elrAfterIsrChange,
    elrAfterUncleanRestart,
    elrAfterMinIsrChange,
    leaderEpochBump,
    assignmentTowards,
    reassignmentComplete,
    assignmentReverted,
    mayRevert,
    mayRegister,
    mayUnfence,
    mayShutDown,
    placeReplicas,
  };
}

/**
 * ELECT-ORDER (KIP-966, "Leader election"): a live member of the ISR, the leader so far before the
 * preferred replica; else a live member of the ELR, which is as clean; else the last known leader,
 * if ISR and ELR are empty; else, only where unclean.leader.election.enable says so, any live
 * replica. The last two may have lost records and are marked RECOVERING (KIP-704). Any live replica is any: the
 * first that lives, as in Kafka (PartitionChangeBuilder.electAnyLeader), also one that a reassignment has just
 * added and that holds nothing, though another one has records. Nobody asks them for their log ends.
 */
export function electLeader(question: ElectionQuestion): ElectionAnswer {
  const { replicas, isr, elr, lastKnownElr, live, leader } = question;
  const inSync = replicas.filter((replica) => isr.includes(replica) && live.has(replica));
  const wanted = question.preferred ? [replicas[0], leader] : [leader];
  for (const candidate of [...wanted, ...inSync]) {
    if (candidate !== undefined && inSync.includes(candidate)) {
      return { leader: candidate, clean: true, recovering: false };
    }
  }
  const eligible = replicas.find((replica) => elr.includes(replica) && live.has(replica));
  if (eligible !== undefined) {
    return { leader: eligible, clean: true, recovering: false };
  }
  const lastKnownLeader = lastKnownElr[0];
  if (isr.length === 0 && elr.length === 0 && lastKnownLeader !== undefined) {
    if (live.has(lastKnownLeader)) {
      return { leader: lastKnownLeader, clean: false, recovering: true };
    }
  }
  if (question.uncleanAllowed) {
    const any = replicas.find((replica) => live.has(replica));
    if (any !== undefined) {
      return { leader: any, clean: false, recovering: true };
    }
  }
  return { leader: NO_LEADER, clean: true, recovering: false };
}

/**
 * ISR-CAS (KIP-497): only the leader of the current epoch changes the ISR, and only by compare and
 * set on the partition epoch. An epoch from the future means that this controller is the stale one
 * (KAFKA-14154). A leader is in its ISR; a recovering one is alone in it (KIP-704).
 */
export function acceptAlterPartition(
  partition: Readonly<PartitionRegistration>,
  requester: BrokerId,
  change: AlterPartitionChange,
): ErrorCode {
  if (
    change.leaderEpoch > partition.leaderEpoch ||
    change.partitionEpoch > partition.partitionEpoch
  ) {
    return NOT_CONTROLLER;
  }
  if (change.leaderEpoch < partition.leaderEpoch) {
    return FENCED_LEADER_EPOCH;
  }
  if (requester !== partition.leader) {
    return INVALID_REQUEST;
  }
  if (change.partitionEpoch < partition.partitionEpoch) {
    return INVALID_UPDATE_VERSION;
  }
  const isr = change.newIsr.map((member) => member.brokerId);
  const wellFormed =
    new Set(isr).size === isr.length && isr.every((id) => partition.replicas.includes(id));
  if (!wellFormed || !isr.includes(partition.leader)) {
    return INVALID_REQUEST;
  }
  if (change.leaderRecoveryState === 'recovering') {
    if (partition.leaderRecoveryState === 'recovered' || isr.length > 1) {
      return INVALID_REQUEST;
    }
  }
  return NONE;
}

/**
 * What a node says to AlterPartition that does not decide: it leads no more, or has not yet applied what
 * earlier leaders committed. Which epochs hold is not its to say (KAFKA-14154): the leader asks again.
 */
export function refuseAlterPartition(): ErrorCode {
  return NOT_CONTROLLER;
}

/**
 * ISR-JOIN at the controller: a fenced broker or one in controlled shutdown may not be in the ISR
 * (KIP-841), and a fetch of an earlier incarnation proves nothing about this one, whose disk may be
 * empty (KIP-903). Epoch -1: the leader did not say.
 */
export function mayJoinIsr(
  broker: Readonly<BrokerRegistration> | undefined,
  fetchedWith: BrokerEpoch,
): boolean {
  if (broker === undefined || broker.fenced || broker.inControlledShutdown) {
    return false;
  }
  return fetchedWith === -1 || fetchedWith === broker.epoch;
}

/**
 * FENCE-OUT (KIP-631, KIP-841): a broker that is fenced, unregistered or shutting down leaves every
 * ISR, also as its last member: the ELR remembers it (KIP-966).
 */
export function isrAfterBrokerLoss(isr: readonly BrokerId[], lost: BrokerId): readonly BrokerId[] {
  return isr.filter((member) => member !== lost);
}

/**
 * ELR-IN, ELR-OUT (KIP-966): while the ISR is smaller than min.insync.replicas the high watermark
 * stands still, so whoever leaves the ISR keeps everything below it and stays eligible; with enough
 * members nobody else is needed.
 */
export function elrAfterIsrChange(
  partition: Readonly<PartitionRegistration>,
  isr: readonly BrokerId[],
  minIsr: number,
): Eligible {
  if (isr.length >= minIsr) {
    return { elr: [], lastKnownElr: [] };
  }
  const kept = partition.replicas.filter(
    (replica) =>
      !isr.includes(replica) &&
      (partition.elr.includes(replica) || partition.isr.includes(replica)),
  );
  const lastKnownElr = partition.lastKnownElr.filter((replica) => !isr.includes(replica));
  return { elr: kept, lastKnownElr };
}

/**
 * ELR-OUT (KIP-966, KAFKA-15586): a broker that comes back without a clean shutdown may have lost
 * the tail of its logs, so it is no longer eligible, only known.
 */
export function elrAfterUncleanRestart(eligible: Eligible, restarted: BrokerId): Eligible {
  if (!eligible.elr.includes(restarted)) {
    return eligible;
  }
  const { lastKnownElr } = eligible;
  return {
    elr: eligible.elr.filter((replica) => replica !== restarted),
    lastKnownElr: lastKnownElr.includes(restarted) ? lastKnownElr : [...lastKnownElr, restarted],
  };
}

/**
 * KIP-966: a new min.insync.replicas clears the ELR, whose meaning rested on the old one. Not of a
 * partition whose ISR is empty: nobody can have moved its high watermark, and its ELR is all it has.
 */
export function elrAfterMinIsrChange(eligible: Eligible, isr: readonly BrokerId[]): Eligible {
  return isr.length === 0 ? eligible : { elr: [], lastKnownElr: [] };
}

/**
 * KIP-631: one incarnation of a broker id at a time. Another one is turned away while the known one
 * is unfenced; that ends when its session does.
 */
export function mayRegister(
  question: RegistrationQuestion,
  known: Readonly<BrokerRegistration> | undefined,
  settings: ControllerSettings,
): ErrorCode {
  if (question.clusterId !== settings.clusterId) {
    return INCONSISTENT_CLUSTER_ID;
  }
  if (known !== undefined && !known.fenced && known.incarnationId !== question.incarnationId) {
    return DUPLICATE_BROKER_REGISTRATION;
  }
  return NONE;
}

/**
 * UNFENCE (KIP-631): a broker serves once it has applied the metadata log up to its own registration
 * (not up to the end, which moves: KAFKA-13959). A shutdown is not taken back.
 */
export function mayUnfence(
  broker: Readonly<BrokerRegistration>,
  currentMetadataOffset: number,
): boolean {
  return !broker.inControlledShutdown && currentMetadataOffset >= broker.epoch;
}

/**
 * SHUTDOWN (KIP-631, "Controlled shutdown"): granted when the broker leads nothing and it, and every
 * active broker, has applied the records that moved its leaders away: clients find the new ones.
 */
export function mayShutDown(question: ShutdownQuestion): boolean {
  return (
    !question.leadsPartitions &&
    question.currentMetadataOffset >= question.shutdownOffset &&
    question.lowestActiveOffset >= question.shutdownOffset
  );
}
