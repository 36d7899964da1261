/**
 * torn-read (ours): a transaction that committed was shown in part only. Kafka does not promise
 * that all of a transaction appears at once: it ends on each partition by a marker of its own, and
 * a poll may stop anywhere. But what committed is there for good, below everything that is appended
 * to its partition later. So one of two things must be shown:
 *
 * - an operation polled one value of the transaction, and read past another one, returning records
 *   below and above it; or
 * - an ok operation polled one value, and of another, which has no known place, no operation ever
 *   returned anything, although an ok operation polled from the same key a value whose send began
 *   only after the first was polled, or after the transaction was acknowledged. That value stands
 *   above the one that is missing. (Where its place is known, lost-write tells of it.)
 *
 * A failed transaction is G1a's matter; sends in flight together (`pipelined`) are no transaction.
 */

import { spokenIndex } from '../evidence.js';
import { type Facts, ownerOf } from '../facts.js';
import { createPolledSet, eachMissed } from '../graph/missed.js';
import { tabulateVersions, type VersionTable } from '../graph/versions.js';
import { named, offsetOf } from '../graph/witness.js';
import {
  FAIL,
  keyName,
  NONE,
  OK,
  POLL_ROW,
  RECORD,
  rowMicrosEnd,
  SEND,
  speakingRow,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { CheckOptions, FindingEdge } from '../result.js';

export function findTornReads(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  findReadsPast(facts, reporter, tabulateVersions(facts));
  findHalvesMissing(facts, reporter, options);
}

/** Reads past a value of a transaction of which the same operation polled another value. */
function findReadsPast(facts: Facts, reporter: Reporter, table: VersionTable): void {
  const { history } = facts;
  const polled = createPolledSet(facts);
  const reported = new Int32Array(history.operationType.length).fill(NONE);
  for (let reader = 0; reader < history.operationType.length; reader += 1) {
    polled.load(reader);
    eachMissed(facts, table, polled, reader, (missed, before, after) => {
      const writer = ownerOf(facts, missed);
      if (!isTransaction(facts, writer) || writer === reader || reported[writer] === reader) {
        return;
      }
      const seen = polledValueOf(facts, writer, reader);
      if (seen !== NONE) {
        reported[writer] = reader;
        const neighbours = [history.microValue.at(before), history.microValue.at(after)] as const;
        reportReadPast(facts, reporter, reader, seen, missed, neighbours);
      }
    });
  }
}

function isTransaction(facts: Facts, operation: number): boolean {
  const { history } = facts;
  return (
    operation !== NONE &&
    history.operationType.at(operation) !== FAIL &&
    !history.rowPipelined.has(speakingRow(history, operation))
  );
}

/** A value of `writer` that `reader` polled, or NONE. */
function polledValueOf(facts: Facts, writer: number, reader: number): number {
  const { history } = facts;
  const row = speakingRow(history, reader);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    const value = history.microValue.at(micro);
    if (history.microKind.at(micro) === RECORD && ownerOf(facts, value) === writer) {
      return value;
    }
  }
  return NONE;
}

function reportReadPast(
  facts: Facts,
  reporter: Reporter,
  reader: number,
  seen: number,
  missed: number,
  [below, above]: readonly [number, number],
): void {
  const { history } = facts;
  reporter.found('torn-read', () => {
    const key = history.valueKeys.at(missed);
    const writer = facts.writer[missed] as number;
    const [from, to] = [spokenIndex(history, writer), spokenIndex(history, reader)];
    const values = [seen, missed, below, above];
    return {
      key,
      values,
      offsets: offsetsOf(facts, values),
      operations: [writer, reader],
      edges: [edge(facts, from, to, 'wr', seen), edge(facts, to, from, 'rw', missed)],
      sentence:
        `Key ${keyName(history, key)}: the operation at index ${to} polled ${named(facts, seen)} ` +
        `of the transaction at index ${from}, but not its ${named(facts, missed)}, although it ` +
        `read from ${named(facts, below)} to ${named(facts, above)} past it.`,
    };
  });
}

/** The value of each key whose send began last, of those that an ok operation polled. */
interface Latest {
  readonly value: Int32Array;
  /** Row of that send's invocation. */
  readonly invoked: Int32Array;
}

function latestReadSends(facts: Facts): Latest {
  const { history } = facts;
  const keys = history.keyNames.length;
  const latest = {
    value: new Int32Array(keys).fill(NONE),
    invoked: new Int32Array(keys).fill(NONE),
  };
  for (let value = 0; value < facts.outcome.length; value += 1) {
    const writer = facts.writer[value] as number;
    // Of a value that several operations sent it may be the first one's record, wherever it is read.
    const isKnown = writer !== NONE && facts.resent[value] === 0;
    const invoked = isKnown ? history.operationInvoke.at(writer) : NONE;
    const key = history.valueKeys.at(value);
    if (facts.okReader[value] !== NONE && invoked > (latest.invoked[key] as number)) {
      latest.value[key] = value;
      latest.invoked[key] = invoked;
    }
  }
  return latest;
}

