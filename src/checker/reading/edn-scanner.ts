/**
 * Scans a row of a `history.edn` in the shape that Jepsen prints: a map, or the record
 * `jepsen.history.Op`, with the six fields of every operation in any order, `:value` a vector of sends
 * and polls. Any other row is left to the parser (edn-forms.ts); a property test holds the two to the
 * same result.
 */

import { FAIL, INFO, INVOKE, OK, POLL_ROW, SEND_ROW, TXN_ROW } from '../recorded-history.js';
import { keepsOrder } from './json-scanner.js';
import {
  ascii,
  ByteCursor,
  isConsistent,
  keyOfNumber,
  type ScannedRow,
  type Word,
} from './scanned-row.js';

const RECORD_TAG = ascii('#jepsen.history.Op');
const NIL = ascii('nil');
const SEND = ascii('[:send ');
const POLL = ascii('[:poll');
const TYPES: readonly Word[] = [
  [ascii(':invoke'), INVOKE],
  [ascii(':ok'), OK],
  [ascii(':info'), INFO],
  [ascii(':fail'), FAIL],
];
const KINDS: readonly Word[] = [
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

/** The six fields, each with the bit that says that it was there. */
const FIELDS: readonly Word[] = [
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
    cursor.begin(bytes, from, end);
    row.begin();
    cursor.takeText(RECORD_TAG);
    cursor.expect(OPEN_BRACE);
    let seen = 0;
    for (const _ of FIELDS) {
      this.skipSpace();
      const bit = cursor.expectWord(FIELDS);
      this.content(bit, row);
      this.expectEnd();
      seen |= bit;
    }
    this.skipSpace();
    cursor.expect(CLOSE_BRACE);
    return seen === ALL_FIELDS && isConsistent(row) ? cursor.at : -1;
  }

  private content(bit: number, row: ScannedRow): void {
    const { cursor } = this;
    switch (bit) {
      case 1:
        row.index = cursor.expectCount();
        return;
      case 2:
        row.time = cursor.expectCount();
        return;
      case 4:
        row.type = cursor.expectWord(TYPES);
        return;
      case 8:
        row.process = cursor.expectCount();
        return;
      case 16:
        row.kind = cursor.expectWord(KINDS);
        return;
      default:
        this.value(row);
    }
  }

  private skipSpace(): void {
    const { cursor } = this;
    while (isSpace(cursor.peek())) {
      cursor.at += 1;
    }
  }

  /** What was taken ends here. */
  private expectEnd(): void {
    const byte = this.cursor.peek();
    if (!isSpace(byte) && byte !== CLOSE_BRACE) {
      this.cursor.fail();
    }
  }

  private value(row: ScannedRow): void {
    const { cursor } = this;
    if (cursor.takeText(NIL)) {
      row.hasValue = false;
      return;
    }
    cursor.expect(OPEN);
    this.skipSpace();
    while (cursor.isBefore(CLOSE)) {
      if (cursor.takeText(SEND)) {
        this.send(row);
      } else {
        cursor.expectText(POLL);
        this.poll(row);
      }
      cursor.expect(CLOSE);
      this.skipSpace();
    }
  }

  /** Behind `[:send `: `4 [17 18]` or `4 18`. */
  private send(row: ScannedRow): void {
    const { cursor } = this;
    const key = this.key();
    this.skipSpace();
    if (cursor.take(OPEN)) {
      const offset = cursor.takeText(NIL) ? Number.NaN : cursor.expectCount();
      this.expectEnd();
      this.skipSpace();
      row.send(key, offset, cursor.expectCount());
      cursor.expect(CLOSE);
    } else {
      row.sendBare(key, cursor.expectCount());
    }
  }

  /** Behind `[:poll`: nothing or ` {4 [[17 18] [19 20]], 5 [[21 22]]}`. */
  private poll(row: ScannedRow): void {
    const { cursor } = this;
    this.skipSpace();
    if (!cursor.take(OPEN_BRACE)) {
      row.pollBare();
      return;
    }
    row.poll();
    const first = row.keys.length;
    this.skipSpace();
    while (cursor.isBefore(CLOSE_BRACE)) {
      this.records(row, first);
      this.skipSpace();
    }
  }

  /** `4 [[17 18] [19 20]]`. */
  private records(row: ScannedRow, first: number): void {
    const { cursor } = this;
    const name = this.key();
    if (!keepsOrder(row.keys, first, name)) {
      cursor.fail();
    }
    const key = row.keys.push(name) - 1;
    this.skipSpace();
    cursor.expect(OPEN);
    // At least one: a key without records would be known, and no record would say so.
    do {
      cursor.expect(OPEN);
      const offset = cursor.expectCount();
      this.skipSpace();
      row.record(key, offset, cursor.expectCount());
      cursor.expect(CLOSE);
      this.skipSpace();
    } while (cursor.isBefore(CLOSE));
  }

  /**
   * Moves behind a key and answers its name: a whole number or a keyword of plain characters. It
   * ends there: whoever asked goes on with space, a bracket or a digit, or not at all.
   */
  private key(): string {
    const { cursor } = this;
    if (!cursor.take(COLON)) {
      return keyOfNumber(cursor.expectCount());
    }
    let name = '';
    for (let byte = cursor.peek(); isPlain(byte); byte = cursor.peek()) {
      name += String.fromCharCode(byte);
      cursor.at += 1;
    }
    if (name === '') {
      cursor.fail();
    }
    return name;
  }
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
