/**
 * Scans a row of a `history.edn` in the shape that Jepsen prints: a map, or the record
 * `jepsen.history.Op`, with the six fields of every operation in any order, `:value` a vector of sends
 * and polls. Any other row is left to the parser (edn-forms.ts); a property test holds the two to the
 * same result.
 */

import { FAIL, INFO, INVOKE, OK, POLL_ROW, SEND_ROW, TXN_ROW } from '../recorded-history.js';
import { keepsOrder } from './json-scanner.js';
import { ascii, ByteCursor, keyOfNumber, type ScannedRow } from './scanned-row.js';

const RECORD_TAG = ascii('#jepsen.history.Op');
const NIL = ascii('nil');
const SEND = ascii('[:send ');
const POLL = ascii('[:poll');
const TYPES: readonly (readonly [text: Uint8Array, code: number])[] = [
  [ascii(':invoke'), INVOKE],
  [ascii(':ok'), OK],
  [ascii(':info'), INFO],
  [ascii(':fail'), FAIL],
];
const KINDS: readonly (readonly [text: Uint8Array, code: number])[] = [
  [ascii(':send'), SEND_ROW],
  [ascii(':poll'), POLL_ROW],
  [ascii(':txn'), TXN_ROW],
];

const SPACE = 0x20;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LARGEST_PROCESS = 0x7fffffff;

/** The six fields, each with the bit that says that it was there. */
const FIELDS: readonly (readonly [text: Uint8Array, bit: number])[] = [
  [ascii(':index '), 1],
  [ascii(':time '), 2],
  [ascii(':type '), 4],
  [ascii(':process '), 8],
  [ascii(':f '), 16],
  [ascii(':value '), 32],
];
const ALL_FIELDS = 63;

/** Scans one row; `scan` may be called for any number of rows, one after the other. */
export class EdnScanner {
  private readonly cursor = new ByteCursor();

  /** Fills `row` from the bytes at `from`; answers the place behind it, or -1: parse it. */
  scan(bytes: Uint8Array, from: number, end: number, row: ScannedRow): number {
    const { cursor } = this;
    cursor.bytes = bytes;
    cursor.at = from;
    cursor.end = end;
    row.begin();
    cursor.takeText(RECORD_TAG);
    if (!cursor.take(OPEN_BRACE)) {
      return -1;
    }
    let seen = 0;
    while (seen !== ALL_FIELDS) {
      this.skipSpace();
      // Fields nearly always stand in this order, so the next one is tried first.
      const bit = this.field();
      if (bit === 0 || (seen & bit) !== 0 || !this.content(bit, row) || !this.isDelimited()) {
        return -1;
      }
      seen |= bit;
    }
    this.skipSpace();
    return cursor.take(CLOSE_BRACE) && isConsistent(row) ? cursor.at : -1;
  }

  private field(): number {
    for (const [text, bit] of FIELDS) {
      if (this.cursor.takeText(text)) {
        return bit;
      }
    }
    return 0;
  }

  private content(bit: number, row: ScannedRow): boolean {
    switch (bit) {
      case 1:
        row.index = this.cursor.takeCount();
        return row.index >= 0;
      case 2:
        row.time = this.cursor.takeCount();
        return row.time >= 0;
      case 4:
        row.type = this.oneOf(TYPES);
        return row.type >= 0;
      case 8:
        row.process = this.cursor.takeCount();
        return row.process >= 0 && row.process <= LARGEST_PROCESS;
      case 16:
        row.kind = this.oneOf(KINDS);
        return row.kind >= 0;
      default:
        return this.value(row);
    }
  }

  private oneOf(names: readonly (readonly [text: Uint8Array, code: number])[]): number {
    for (const [text, code] of names) {
      if (this.cursor.takeText(text)) {
        return code;
      }
    }
    return -1;
  }

  private skipSpace(): void {
    const { cursor } = this;
    while (cursor.at < cursor.end && isSpace(cursor.bytes[cursor.at] as number)) {
      cursor.at += 1;
    }
  }

  /** Whether what was taken ends here. */
  private isDelimited(): boolean {
    const byte = this.cursor.peek();
    return isSpace(byte) || byte === CLOSE || byte === CLOSE_BRACE;
  }

