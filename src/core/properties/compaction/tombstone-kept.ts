import { type CompactionProperty, newestByKey, removedRecords } from './property.js';

/**
 * C-TOMB: a tombstone that is the newest of its key stays until its delete horizon, which is set
 * delete.retention.ms behind the pass that cleans it first, and never moved.
 */
export const tombstoneKept: CompactionProperty = {
  name: 'TombstoneKept',
  source: 'KAFKA-4529; KIP-534',
  violation(pass) {
    const { before, after, now, deleteRetentionMs } = pass;
    const newest = newestByKey(before, Number.POSITIVE_INFINITY);
    for (const [{ offset, key, value }, { deleteHorizon }] of removedRecords(pass)) {
      const isNewest = key !== null && newest.get(key)?.offset === offset;
      if (isNewest && value === null && (deleteHorizon < 0 || deleteHorizon > now)) {
        const horizon = deleteHorizon < 0 ? 'none yet' : `${deleteHorizon - now} ms later`;
        return `the tombstone at ${offset} is gone before its delete horizon (${horizon})`;
      }
    }
    const horizons = new Map(before.map((batch) => [batch.baseOffset, batch.deleteHorizon]));
    for (const { baseOffset, deleteHorizon } of after) {
      const was = horizons.get(baseOffset);
      if (was === undefined || was === deleteHorizon || baseOffset >= pass.end) {
        continue;
      }
      if (was >= 0 || deleteHorizon < now + deleteRetentionMs) {
        return `the batch at ${baseOffset} got the delete horizon ${deleteHorizon}, it had ${was}`;
      }
    }
    return null;
  },
};
