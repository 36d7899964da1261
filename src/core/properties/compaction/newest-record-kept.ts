import { type CompactionProperty, newestByKey, removedRecords } from './property.js';

/** C-LAST: what goes is older than another record of its key, or a tombstone. */
export const newestRecordKept: CompactionProperty = {
  name: 'NewestRecordKept',
  source: 'Kafka: log compaction (KIP-58)',
  violation(pass) {
    const newest = newestByKey(pass.before, Number.POSITIVE_INFINITY);
    for (const [{ offset, key, value }] of removedRecords(pass)) {
      const isNewest = key !== null && newest.get(key)?.offset === offset;
      if (isNewest && value !== null) {
        return `the record at ${offset} is gone, and there is none of its key behind it`;
      }
    }
    return null;
  },
};
