/**
 * The log as the machine holds it: a snapshot and the entries behind it. Indexes rise strictly but
 * are not dense (an entry covers `base`..`index`), so entries are found by search, not by position.
 */

import { fail } from '../types/assert.js';
import type { LogIndex, Term } from '../types/ids.js';
import { plus } from '../types/ids.js';
import type { Configuration, Entry, RaftState } from './types.js';

/** The part of a node's state that is its log. */
export type RaftLog = Pick<RaftState, 'snapshot' | 'entries'>;

export const ZERO_INDEX: LogIndex = 0 as LogIndex;
export const ZERO_TERM: Term = 0 as Term;

/** Position in `entries` of the first entry whose index is at least `index`. */
export function positionOf(entries: readonly Entry[], index: LogIndex): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.index < index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Index of the last entry, or of the snapshot where none follows it. */
export function lastIndex(log: RaftLog): LogIndex {
  return log.entries.at(-1)?.index ?? log.snapshot.index;
}

/** Term of the last entry, or of the snapshot where none follows it. */
export function lastTerm(log: RaftLog): Term {
  return log.entries.at(-1)?.term ?? log.snapshot.term;
}

/**
 * Term of the entry that ends at `index`; null where the log has no such entry: beyond its end,
 * inside an entry, or compacted away. Index 0 has term 0.
 */
export function termAt(log: RaftLog, index: LogIndex): Term | null {
  if (index === log.snapshot.index) {
    return log.snapshot.term;
  }
  const entry = log.entries[positionOf(log.entries, index)];
  return entry !== undefined && entry.index === index ? entry.term : null;
}

/** The greatest index of an entry (or of the snapshot) that is at most `index`; 0 without one. */
export function lastAtOrBelow(log: RaftLog, index: LogIndex): LogIndex {
  const position = positionOf(log.entries, plus(index, 1));
  if (position > 0) {
    return log.entries[position - 1]!.index;
  }
  return log.snapshot.index <= index ? log.snapshot.index : ZERO_INDEX;
}

/** The entries whose index lies in (`after`, `upTo`], ascending. */
export function entriesBetween(log: RaftLog, after: LogIndex, upTo: LogIndex): Entry[] {
  const { entries } = log;
  return entries.slice(positionOf(entries, plus(after, 1)), positionOf(entries, plus(upTo, 1)));
}

/** The entries behind `after`, as many as fit into `maxBytes` of payload, but at least one. */
export function entriesWithin(log: RaftLog, after: LogIndex, maxBytes: number): Entry[] {
  const first = positionOf(log.entries, plus(after, 1));
  let end = first;
  let bytes = 0;
  while (end < log.entries.length) {
    bytes += log.entries[end]!.payload.length;
    if (bytes > maxBytes && end > first) {
      break;
    }
    end++;
  }
  return log.entries.slice(first, end);
}

/**
 * The newest configuration up to `index` (4.1: a server uses the latest one in its log), and the index of
 * the entry that brought it: the snapshot's where none did.
 */
export function configurationAt(
  log: RaftLog,
  index: LogIndex,
): { readonly configuration: Configuration; readonly at: LogIndex } {
  for (let i = positionOf(log.entries, plus(index, 1)) - 1; i >= 0; i--) {
    const { configuration, index: at } = log.entries[i]!;
    if (configuration !== undefined) {
      return { configuration, at };
    }
  }
  return { configuration: log.snapshot.configuration, at: log.snapshot.index };
}

/** Throws unless the entries ascend behind the snapshot with terms that never fall. */
export function assertWellFormed(log: RaftLog): void {
  let { index, term } = log.snapshot;
  for (const entry of log.entries) {
    if (!(entry.index > index)) {
      fail(`entry ${entry.index} follows ${index}`);
    }
    if (!(entry.base <= entry.index)) {
      fail(`entry ${entry.index} begins behind its end`);
    }
    if ((entry.kind === 'configuration') !== (entry.configuration !== undefined)) {
      fail(`entry ${entry.index} of kind ${entry.kind}, with a configuration or without`);
    }
    if (!(entry.term >= term)) {
      fail(`term ${entry.term} follows ${term} in the log`);
    }
    ({ index, term } = entry);
  }
}
