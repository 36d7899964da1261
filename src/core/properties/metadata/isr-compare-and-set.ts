import { offerKey } from './ghost.js';
import { firstPartition, isLive, type MetadataProperty } from './property.js';

/**
 * ISR-CAS: within a leader epoch the ISR changes to what was asked for on exactly the state before,
 * or loses brokers that are not live.
 */
export const isrCompareAndSet: MetadataProperty = {
  name: 'IsrCompareAndSet',
  source: 'KIP-497 (KAFKA-12686)',
  violation: (step, ghost) =>
    firstPartition(step, ({ topic, index, before, after }) => {
      if (before === undefined || before.leaderEpoch !== after.leaderEpoch) {
        return null;
      }
      const joined = after.isr.some((id) => !before.isr.includes(id));
      const left = before.isr.filter((id) => !after.isr.includes(id));
      if (!joined && left.every((id) => !isLive(step.after, id))) {
        return null;
      }
      const key = offerKey(topic.id, index, before.leaderEpoch, before.partitionEpoch);
      const asked = (ghost.offers.get(key) ?? []).some(
        (offer) => offer.size === after.isr.length && after.isr.every((id) => offer.has(id)),
      );
      return asked
        ? null
        : `ISR ${before.isr} became ${after.isr}, which nobody asked for on that state`;
    }),
};
