import { boundOf, type CompactionProperty, newestByKey, removedRecords } from './property.js';

/**
 * C-BOUND: what is not committed takes no record's place, nor what lies in the active segment or is younger
 * than min.compaction.lag.ms.
 */
export const cleanedBelowBound: CompactionProperty = {
  name: 'CleanedBelowBound',
  source: 'KAFKA-13194; KIP-58',
  violation(pass) {
    const bound = boundOf(pass);
    const latest = pass.now - pass.minCompactionLagMs;
    const newest = newestByKey(pass.before, bound, latest);
    for (const [{ offset, key, value }] of removedRecords(pass)) {
      if (offset >= bound) {
        return `the record at ${offset} is gone, cleaning had to end at ${bound}`;
      }
      const other = key === null ? undefined : newest.get(key);
      const hasNewer = other !== undefined && other.offset > offset;
      if (key !== null && value !== null && !hasNewer) {
        return `the record at ${offset} is gone, and below ${bound} there is none of its key behind it that is older than ${pass.minCompactionLagMs} ms`;
      }
    }
    return null;
  },
};
