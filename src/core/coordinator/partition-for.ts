/** Which `__consumer_offsets` partition, and so which broker, coordinates a group. */

import { assert } from '../types/assert.js';
import type { PartitionIndex } from '../types/ids.js';

/**
 * The partition of `groupId` among `partitions`: Kafka takes Java's String.hashCode (over UTF-16 code
 * units, 32 bits) without its sign bit, modulo the count.
 */
export function partitionFor(groupId: string, partitions: number): PartitionIndex {
  assert(Number.isSafeInteger(partitions) && partitions > 0, 'the offsets topic has no partitions');
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) {
    hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0;
  }
  return ((hash & 0x7fffffff) % partitions) as PartitionIndex;
}
