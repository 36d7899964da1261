/** Rows as lines of `history.jsonl`. */

import type { Row } from './rows.js';

/** `row` as one line of JSON with its newline; the fields of every row stand in the same order. */
export function rowLine(row: Row): string {
  const { index, time, process, type, f, value, ...rest } = row;
  return `${JSON.stringify({ index, time, process, type, f, value, ...rest })}\n`;
}
