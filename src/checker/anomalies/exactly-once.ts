/**
 * exactly-once (ours; Jepsen counts only): what a group consumes in transactions it consumes once.
 * Judged only where the workload promises (`exactlyOnce`) that each ok poll or txn of a subscribed
 * process commits the offsets it polled in a transaction. A transaction committed if it is ok, or
 * if it is unknown and an ok poll returned a value that it sent. Then of each group:
 *
 * - no value is consumed by two transactions that committed;
 * - of the values of a key that stand between two which committed transactions consumed, none that
 *   must have committed is consumed by nobody (an unknown transaction may have consumed it, and one that does not
 *   tell what it polled any of them);
 * - an ok transaction that consumes a value of a key in `outputs` sends the same value to the key
 *   that `outputs` maps it to.
 */

import { eachOfGroups } from '../consumption.js';
import { spokenIndex } from '../evidence.js';
import { type Facts, ownerOf } from '../facts.js';
import { mustBeThere } from '../graph/missed.js';
import { committedBy, entryOf, withPlaces } from '../places.js';
import {
  FAIL,
  INFO,
  keyName,
  NONE,
  OK,
  POLL_BARE,
  RECORD,
  type RecordedHistory,
  rowMicrosEnd,
  SEND,
  speakingRow,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';
import type { CheckOptions, ExactlyOnce } from '../result.js';

/** What one group consumed. */
interface Consumed {
  /** Per value: the transaction that certainly consumed it, or NONE. */
  readonly certainly: Int32Array;
  /** Per value: 1 where any transaction may have consumed it. */
  readonly maybe: Uint8Array;
  /** Row in which the first unknown transaction was invoked that does not tell what it polled; Infinity: there is none. */
  untoldSince: number;
  /** Per transaction: what made its process a member of the group. */
  readonly subscriptions: Map<number, number>;
}

export function findNotExactlyOnce(facts: Facts, reporter: Reporter, options: CheckOptions): void {
  const promise = options.exactlyOnce;
  if (promise === undefined) {
    return;
  }
  const { history } = facts;
  const groups = new Map<string, Consumed>();
  eachOfGroups(history, (operation, group, subscription) => {
    const type = history.operationType.at(operation);
    if (type === FAIL) {
      return;
    }
    let consumed = groups.get(group);
    if (consumed === undefined) {
      const values = facts.outcome.length;
      consumed = {
        certainly: new Int32Array(values).fill(NONE),
        maybe: new Uint8Array(values),
        untoldSince: Number.POSITIVE_INFINITY,
        subscriptions: new Map(),
      };
      groups.set(group, consumed);
    }
    consumed.subscriptions.set(operation, subscription);
    if (type === INFO && hasUntoldPoll(history, operation)) {
      consumed.untoldSince = Math.min(consumed.untoldSince, history.operationInvoke.at(operation));
    }
    const commits = type === OK || hasReadSend(facts, operation);
    consume(facts, reporter, consumed, operation, commits);
    if (type === OK) {
      findMissingOutputs(facts, reporter, consumed, promise, operation);
    }
  });
  for (const consumed of groups.values()) {
    findPassedOver(facts, reporter, consumed);
  }
}

function eachMicroOf(
  history: RecordedHistory,
  operation: number,
  wanted: number,
  visit: (micro: number, value: number) => void,
): void {
  const row = speakingRow(history, operation);
  const end = rowMicrosEnd(history, row);
  for (let micro = history.rowMicros.at(row); micro < end; micro += 1) {
    if (history.microKind.at(micro) === wanted) {
      visit(micro, history.microValue.at(micro));
    }
  }
}

/** Its answer never came, or leaves out what some poll of it returned. */
function hasUntoldPoll(history: RecordedHistory, operation: number): boolean {
  let isUntold = false;
  eachMicroOf(history, operation, POLL_BARE, () => {
    isUntold = true;
  });
  return isUntold;
}

function hasReadSend(facts: Facts, operation: number): boolean {
  let isRead = false;
  eachMicroOf(facts.history, operation, SEND, (_micro, value) => {
    isRead ||= facts.okReader[value] !== NONE && ownerOf(facts, value) === operation;
  });
  return isRead;
}

function consume(
  facts: Facts,
  reporter: Reporter,
  consumed: Consumed,
  operation: number,
  commits: boolean,
): void {
  eachMicroOf(facts.history, operation, RECORD, (micro, value) => {
    consumed.maybe[value] = 1;
    const before = consumed.certainly[value] as number;
    if (!commits || before === operation) {
      return;
    }
    if (before === NONE) {
      consumed.certainly[value] = operation;
    } else {
      const offset = facts.history.microOffset.at(micro);
      report(facts, reporter, consumed, {
        value,
        offset,
        operations: [before, operation],
        words: ([first, second]) =>
          ` was consumed by the transaction at index ${first} and again by the one at index ${second}, ` +
          'and both committed',
      });
    }
  });
}

function findMissingOutputs(
  facts: Facts,
  reporter: Reporter,
  consumed: Consumed,
  { outputs }: ExactlyOnce,
  operation: number,
): void {
  const { history } = facts;
  if (outputs === undefined) {
    return;
  }
  const sent = new Set<number>();
  eachMicroOf(history, operation, SEND, (_micro, value) => {
    sent.add(value);
  });
  eachMicroOf(history, operation, RECORD, (micro, value) => {
    const output = outputs[keyName(history, history.valueKeys.at(value))];
    if (output === undefined) {
      return;
    }
    const names = history.valueNumbers[history.keyNumbers.get(output) ?? NONE];
    if (!sent.has(names?.get(valueName(history, value)) ?? NONE)) {
      report(facts, reporter, consumed, {
        value,
        offset: history.microOffset.at(micro),
        operations: [operation],
        words: ([index]) =>
          ` was consumed by the transaction at index ${index}, which committed without sending it ` +
          `to key ${output}`,
      });
    }
  });
}

/** Values that the group must have come by, and that none of its transactions consumed. */
function findPassedOver(facts: Facts, reporter: Reporter, consumed: Consumed): void {
  facts.history.keyNames.forEach((_name, key) => {
    const end = facts.keyEntries[key + 1] as number;
    let before = NONE;
    let passed: number[] = [];
    for (let entry = facts.keyEntries[key] as number; entry < end; entry += 1) {
      const value = facts.entryValue[entry] as number;
      const consumer = consumed.certainly[value] as number;
      if (consumer !== NONE) {
        // Whatever was consumed before `consumer` polled on, it was before its completion.
        const isTold = consumed.untoldSince >= completionOf(facts.history, consumer);
        for (const missed of isTold ? passed : []) {
          reportPassedOver(facts, reporter, consumed, missed, [before, consumer]);
        }
        passed = [];
        before = consumer;
      } else if (before !== NONE && isOverdue(facts, consumed, value)) {
        passed.push(entry);
      }
    }
  });
}

/** Its row; one that never came is behind all others. */
function completionOf(history: RecordedHistory, operation: number): number {
  const complete = history.operationComplete.at(operation);
  return complete === NONE ? Number.POSITIVE_INFINITY : complete;
}

function isOverdue(facts: Facts, consumed: Consumed, value: number): boolean {
  return facts.committed[value] === 1 && consumed.maybe[value] === 0 && mustBeThere(facts, value);
}

function reportPassedOver(
  facts: Facts,
  reporter: Reporter,
  consumed: Consumed,
  entry: number,
  consumers: readonly number[],
): void {
  const value = facts.entryValue[entry] as number;
  report(facts, reporter, consumed, {
    value,
    offset: facts.entryOffset[entry] as number,
    operations: [facts.writer[value] as number, ...consumers],
    words: ([sent, before, after]) =>
      `, sent at index ${sent}, was consumed by no transaction of the group, although those at index ` +
      `${before} and ${after} consumed what stands before and after it`,
  });
}

/** A value that was not consumed once. */
interface Breach {
  readonly value: number;
  readonly offset: number;
  readonly operations: readonly number[];
  /** What is told of it, with the indexes of `operations`. */
  readonly words: (indexes: readonly number[]) => string;
}

function report(
  facts: Facts,
  reporter: Reporter,
  { subscriptions }: Consumed,
  { value, offset, operations, words }: Breach,
): void {
  const { history } = facts;
  reporter.found('exactly-once', () => {
    const key = history.valueKeys.at(value);
    const told = words(operations.map((operation) => spokenIndex(history, operation)));
    return {
      key,
      offsets: [offset],
      values: [value],
      operations: withPlaces(
        facts,
        operations.flatMap((operation) => [
          ...committedBy(facts, operation, value),
          ...[subscriptions.get(operation) ?? operation, operation],
        ]),
        [entryOf(facts, value)],
      ),
      sentence: `Key ${keyName(history, key)}: ${valueName(history, value)} (offset ${offset})${told}.`,
    };
  });
}
