/** Which segments retention deletes (L-RETAIN). */

import type { LogRules } from '../core/log/rules.js';
import type { Offset, Timestamp } from '../core/types/ids.js';
import type { LogOptions } from './log-options.js';
import type { Segment } from './segment.js';

/** How many of the oldest segments are to go, by age and by size. */
export function expiredSegments(
  segments: readonly Segment[],
  options: LogOptions,
  nowWall: Timestamp,
  highWatermark: Offset,
  rules: LogRules,
): number {
  const { retentionMs, retentionBytes, deletes } = options;
  if (!deletes) {
    // Of what is only compacted the newest record of each key stays, however old.
    return 0;
  }
  const total = segments.reduce((sum, { size }) => sum + size, 0);
  let excess = retentionBytes < 0 ? 0 : total - retentionBytes;
  let count = 0;
  for (const segment of segments) {
    const expired =
      retentionMs >= 0 &&
      segment.largestTimestamp >= 0 &&
      nowWall - segment.largestTimestamp > retentionMs;
    const tooMuch = retentionBytes >= 0 && excess >= segment.size;
    const mayGo = segment.size > 0 && rules.mayDelete(segment.endOffset, highWatermark);
    if (!mayGo || !(expired || tooMuch)) {
      break;
    }
    excess -= segment.size;
    count++;
  }
  return count;
}
