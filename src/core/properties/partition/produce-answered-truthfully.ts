import { produceKey } from './ghost.js';
import { batchAt, endOf, type PartitionProperty, sameContent } from './property.js';

/**
 * ACKALL, DEDUP-5: every produce is answered once; success names the offset where its records are;
 * and with acks=all they are below the high watermark.
 */
export const produceAnsweredTruthfully: PartitionProperty = {
  name: 'ProduceAnsweredTruthfully',
  source: 'KIP-98; ACKALL',
  violation(step, world, ghost) {
    const view = world.replicas.get(step.self);
    for (const effect of step.effects) {
      if (effect.type !== 'produced' || view === undefined) {
        continue;
      }
      const key = produceKey(step, effect.token);
      const pending = ghost.pending.get(key);
      if (pending === undefined) {
        return ghost.answered.has(key) ? `produce ${key} is answered again` : null;
      }
      if (effect.error !== 0) {
        continue;
      }
      if (effect.baseOffset < view.logStartOffset) {
        // A repeated batch, known from the producer's state; retention has deleted the records since.
        continue;
      }
      const stored = batchAt(view, effect.baseOffset);
      const maxTimestamp = stored?.maxTimestamp ?? pending.batch.maxTimestamp;
      if (stored === undefined || !sameContent(stored, { ...pending.batch, maxTimestamp })) {
        return `produce ${key} is told ${effect.baseOffset}, where its records are not`;
      }
      if (pending.acks === -1 && endOf(stored) > step.after.highWatermark) {
        return `produce ${key} is acknowledged at ${effect.baseOffset}, the high watermark is ${step.after.highWatermark}`;
      }
    }
    return null;
  },
};
