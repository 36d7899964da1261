/**
 * The controller as bytes: of its state what can change in a world of one partition, and what its judge
 * remembers.
 */

import { type ControllerState, controller } from '../../core/metadata/controller.js';
import type { PartitionRegistration } from '../../core/metadata/types.js';
import { type MetadataGhost, offerKey, uncleanKey } from '../../core/properties/metadata/ghost.js';
import { present } from '../../core/types/assert.js';
import { type BrokerEpoch, type BrokerId, type Uuid, ZERO_UUID } from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import {
  readAssignment,
  readIds,
  readReplicaBroker,
  writeAssignment,
  writeIds,
  writeReplicaBroker,
} from './codec.js';
import {
  type ExploredController,
  incarnationOf,
  PARTITION,
  registrationIn,
  TOPIC_ID,
  type Version,
} from './controller.js';

export function writeController(writer: PartWriter, explored: ExploredController): void {
  const { state, nextOffset, ghost } = explored;
  const { image, shutdownOffsets } = state;
  const id = (each: { readonly id: BrokerId }): number => each.id;
  writer.number(nextOffset);
  writer.byId(image.brokers.values(), id, (broker) => {
    writeReplicaBroker(writer, { ...broker, rack: null });
    writer.number(lifeOf(broker.incarnationId));
  });
  writeRegistration(writer, registrationIn(image));
  writer.byId(
    shutdownOffsets,
    ([broker]) => broker,
    ([broker, offset]) => {
      writer.id(broker);
      writer.number(offset);
    },
  );
  writeGhost(writer, ghost);
}

/** `base`: any state of the same world, for what never changes. */
export function readController(reader: PartReader, base: ExploredController): ExploredController {
  const nextOffset = reader.number();
  const state: ControllerState = controller.clone(base.state);
  for (const broker of reader.list(() => ({
    ...readReplicaBroker(reader),
    incarnationId: incarnationOf(reader.number()),
  }))) {
    Object.assign(present(state.image.brokers.get(broker.id), 'no broker comes new'), broker);
  }
  const registration = readRegistration(reader);
  state.image.topics.get(TOPIC_ID)!.partitions.set(PARTITION, registration);
  state.shutdownOffsets = new Map(
    reader.list(() => [reader.number() as BrokerId, reader.number()] as const),
  );
  return { state, nextOffset, ghost: readGhost(reader, base.ghost, registration) };
}

function lifeOf(incarnation: Uuid): number {
  return Number(incarnation.slice(incarnation.indexOf('-') + 1));
}

function writeRegistration(writer: PartWriter, registration: PartitionRegistration): void {
  writeAssignment(writer, registration);
  const { removingReplicas, addingReplicas, elr, lastKnownElr } = registration;
  for (const ids of [removingReplicas, addingReplicas, elr, lastKnownElr]) {
    writeIds(writer, ids);
  }
}

function readRegistration(reader: PartReader): PartitionRegistration {
  const assignment = readAssignment(reader);
  return {
    ...assignment,
    removingReplicas: readIds(reader),
    addingReplicas: readIds(reader),
    elr: readIds(reader),
    lastKnownElr: readIds(reader),
    // No broker has said where its logs lie.
    directories: assignment.replicas.map(() => ZERO_UUID),
  };
}

function writeGhost(writer: PartWriter, ghost: MetadataGhost): void {
  const lives = [...ghost.incarnations].sort(([a], [b]) => a - b);
  writer.list(lives, ([epoch, name]) => {
    const [id, incarnation] = name.split('/') as [string, Uuid];
    writer.number(epoch);
    writer.id(Number(id));
    writer.number(lifeOf(incarnation));
  });
  // They are of the state as it is, all of them (`forgetful`).
  writer.list([...ghost.offers.values()].flat(), (offer) =>
    writer.list([...offer], ([id, epoch]) => {
      writer.id(id);
      writer.number(epoch + 1);
    }),
  );
  writer.flag(ghost.uncleanAsked.size > 0);
}

function readGhost(
  reader: PartReader,
  { defaults }: MetadataGhost,
  { leaderEpoch, partitionEpoch }: PartitionRegistration,
): MetadataGhost {
  const incarnations = reader.list(() => {
    const epoch = reader.number() as BrokerEpoch;
    return [epoch, `${reader.number()}/${incarnationOf(reader.number())}`] as const;
  });
  const offers = reader.list(
    () =>
      new Map(
        reader.list(() => [reader.number() as BrokerId, (reader.number() - 1) as BrokerEpoch]),
      ),
  );
  const key = offerKey(TOPIC_ID, PARTITION, leaderEpoch, partitionEpoch);
  return {
    defaults,
    incarnations: new Map(incarnations),
    topicNames: new Map(),
    leaders: new Map(),
    shownEpochs: new Map(),
    offers: new Map(offers.length === 0 ? [] : [[key, offers]]),
    uncleanAsked: new Set(reader.flag() ? [uncleanKey(TOPIC_ID, PARTITION)] : []),
    appliedOffsets: new Map(),
  };
}

export function writeVersion(
  writer: PartWriter,
  { base, upTo, assignment, brokers }: Version,
): void {
  writer.number(base);
  writer.number(upTo);
  writeAssignment(writer, assignment);
  writer.list(brokers, (broker) => writeReplicaBroker(writer, broker));
}

export function readVersion(reader: PartReader): Version {
  return {
    base: reader.number(),
    upTo: reader.number(),
    assignment: readAssignment(reader),
    brokers: reader.list(() => readReplicaBroker(reader)),
  };
}
