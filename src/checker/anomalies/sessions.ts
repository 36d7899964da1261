/**
 * Guarantees of a session (Terry et al., "Session Guarantees for Weakly Consistent Replicated Data", 1994),
 * judged by where a log ended for a poll (`ends`). A session is a process. Reads of a leader keep all
 * three; reads of whichever follower answers (KIP-392) need not.
 *
 * - read-your-writes: a log ended at or below a record that the process itself had appended, acknowledged.
 * - monotonic-reads: a log ended below what an earlier poll of the process had seen of it.
 * - consistent-prefix: the process had read a record, and then a log ended at or below another one that was
 *   acknowledged before that record was sent: the effect without its cause.
 *
 * What an open transaction holds back is late and not missing, so own records and causes are judged by the high
 * watermark; but the last stable offset, once seen, does not go back either.
 */

import { spokenIndex } from '../evidence.js';
import { eachMicro, type Facts } from '../facts.js';
import {
  CRASH_ROW,
  FAIL,
  keyName,
  NONE,
  OK,
  RECORD,
  rowMicrosEnd,
  SEND,
  sendOutcome,
  speakingRow,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { AnomalyName } from '../result.js';

/** That a log reached so far: who was told, and of which value. */
interface Sighting {
  readonly offset: number;
  readonly operation: number;
  /** NONE: an end, not a record. */
  readonly value: number;
}

interface Session {
  readonly own: Map<number, Sighting>;
  readonly seen: Map<number, Sighting>;
  /** Of the records it has read: the one that was sent last, and the row in which it was. */
  cause: { readonly sent: number; readonly operation: number; readonly value: number } | null;
}

/** Acknowledged records of a key by the row that acknowledged them, with the highest offset up to there. */
interface Acknowledged {
  readonly rows: number[];
  readonly highest: Sighting[];
}

/** Only where polls say where the logs ended. */
export function findBrokenSessions(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  if (history.rowEnds.size === 0) {
    return;
  }
  const acknowledged = acknowledgedByKey(facts);
  const sessions = new Map<number, Session>();
  // A process is single-threaded: its operations are in order, whichever end of them is looked at.
  for (let operation = 0; operation < history.operationType.length; operation++) {
    const process = history.operationProcess.at(operation);
    if (history.operationKind.at(operation) === CRASH_ROW) {
      sessions.delete(process);
      continue;
    }
    const session = sessions.get(process) ?? { own: new Map(), seen: new Map(), cause: null };
    sessions.set(process, session);
    if (history.operationType.at(operation) !== FAIL) {
      judgeEnds(facts, reporter, session, acknowledged, operation);
      learn(facts, session, operation);
    }
  }
}

function judgeEnds(
  facts: Facts,
  reporter: Reporter,
  session: Session,
  acknowledged: ReadonlyMap<number, Acknowledged>,
  operation: number,
): void {
  const { history } = facts;
  for (const [key, seenEnd] of history.rowEnds.get(speakingRow(history, operation)) ?? []) {
    const { lastStable, highWatermark } = seenEnd;
    const own = session.own.get(key);
    if (own !== undefined && own.offset >= highWatermark) {
      report(
        facts,
        reporter,
        'read-your-writes',
        key,
        own,
        operation,
        highWatermark,
        `had appended ${placed(facts, own)}, acknowledged`,
      );
    }
    const seen = session.seen.get(key);
    if (seen !== undefined && seen.offset >= lastStable) {
      report(
        facts,
        reporter,
        'monotonic-reads',
        key,
        seen,
        operation,
        lastStable,
        `had seen ${placed(facts, seen)}`,
      );
    }
    const { cause } = session;
    const before = cause === null ? null : reached(acknowledged.get(key), cause.sent);
    if (cause !== null && before !== null && before.offset >= highWatermark) {
      const read = `${valueName(history, cause.value)} at index ${spokenIndex(history, cause.operation)}`;
      report(
        facts,
        reporter,
        'consistent-prefix',
        key,
        before,
        operation,
        highWatermark,
        `had read ${read}, sent after ${placed(facts, before)} had been acknowledged`,
        [cause.operation, facts.writer[cause.value]!],
      );
    }
  }
}

/** What this operation tells the process. */
function learn(facts: Facts, session: Session, operation: number): void {
  const { history } = facts;
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro++) {
    const kind = history.microKind.at(micro);
    const offset = history.microOffset.at(micro);
    const value = history.microValue.at(micro);
    const key = history.microKey.at(micro);
    if (kind === RECORD) {
      raise(session.seen, key, { offset, operation, value });
      const writer = facts.writer[value]!;
      const sent = writer === NONE ? NONE : history.operationInvoke.at(writer);
      if (sent > (session.cause?.sent ?? NONE)) {
        session.cause = { sent, operation, value };
      }
    } else if (
      kind === SEND &&
      !Number.isNaN(offset) &&
      sendOutcome(history, operation, micro) === OK
    ) {
      raise(session.own, key, { offset, operation, value });
    }
  }
  for (const [key, { lastStable }] of history.rowEnds.get(row) ?? []) {
    raise(session.seen, key, { offset: lastStable - 1, operation, value: NONE });
  }
}

function raise(sightings: Map<number, Sighting>, key: number, sighting: Sighting): void {
  if (sighting.offset > (sightings.get(key)?.offset ?? NONE)) {
    sightings.set(key, sighting);
  }
}

function acknowledgedByKey({ history }: Facts): Map<number, Acknowledged> {
  const sends: { readonly row: number; readonly key: number; readonly sighting: Sighting }[] = [];
  eachMicro(history, (operation, micro, kind) => {
    const offset = history.microOffset.at(micro);
    if (kind === SEND && !Number.isNaN(offset) && sendOutcome(history, operation, micro) === OK) {
      const sighting = { offset, operation, value: history.microValue.at(micro) };
      const row = history.operationComplete.at(operation);
      sends.push({ row, key: history.microKey.at(micro), sighting });
    }
  });
  sends.sort((left, right) => left.row - right.row);
  const byKey = new Map<number, Acknowledged>();
  for (const { row, key, sighting } of sends) {
    const known = byKey.get(key) ?? { rows: [], highest: [] };
    byKey.set(key, known);
    const before = known.highest.at(-1);
    known.rows.push(row);
    known.highest.push(before === undefined || sighting.offset > before.offset ? sighting : before);
  }
  return byKey;
}

/** The highest offset of the key that was acknowledged before `row`. */
function reached(acknowledged: Acknowledged | undefined, row: number): Sighting | null {
  if (acknowledged === undefined) {
    return null;
  }
  const { rows, highest } = acknowledged;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low === 0 ? null : highest[low - 1]!;
}

function report(
  facts: Facts,
  reporter: Reporter,
  anomaly: AnomalyName,
  key: number,
  before: Sighting,
  operation: number,
  end: number,
  how: string,
  more: readonly number[] = [],
): void {
  const { history } = facts;
  reporter.found(anomaly, () => {
    return {
      key,
      offsets: [before.offset, end],
      values: before.value === NONE ? [] : [before.value],
      operations: [before.operation, ...more, operation],
      sentence:
        `Key ${keyName(history, key)}: process ${history.operationProcess.at(operation)} ${how} (index ` +
        `${spokenIndex(history, before.operation)}), but at index ${spokenIndex(history, operation)} it was told that ` +
        `the log ended at offset ${end}.`,
    };
  });
}

/** `7 at offset 3`, or how far the log was seen to reach. */
function placed({ history }: Facts, { value, offset }: Sighting): string {
  return value === NONE
    ? `the log up to offset ${offset}`
    : `${valueName(history, value)} at offset ${offset}`;
}