  private value(row: ScannedRow): boolean {
    const { cursor } = this;
    if (cursor.takeText(NIL)) {
      row.hasValue = false;
      return true;
    }
    if (!cursor.take(OPEN)) {
      return false;
    }
    this.skipSpace();
    while (!cursor.take(CLOSE)) {
      if (!(cursor.takeText(SEND) ? this.send(row) : cursor.takeText(POLL) && this.poll(row))) {
        return false;
      }
      this.skipSpace();
    }
    return true;
  }

  /** Behind `[:send `: `4 [17 18]]` or `4 18]`. */
  private send(row: ScannedRow): boolean {
    const { cursor } = this;
    const key = this.key();
    if (key === null) {
      return false;
    }
    this.skipSpace();
    if (!cursor.take(OPEN)) {
      const value = cursor.takeCount();
      row.sendBare(key, value);
      return value >= 0 && cursor.take(CLOSE);
    }
    const offset = cursor.takeText(NIL) ? Number.NaN : cursor.takeCount();
    if (offset < 0 || !this.isDelimited()) {
      return false;
    }
    this.skipSpace();
    const value = cursor.takeCount();
    row.send(key, offset, value);
    return value >= 0 && cursor.take(CLOSE) && cursor.take(CLOSE);
  }

  /** Behind `[:poll`: `]` or ` {4 [[17 18] [19 20]], 5 []}]`. */
  private poll(row: ScannedRow): boolean {
    const { cursor } = this;
    row.poll();
    if (cursor.take(CLOSE)) {
      return true;
    }
    if (!isSpace(cursor.peek())) {
      return false;
    }
    this.skipSpace();
    if (!cursor.take(OPEN_BRACE)) {
      return false;
    }
    const first = row.keys.length;
    this.skipSpace();
    while (!cursor.take(CLOSE_BRACE)) {
      if (!this.records(row, first)) {
        return false;
      }
      this.skipSpace();
    }
    return cursor.take(CLOSE);
  }

  /** `4 [[17 18] [19 20]]`. */
  private records(row: ScannedRow, first: number): boolean {
    const { cursor } = this;
    const name = this.key();
    if (name === null || !keepsOrder(row.keys, first, name)) {
      return false;
    }
    this.skipSpace();
    if (!cursor.take(OPEN)) {
      return false;
    }
    const key = row.keys.push(name) - 1;
    // At least one: a key without records would be known, and no record would say so.
    do {
      if (!cursor.take(OPEN)) {
        return false;
      }
      const offset = cursor.takeCount();
      if (offset < 0 || !isSpace(cursor.peek())) {
        return false;
      }
      this.skipSpace();
      const value = cursor.takeCount();
      if (value < 0 || !cursor.take(CLOSE)) {
        return false;
      }
      row.record(key, offset, value);
      this.skipSpace();
    } while (!cursor.take(CLOSE));
    return true;
  }

  /** Moves behind a key and answers its name: a whole number or a keyword of plain characters. */
  private key(): string | null {
    const { cursor } = this;
    if (!cursor.take(COLON)) {
      const number = cursor.takeCount();
      return number >= 0 && isSpace(cursor.peek()) ? keyOfNumber(number) : null;
    }
    const { bytes, end } = cursor;
    let name = '';
    for (; cursor.at < end && isPlain(bytes[cursor.at] as number); cursor.at += 1) {
      name += String.fromCharCode(bytes[cursor.at] as number);
    }
    return name !== '' && isSpace(cursor.peek()) ? name : null;
  }
}

function isConsistent(row: ScannedRow): boolean {
  const mixes =
    (row.kind === SEND_ROW && row.polls > 0) || (row.kind === POLL_ROW && row.sends > 0);
  return !mixes && (row.hasValue || row.type !== INVOKE);
}

/** Space as EDN has it: commas are space. */
function isSpace(byte: number): boolean {
  return byte === SPACE || byte === COMMA || (byte >= 0x09 && byte <= 0x0d);
}

/** Letters, digits, `-`, `_` and `.`. */
function isPlain(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f
  );
}
