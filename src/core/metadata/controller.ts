/**
 * The controller as a decider (KIP-631): commands of brokers, clients and timers are decided into
 * metadata records on the image that everything appended so far folds into.
 */

import type { DeciderFunctions, Decision } from '../decider/decider.js';
import { assert, unreachable } from '../types/assert.js';
import { type BrokerId, NO_LEADER } from '../types/ids.js';
import { bootstrap } from './bootstrap.js';
import { decideHeartbeat, registerBroker, sessionExpired, unregisterBroker } from './brokers.js';
import { alterConfigs, replaceConfigs } from './configs.js';
import { electPreferredLeaders, electUncleanLeaders } from './elections.js';
import {
  applyRecord,
  byNumber,
  cloneImage,
  emptyImage,
  encodeImage,
  NO_LEADER_CHANGE,
  sortedEntries,
} from './image.js';
import { alterPartition } from './partitions.js';
import { allocateProducerIds } from './producer-ids.js';
import { alterPartitionReassignments } from './reassignments.js';
import type { ControllerRules } from './rules.js';
import { createPartitions, createTopics, deleteTopics } from './topics.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
} from './types.js';

/** What a controller decides on; a fold of the metadata log. */
export interface ControllerState {
  image: MetadataImage;
  /**
   * By broker in controlled shutdown: offset of the newest record that began it or took a leadership
   * away from it. The shutdown is granted once the brokers have applied that far. Not in snapshots:
   * `controllerStateFrom` sets it to the snapshot's end, which is later and so only more careful.
   */
  shutdownOffsets: Map<BrokerId, number>;
}

/** The controller's pure functions for `stepDecider`. */
export const controller: DeciderFunctions<
  ControllerState,
  ControllerCommand,
  MetadataRecord,
  ControllerResponse,
  ControllerRules
> = { clone: cloneControllerState, decide, evolve };

/** The state before the first record. */
export function initialControllerState(): ControllerState {
  return { image: emptyImage(), shutdownOffsets: new Map() };
}

/** The state that a snapshot with `image` and the end offset `upTo` stands for; owns `image`. */
export function controllerStateFrom(image: MetadataImage, upTo: number): ControllerState {
  const shutdownOffsets = new Map<BrokerId, number>();
  for (const [id, broker] of sortedEntries(image.brokers, byNumber)) {
    if (broker.inControlledShutdown) {
      shutdownOffsets.set(id, upTo);
    }
  }
  return { image, shutdownOffsets };
}

/** A copy that shares nothing mutable with `state`. */
export function cloneControllerState(state: ControllerState): ControllerState {
  return { image: cloneImage(state.image), shutdownOffsets: new Map(state.shutdownOffsets) };
}

/** Canonical bytes: equal exactly for equal states. */
export function encodeControllerState(state: ControllerState): Uint8Array {
  const image = encodeImage(state.image);
  const offsets = JSON.stringify(sortedEntries(state.shutdownOffsets, byNumber));
  const tail = new TextEncoder().encode(offsets);
  const bytes = new Uint8Array(image.length + tail.length);
  bytes.set(image);
  bytes.set(tail, image.length);
  return bytes;
}

/** Whether the two say the same. */
export function equalControllerStates(a: ControllerState, b: ControllerState): boolean {
  const left = encodeControllerState(a);
  const right = encodeControllerState(b);
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

function decide(
  state: ControllerState,
  command: ControllerCommand,
  base: number,
  rules: ControllerRules,
): Decision<MetadataRecord, ControllerResponse> {
  assert(base >= 0, 'a decision needs the offset of its first record');
  const { image } = state;
  switch (command.type) {
    case 'registerBroker':
      return registerBroker(image, command, base, rules);
    case 'brokerHeartbeat': {
      const shutdownOffset = state.shutdownOffsets.get(command.brokerId) ?? -1;
      return decideHeartbeat(image, command, shutdownOffset, rules);
    }
    case 'sessionExpired':
      return sessionExpired(image, command, rules);
    case 'unregisterBroker':
      return unregisterBroker(image, command, rules);
    case 'createTopics':
      return createTopics(image, command, rules);
    case 'createPartitions':
      return createPartitions(image, command, rules);
    case 'deleteTopics':
      return deleteTopics(image, command);
    case 'alterPartition':
      return alterPartition(image, command, rules);
    case 'incrementalAlterConfigs':
      return alterConfigs(image, command, rules);
    case 'replaceConfigs':
      return replaceConfigs(image, command, rules);
    case 'allocateProducerIds':
      return allocateProducerIds(image, command);
    case 'electPreferredLeaders':
      return electPreferredLeaders(image, command, rules);
    case 'electUncleanLeaders':
      return electUncleanLeaders(image, command, rules);
    case 'alterPartitionReassignments':
      return alterPartitionReassignments(image, command, rules);
    case 'bootstrap':
      return bootstrap(image, command, rules);
    default:
      return unreachable(command);
  }
}

function evolve(state: ControllerState, record: MetadataRecord, offset: number): void {
  const loser = leaderThatLoses(state, record);
  applyRecord(state.image, record, offset);
  switch (record.type) {
    case 'RegisterBrokerRecord':
    case 'UnregisterBrokerRecord':
      state.shutdownOffsets.delete(record.brokerId);
      if (record.type === 'RegisterBrokerRecord' && record.inControlledShutdown) {
        state.shutdownOffsets.set(record.brokerId, offset);
      }
      return;
    case 'BrokerRegistrationChangeRecord':
      if (record.inControlledShutdown > 0) {
        state.shutdownOffsets.set(record.brokerId, offset);
      }
      return;
    case 'PartitionChangeRecord':
      if (state.shutdownOffsets.has(loser)) {
        state.shutdownOffsets.set(loser, offset);
      }
      return;
    default:
      // No other record is about shutting down.
      return;
  }
}

/** The broker that `record` takes a leadership from; NO_LEADER: none. */
function leaderThatLoses(state: ControllerState, record: MetadataRecord): BrokerId {
  if (record.type !== 'PartitionChangeRecord' || record.leader === NO_LEADER_CHANGE) {
    return NO_LEADER;
  }
  const partition = state.image.topics.get(record.topicId)?.partitions.get(record.partitionId);
  return partition === undefined || partition.leader === record.leader
    ? NO_LEADER
    : partition.leader;
}
