/**
 * How a compacted segment takes the place of others, so that a crash at any point leaves the old ones or the
 * new one (Kafka: UnifiedLog.replaceSegments, LogLoader):
 *
 *     1  `.log.cleaned` is whole and on the disk, its indexes beside it; a crash: it is removed
 *     2  `.log.cleaned` -> `.log.swap`; from now on the new one counts
 *     3  the old segments -> `.deleted`
 *     4  `.log.swap` -> `.log`, the indexes behind it; without them they are made anew
 *
 * Each step is on the disk before the next, or power loss could show a later one without an earlier.
 */

import type { LogRules } from '../core/log/rules.js';
import type { FileSystem } from '../environment/environment.js';
import type { DeletedFiles } from './deleted-files.js';
import {
  CLEANED_SUFFIX,
  INDEX_SUFFIX,
  LOG_SUFFIX,
  offsetOfFileName,
  Segment,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
} from './segment.js';
import type { LogDamage } from './types.js';

/** Steps 2 to 4. `cleaned` begins and ends where `group` does. */
export function swapSegments(
  files: FileSystem,
  directory: string,
  group: readonly Segment[],
  cleaned: Segment,
  rules: LogRules,
  deleted: DeletedFiles,
): void {
  const sync = (): void => {
    if (rules.syncsSwap()) {
      files.syncDirectory(directory);
    }
  };
  cleaned.rename(SWAP_SUFFIX);
  sync();
  for (const segment of group) {
    deleted.add(segment, false);
  }
  sync();
  cleaned.takeName();
  cleaned.unloadIndexes();
  sync();
}

/**
 * At a start: ends the swaps that had begun, and removes what others had only prepared. What is not sound in
 * a segment that was swapped in is damage: it was on the disk before it got its name.
 */
export function finishSwaps(files: FileSystem, directory: string): LogDamage | null {
  for (const name of files.list(directory)) {
    if (name.endsWith(CLEANED_SUFFIX)) {
      files.remove(`${directory}/${name}`);
    } else if (name.endsWith(SWAP_SUFFIX)) {
      const base = offsetOfFileName(name, LOG_SUFFIX + SWAP_SUFFIX);
      if (base === null) {
        // An index (Kafka's have the suffix too): it is made anew.
        files.remove(`${directory}/${name}`);
        continue;
      }
      const swapped = new Segment(files, directory, base, false, SWAP_SUFFIX);
      // The interval of an index that is not kept is of no importance.
      const { position, problem } = swapped.recover(0, true, () => null);
      if (problem !== null) {
        swapped.close();
        return { path: swapped.path, offset: base, position, reason: problem };
      }
      removeReplaced(files, directory, swapped);
      swapped.rename('');
      files.syncDirectory(directory);
    }
  }
  return null;
}

/** All files of segments that begin within `swapped`; an index may be all that a crash has left of one. */
function removeReplaced(files: FileSystem, directory: string, swapped: Segment): void {
  for (const name of files.list(directory)) {
    for (const suffix of [LOG_SUFFIX, INDEX_SUFFIX, TIME_INDEX_SUFFIX]) {
      const base = offsetOfFileName(name, suffix);
      if (base !== null && base >= swapped.baseOffset && base < swapped.endOffset) {
        files.remove(`${directory}/${name}`);
      }
    }
  }
  files.syncDirectory(directory);
}
