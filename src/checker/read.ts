/**
 * Reads the bytes of a history into rows: JSON lines, or the EDN that Jepsen writes. Which of the two
 * is told by the first characters, not by a name. Pure: the caller hands in the chunks.
 */

import { createEdnReader } from './reading/edn-reader.js';
import { createJsonLinesReader } from './reading/json-lines.js';
import {
  excerpt,
  type HistoryReader,
  joinBytes,
  type ReadError,
  type RowSink,
} from './reading/sink.js';

/** So many bytes are looked at before a file is called binary or not. */
const LOOKED_AT = 512;

const BINARY = 'a binary file is no history; one is UTF-8, plain or gzipped';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const ESCAPE = 0x1b;
const SPACE = 0x20;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const DELETE = 0x7f;
/** What EDN may begin with, besides a brace: `#` `(` `,` `;` `[`. */
const EDN_BEGINNINGS: readonly number[] = [0x23, 0x28, 0x2c, 0x3b, 0x5b];

type Format = 'json lines' | 'edn' | 'neither' | 'undecided';

/** A reader that finds out what it reads and hands each row to `sink`. */
export function createReader(sink: RowSink): HistoryReader {
  return new DetectingReader(sink);
}

class DetectingReader implements HistoryReader {
  private readonly sink: RowSink;
  private inner: HistoryReader | null = null;
  private head: Uint8Array = new Uint8Array(0);
  private error: ReadError | null = null;

  constructor(sink: RowSink) {
    this.sink = sink;
  }

  get rows(): number {
    return this.inner?.rows ?? 0;
  }

  push(chunk: Uint8Array): ReadError | null {
    if (this.inner !== null) {
      this.error = this.inner.push(chunk);
    } else if (this.error === null) {
      // However it is cut into chunks, the same bytes decide.
      this.head = joinBytes([this.head, chunk]);
      if (this.head.length >= LOOKED_AT) {
        this.decide();
      }
    }
    return this.error;
  }

  end(): ReadError | null {
    // Once it is decided, nothing is left in the head to decide by.
    this.decide();
    this.error ??= this.inner === null ? this.undecided() : this.inner.end();
    if (this.rows === 0) {
      this.error ??= { line: 1, reason: 'there is no row of a history in it', truncated: false };
    }
    return this.error;
  }

  private decide(): void {
    if (this.head.subarray(0, LOOKED_AT).some(isBinary)) {
      this.error = { line: 1, reason: BINARY, truncated: false };
      return;
    }
    const from = BYTE_ORDER_MARK.every((byte, at) => this.head[at] === byte)
      ? BYTE_ORDER_MARK.length
      : 0;
    const content = this.head.subarray(from);
    const format = formatOf(content);
    switch (format) {
      case 'undecided':
        return;
      case 'neither':
        this.error = neither(content);
        return;
      default:
        this.inner =
          format === 'edn' ? createEdnReader(this.sink) : createJsonLinesReader(this.sink);
        this.head = new Uint8Array(0);
        this.error = this.inner.push(content);
    }
  }

  /** The bytes ended before it was clear what they are: nothing, or one brace. */
  private undecided(): ReadError {
    return this.head.includes(OPEN_BRACE)
      ? { line: linesOf(this.head), reason: 'the last line is cut off', truncated: true }
      : { line: 1, reason: 'the file is empty', truncated: true };
  }
}

function formatOf(bytes: Uint8Array): Format {
  const at = nextContent(bytes, 0);
  const first = bytes[at];
  if (first === undefined) {
    return 'undecided';
  }
  if (first !== OPEN_BRACE) {
    return EDN_BEGINNINGS.includes(first) ? 'edn' : 'neither';
  }
  const second = bytes[nextContent(bytes, at + 1)];
  if (second === undefined) {
    return 'undecided';
  }
  return second === QUOTE || second === CLOSE_BRACE ? 'json lines' : 'edn';
}

/** Control characters that no text has. */
function isBinary(byte: number): boolean {
  const isSpace = byte >= 0x09 && byte <= 0x0d;
  return (byte < SPACE && !isSpace && byte !== ESCAPE) || byte === DELETE;
}

/** The place of the first byte from `from` on that is no space, or behind the end. */
function nextContent(bytes: Uint8Array, from: number): number {
  const rest = bytes.subarray(from);
  const at = rest.findIndex((byte) => byte > SPACE);
  return from + (at < 0 ? rest.length : at);
}

function linesOf(bytes: Uint8Array): number {
  const content = bytes.subarray(0, nextContent(bytes, 0));
  return 1 + content.filter((byte) => byte === NEWLINE).length;
}

function neither(bytes: Uint8Array): ReadError {
  const text = new TextDecoder().decode(bytes.subarray(nextContent(bytes, 0)));
  const [line] = text.split('\n', 1);
  const reason = `neither JSON lines nor EDN: ${excerpt(line as string)}`;
  return { line: linesOf(bytes), reason, truncated: false };
}
