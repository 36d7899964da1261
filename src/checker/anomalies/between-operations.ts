/**
 * Order between the operations of one process: its polls of a key go on where its last ok poll
 * ended, its sends stand in the order in which it made them. Source: Jepsen's Kafka checker
 * (jepsen/src/jepsen/tests/kafka.clj).
 *
 * An ok or unknown assign or subscribe keeps the positions of the keys it lists and forgets the
 * rest; a failed one changes nothing. Two additions of ours, both in favour of the accused: seeking
 * to the beginning forgets all positions of the consumer, and a crash forgets the process.
 */

import { spokenIndex } from '../evidence.js';
import { assignedKeys, type Facts, versionDistance } from '../facts.js';
import {
  ASSIGN_ROW,
  CRASH_ROW,
  FAIL,
  keyName,
  lastOfRun,
  OK,
  operationOfMicro,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  SEND,
  SEND_BARE,
  SUBSCRIBE_ROW,
  speakingRow,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { AnomalyName } from '../result.js';
import { isOwn } from './within-operation.js';
import { tellStep } from './wrong-step.js';

const LEFT_OUT = ['record was skipped', 'records were skipped'] as const;

/** Where a process stands on each key: its last record and its last send, as micro-operations. */
interface Positions {
  readonly polled: Map<number, number>;
  readonly sent: Map<number, number>;
}

/** poll-skip, nonmonotonic-poll and nonmonotonic-send, in one pass over the operations. */
export function findDisorderBetweenOperations(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const processes = new Map<number, Positions>();
  for (let operation = 0; operation < history.operationType.length; operation += 1) {
    const process = history.operationProcess.at(operation);
    let positions = processes.get(process);
    if (positions === undefined) {
      positions = { polled: new Map(), sent: new Map() };
      processes.set(process, positions);
    }
    const kind = history.operationKind.at(operation);
    if (kind === CRASH_ROW) {
      processes.delete(process);
    } else if (kind === ASSIGN_ROW || kind === SUBSCRIBE_ROW) {
      reassign(history, positions, operation);
    } else {
      follow(facts, reporter, positions, operation);
    }
  }
}

function reassign(history: RecordedHistory, positions: Positions, operation: number): void {
  if (history.operationType.at(operation) === FAIL) {
    return;
  }
  const row = speakingRow(history, operation);
  const keys = assignedKeys(history, row);
  const invoke = history.operationInvoke.at(operation);
  const seeks = [row, invoke].some((each) => history.rowSeeksToBeginning.has(each));
  for (const key of [...positions.polled.keys()]) {
    if (seeks || !keys.has(key)) {
      positions.polled.delete(key);
    }
  }
  for (const key of [...positions.sent.keys()]) {
    if (!keys.has(key)) {
      positions.sent.delete(key);
    }
  }
}

function follow(facts: Facts, reporter: Reporter, positions: Positions, operation: number): void {
  const { history } = facts;
  const row = speakingRow(history, operation);
  const begin = history.rowMicros.at(row);
  const end = rowMicrosEnd(history, row);
  const type = history.operationType.at(operation);
  // What a process did before stands before `begin`. Only an ok operation moves the position from which the next one polls.
  const polled = type === OK ? positions.polled : new Map<number, number>();
  for (let micro = begin; micro < end; micro += 1) {
    const kind = history.microKind.at(micro);
    const key = history.microKey.at(micro);
    if (kind === RECORD) {
      const before = polled.get(key) ?? positions.polled.get(key) ?? begin;
      if (before < begin) {
        judgePoll(facts, reporter, before, micro);
      }
      micro = lastOfRun(history, micro, end);
      polled.set(key, micro);
    } else if (isSend(kind) && type !== FAIL && isOwn(facts, operation, micro)) {
      const before = positions.sent.get(key) ?? begin;
      if (before < begin) {
        judgeSend(facts, reporter, before, micro);
      }
      positions.sent.set(key, micro);
    }
  }
}

function isSend(kind: number): boolean {
  return kind === SEND || kind === SEND_BARE;
}

function judgePoll(facts: Facts, reporter: Reporter, before: number, after: number): void {
  const distance = distanceBetween(facts, before, after);
  if (distance > 1) {
    report(facts, reporter, 'poll-skip', before, after, distance);
  } else if (distance < 1) {
    report(facts, reporter, 'nonmonotonic-poll', before, after, distance);
  }
}

function judgeSend(facts: Facts, reporter: Reporter, before: number, after: number): void {
  const distance = distanceBetween(facts, before, after);
  if (distance < 1) {
    report(facts, reporter, 'nonmonotonic-send', before, after, distance);
  }
}

function distanceBetween(facts: Facts, before: number, after: number): number {
  const { microValue } = facts.history;
  return versionDistance(facts, microValue.at(before), microValue.at(after));
}

function report(
  facts: Facts,
  reporter: Reporter,
  anomaly: AnomalyName,
  before: number,
  after: number,
  distance: number,
): void {
  const { history } = facts;
  reporter.found(anomaly, () => {
    const operations = [
      operationOfMicro(history, before),
      operationOfMicro(history, after),
    ] as const;
    const step = { before, after, distance, operations };
    const { draft, ...told } = tellStep(facts, step, LEFT_OUT);
    const isSend = anomaly === 'nonmonotonic-send';
    return {
      ...draft,
      sentence:
        `Key ${keyName(history, draft.key)}: process ${history.operationProcess.at(operations[1])} ` +
        `${isSend ? 'sent' : 'had polled up to'} ${told.before} at index ` +
        `${spokenIndex(history, operations[0])}, and its next ${isSend ? 'send' : 'poll'} at index ` +
        `${spokenIndex(history, operations[1])} ${isSend ? 'put' : 'began with'} ${told.after}: ` +
        `${told.judgement}.`,
    };
  });
}
