/**
 * The controller of an explored world: the production decisions on an image of one partition, whose log is
 * committed at once. The judge of the metadata is part of it, with what it has to remember.
 */

import {
  type ControllerState,
  controller,
  initialControllerState,
} from '../../core/metadata/controller.js';
import type { ControllerRules } from '../../core/metadata/rules.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
  PartitionRegistration,
} from '../../core/metadata/types.js';
import type { PartitionAssignment, ReplicaBroker } from '../../core/partition/types.js';
import {
  type MetadataGhost,
  observeCommand,
  observeImage,
  offerKey,
  startMetadataGhost,
} from '../../core/properties/metadata/ghost.js';
import {
  electedUncleanly,
  type MetadataProperty,
  type MetadataStep,
} from '../../core/properties/metadata/property.js';
import { AssertionError, present } from '../../core/types/assert.js';
import type { BrokerEpoch, BrokerId, PartitionIndex, Uuid } from '../../core/types/ids.js';
import type { Violation } from '../world.js';
import { rackOf } from './codec.js';

export interface ExploredController {
  readonly state: ControllerState;
  /** Of the next record. */
  readonly nextOffset: number;
  readonly ghost: MetadataGhost;
}

/** One decision as brokers learn of it: the partition and its brokers behind these records. */
export interface Version {
  /** Offsets of its first and last record. */
  readonly base: number;
  readonly upTo: number;
  readonly assignment: PartitionAssignment;
  readonly brokers: readonly ReplicaBroker[];
}

/** What a decision was and what came of it. */
export interface Decided {
  readonly controller: ExploredController;
  readonly before: ControllerState;
  readonly command: ControllerCommand;
  readonly records: readonly MetadataRecord[];
  readonly response: ControllerResponse | null;
  /** null: nothing was appended. */
  readonly version: Version | null;
  /** A leader from outside ISR and ELR was elected: it may lack what was promised. */
  readonly isUnclean: boolean;
  readonly violation: Violation | null;
}

export interface ControllerSetting {
  readonly rules: ControllerRules;
  readonly properties: readonly MetadataProperty[];
}

export const TOPIC = 't';
export const TOPIC_ID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid;
export const PARTITION: PartitionIndex = 0 as PartitionIndex;
export const CLUSTER = 'cluster';

/** The partition as the controller has it. */
export function registrationIn(image: MetadataImage): PartitionRegistration {
  const topic = present(image.topics.get(TOPIC_ID), 'the topic is there');
  return present(topic.partitions.get(PARTITION), 'the partition is there');
}

/** The life of broker `id` that registers with record `offset` as the next one. */
export function registrationOf(
  id: BrokerId,
  offset: number,
  previous: BrokerEpoch,
): ControllerCommand {
  return {
    type: 'registerBroker',
    brokerId: id,
    clusterId: CLUSTER,
    incarnationId: incarnationOf(offset),
    endPoints: [],
    rack: rackOf(id),
    logDirs: [],
    previousBrokerEpoch: previous,
  };
}

/** Lives are named by where the log ended when they began. */
export function incarnationOf(offset: number): Uuid {
  return `life-${offset}` as Uuid;
}

export function decide(
  before: ExploredController,
  command: ControllerCommand,
  { rules, properties }: ControllerSetting,
): Decided {
  const ghost = copyGhost(before.ghost);
  observeCommand(ghost, command);
  const state = controller.clone(before.state);
  const base = before.nextOffset;
  const nothing = { before: before.state, command, records: [], response: null, version: null };
  let decision: ReturnType<typeof controller.decide>;
  try {
    decision = controller.decide(state, command, base, rules);
    for (const [at, record] of decision.records.entries()) {
      controller.evolve(state, record, base + at);
    }
  } catch (error) {
    if (!(error instanceof AssertionError)) {
      throw error;
    }
    const violation = { property: 'AssertionHolds', detail: error.message };
    return { ...nothing, controller: before, isUnclean: false, violation };
  }
  const { records, response } = decision;
  const step: MetadataStep = { before: before.state.image, after: state.image };
  const violation = violationOf(step, ghost, properties);
  const isUnclean = isUncleanIn(step, ghost);
  observeImage(ghost, state.image);
  forgetful(ghost, state.image);
  const upTo = base + records.length - 1;
  const version = records.length === 0 ? null : versionOf(state.image, base, upTo);
  const after = { state, nextOffset: upTo + 1, ghost };
  const { before: was } = nothing;
  return {
    controller: after,
    before: was,
    command,
    records,
    response,
    version,
    isUnclean,
    violation,
  };
}

