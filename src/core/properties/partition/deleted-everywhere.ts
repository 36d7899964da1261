import { endOf, type PartitionProperty, type ReplicaView } from './property.js';

/** L-DELREC: a deletion that was answered without error has been carried out by every live replica. */
export const deletedEverywhere: PartitionProperty = {
  name: 'DeletedEverywhere',
  source: 'KIP-107',
  violation({ self, effects, after }, { replicas, uncleanElections }) {
    for (const effect of effects) {
      if (effect.type !== 'recordsDeleted' || effect.error !== 0 || uncleanElections > 0) {
        continue;
      }
      for (const [id, view] of replicas) {
        const lives = id === self || after.brokers.get(id)?.fenced === false;
        const first = firstRecord(view);
        if (lives && view.state !== null && first < effect.lowWatermark) {
          return `${self} answers low watermark ${effect.lowWatermark}, ${id} still has ${first}`;
        }
      }
    }
    return null;
  },
};

/** The first offset that a reader can get; infinite: there is none. */
function firstRecord({ log, logStartOffset }: ReplicaView): number {
  const first = log.find((batch) => endOf(batch) > logStartOffset);
  return first === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(first.baseOffset, logStartOffset);
}
