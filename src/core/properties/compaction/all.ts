/** The judge of compaction: every property, asked of one pass after the other. */

import { cleanedBelowBound } from './cleaned-below-bound.js';
import { lastSequenceKept } from './last-sequence-kept.js';
import { newestRecordKept } from './newest-record-kept.js';
import type { CompactionPass, CompactionProperty } from './property.js';
import { survivorsUnchanged } from './survivors-unchanged.js';
import { tombstoneKept } from './tombstone-kept.js';

/** All properties of compaction, by name. */
export const compactionProperties: readonly CompactionProperty[] = [
  cleanedBelowBound,
  lastSequenceKept,
  newestRecordKept,
  survivorsUnchanged,
  tombstoneKept,
];

/** The first property that `pass` violates; null: all hold. */
export function judgeCompaction(
  pass: CompactionPass,
): { readonly property: string; readonly detail: string } | null {
  for (const { name, violation } of compactionProperties) {
    const detail = violation(pass);
    if (detail !== null) {
      return { property: name, detail };
    }
  }
  return null;
}
