import type { CompactionProperty, LoggedBatch } from './property.js';

/**
 * C-SEQ: the last batch of each producer stays, and so does the last one of the log. What is not committed may be cut
 * off again, so the last committed one stays as well.
 */
export const lastSequenceKept: CompactionProperty = {
  name: 'LastSequenceKept',
  source: 'KAFKA-5490',
  violation({ before, after, end, highWatermark }) {
    const left = new Set(after.map(({ baseOffset }) => baseOffset));
    const committed = before.filter(({ lastOffset }) => lastOffset < highWatermark);
    for (const [id, { baseOffset }] of [
      ...lastOfProducers(before),
      ...lastOfProducers(committed),
    ]) {
      if (baseOffset < end && !left.has(baseOffset)) {
        return `the last batch of producer ${id}, at ${baseOffset}, is gone`;
      }
    }
    const newest = before.at(-1);
    return newest !== undefined && newest.baseOffset < end && !left.has(newest.baseOffset)
      ? `the last batch of the log, at ${newest.baseOffset}, is gone`
      : null;
  },
};

function lastOfProducers(batches: readonly LoggedBatch[]): Map<bigint, LoggedBatch> {
  const last = new Map<bigint, LoggedBatch>();
  for (const batch of batches) {
    if (batch.producerId >= 0n && batch.baseSequence >= 0) {
      last.set(batch.producerId, batch);
    }
  }
  return last;
}