function findHalvesMissing(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  const { history } = facts;
  if (facts.expendable !== null) {
    // A record without a known place may have been deleted or compacted away.
    return;
  }
  const latest = latestReadSends(facts);
  for (let writer = 0; writer < history.operationType.length; writer += 1) {
    // Nearly all of a history are polls, and they write nothing.
    const isWriter = history.operationKind.at(writer) !== POLL_ROW && isTransaction(facts, writer);
    const seen = isWriter ? firstSeenOf(facts, writer) : NONE;
    if (seen === NONE) {
      continue;
    }
    const known = knownAt(facts, writer, seen);
    const row = speakingRow(history, writer);
    const end = rowMicrosEnd(history, row);
    for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
      const value = history.microValue.at(micro);
      const key = history.microKey.at(micro);
      // Whoever returned it would have told its place.
      const isHidden =
        history.microKind.at(micro) === SEND &&
        ownerOf(facts, value) === writer &&
        facts.lastIndex[value] === NONE;
      if (
        isHidden &&
        known < (latest.invoked[key] as number) &&
        !isAbandoned(facts, key, options)
      ) {
        reportHalfMissing(facts, reporter, seen, value, latest.value[key] as number);
      }
    }
  }
}

/** Of the values of `writer` that an ok operation polled, the one that was the first; or NONE. */
function firstSeenOf(facts: Facts, writer: number): number {
  const { history } = facts;
  const row = speakingRow(history, writer);
  const end = rowMicrosEnd(history, row);
  let seen = NONE;
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    const value = history.microValue.at(micro);
    const isSeen = facts.okReader[value] !== NONE && ownerOf(facts, value) === writer;
    if (isSeen && (seen === NONE || readAt(facts, value) < readAt(facts, seen))) {
      seen = value;
    }
  }
  return seen;
}

function isAbandoned(facts: Facts, key: number, options: CheckOptions): boolean {
  return options.abandoned?.has(keyName(facts.history, key)) === true;
}

/** Row in which the first ok operation that polled `value` completed. */
function readAt(facts: Facts, value: number): number {
  return facts.history.operationComplete.at(facts.okReader[value] as number);
}

/** Row from which on the transaction is known to have committed. */
function knownAt(facts: Facts, writer: number, seen: number): number {
  const { history } = facts;
  const read = readAt(facts, seen);
  return history.operationType.at(writer) === OK
    ? Math.min(read, history.operationComplete.at(writer))
    : read;
}

function reportHalfMissing(
  facts: Facts,
  reporter: Reporter,
  seen: number,
  missing: number,
  later: number,
): void {
  const { history } = facts;
  reporter.found('torn-read', () => {
    const key = history.valueKeys.at(missing);
    const writer = facts.writer[missing] as number;
    const reader = facts.okReader[seen] as number;
    const passer = facts.okReader[later] as number;
    const sender = facts.writer[later] as number;
    const index = (operation: number): number => spokenIndex(history, operation);
    return {
      key,
      values: [seen, missing, later],
      offsets: offsetsOf(facts, [seen, later]),
      operations: [writer, reader, sender, passer],
      edges: [
        edge(facts, index(writer), index(reader), 'wr', seen),
        edge(facts, index(sender), index(passer), 'wr', later),
        edge(facts, index(passer), index(writer), 'rw', missing),
      ],
      sentence:
        `Key ${keyName(history, key)}: the poll at index ${index(reader)} returned ` +
        `${named(facts, seen)} of the transaction at index ${index(writer)}, so it committed; but ` +
        `nobody ever polled its ${named(facts, missing)}, although the poll at index ` +
        `${index(passer)} returned ${named(facts, later)}, sent only afterwards at index ` +
        `${index(sender)}.`,
    };
  });
}

function edge(
  facts: Facts,
  from: number,
  to: number,
  kind: FindingEdge['kind'],
  value: number,
): FindingEdge {
  const { history } = facts;
  return {
    from,
    to,
    kind,
    key: keyName(history, history.valueKeys.at(value)),
    value: valueName(history, value),
    offset: offsetOf(facts, value),
  };
}

function offsetsOf(facts: Facts, values: readonly number[]): number[] {
  return values.flatMap((value) => offsetOf(facts, value) ?? []);
}
