/** Blocks of producer ids for brokers (KIP-730). */

import type { Decision } from '../decider/decider.js';
import { NO_PRODUCER_ID, type ProducerId } from '../types/ids.js';
import { NONE, STALE_BROKER_EPOCH } from './error-codes.js';
import type {
  ControllerCommand,
  ControllerResponse,
  MetadataImage,
  MetadataRecord,
} from './types.js';

/** Ids that a broker gets at once (KIP-730). */
export const PRODUCER_ID_BLOCK = 1000;

/** A block that nobody was given before; ids of a block that was lost with its answer stay unused. */
export function allocateProducerIds(
  image: MetadataImage,
  command: Extract<ControllerCommand, { type: 'allocateProducerIds' }>,
): Decision<MetadataRecord, ControllerResponse> {
  const { brokerId, brokerEpoch } = command;
  if (image.brokers.get(brokerId)?.epoch !== brokerEpoch) {
    const error = STALE_BROKER_EPOCH;
    return {
      records: [],
      response: { type: 'producerIds', error, start: NO_PRODUCER_ID, length: 0 },
    };
  }
  const start = image.nextProducerId;
  const nextProducerId = (start + BigInt(PRODUCER_ID_BLOCK)) as ProducerId;
  return {
    records: [{ type: 'ProducerIdsRecord', brokerId, brokerEpoch, nextProducerId }],
    response: { type: 'producerIds', error: NONE, start, length: PRODUCER_ID_BLOCK },
  };
}
