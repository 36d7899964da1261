/** Reads the text of a `history.jsonl` into rows. Pure: the caller hands in the chunks. */

import type { Row } from '../history/rows.js';
import { rowProblem } from './row-shape.js';

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
export function createReader(onRow: (row: Row, line: number) => void): HistoryReader {
  let rest = '';
  let line = 0;
  let error: ReadError | null = null;
  const take = (text: string, isCut: boolean): void => {
    line += 1;
    if (text.trim() === '') {
      return;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      error = isCut
        ? { line, reason: 'the last line is cut off', truncated: true }
        : { line, reason: `no JSON: ${excerpt(text)}`, truncated: false };
      return;
    }
    const problem = rowProblem(parsed);
    if (problem === null) {
      onRow(parsed as Row, line);
    } else {
      error = { line, reason: problem, truncated: false };
    }
  };
  return {
    push(chunk): ReadError | null {
      const text = rest + chunk;
      let from = 0;
      let to = text.indexOf('\n', from);
      while (to >= 0 && error === null) {
        take(text.slice(from, to), false);
        from = to + 1;
        to = text.indexOf('\n', from);
      }
      rest = text.slice(from);
      return error;
    },
    end(): ReadError | null {
      if (error === null && rest !== '') {
        take(rest, true);
        rest = '';
      }
      return error;
    },
  };
}

const EXCERPT_LENGTH = 60;

function excerpt(text: string): string {
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}...` : text;
}
