/**
 * The judge: rows in, verdict out. Pure; `check` takes all rows, `Checker` takes them one by one.
 */

import type { Row } from '../history/rows.js';
import type { CheckOptions, CheckResult } from './result.js';

/** Takes the rows of one history in order. */
export interface Checker {
  /** Throws an {@link UnusableHistoryError} where the row cannot belong to a history. */
  feed(row: Row): void;
  /** Judges what was fed. Call once. */
  finish(): CheckResult;
}

/** The history breaks the rules that histories are written by, so that no verdict would mean much. */
export class UnusableHistoryError extends Error {
  override readonly name: string = 'UnusableHistoryError';
}

export function createChecker(_options: CheckOptions = {}): Checker {
  throw new Error('not built yet');
}

/** Judges `rows`, which stand in the order in which they happened. */
export function check(rows: Iterable<Row>, options: CheckOptions = {}): CheckResult {
  const checker = createChecker(options);
  for (const row of rows) {
    checker.feed(row);
  }
  return checker.finish();
}
