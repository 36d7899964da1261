import type { PartitionProperty } from './property.js';

/** HW-MONO: in one leadership the high watermark never goes down. */
export const highWatermarkMonotonic: PartitionProperty = {
  name: 'HighWatermarkMonotonicPerLeader',
  source: 'KIP-101; HW-MONO',
  violation({ before, after, self }) {
    const same =
      before.role === 'leader' &&
      after.role === 'leader' &&
      before.leaderEpoch === after.leaderEpoch;
    return same && after.highWatermark < before.highWatermark
      ? `${self} led epoch ${after.leaderEpoch} and went from ${before.highWatermark} to ${after.highWatermark}`
      : null;
  },
};
