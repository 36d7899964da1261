/**
 * Scans a line of `history.jsonl` as `rowLine` (../../history/write.ts) writes it: these fields, in
 * this order, without spaces. Any other line is left to JSON.parse; a property test holds the two to
 * the same result.
 */

import { FAIL, INFO, INVOKE, OK, POLL_ROW, SEND_ROW, TXN_ROW } from '../recorded-history.js';
import {
  ascii,
  ByteCursor,
  isConsistent,
  keyOfNumber,
  MOST_DIGITS,
  type ScannedRow,
  type Word,
} from './scanned-row.js';

const INDEX = ascii('{"index":');
const TIME = ascii(',"time":');
const PROCESS = ascii(',"process":');
const TYPE = ascii(',"type":"');
const F = ascii('","f":"');
const VALUE = ascii('","value":');
const NULL = ascii('null');
const SEND = ascii('["send","');
const POLL = ascii('["poll"');
const KEY_END = ascii('",');
const KEY_OF_RECORDS_END = ascii('":[');
const TYPES: readonly Word[] = [
  [ascii('invoke'), INVOKE],
  [ascii('ok'), OK],
  [ascii('info'), INFO],
  [ascii('fail'), FAIL],
];
const KINDS: readonly Word[] = [
  [ascii('send'), SEND_ROW],
  [ascii('poll'), POLL_ROW],
  [ascii('txn'), TXN_ROW],
];

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** More keys in one poll are parsed: looking whether one comes twice would take too long. */
const MOST_NAMED_KEYS = 64;

/** Scans one line; `scan` may be called for any number of lines, one after the other. */
export class JsonScanner {
  private readonly cursor = new ByteCursor();

  /** Fills `row` from the line in `bytes`, from `from` to before `to`; false: parse it. */
  scan(bytes: Uint8Array, from: number, to: number, row: ScannedRow): boolean {
    const { cursor } = this;
    cursor.begin(bytes, from, to);
    row.begin();
    cursor.expectText(INDEX);
    row.index = cursor.expectCount();
    cursor.expectText(TIME);
    row.time = cursor.expectCount();
    cursor.expectText(PROCESS);
    row.process = cursor.expectCount();
    cursor.expectText(TYPE);
    row.type = cursor.expectWord(TYPES);
    cursor.expectText(F);
    row.kind = cursor.expectWord(KINDS);
    cursor.expectText(VALUE);
    this.value(row);
    cursor.expect(CLOSE_BRACE);
    return cursor.at === to && isConsistent(row);
  }

  private value(row: ScannedRow): void {
    const { cursor } = this;
    if (cursor.takeText(NULL)) {
      row.hasValue = false;
      return;
    }
    cursor.expect(OPEN);
    if (cursor.take(CLOSE)) {
      return;
    }
    do {
      if (cursor.takeText(SEND)) {
        this.send(row);
      } else {
        cursor.expectText(POLL);
        this.poll(row);
      }
      cursor.expect(CLOSE);
    } while (cursor.take(COMMA));
    cursor.expect(CLOSE);
  }

  /** Behind the opening quote of the key: `4",[17,18]` or `4",18`. */
  private send(row: ScannedRow): void {
    const { cursor } = this;
    const key = this.key();
    cursor.expectText(KEY_END);
    if (cursor.take(OPEN)) {
      const offset = cursor.takeText(NULL) ? Number.NaN : cursor.expectCount();
      cursor.expect(COMMA);
      row.send(key, offset, cursor.expectCount());
      cursor.expect(CLOSE);
    } else {
      row.sendBare(key, cursor.expectCount());
    }
  }

  /** Behind `["poll"`: nothing or `,{"4":[[17,18],[19,20]]}`. */
  private poll(row: ScannedRow): void {
    const { cursor } = this;
    if (!cursor.take(COMMA)) {
      row.pollBare();
      return;
    }
    row.poll();
    cursor.expect(OPEN_BRACE);
    if (cursor.take(CLOSE_BRACE)) {
      return;
    }
    const first = row.keys.length;
    do {
      this.records(row, first);
    } while (cursor.take(COMMA));
    cursor.expect(CLOSE_BRACE);
  }

  /** `"4":[[17,18],[19,20]]`. */
  private records(row: ScannedRow, first: number): void {
    const { cursor } = this;
    cursor.expect(QUOTE);
    const name = this.key();
    if (!keepsOrder(row.keys, first, name)) {
      cursor.fail();
    }
    const key = row.keys.push(name) - 1;
    cursor.expectText(KEY_OF_RECORDS_END);
    // At least one: a key without records would be known, and no record would say so.
    do {
      cursor.expect(OPEN);
      const offset = cursor.expectCount();
      cursor.expect(COMMA);
      row.record(key, offset, cursor.expectCount());
      cursor.expect(CLOSE);
    } while (cursor.take(COMMA));
    cursor.expect(CLOSE);
  }

  /** Moves behind the plain characters of a key and answers them. */
  private key(): string {
    const { cursor } = this;
    const from = cursor.at;
    const number = cursor.takeCount();
    if (number >= 0 && cursor.peek() === QUOTE) {
      return keyOfNumber(number);
    }
    cursor.at = from;
    let name = '';
    for (let byte = cursor.peek(); isPlain(byte); byte = cursor.peek()) {
      name += String.fromCharCode(byte);
      cursor.at += 1;
    }
    return name;
  }
}

/** What is printed and stands for itself. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e && byte !== QUOTE && byte !== BACKSLASH;
}

/**
 * Whether `name` may follow the names of this poll, from `first`, without changing what an object
 * would hold: objects list whole numbers first, in their order, and a name that comes twice once.
 */
export function keepsOrder(names: readonly string[], first: number, name: string): boolean {
  if (names.length === first) {
    return true;
  }
  const last = names[names.length - 1] as string;
  if (beginsWithDigit(name)) {
    return isWholeNumber(name) && isWholeNumber(last) && isLess(last, name);
  }
  return names.length - first < MOST_NAMED_KEYS && names.indexOf(name, first) < 0;
}

function beginsWithDigit(name: string): boolean {
  const digit = name.charCodeAt(0);
  return digit >= ZERO && digit <= NINE;
}

/** As a number would be written. */
function isWholeNumber(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const digit = name.charCodeAt(at);
    if (digit < ZERO || digit > NINE || (digit === ZERO && at === 0 && name.length > 1)) {
      return false;
    }
  }
  return name.length > 0 && name.length <= MOST_DIGITS;
}

/** Of two whole numbers without leading zeros. */
function isLess(left: string, right: string): boolean {
  return left.length === right.length ? left < right : left.length < right.length;
}
