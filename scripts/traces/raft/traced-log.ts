/**
 * A log as a trace tells it, from its first entry on. Logs never change: one that is appended to shares its
 * entries with the one before, so that a long run's logs take as much room as its entries.
 */

import type { ExactEntry, ExactVoter } from '../../../src/trace/exact-raft.js';
import { firstPlace } from '../first-place.js';
import { textDigest } from './digest.js';

export interface TracedEntry {
  readonly base: number;
  readonly index: number;
  readonly term: number;
  readonly kind: string;
  /** Equal for equal contents at the same place. */
  readonly content: string;
  readonly voters: readonly ExactVoter[] | null;
  /** Of the whole log up to here. */
  readonly digest: number;
  /** Places of the newest configuration up to here, and of the first entry of this term. */
  readonly configurationAt: number;
  readonly termFrom: number;
}

export interface TracedLog {
  /** Shared with other logs: those beyond `length` are not this log's. */
  readonly entries: TracedEntry[];
  readonly length: number;
}

export const EMPTY_LOG: TracedLog = { entries: [], length: 0 };

export function lastEntry({ entries, length }: TracedLog): TracedEntry | undefined {
  return entries[length - 1];
}

export function endOf(log: TracedLog): number {
  return lastEntry(log)?.index ?? 0;
}

/** Place of the first entry whose index is at least `index`; the length, if there is none. */
export function placeOf({ entries, length }: TracedLog, index: number): number {
  return firstPlace(length, (at) => entries[at]!.index < index);
}

export function appended(log: TracedLog, added: readonly ExactEntry[]): TracedLog {
  if (added.length === 0) {
    return log;
  }
  const isShared = log.entries.length === log.length;
  const entries = isShared ? log.entries : log.entries.slice(0, log.length);
  for (const { base, index, term, kind, digest, voters } of added) {
    const before = entries.at(-1);
    const what = voters === null ? digest : JSON.stringify(voters);
    const content = `${kind} ${what} at ${index} of term ${term}`;
    const place = entries.length;
    entries.push({
      base,
      index,
      term,
      kind,
      content,
      voters,
      digest: textDigest(`${before?.digest ?? 0} ${content}`),
      configurationAt: voters === null ? (before?.configurationAt ?? -1) : place,
      termFrom: before?.term === term ? before.termFrom : place,
    });
  }
  return { entries, length: entries.length };
}

/** Without the entries whose base is at least `from`. */
export function cutFrom(log: TracedLog, from: number): TracedLog {
  const place = placeOf(log, from);
  return place >= log.length ? log : { entries: log.entries, length: place };
}

/** Up to and with the entry at `index`. */
export function upTo(log: TracedLog, index: number): TracedLog {
  const place = placeOf(log, index + 1);
  return place >= log.length ? log : { entries: log.entries, length: place };
}

/** The term of the entry that covers `index`; 0 in front of the first; null beyond the end. */
export function termAt(log: TracedLog, index: number): number | null {
  return index === 0 ? 0 : index > endOf(log) ? null : log.entries[placeOf(log, index)]!.term;
}
