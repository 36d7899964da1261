import type { PartitionProperty } from './property.js';

/**
 * L-RETAIN, L-DELREC: a log start never goes back, not even over a restart, or deleted records would come
 * back with it. Only the loss of an unclean election takes the log start along.
 */
export const logStartMonotonic: PartitionProperty = {
  name: 'LogStartMonotonic',
  source: 'KIP-107',
  violation({ self, before, after }, { uncleanElections }, ghost) {
    const told = Math.max(before.logStartOffset, ghost.logStarts.get(self) ?? 0);
    return uncleanElections === 0 && after.logStartOffset < told
      ? `the log of ${self} begins at ${after.logStartOffset}, it began at ${told}`
      : null;
  },
};
