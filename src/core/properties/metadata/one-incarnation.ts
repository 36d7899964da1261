import type { MetadataProperty } from './property.js';

/** An unfenced incarnation is not replaced by another: it may still be serving. */
export const oneIncarnation: MetadataProperty = {
  name: 'OneIncarnation',
  source: 'KIP-631 (DUPLICATE_BROKER_REGISTRATION)',
  violation: ({ before, after }) => {
    for (const known of before.brokers.values()) {
      const broker = after.brokers.get(known.id);
      if (broker !== undefined && broker.incarnationId !== known.incarnationId && !known.fenced) {
        return `broker ${known.id} was replaced while incarnation ${known.incarnationId} was unfenced`;
      }
    }
    return null;
  },
};
