import type { MetadataProperty } from './property.js';

/** A producer id is given once: the next free one never goes back. */
export const producerIdsRise: MetadataProperty = {
  name: 'ProducerIdsRise',
  source: 'KIP-730',
  violation: ({ before, after }) =>
    after.nextProducerId >= before.nextProducerId
      ? null
      : `next producer id ${after.nextProducerId} after ${before.nextProducerId}`,
};
