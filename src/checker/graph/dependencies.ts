/**
 * Who depends on whom. Names and meaning of the edges are Adya's (thesis, 1999, section 4.4), their
 * inference from polled logs is Jepsen's (jepsen/src/jepsen/tests/kafka.clj), except for rw, which
 * Jepsen only describes. Each edge has a witness, found again when somebody asks for the proof.
 *
 * - ww: the writer of one place of a version order, and the writer of the next.
 * - wr: the writer of a value, and every other operation of any outcome that polled it.
 * - rw: an operation that read past a record, and the writer of that record. Where the system
 *   promises that a poll returns all there is (`rwDeps`), also an ok operation and the writer of
 *   the record after the last one that it polled of a key.
 */

import { type Facts, ownerOf } from '../facts.js';
import { NONE, OK, RECORD, rowMicrosEnd, speakingRow, TXN_ROW } from '../recorded-history.js';
import { createPolledSet, eachMissed, mustBeThere } from './missed.js';
import { type VersionTable, versionAt } from './versions.js';

/** Kinds of edges, as bits of a mask. */
export const WW = 1;
export const WR = 2;
export const RW = 4;

/** Which edges are drawn besides wr and the rw of records that were read past. */
export interface EdgeOptions {
  readonly wwDeps: boolean;
  readonly rwDeps: boolean;
}

export type VisitEdge = (from: number, to: number, kind: number) => void;

/** Whether an operation is a node: a send, poll or transaction. */
export function isNode(facts: Facts, operation: number): boolean {
  return facts.history.operationKind.at(operation) <= TXN_ROW;
}

/** Calls `visit` with every edge but those of real time; never twice in a row with the same wr. */
export function eachEdge(
  facts: Facts,
  table: VersionTable,
  options: EdgeOptions,
  visit: VisitEdge,
): void {
  if (options.wwDeps) {
    eachWriteEdge(facts, table, visit);
  }
  const { history } = facts;
  const polled = createPolledSet(facts);
  const operations = history.operationType.length;
  const toldBy = new Int32Array(operations).fill(NONE);
  for (let reader = 0; reader < operations; reader += 1) {
    if (!isNode(facts, reader) || !polled.load(reader)) {
      continue;
    }
    const row = speakingRow(history, reader);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      if (history.microKind.at(micro) === RECORD) {
        const writer = ownerOf(facts, history.microValue.at(micro));
        if (writer !== NONE && writer !== reader && toldBy[writer] !== reader) {
          toldBy[writer] = reader;
          visit(writer, reader, WR);
        }
      }
    }
    const miss = (missed: number): void => {
      const writer = ownerOf(facts, missed);
      if (writer !== NONE && writer !== reader) {
        visit(reader, writer, RW);
      }
    };
    eachMissed(facts, table, polled, reader, miss);
    if (options.rwDeps && history.operationType.at(reader) === OK) {
      eachNext(facts, table, reader, miss);
    }
  }
}

function eachWriteEdge(facts: Facts, table: VersionTable, visit: VisitEdge): void {
  for (let value = 0; value < facts.outcome.length; value += 1) {
    const after = ownerOf(facts, value);
    const before = ownerOf(facts, valueBefore(facts, table, value));
    if (before !== NONE && after !== NONE && before !== after) {
      visit(before, after, WW);
    }
  }
}

/** What stands right before `value` in the version order; NONE if nothing does, or it has no place there. */
export function valueBefore(facts: Facts, table: VersionTable, value: number): number {
  const index = facts.versionIndex[value] as number;
  return versionAt(table, facts.history.valueKeys.at(value), index - 1);
}

/** The record after the last one that `reader` polled, of each key. */
export function eachNext(
  facts: Facts,
  table: VersionTable,
  reader: number,
  visit: (next: number, last: number) => void,
): void {
  const { history } = facts;
  const highest = new Map<number, number>();
  const row = speakingRow(history, reader);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    if (history.microKind.at(micro) === RECORD) {
      const key = history.microKey.at(micro);
      const index = facts.versionIndex[history.microValue.at(micro)] as number;
      if (index > (highest.get(key) ?? NONE)) {
        highest.set(key, index);
      }
    }
  }
  for (const [key, index] of highest) {
    const next = versionAt(table, key, index + 1);
    if (mustBeThere(facts, next)) {
      visit(next, versionAt(table, key, index));
    }
  }
}
