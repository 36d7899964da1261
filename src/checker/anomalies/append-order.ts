/**
 * append-order (ours): acknowledged appends to one key stand in real-time order. A replicated log
 * appends at its end, so an append that begins after another was acknowledged gets the greater
 * offset. Jepsen permits the contrary. Offsets give the order, so nothing is searched: from the
 * greatest offset down, one pass keeps the earliest completion seen so far; an append that was
 * invoked after it stands too low.
 */

import { spokenIndex } from '../evidence.js';
import { eachSend, type Facts } from '../facts.js';
import {
  keyName,
  NONE,
  OK,
  type RecordedHistory,
  sendOutcome,
  valueName,
} from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

interface Append {
  readonly offset: number;
  readonly value: number;
  readonly operation: number;
}

export function findAppendOrder(facts: Facts, reporter: Reporter): void {
  const { history } = facts;
  const appends: Append[][] = history.keyNames.map(() => []);
  eachSend(history, (operation, micro) => {
    const offset = history.microOffset.at(micro);
    if (Number.isNaN(offset)) {
      return;
    }
    if (
      history.operationComplete.at(operation) !== NONE &&
      sendOutcome(history, operation, micro) === OK
    ) {
      const value = history.microValue.at(micro);
      appends[history.microKey.at(micro)]!.push({ offset, value, operation });
    }
  });
  appends.forEach((ofKey, key) => {
    judgeKey(history, reporter, key, ofKey);
  });
}

function judgeKey(
  history: RecordedHistory,
  reporter: Reporter,
  key: number,
  appends: Append[],
): void {
  appends.sort((left, right) => right.offset - left.offset);
  let earliest: Append | undefined;
  let pending: Append[] = [];
  for (const append of appends) {
    if (pending.length > 0 && (pending[0] as Append).offset > append.offset) {
      for (const above of pending) {
        if (earliest === undefined || completion(history, above) < completion(history, earliest)) {
          earliest = above;
        }
      }
      pending = [];
    }
    // Appends at one offset are no matter of order; inconsistent-offsets reports them.
    pending.push(append);
    // NONE, where nobody knows when it began, is before every completion.
    const invoked = history.operationInvoke.at(append.operation);
    if (earliest !== undefined && completion(history, earliest) < invoked) {
      report(history, reporter, key, earliest, append);
    }
  }
}

function completion(history: RecordedHistory, append: Append): number {
  return history.operationComplete.at(append.operation);
}

function report(
  history: RecordedHistory,
  reporter: Reporter,
  key: number,
  early: Append,
  late: Append,
): void {
  reporter.found('append-order', () => {
    const invoke = history.rowIndex.at(history.operationInvoke.at(late.operation));
    return {
      key,
      offsets: [early.offset, late.offset],
      values: [early.value, late.value],
      operations: [early.operation, late.operation],
      sentence:
        `Key ${keyName(history, key)}: ${valueName(history, early.value)} was acknowledged at ` +
        `index ${spokenIndex(history, early.operation)} with offset ${early.offset}, yet ` +
        `${valueName(history, late.value)}, whose send began only afterwards at index ${invoke}, ` +
        `got the smaller offset ${late.offset}.`,
    };
  });
}
