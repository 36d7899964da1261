/** What a crash may leave on a disk of the metadata log (`src/log/raft-log.ts`). */

import type { TracedLog } from './traced-log.js';
import { endOf, termAt, upTo } from './traced-log.js';
import type { TracedDisk, TracedNode } from './traced-node.js';

/**
 * The disk as it was, then every other one that the crash may have left: each part of each write under way may be the last
 * of the log that reached the disk, and what is synced at once, term and vote and snapshots, may outlive entries that were written before
 * it and had yet to be synced.
 */
export function disksAfterCrash({ disk, writes }: TracedNode): TracedDisk[] {
  const parts = [disk, ...writes.flatMap(({ images }) => images)];
  return parts.flatMap((kept, at) => [kept, ...outlived(kept, parts.slice(at))]);
}

/** `kept` with what came at once behind it, `parts[0]`, one after the other. */
function outlived(kept: TracedDisk, parts: readonly TracedDisk[]): TracedDisk[] {
  const disks: TracedDisk[] = [];
  for (const [at, after] of parts.entries()) {
    const before = parts[at - 1] ?? kept;
    const isSnapshot = after.snapshotIndex !== before.snapshotIndex;
    const newest = disks.at(-1) ?? kept;
    if (isSnapshot) {
      const { snapshotIndex } = after;
      disks.push({ ...newest, snapshotIndex, log: onto(newest.log, after.log, snapshotIndex) });
    } else if (endOf(after.log) < endOf(before.log)) {
      // A cut syncs the log as well.
      return disks;
    } else if (after.term !== before.term || after.votedFor?.join() !== before.votedFor?.join()) {
      disks.push({ ...newest, term: after.term, votedFor: after.votedFor });
    }
  }
  return disks;
}

/** Figure 5.3, receiver 6 and 7, of the snapshot at `index` of a log that was `taken` onto one that may lack entries. */
function onto(log: TracedLog, taken: TracedLog, index: number): TracedLog {
  return termAt(log, index) === termAt(taken, index) ? log : upTo(taken, index);
}
