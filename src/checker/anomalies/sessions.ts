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
import { eachSend, type Facts } from '../facts.js';
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
import { highestBefore, risingByKey, type ToldOffset } from '../rising-offsets.js';

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
  /** Of the records it has read the one that was sent last. */
  newest: ReadRecord;
}

interface ReadRecord {
  /** Row in which it was sent; NONE: nobody knows. */
  readonly sent: number;
  /** The poll. */
  readonly operation: number;
  readonly value: number;
}

const NOTHING_READ: ReadRecord = { sent: NONE, operation: NONE, value: NONE };

/** An acknowledged record. */
interface Acknowledged extends Sighting, ToldOffset {}

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
    const session = sessions.get(process) ?? newSession();
    sessions.set(process, session);
    if (history.operationType.at(operation) !== FAIL) {
      judgeEnds(facts, reporter, session, acknowledged, operation);
      learn(facts, session, operation);
    }
  }
}

function newSession(): Session {
  return { own: new Map(), seen: new Map(), newest: NOTHING_READ };
}

function judgeEnds(
  facts: Facts,
  reporter: Reporter,
  session: Session,
  acknowledged: ReadonlyMap<number, readonly Acknowledged[]>,
  operation: number,
): void {
  const { history } = facts;
  const { newest } = session;
  history.rowEnds.get(speakingRow(history, operation))?.forEach((end, key) => {
    const told = { key, operation, more: [] };
    const own = session.own.get(key);
    if (own !== undefined && own.offset >= end.highWatermark) {
      const how = `had appended ${placed(facts, own)}, acknowledged`;
      const broken = { ...told, before: own, end: end.highWatermark, how };
      report(facts, reporter, 'read-your-writes', broken);
    }
    const seen = session.seen.get(key);
    if (seen !== undefined && seen.offset >= end.lastStable) {
      const how = `had seen ${placed(facts, seen)}`;
      report(facts, reporter, 'monotonic-reads', {
        ...told,
        before: seen,
        end: end.lastStable,
        how,
      });
    }
    const cause = highestBefore(acknowledged.get(key), newest.sent);
    if (cause !== undefined && cause.offset >= end.highWatermark) {
      const read = `${valueName(history, newest.value)} at index ${spokenIndex(history, newest.operation)}`;
      const how = `had read ${read}, sent after ${placed(facts, cause)} had been acknowledged`;
      const more = [newest.operation, facts.writer[newest.value]!];
      const broken = { ...told, before: cause, end: end.highWatermark, how, more };
      report(facts, reporter, 'consistent-prefix', broken);
    }
  });
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
      // Of a value that several operations sent nobody knows whose record it is, and so when that was sent.
      const sent =
        writer === NONE || facts.resent[value] === 1 ? NONE : history.operationInvoke.at(writer);
      if (sent > session.newest.sent) {
        session.newest = { sent, operation, value };
      }
    } else if (sendOutcome(history, operation, micro) === OK) {
      // What has no offset raises nothing.
      raise(session.own, key, { offset, operation, value });
    }
  }
  history.rowEnds.get(row)?.forEach(({ lastStable }, key) => {
    raise(session.seen, key, { offset: lastStable - 1, operation, value: NONE });
  });
}

function raise(sightings: Map<number, Sighting>, key: number, sighting: Sighting): void {
  if (sighting.offset > (sightings.get(key)?.offset ?? NONE)) {
    sightings.set(key, sighting);
  }
}

/** Of each key, in the order in which they were acknowledged, those that raised its highest acknowledged offset. */
function acknowledgedByKey({ history }: Facts): Map<number, Acknowledged[]> {
  const sends: Acknowledged[] = [];
  eachSend(history, (operation, micro, kind) => {
    if (kind === SEND && sendOutcome(history, operation, micro) === OK) {
      sends.push({
        row: history.operationComplete.at(operation),
        key: history.microKey.at(micro),
        offset: history.microOffset.at(micro),
        operation,
        value: history.microValue.at(micro),
      });
    }
  });
  return risingByKey(sends);
}

/** That at `operation` a log was told to end where the process knew better. */
interface BrokenSession {
  readonly key: number;
  readonly operation: number;
  readonly end: number;
  /** What should be there, and in words how the process came to know. */
  readonly before: Sighting;
  readonly how: string;
  /** Operations that prove it besides. */
  readonly more: readonly number[];
}

function report(
  { history }: Facts,
  reporter: Reporter,
  anomaly: AnomalyName,
  { key, operation, end, before, how, more }: BrokenSession,
): void {
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
