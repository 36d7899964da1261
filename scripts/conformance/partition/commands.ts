/** What the controller is asked, and what it answers. */

import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
} from '../../../src/core/metadata/types.js';
import { NONE } from '../../../src/core/partition/errors.js';
import type { BrokerEpoch, BrokerId } from '../../../src/core/types/ids.js';
import {
  PARTITION,
  registrationIn,
  registrationOf,
  TOPIC_ID,
} from '../../../src/explorer/partition/controller.js';
import type { AlterPacket } from '../../../src/explorer/partition/packets.js';
import type { Message } from './abstraction.js';
import type { KnownController } from './controllers.js';

const partitions = [{ topicId: TOPIC_ID, partition: PARTITION }];

export const commands = {
  alterPartition: (request: AlterPacket): ControllerCommand => ({
    type: 'alterPartition',
    brokerId: request.from,
    brokerEpoch: request.brokerEpoch,
    changes: [
      {
        topicId: TOPIC_ID,
        partition: PARTITION,
        leaderEpoch: request.leaderEpoch,
        partitionEpoch: request.partitionEpoch,
        newIsr: request.isr.map((brokerId, at) => ({
          brokerId,
          brokerEpoch: request.isrEpochs[at]!,
        })),
        leaderRecoveryState: request.isRecovering ? 'recovering' : 'recovered',
      },
    ],
  }),
  sessionExpired: (brokerId: BrokerId, image: MetadataImage): ControllerCommand => ({
    type: 'sessionExpired',
    brokerId,
    brokerEpoch: image.brokers.get(brokerId)!.epoch,
  }),
  registerBroker: (id: BrokerId, offset: number, previous: BrokerEpoch): ControllerCommand =>
    registrationOf(id, offset, previous),
  brokerHeartbeat: (
    brokerId: BrokerId,
    brokerEpoch: BrokerEpoch,
    currentMetadataOffset: number,
  ): ControllerCommand => ({
    type: 'brokerHeartbeat',
    brokerId,
    brokerEpoch,
    currentMetadataOffset,
    wantFence: false,
    wantShutDown: false,
  }),
  electPreferredLeaders: (): ControllerCommand => ({ type: 'electPreferredLeaders', partitions }),
  electUncleanLeaders: (): ControllerCommand => ({ type: 'electUncleanLeaders', partitions }),
};

/** The controller's answer to AlterPartition. */
export function answerTo(
  request: AlterPacket,
  response: ControllerResponse,
  after: KnownController,
): Message {
  const { from: to, brokerEpoch, leaderEpoch, partitionEpoch: requestedPartitionEpoch } = request;
  const head = { type: 'altered', to, brokerEpoch, leaderEpoch, requestedPartitionEpoch } as const;
  if (response.type !== 'alterPartition') {
    return { ...head, error: -1, assignment: null };
  }
  const result = response.partitions[0];
  if (response.error !== NONE || result === undefined || result.error !== NONE) {
    const error = response.error !== NONE ? response.error : (result?.error ?? -1);
    return { ...head, error, assignment: null };
  }
  const { leader, leaderEpoch: epoch, partitionEpoch, isr, leaderRecoveryState } = result;
  const { replicas } = registrationIn(after.state.image);
  const word = { leader, leaderEpoch: epoch, partitionEpoch, replicas, isr, leaderRecoveryState };
  return { ...head, error: NONE, assignment: word };
}
