/** InitProducerId for idempotent producers (KIP-98, 360): ids out of blocks that the controller gives. */

import type { BrokerEpoch, BrokerId, ProducerId } from '../core/types/ids.js';
import { allocateProducerIdsApi, initProducerIdApi } from '../protocol/apis.js';
import { ErrorCode } from '../protocol/errors.js';
import type { InitProducerIdRequest } from '../protocol/schemas/init-producer-id.js';
import type { ControllerChannel } from './controller-channel.js';
import type { IncomingRequest } from './server-connection.js';

type IdOutcome = (id: ProducerId | null) => void;

export class ProducerIds {
  private readonly channel: ControllerChannel;
  private readonly broker: () => { readonly id: BrokerId; readonly epoch: BrokerEpoch };
  private readonly requestTimeout: number;
  private next = 0n;
  private end = 0n;
  private readonly waiting: IdOutcome[] = [];
  private underWay = false;

  constructor(
    channel: ControllerChannel,
    broker: () => { readonly id: BrokerId; readonly epoch: BrokerEpoch },
    requestTimeout: number,
  ) {
    this.channel = channel;
    this.broker = broker;
    this.requestTimeout = requestTimeout;
  }

  handle(request: IncomingRequest, body: InitProducerIdRequest): void {
    if (body.transactionalId !== null) {
      const errorCode =
        body.transactionalId === ''
          ? ErrorCode.INVALID_REQUEST
          : ErrorCode.COORDINATOR_NOT_AVAILABLE;
      request.respond(initProducerIdApi, { errorCode, producerId: -1n, producerEpoch: -1 });
      return;
    }
    // KIP-360's bump is for transactional ids only: an idempotent producer gets a new id.
    this.take((id) => {
      if (id === null) {
        const errorCode = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
        request.respond(initProducerIdApi, { errorCode, producerId: -1n, producerEpoch: -1 });
        return;
      }
      request.respond(initProducerIdApi, { producerId: id, producerEpoch: 0 });
    });
  }

  private take(outcome: IdOutcome): void {
    if (this.next < this.end) {
      outcome(this.next as ProducerId);
      this.next += 1n;
      return;
    }
    this.waiting.push(outcome);
    this.refill();
  }

  private refill(): void {
    if (this.underWay) {
      return;
    }
    this.underWay = true;
    const { id, epoch } = this.broker();
    const request = { brokerId: id, brokerEpoch: epoch };
    this.channel.request(allocateProducerIdsApi, request, this.requestTimeout, (response) => {
      this.underWay = false;
      const waiting = this.waiting.splice(0);
      if (response === null || response.errorCode !== ErrorCode.NONE) {
        for (const outcome of waiting) {
          outcome(null);
        }
        return;
      }
      this.next = BigInt(response.producerIdStart);
      this.end = this.next + BigInt(response.producerIdLen);
      for (const outcome of waiting) {
        this.take(outcome);
      }
    });
  }
}
