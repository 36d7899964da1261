/** What reading a history answers, and where its rows go. */

import type { Row } from '../../history/rows.js';
import type { ScannedRow } from './scanned-row.js';

/** Where a text stops being a history. */
export interface ReadError {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly reason: string;
  /** The text ends in the middle of a row: its writer was cut off. All rows before it were read. */
  readonly truncated: boolean;
}

/** Takes the bytes of a history in chunks cut anywhere. */
export interface HistoryReader {
  /**
   * Reads on; answers the first error, after which nothing more is read. The chunk may be reused as
   * soon as this returns.
   */
  push(chunk: Uint8Array): ReadError | null;
  /** The bytes are over. */
  end(): ReadError | null;
  /** Rows that went to the sink. */
  readonly rows: number;
}

/** Takes the rows of a history in order. It may throw an UnusableHistoryError (../result.ts). */
export interface RowSink {
  /** `line` is the line on which the row begins, from 1. */
  row(row: Row, line: number): void;
  /**
   * Takes a row of a common shape without any object for it. Where this is missing, such rows come
   * through `row` like all others. The scanned row is reused as soon as this returns.
   */
  scanned?(row: ScannedRow): void;
}

/** `pieces` in one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) {
    return pieces[0] as Uint8Array;
  }
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

const EXCERPT_LENGTH = 60;

/** The beginning of `text` as it can stand in a message: no control characters, not too long. */
export function excerpt(text: string): string {
  const short = text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}...` : text;
  return JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}
