import { type CompactionPass, type CompactionProperty, recordsByOffset } from './property.js';

/** C-LAST, C-GAPS: what stays keeps offset, order, timestamp, key and value; nothing comes into being. */
export const survivorsUnchanged: CompactionProperty = {
  name: 'SurvivorsUnchanged',
  source: 'Kafka: log compaction (KIP-58)',
  violation(pass) {
    return changedBatch(pass) ?? changedRecord(pass);
  },
};

function changedRecord({ before, after, end }: CompactionPass): string | null {
  const known = recordsByOffset(before);
  for (const [offset, record] of recordsByOffset(after)) {
    const was = known.get(offset);
    if (offset >= end) {
      continue;
    }
    if (was === undefined) {
      return `a record came into being at ${offset}`;
    }
    if (
      was.key !== record.key ||
      was.value !== record.value ||
      was.timestamp !== record.timestamp
    ) {
      return `the record at ${offset} is another one than before`;
    }
  }
  return null;
}

function changedBatch({ before, after, end }: CompactionPass): string | null {
  const known = new Map(before.map((batch) => [batch.baseOffset, batch]));
  let next = 0;
  for (const batch of after) {
    const { baseOffset, lastOffset } = batch;
    if (baseOffset < next) {
      return `the batch at ${baseOffset} begins before the one in front of it ends`;
    }
    next = lastOffset + 1;
    const was = known.get(baseOffset);
    if (baseOffset >= end) {
      continue;
    }
    if (
      was === undefined ||
      was.lastOffset !== lastOffset ||
      was.leaderEpoch !== batch.leaderEpoch ||
      was.producerId !== batch.producerId ||
      was.producerEpoch !== batch.producerEpoch ||
      was.baseSequence !== batch.baseSequence ||
      was.isControl !== batch.isControl
    ) {
      return `the batch at ${baseOffset} has another header than before`;
    }
  }
  return null;
}
