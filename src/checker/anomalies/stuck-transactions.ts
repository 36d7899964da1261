/**
 * stuck-transaction: the last stable offset of a log stood still below its high watermark for longer than a
 * transaction may stay open, and nothing ended it: readers wait for ever. For less long it is merely late,
 * and what it holds back may stay unseen.
 */

import { spokenIndex } from '../evidence.js';
import { INVOKE, keyName, type RecordedHistory } from '../recorded-history.js';
import type { Reporter } from '../reporter.js';

/** A last stable offset, and the first row that saw it held back. */
interface Standstill {
  readonly lastStable: number;
  readonly row: number;
}

/** `timeout`: nanoseconds after which the cluster must have ended any transaction. */
export function findStuckTransactions(
  history: RecordedHistory,
  reporter: Reporter,
  timeout: number,
): void {
  const standing = new Map<number, Standstill>();
  const stuck = new Map<number, number>();
  for (const [row, ends] of history.rowEnds) {
    if (history.rowType.at(row) === INVOKE) {
      continue;
    }
    for (const [key, { highWatermark, lastStable }] of ends) {
      const before = standing.get(key);
      if (lastStable >= highWatermark) {
        standing.delete(key);
        stuck.delete(key);
      } else if (before === undefined || before.lastStable < lastStable) {
        standing.set(key, { lastStable, row });
        stuck.delete(key);
      } else if (history.rowTime.at(row) - history.rowTime.at(before.row) >= timeout) {
        stuck.set(key, row);
      }
    }
  }
  for (const [key, row] of stuck) {
    const { lastStable, row: first } = standing.get(key)!;
    const seconds = (history.rowTime.at(row) - history.rowTime.at(first)) / 1e9;
    const operations = [first, row].map((each) => history.rowOperation.at(each));
    reporter.found('stuck-transaction', () => ({
      key,
      offsets: [lastStable],
      values: [],
      operations,
      sentence:
        `Key ${keyName(history, key)}: the last stable offset stood at ${lastStable} from index ` +
        `${spokenIndex(history, operations[0]!)} to index ${spokenIndex(history, operations[1]!)}, ${seconds.toFixed(1)} s, ` +
        'while records stood behind it: a transaction is open that nothing ends.',
    }));
  }
}
