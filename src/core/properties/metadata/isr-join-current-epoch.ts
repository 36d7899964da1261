import { offerKey } from './ghost.js';
import { firstPartition, type MetadataProperty } from './property.js';

/** ISR-JOIN: a replica joins by what this incarnation of its broker fetched, not an earlier one. */
export const isrJoinCurrentEpoch: MetadataProperty = {
  name: 'IsrJoinCurrentEpoch',
  source: 'KIP-903 (KAFKA-14617)',
  violation: (step, ghost) =>
    firstPartition(step, ({ topic, index, before, after }) => {
      if (before === undefined || before.leaderEpoch !== after.leaderEpoch) {
        return null;
      }
      const key = offerKey(topic.id, index, before.leaderEpoch, before.partitionEpoch);
      const offers = ghost.offers.get(key) ?? [];
      for (const member of after.isr.filter((id) => !before.isr.includes(id))) {
        const epoch = step.after.brokers.get(member)?.epoch;
        const current = offers.some((offer) => {
          const fetchedWith = offer.get(member);
          return fetchedWith === -1 || (fetchedWith !== undefined && fetchedWith === epoch);
        });
        if (!current) {
          return `${member} joined the ISR without a fetch of its epoch ${epoch}`;
        }
      }
      return null;
    }),
};
