import type { BrokerId } from '../../types/ids.js';
import type { PartitionProperty } from './property.js';

/**
 * HW-DEF from the other side: the high watermark of a leader is not held back by anyone but members of
 * the ISR, those it has asked the controller to add, and caught-up replicas that may join.
 */
export const highWatermarkDue: PartitionProperty = {
  name: 'HighWatermarkDue',
  source: 'KAFKA-15021, KAFKA-13091',
  violation({ after, self }, world) {
    const leaderState = after.leaderState;
    if (
      leaderState === null ||
      after.highWatermark === after.logEndOffset ||
      after.isr.length < world.minIsr
    ) {
      return null;
    }
    const counted = (id: BrokerId): boolean => {
      const broker = after.brokers.get(id);
      const progress = leaderState.followers.get(id);
      const mayJoin =
        broker !== undefined &&
        !broker.fenced &&
        !broker.inControlledShutdown &&
        broker.epoch === progress?.brokerEpoch &&
        (!progress.lagging || progress.logEndOffset === after.logEndOffset);
      return after.isr.includes(id) || (leaderState.inflight?.isr.includes(id) ?? false) || mayJoin;
    };
    let due: number = after.logEndOffset;
    for (const [id, progress] of leaderState.followers) {
      due = counted(id) ? Math.min(due, progress.logEndOffset) : due;
    }
    return after.highWatermark < due
      ? `${self} stays at high watermark ${after.highWatermark}, ${due} is due`
      : null;
  },
};
