/**
 * Reads of what should not be there. Source of G1a and precommitted-read: Jepsen's Kafka checker
 * (jepsen/src/jepsen/tests/kafka.clj); Adya's thesis (1999), section 4.2.2, for the name G1a.
 * `phantom` is ours: there Jepsen's checker stops with an exception.
 */

import { spokenIndex } from '../evidence.js';
import { eachMicro, eachSend, type Facts, NEVER_SENT } from '../facts.js';
import { FAIL, keyName, NONE, RECORD, valueName } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

/** G1a: an ok poll returned a value whose send certainly failed. */
export function findAbortedReads(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  for (let value = 0; value < facts.outcome.length; value += 1) {
    const reader = facts.okReader[value] as number;
    if (facts.outcome[value] !== FAIL || reader === NONE) {
      continue;
    }
    reporter.found('G1a', () => {
      const key = history.valueKeys.at(value);
      const writer = facts.writer[value] as number;
      const offset = history.microOffset.at(facts.okReadMicro[value] as number);
      return {
        key,
        offsets: [offset],
        values: [value],
        operations: [writer, reader],
        sentence:
          `Key ${keyName(history, key)}: the send of ${valueName(history, value)} failed for ` +
          `certain at index ${spokenIndex(history, writer)}, yet the poll at index ` +
          `${spokenIndex(history, reader)} returned it at offset ${offset}.`,
      };
    });
  }
}

/** phantom: a poll of any outcome returned a value that nobody sent to that key. */
export function findPhantoms(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  for (let value = 0; value < facts.outcome.length; value += 1) {
    const reader = facts.reader[value] as number;
    if (facts.outcome[value] !== NEVER_SENT || reader === NONE) {
      continue;
    }
    reporter.found('phantom', () => {
      const key = history.valueKeys.at(value);
      const offset = history.microOffset.at(facts.readMicro[value] as number);
      return {
        key,
        offsets: [offset],
        values: [value],
        operations: [reader],
        sentence:
          `Key ${keyName(history, key)}: the poll at index ${spokenIndex(history, reader)} ` +
          `returned ${valueName(history, value)} at offset ${offset}, which nobody ever sent to ` +
          'that key.',
      };
    });
  }
}

/** precommitted-read: an operation of any outcome polled a value that it sent itself. */
export function findPrecommittedReads(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  // The operation that last sent a value, and those before it, where several did.
  const sentBy = new Int32Array(facts.outcome.length).fill(NONE);
  const alsoSentBy = new Map<number, Set<number>>();
  eachSend(history, (operation, micro) => {
    const value = history.microValue.at(micro);
    const before = sentBy[value] as number;
    if (before !== NONE && before !== operation) {
      alsoSentBy.set(value, (alsoSentBy.get(value) ?? new Set()).add(before));
    }
    sentBy[value] = operation;
  });
  const reported = new Set<number>();
  eachMicro(history, (operation, micro, kind) => {
    if (kind !== RECORD) {
      return;
    }
    const value = history.microValue.at(micro);
    const isOwn = sentBy[value] === operation || alsoSentBy.get(value)?.has(operation) === true;
    if (!isOwn || reported.has(value)) {
      return;
    }
    reported.add(value);
    reporter.found('precommitted-read', () => {
      const key = history.microKey.at(micro);
      const offset = history.microOffset.at(micro);
      return {
        key,
        offsets: [offset],
        values: [value],
        operations: [operation],
        sentence:
          `Key ${keyName(history, key)}: the operation at index ` +
          `${spokenIndex(history, operation)} polled ${valueName(history, value)} at offset ` +
          `${offset}, which it sent itself and had not yet committed.`,
      };
    });
  });
}
