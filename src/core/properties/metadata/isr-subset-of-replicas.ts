import type { BrokerId } from '../../types/ids.js';
import { firstPartition, type MetadataProperty } from './property.js';

/** Whoever is in sync, eligible or known is a replica, and is so once. */
export const isrSubsetOfReplicas: MetadataProperty = {
  name: 'IsrSubsetOfReplicas',
  source: 'KIP-497, KIP-966',
  violation: (step) =>
    firstPartition(step, ({ after }) => {
      const { replicas, isr, elr, lastKnownElr } = after;
      const parts: readonly [string, readonly BrokerId[]][] = [
        ['replicas', replicas],
        ['ISR', isr],
        ['ELR', elr],
        ['last known ELR', lastKnownElr],
      ];
      for (const [name, members] of parts) {
        if (new Set(members).size !== members.length) {
          return `the ${name} ${members} has a broker twice`;
        }
        if (members.some((member) => !replicas.includes(member))) {
          return `the ${name} ${members} is not within the replicas ${replicas}`;
        }
      }
      return replicas.length > 0 ? null : 'it has no replicas';
    }),
};
