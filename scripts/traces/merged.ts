/** Rows of several processes as one trace: each file in its own order. No clock is asked. */

import type { Rejection } from './raft/rejection.js';

/** Who is told of the rows; `file`: place of the row's file. */
export interface RowTaker<Row> {
  /** Whether all that the row speaks of was told already: until then it cannot be asked about. */
  isReady(row: Row, file: number): boolean;
  take(row: Row, file: number): Rejection | null;
}

export interface MergedRejection {
  readonly file: number;
  /** From 1. */
  readonly row: number;
  readonly rejection: Rejection;
}

/**
 * Tells all rows, as long as none is rejected. A row waits until it is ready; where all that is left waits, the first of
 * them is told as it is, to be rejected.
 */
export function merge<Row>(
  files: readonly (readonly Row[])[],
  taker: RowTaker<Row>,
): MergedRejection | null {
  const next = files.map(() => 0);
  const told = (file: number): MergedRejection | null => {
    const rejection = taker.take(files[file]![next[file]!]!, file);
    next[file]!++;
    return rejection === null ? null : { file, row: next[file]!, rejection };
  };
  for (;;) {
    let moved = false;
    for (const [file, rows] of files.entries()) {
      while (next[file]! < rows.length && taker.isReady(rows[next[file]!]!, file)) {
        moved = true;
        const found = told(file);
        if (found !== null) {
          return found;
        }
      }
    }
    if (!moved) {
      const file = files.findIndex((rows, each) => next[each]! < rows.length);
      const found = file < 0 ? null : told(file);
      if (file < 0 || found !== null) {
        return found;
      }
    }
  }
}
