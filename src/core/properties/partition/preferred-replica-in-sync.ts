import type { PartitionProperty } from './property.js';

/** A-RACK: only a leader sends consumers elsewhere, and only to a replica that is in sync and live. */
export const preferredReplicaInSync: PartitionProperty = {
  name: 'PreferredReplicaInSync',
  source: 'KIP-392 (KAFKA-14372, KAFKA-13778)',
  violation({ self, effects, after }) {
    for (const effect of effects) {
      if (effect.type !== 'fetchAnswer' || effect.preferred === null) {
        continue;
      }
      const { preferred } = effect;
      if (after.role !== 'leader') {
        return `${self} does not lead, and sends a consumer to ${preferred}`;
      }
      if (!after.isr.includes(preferred) || after.brokers.get(preferred)?.fenced !== false) {
        return `a consumer is sent to ${preferred}, which is fenced or not in the ISR ${after.isr}`;
      }
      if (effect.upTo > effect.from) {
        return `a consumer is sent to ${preferred}, and given records as well`;
      }
    }
    return null;
  },
};
