import type { MetadataProperty } from './property.js';

/** UNFENCE: a broker serves only once it has applied its own registration. */
export const unfencedHasApplied: MetadataProperty = {
  name: 'UnfencedHasApplied',
  source: 'KIP-631, KAFKA-13959',
  violation: ({ before, after }, ghost) => {
    for (const broker of after.brokers.values()) {
      if (broker.fenced || before.brokers.get(broker.id)?.fenced === false) {
        continue;
      }
      const applied = ghost.appliedOffsets.get(broker.epoch);
      if (applied !== undefined && applied < broker.epoch) {
        return `broker ${broker.id} with epoch ${broker.epoch} serves at offset ${applied}`;
      }
    }
    return null;
  },
};
