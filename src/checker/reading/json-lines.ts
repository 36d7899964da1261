/** Reads a `history.jsonl`: one row of JSON on each line. */

import type { Row } from '../../history/rows.js';
import { UnusableHistoryError } from '../result.js';
import { rowProblem } from '../row-shape.js';
import { JsonScanner } from './json-scanner.js';
import { ScannedRow } from './scanned-row.js';
import { excerpt, type HistoryReader, joinBytes, type ReadError, type RowSink } from './sink.js';

const NEWLINE = 0x0a;

/** A reader of lines of JSON. */
export function createJsonLinesReader(sink: RowSink): HistoryReader {
  return new JsonLinesReader(sink);
}

class JsonLinesReader implements HistoryReader {
  private readonly sink: RowSink;
  private readonly scanner = new JsonScanner();
  private readonly scanned = new ScannedRow();
  private readonly decoder = new TextDecoder();
  /** The beginning of a line whose end has not come. */
  private pieces: Uint8Array[] = [];
  private line = 0;
  private error: ReadError | null = null;
  rows = 0;

  constructor(sink: RowSink) {
    this.sink = sink;
  }

  push(chunk: Uint8Array): ReadError | null {
    let from = 0;
    while (this.error === null) {
      const to = chunk.indexOf(NEWLINE, from);
      if (to < 0) {
        this.pieces.push(chunk.slice(from));
        break;
      }
      if (this.pieces.length === 0) {
        this.take(chunk, from, to, false);
      } else {
        this.pieces.push(chunk.subarray(from, to));
        const line = joinBytes(this.pieces);
        this.pieces = [];
        this.take(line, 0, line.length, false);
      }
      from = to + 1;
    }
    return this.error;
  }

  end(): ReadError | null {
    // Behind an error nothing is left: an empty line.
    const line = joinBytes(this.pieces);
    this.take(line, 0, line.length, true);
    return this.error;
  }

  private take(bytes: Uint8Array, from: number, to: number, isLast: boolean): void {
    this.line += 1;
    const { sink, scanned } = this;
    try {
      if (sink.scanned !== undefined && this.scanner.scan(bytes, from, to, scanned)) {
        this.rows += 1;
        sink.scanned(scanned);
      } else {
        this.parse(this.decoder.decode(bytes.subarray(from, to)), isLast);
      }
    } catch (error) {
      if (!(error instanceof UnusableHistoryError)) {
        throw error;
      }
      this.fail(error.message);
    }
  }

  private parse(text: string, isLast: boolean): void {
    if (text.trim() === '') {
      return;
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      this.fail(isLast ? 'the last line is cut off' : `no JSON: ${excerpt(text)}`, isLast);
      return;
    }
    const problem = rowProblem(parsed);
    if (problem === null) {
      this.rows += 1;
      this.sink.row(parsed as Row, this.line);
    } else {
      this.fail(problem);
    }
  }

  private fail(reason: string, truncated = false): void {
    this.error = { line: this.line, reason, truncated };
  }
}
