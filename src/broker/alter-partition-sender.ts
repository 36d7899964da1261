/** Sends the leaders' ISR changes to the controller, gathered, one request at a time (KIP-497). */

import type { PartitionAssignment } from '../core/partition/types.js';
import type { BrokerEpoch, BrokerId } from '../core/types/ids.js';
import type { Environment } from '../environment/environment.js';
import { alterPartitionApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { AlterPartitionResponse } from '../protocol/schemas/alter-partition.js';
import type { ControllerChannel } from './controller-channel.js';
import type { AlterPartition, Replica } from './replica.js';

interface Queued {
  readonly replica: Replica;
  readonly change: AlterPartition;
}

export class AlterPartitionSender {
  private readonly environment: Environment;
  private readonly channel: ControllerChannel;
  private readonly broker: () => { readonly id: BrokerId; readonly epoch: BrokerEpoch };
  private readonly requestTimeout: number;
  private readonly queue = new Map<Replica, AlterPartition>();
  private underWay = false;
  private scheduled = false;

  constructor(
    environment: Environment,
    channel: ControllerChannel,
    broker: () => { readonly id: BrokerId; readonly epoch: BrokerEpoch },
    requestTimeout: number,
  ) {
    this.environment = environment;
    this.channel = channel;
    this.broker = broker;
    this.requestTimeout = requestTimeout;
  }

  submit(replica: Replica, change: AlterPartition): void {
    this.queue.set(replica, change);
    if (!this.scheduled) {
      this.scheduled = true;
      this.environment.atTurnEnd(() => {
        this.scheduled = false;
        this.send();
      });
    }
  }

  private send(): void {
    if (this.underWay || this.queue.size === 0) {
      return;
    }
    this.underWay = true;
    const sent: Queued[] = [...this.queue].map(([replica, change]) => ({ replica, change }));
    this.queue.clear();
    const { id, epoch } = this.broker();
    const topics = sent.map(({ replica, change }) => ({
      topicId: replica.topicId,
      partitions: [
        {
          partitionIndex: replica.partition,
          leaderEpoch: change.leaderEpoch,
          newIsrWithEpochs: change.newIsr,
          leaderRecoveryState: change.leaderRecoveryState === 'recovering' ? 1 : 0,
          partitionEpoch: change.partitionEpoch,
        },
      ],
    }));
    const request = { brokerId: id, brokerEpoch: epoch, topics };
    this.channel.request(alterPartitionApi, request, this.requestTimeout, (response) => {
      this.underWay = false;
      for (const { replica, change } of sent) {
        this.answer(replica, change, response);
      }
      this.send();
    });
  }

  private answer(
    replica: Replica,
    change: AlterPartition,
    response: AlterPartitionResponse | null,
  ): void {
    let error = response?.errorCode ?? ErrorCode.REQUEST_TIMED_OUT;
    let assignment: PartitionAssignment | null = null;
    if (response !== null && error === ErrorCode.NONE) {
      const result = response.topics
        .filter((topic) => topic.topicId === replica.topicId)
        .flatMap((topic) => topic.partitions)
        .find((partition) => partition.partitionIndex === replica.partition);
      error = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      if (result !== undefined && error === ErrorCode.NONE) {
        assignment = {
          leader: result.leaderId,
          leaderEpoch: result.leaderEpoch,
          partitionEpoch: result.partitionEpoch,
          replicas: replica.state.replicas,
          isr: result.isr,
          leaderRecoveryState: result.leaderRecoveryState === 1 ? 'recovering' : 'recovered',
        };
      }
    }
    replica.step({
      type: 'alterPartitionAnswered',
      error,
      requestedPartitionEpoch: change.partitionEpoch,
      assignment,
      stamp: replica.stamp(),
    });
  }
}
