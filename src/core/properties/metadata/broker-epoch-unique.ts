import type { MetadataProperty } from './property.js';

/** REG-EPOCH: a broker epoch names one incarnation of one broker, and rises with each new one. */
export const brokerEpochUnique: MetadataProperty = {
  name: 'BrokerEpochUnique',
  source: 'KIP-631',
  violation: ({ before, after }, ghost) => {
    const owners = new Map(ghost.incarnations);
    for (const broker of after.brokers.values()) {
      const incarnation = `${broker.id}/${broker.incarnationId}`;
      const owner = owners.get(broker.epoch);
      if (owner !== undefined && owner !== incarnation) {
        return `broker epoch ${broker.epoch} names ${owner} and ${incarnation}`;
      }
      owners.set(broker.epoch, incarnation);
      const known = before.brokers.get(broker.id);
      if (known === undefined) {
        continue;
      }
      const same = known.incarnationId === broker.incarnationId;
      if (same ? broker.epoch !== known.epoch : broker.epoch <= known.epoch) {
        return `broker ${broker.id} went from epoch ${known.epoch} to ${broker.epoch}`;
      }
    }
    return null;
  },
};
