/** Reads the text of a `history.jsonl` into rows. Pure: the caller hands in the chunks. */

import type { Row } from '../history/rows.js';

/** A line that is no row of a history. */
export interface ReadError {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly reason: string;
  /** The line is the last one and has no newline: the writer was cut off in the middle of it. */
  readonly truncated: boolean;
}

/** Takes the text of a history in chunks cut anywhere. */
export interface HistoryReader {
  /** Reads on; answers the first error, after which nothing more is read. */
  push(chunk: string): ReadError | null;
  /** The text is over. */
  end(): ReadError | null;
}

/** A reader that hands each row to `onRow` with the number of its line. */
export function createReader(_onRow: (row: Row, line: number) => void): HistoryReader {
  throw new Error('not built yet');
}
