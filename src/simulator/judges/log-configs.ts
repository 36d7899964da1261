/** Whether an open log goes by the configs that its topic has, read from the image by hand. */

import type { LogOptions } from '../../log/log-options.js';

/** By what name Kafka knows it, its default there, and what of it a log goes by. */
const KEPT: readonly (readonly [
  name: string,
  fallback: string,
  inForce: (options: LogOptions) => number,
])[] = [
  ['segment.bytes', '1073741824', ({ segmentBytes }) => segmentBytes],
  ['segment.index.bytes', '10485760', ({ segmentIndexBytes }) => segmentIndexBytes],
  ['index.interval.bytes', '4096', ({ indexIntervalBytes }) => indexIntervalBytes],
  ['retention.ms', '604800000', ({ retentionMs }) => retentionMs],
  ['retention.bytes', '-1', ({ retentionBytes }) => retentionBytes],
  ['flush.messages', '9223372036854775807', ({ flushMessages }) => flushMessages],
  ['delete.retention.ms', '86400000', ({ deleteRetentionMs }) => deleteRetentionMs],
  ['min.compaction.lag.ms', '0', ({ minCompactionLagMs }) => minCompactionLagMs],
  ['min.cleanable.dirty.ratio', '0.5', ({ minCleanableDirtyRatio }) => minCleanableDirtyRatio],
  ['file.delete.delay.ms', '60000', ({ fileDeleteDelayMs }) => fileDeleteDelayMs],
];

/**
 * `own`: the topic's own configs; what is missing there is Kafka's default, for no config of a simulated broker
 * stands for one of these. null: the log goes by them.
 */
export function staleConfig(
  own: ReadonlyMap<string, string> | undefined,
  options: LogOptions,
): string | null {
  for (const [name, fallback, inForce] of KEPT) {
    const wanted = Math.min(Number(own?.get(name) ?? fallback), Number.MAX_SAFE_INTEGER);
    if (wanted !== inForce(options)) {
      return `${name} is ${wanted}, and the log goes by ${inForce(options)}`;
    }
  }
  const policies = (own?.get('cleanup.policy') ?? 'delete').split(',');
  const deletes = policies.includes('delete');
  const compacts = policies.includes('compact');
  return deletes === options.deletes && compacts === options.compacts
    ? null
    : `cleanup.policy is ${policies.join()}, and the log goes by another`;
}
