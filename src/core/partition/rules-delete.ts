/** Rules of DeleteRecords (KIP-107). */

import { least, type Offset } from '../types/ids.js';
import { NONE, OFFSET_OUT_OF_RANGE } from './errors.js';
import type { LogStartFacts } from './rule-types.js';

/** L-DELREC: only what is committed may be deleted; whatever lies below the log start is gone already. */
export function mayDeleteRecords(offset: Offset, highWatermark: Offset): number {
  return offset < 0 || offset > highWatermark ? OFFSET_OUT_OF_RANGE : NONE;
}

/** KIP-107: the records are gone once no live replica has them; those that are down are not waited for. */
export function lowWatermark(own: Offset, followers: readonly LogStartFacts[]): Offset {
  let low = own;
  for (const follower of followers) {
    if (follower.alive) {
      low = least(low, follower.logStartOffset);
    }
  }
  return low;
}

/** KAFKA-6975: batches are sent whole, so a leader has no other that begins where its log does. */
export function mayBeginInsideBatch(): boolean {
  return true;
}
