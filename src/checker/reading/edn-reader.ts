/**
 * Reads a `history.edn`: rows one after the other, or vectors or lists of them, with space, comments
 * and discarded forms anywhere.
 */

import type { Json, Row } from '../../history/rows.js';
import { UnusableHistoryError } from '../result.js';
import { rowProblem } from '../row-shape.js';
import { EdnError, EdnIncomplete, EdnParser } from './edn-forms.js';
import { RowTranslator } from './edn-rows.js';
import { EdnScanner } from './edn-scanner.js';
import { ScannedRow } from './scanned-row.js';
import { excerpt, type HistoryReader, joinBytes, type ReadError, type RowSink } from './sink.js';

const NEWLINE = 0x0a;
const HASH = 0x23;
const OPEN_LIST = 0x28;
const CLOSE_LIST = 0x29;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** A reader of EDN. */
export function createEdnReader(sink: RowSink): HistoryReader {
  return new EdnReader(sink);
}

class EdnReader implements HistoryReader {
  private readonly sink: RowSink;
  private readonly scanner = new EdnScanner();
  private readonly scanned = new ScannedRow();
  private readonly parser = new EdnParser();
  private readonly translator = new RowTranslator();
  /** Bytes that are not read yet: the beginning of a row. */
  private pieces: Uint8Array[] = [];
  private pending = 0;
  /** A row that fills several chunks is tried again only when twice as many bytes are there. */
  private worthTrying = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  /** The line on which the byte at `counted` stands. */
  private line = 1;
  private counted = 0;
  /** The byte that closes the open vector or list, and its line. */
  private close: number | null = null;
  private closeLine = 0;
  private error: ReadError | null = null;
  rows = 0;

  constructor(sink: RowSink) {
    this.sink = sink;
  }

  push(chunk: Uint8Array): ReadError | null {
    if (this.error === null) {
      this.pieces.push(chunk);
      this.pending += chunk.length;
      if (this.pending >= this.worthTrying) {
        this.read();
      } else {
        this.pieces[this.pieces.length - 1] = chunk.slice();
      }
    }
    return this.error;
  }

  end(): ReadError | null {
    this.worthTrying = 0;
    this.push(new Uint8Array(0));
    this.error ??= this.cutOff();
    if (this.close !== null) {
      const reason = `the ${this.close === CLOSE ? 'vector' : 'list'} that begins here is never closed`;
      this.error ??= { line: this.closeLine, reason, truncated: true };
    }
    return this.error;
  }

  /** null: only space is left, or a comment that the end of the bytes ends. */
  private cutOff(): ReadError | null {
    this.bytes = joinBytes([...this.pieces, Uint8Array.of(NEWLINE)]);
    this.counted = 0;
    this.parser.begin(this.bytes, 0);
    try {
      if (this.parser.skip() === -1) {
        return null;
      }
    } catch {
      // A form to discard is cut off, too; what is left of it need not be EDN.
    }
    const line = this.lineAt(this.parser.at);
    return { line, reason: 'the form that begins here is cut off', truncated: true };
  }

  /** Reads all whole rows that are there. */
  private read(): void {
    this.bytes = joinBytes(this.pieces);
    this.counted = 0;
    let at = 0;
    try {
      for (;;) {
        at = this.step(at);
      }
    } catch (error) {
      if (!(error instanceof EdnIncomplete)) {
        this.fail(error, at);
      }
    }
    this.lineAt(at);
    const rest = this.bytes.slice(at);
    this.pieces = [rest];
    this.pending = rest.length;
    this.worthTrying = 2 * rest.length;
    this.bytes = new Uint8Array(0);
  }

  /** Reads what comes next from `at` and answers the place behind it. */
  private step(at: number): number {
    const { parser, sink, scanned } = this;
    parser.begin(this.bytes, at);
    const byte = parser.skip();
    if (byte === -1) {
      throw new EdnIncomplete();
    }
    switch (byte) {
      case OPEN_BRACE:
      case HASH: {
        if (sink.scanned !== undefined) {
          const behind = this.scanner.scan(this.bytes, parser.at, this.bytes.length, scanned);
          if (behind !== -1) {
            this.rows += 1;
            sink.scanned(scanned);
            this.translator.passed(scanned.index, scanned.time);
            return behind;
          }
        }
        return this.tagged();
      }
      case OPEN:
      case OPEN_LIST:
        return this.open(byte);
      case CLOSE:
      case CLOSE_LIST:
        if (byte !== this.close) {
          throw new EdnError(parser.at, `unbalanced: ${String.fromCharCode(byte)} closes nothing`);
        }
        this.close = null;
        return parser.at + 1;
      case CLOSE_BRACE:
        throw new EdnError(parser.at, 'unbalanced: } closes nothing');
      default:
        throw parser.unknown(parser.at);
    }
  }

  private open(byte: number): number {
    const { at } = this.parser;
    if (this.close !== null) {
      throw new EdnError(at, 'a row is a map or a record, not a list');
    }
    this.close = byte === OPEN ? CLOSE : CLOSE_LIST;
    this.closeLine = this.lineAt(at);
    return at + 1;
  }

  /** A map with any tags before it, or a tagged vector of rows. */
  private tagged(): number {
    const { parser } = this;
    const from = parser.at;
    const namespace = parser.tags();
    const byte = parser.skip();
    if (byte === OPEN || byte === OPEN_LIST) {
      return this.open(byte);
    }
    if (byte === -1) {
      throw new EdnIncomplete();
    }
    if (byte !== OPEN_BRACE) {
      throw parser.unknown(parser.at);
    }
    const fields = this.fields(namespace);
    const row = this.translator.translate(fields);
    const problem = rowProblem(row);
    if (problem !== null) {
      throw new EdnError(from, problem);
    }
    this.rows += 1;
    this.sink.row(row as unknown as Row, this.lineAt(from));
    return parser.at;
  }

  /** The fields of a row by name, those with a namespace under their bare name as well. */
  private fields(namespace: string): Map<string, Json> {
    const { parser } = this;
    const fields = new Map<string, Json>();
    const bare = new Map<string, Json>();
    parser.fields(namespace, true, ({ name, value, at }) => {
      if (fields.has(name)) {
        throw new EdnError(at, `a row has two fields :${excerpt(name)}`);
      }
      fields.set(name, value);
      bare.set(name.slice(name.lastIndexOf('/') + 1), value);
    });
    for (const [name, value] of bare) {
      if (!fields.has(name)) {
        fields.set(name, value);
      }
    }
    return fields;
  }

  private fail(error: unknown, at: number): void {
    if (error instanceof EdnError) {
      this.error = { line: this.lineAt(error.position), reason: error.message, truncated: false };
    } else if (error instanceof UnusableHistoryError) {
      this.parser.begin(this.bytes, at);
      this.parser.skip();
      this.error = {
        line: this.lineAt(this.parser.at),
        reason: error.message,
        truncated: false,
      };
    } else {
      throw error;
    }
  }

  /** The line on which the byte at `at` stands; places must not go back before the last one. */
  private lineAt(at: number): number {
    for (;;) {
      const newline = this.bytes.indexOf(NEWLINE, this.counted);
      if (newline < 0 || newline >= at) {
        break;
      }
      this.line += 1;
      this.counted = newline + 1;
    }
    return this.line;
  }
}
