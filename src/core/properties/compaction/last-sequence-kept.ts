import type { CompactionProperty, LoggedBatch } from './property.js';

/** C-SEQ: the last batch of each producer stays, and so does the last one of the log. */
export const lastSequenceKept: CompactionProperty = {
  name: 'LastSequenceKept',
  source: 'KAFKA-5490',
  violation({ before, after, end }) {
    const left = new Set(after.map(({ baseOffset }) => baseOffset));
    const last = new Map<bigint, LoggedBatch>();
    for (const batch of before) {
      if (batch.producerId >= 0n && batch.baseSequence >= 0) {
        last.set(batch.producerId, batch);
      }
    }
    for (const [id, { baseOffset }] of last) {
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