function violationOf(
  step: MetadataStep,
  ghost: MetadataGhost,
  properties: readonly MetadataProperty[],
): Violation | null {
  for (const { name, violation } of properties) {
    const detail = violation(step, ghost);
    if (detail !== null) {
      return { property: name, detail };
    }
  }
  return null;
}

function isUncleanIn({ before, after }: MetadataStep, ghost: MetadataGhost): boolean {
  const topic = after.topics.get(TOPIC_ID);
  if (topic === undefined || !before.topics.has(TOPIC_ID)) {
    return false;
  }
  const then = registrationIn(before);
  const now = registrationIn(after);
  return electedUncleanly({ topic, index: PARTITION, before: then, after: now }, ghost);
}

export function versionOf(image: MetadataImage, base: number, upTo: number): Version {
  const { leader, leaderEpoch, partitionEpoch, replicas, isr, leaderRecoveryState } =
    registrationIn(image);
  return {
    base,
    upTo,
    assignment: { leader, leaderEpoch, partitionEpoch, replicas, isr, leaderRecoveryState },
    brokers: replicas.map((id) => {
      const { epoch, fenced, inControlledShutdown } = present(
        image.brokers.get(id),
        'replicas are registered',
      );
      return { id, epoch, fenced, inControlledShutdown, rack: rackOf(id) };
    }),
  };
}

/**
 * Drops what no property can ask for any more. Offers count on the state that they were made on, and that is
 * gone with the next change; what a registration showed, and how far a broker had applied, in one decision
 * only; leader epochs never come again (`LeaderEpochMonotonic` looks at that first).
 */
export function forgetful(ghost: MetadataGhost, image: MetadataImage): void {
  ghost.topicNames.clear();
  ghost.leaders.clear();
  ghost.shownEpochs.clear();
  ghost.appliedOffsets.clear();
  const { leaderEpoch, partitionEpoch } = registrationIn(image);
  const current = offerKey(TOPIC_ID, PARTITION, leaderEpoch, partitionEpoch);
  for (const [key, offers] of ghost.offers) {
    if (key !== current) {
      ghost.offers.delete(key);
      continue;
    }
    // Asked twice is asked.
    const different = new Map(offers.map((offer) => [JSON.stringify([...offer]), offer]));
    ghost.offers.set(
      key,
      [...different.keys()].sort().map((text) => different.get(text)!),
    );
  }
}

function copyGhost(ghost: MetadataGhost): MetadataGhost {
  return {
    defaults: ghost.defaults,
    incarnations: new Map(ghost.incarnations),
    topicNames: new Map(ghost.topicNames),
    leaders: new Map(ghost.leaders),
    shownEpochs: new Map(ghost.shownEpochs),
    offers: new Map(ghost.offers),
    uncleanAsked: new Set(ghost.uncleanAsked),
    appliedOffsets: new Map(ghost.appliedOffsets),
  };
}

/** Brokers 1 to `brokers` are registered and serve; the partition has its replicas on the first of them. */
export function initialController(
  brokers: number,
  replicas: number,
  { rules }: ControllerSetting,
  defaults: MetadataGhost['defaults'],
): ExploredController {
  const state = initialControllerState();
  let nextOffset = 0;
  const decideNow = (command: ControllerCommand): void => {
    for (const record of controller.decide(state, command, nextOffset, rules).records) {
      controller.evolve(state, record, nextOffset++);
    }
  };
  const ids = Array.from({ length: brokers }, (_, i) => (i + 1) as BrokerId);
  for (const id of ids) {
    decideNow(registrationOf(id, nextOffset, -1 as BrokerEpoch));
    decideNow({
      type: 'brokerHeartbeat',
      brokerId: id,
      brokerEpoch: present(state.image.brokers.get(id), 'it has just registered').epoch,
      currentMetadataOffset: nextOffset,
      wantFence: false,
      wantShutDown: false,
    });
  }
  decideNow({
    type: 'createTopics',
    topics: [
      {
        name: TOPIC,
        topicId: TOPIC_ID,
        partitions: -1,
        replicationFactor: -1,
        assignments: [ids.slice(0, replicas)],
        configs: [],
      },
    ],
    validateOnly: false,
  });
  const ghost = startMetadataGhost(defaults);
  observeImage(ghost, state.image);
  forgetful(ghost, state.image);
  return { state, nextOffset, ghost };
}
