import type { PartitionProperty } from './property.js';

const FENCED_LEADER_EPOCH = 74;

/**
 * Whoever is told that its leader epoch is fenced, and waits for the metadata to say by whom, must not wait
 * in vain: a newer epoch is committed.
 */
export const fencedIsStale: PartitionProperty = {
  name: 'FencedIsStale',
  source: 'KAFKA-14154, KIP-497',
  violation({ before, input, self }, world) {
    if (
      input?.type !== 'alterPartitionAnswered' ||
      input.error !== FENCED_LEADER_EPOCH ||
      before.leaderState?.inflight?.partitionEpoch !== input.requestedPartitionEpoch
    ) {
      return null;
    }
    const { leaderEpoch } = before;
    return world.leaderEpoch > leaderEpoch
      ? null
      : `${self} is told that its epoch ${leaderEpoch} is fenced, and no newer one is committed`;
  },
};
