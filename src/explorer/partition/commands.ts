/**
 * What the controller may be asked, by number, and what it answers to whom. Brokers are below 8, offsets of
 * records below 256.
 */

import type { ControllerCommand } from '../../core/metadata/types.js';
import { NOT_CONTROLLER } from '../../core/partition/errors.js';
import { assert, fail, present } from '../../core/types/assert.js';
import type { BrokerEpoch, BrokerId } from '../../core/types/ids.js';
import {
  type Decided,
  type ExploredController,
  PARTITION,
  registrationIn,
  registrationOf,
  TOPIC,
  TOPIC_ID,
} from './controller.js';
import type { AlteredPacket, AlterPacket, Packet } from './packets.js';

/** + the broker whose session has run out. */
export const EXPIRE = 0;
/** + 2 x the broker + 1 if it shows the epoch that it had. */
export const REGISTER = 8;
/** The preferred leader is to lead. */
export const PREFERRED = 24;
/** Anybody is to lead. */
export const ANYBODY = 25;
/** A move is given up. */
export const CANCEL = 26;
/** + the move. */
export const MOVE = 32;
/**
 * + 2 x the broker + 1 if it wants to shut down, and behind it how far it has applied the metadata, and how
 * far the last one of those who serve.
 */
const HEARTBEAT = 1 << 22;
/** + 2 x the message + 1 if this controller does not lead. */
export const REQUEST: number = 1 << 24;

/** Any offset is less: nobody else is waited for. */
export const NOBODY_BEHIND: number = 255;

export function heartbeat(
  broker: number,
  wantsShutDown: boolean,
  applied: number,
  lowest: number,
): number {
  assert(applied < 256 && lowest < 256, 'an offset that a heartbeat cannot name');
  return HEARTBEAT + ((2 * broker + (wantsShutDown ? 1 : 0)) << 16) + (applied << 8) + lowest;
}

/** What is under way to the controller. */
export function requestIn(packet: Packet | undefined): AlterPacket {
  return packet?.type === 'alter' ? packet : fail('nothing that a controller answers');
}

export function commandOf(
  code: number,
  { state, nextOffset }: ExploredController,
  packets: readonly Packet[],
  targets: readonly (readonly BrokerId[])[],
): ControllerCommand {
  const { image } = state;
  const epochOf = (id: BrokerId): BrokerEpoch =>
    present(image.brokers.get(id), 'the broker is registered').epoch;
  const partitions = [{ topicId: TOPIC_ID, partition: PARTITION }];
  if (code >= REQUEST) {
    return alteration(requestIn(packets[(code - REQUEST) >> 1]));
  }
  if (code >= HEARTBEAT) {
    const offsets = code & 0xffff;
    const brokerId = ((code - HEARTBEAT) >> 17) as BrokerId;
    const lowest = offsets & 0xff;
    return {
      type: 'brokerHeartbeat',
      brokerId,
      brokerEpoch: epochOf(brokerId),
      currentMetadataOffset: offsets >> 8,
      wantFence: false,
      wantShutDown: (((code - HEARTBEAT) >> 16) & 1) === 1,
      lowestActiveOffset: lowest === NOBODY_BEHIND ? Number.MAX_SAFE_INTEGER : lowest,
    };
  }
  if (code >= CANCEL) {
    const replicas = code === CANCEL ? null : targets[code - MOVE]!;
    return {
      type: 'alterPartitionReassignments',
      partitions: [{ topic: TOPIC, partition: PARTITION, replicas }],
      allowReplicationFactorChange: true,
    };
  }
  if (code === PREFERRED) {
    return { type: 'electPreferredLeaders', partitions };
  }
  if (code === ANYBODY) {
    return { type: 'electUncleanLeaders', partitions };
  }
  if (code >= REGISTER) {
    const brokerId = ((code - REGISTER) >> 1) as BrokerId;
    const isProven = (code - REGISTER) % 2 === 1;
    const previous = isProven ? epochOf(brokerId) : (-1 as BrokerEpoch);
    return registrationOf(brokerId, nextOffset, previous);
  }
  const brokerId = (code - EXPIRE) as BrokerId;
  return { type: 'sessionExpired', brokerId, brokerEpoch: epochOf(brokerId) };
}

function alteration(request: AlterPacket): ControllerCommand {
  const { from, brokerEpoch, leaderEpoch, partitionEpoch, isr, isrEpochs, isRecovering } = request;
  return {
    type: 'alterPartition',
    brokerId: from,
    brokerEpoch,
    changes: [
      {
        topicId: TOPIC_ID,
        partition: PARTITION,
        leaderEpoch,
        partitionEpoch,
        newIsr: isr.map((brokerId, i) => ({ brokerId, brokerEpoch: isrEpochs[i]! })),
        leaderRecoveryState: isRecovering ? 'recovering' : 'recovered',
      },
    ],
  };
}

/** The controller's answer to AlterPartition, as the sender of the leader takes it; else null. */
export function answerTo(request: AlterPacket, { response, controller }: Decided): AlteredPacket {
  if (response?.type !== 'alterPartition') {
    return refusal(request, NOT_CONTROLLER);
  }
  const result = response.partitions[0];
  const error =
    response.error === 0 ? present(result, 'one was asked about').error : response.error;
  if (error !== 0 || result === undefined) {
    return refusal(request, error);
  }
  const { leader, leaderEpoch, partitionEpoch, isr, leaderRecoveryState } = result;
  const { replicas } = registrationIn(controller.state.image);
  return {
    ...refusal(request, 0),
    assignment: { leader, leaderEpoch, partitionEpoch, replicas, isr, leaderRecoveryState },
  };
}

export function refusal(request: AlterPacket, error: number): AlteredPacket {
  const { from: to, brokerEpoch, partitionEpoch: requestedPartitionEpoch } = request;
  return { type: 'altered', to, brokerEpoch, requestedPartitionEpoch, error, assignment: null };
}
