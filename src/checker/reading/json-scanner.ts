/**
 * Scans a line of `history.jsonl` as `rowLine` (../../history/write.ts) writes it: these fields, in
 * this order, without spaces. Any other line is left to JSON.parse; a property test holds the two to
 * the same result.
 */

import { FAIL, INFO, INVOKE, OK, POLL_ROW, SEND_ROW, TXN_ROW } from '../recorded-history.js';
import { ascii, ByteCursor, keyOfNumber, type ScannedRow } from './scanned-row.js';

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
const TYPES: readonly (readonly [text: Uint8Array, code: number])[] = [
  [ascii('invoke'), INVOKE],
  [ascii('ok'), OK],
  [ascii('info'), INFO],
  [ascii('fail'), FAIL],
];
const KINDS: readonly (readonly [text: Uint8Array, code: number])[] = [
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
const LARGEST_PROCESS = 0x7fffffff;
/** More keys in one poll are parsed: looking whether one comes twice would take too long. */
const MOST_NAMED_KEYS = 64;

/** Scans one line; `scan` may be called for any number of lines, one after the other. */
export class JsonScanner {
  private readonly cursor = new ByteCursor();

  /** Fills `row` from the line in `bytes`, from `from` to before `to`; false: parse it. */
  scan(bytes: Uint8Array, from: number, to: number, row: ScannedRow): boolean {
    const { cursor } = this;
    cursor.bytes = bytes;
    cursor.at = from;
    cursor.end = to;
    row.begin();
    return this.head(row) && this.value(row) && cursor.take(CLOSE_BRACE) && cursor.at === to;
  }

  private head(row: ScannedRow): boolean {
    const { cursor } = this;
    if (!cursor.takeText(INDEX)) {
      return false;
    }
    row.index = cursor.takeCount();
    if (row.index < 0 || !cursor.takeText(TIME)) {
      return false;
    }
    row.time = cursor.takeCount();
    if (row.time < 0 || !cursor.takeText(PROCESS)) {
      return false;
    }
    row.process = cursor.takeCount();
    if (row.process < 0 || row.process > LARGEST_PROCESS || !cursor.takeText(TYPE)) {
      return false;
    }
    row.type = this.oneOf(TYPES);
    if (row.type < 0 || !cursor.takeText(F)) {
      return false;
    }
    row.kind = this.oneOf(KINDS);
    return row.kind >= 0 && cursor.takeText(VALUE);
  }

  private oneOf(names: readonly (readonly [text: Uint8Array, code: number])[]): number {
    for (const [text, code] of names) {
      if (this.cursor.takeText(text)) {
        return code;
      }
    }
    return -1;
  }

  private value(row: ScannedRow): boolean {
    const { cursor } = this;
    if (cursor.takeText(NULL)) {
      row.hasValue = false;
      return row.type !== INVOKE;
    }
    if (!cursor.take(OPEN)) {
      return false;
    }
    if (cursor.take(CLOSE)) {
      return true;
    }
    do {
      if (!(cursor.takeText(SEND) ? this.send(row) : cursor.takeText(POLL) && this.poll(row))) {
        return false;
      }
    } while (cursor.take(COMMA));
    const mixes =
      (row.kind === SEND_ROW && row.polls > 0) || (row.kind === POLL_ROW && row.sends > 0);
    return !mixes && cursor.take(CLOSE);
  }

  /** Behind the opening quote of the key: `4",[17,18]]` or `4",18]`. */
  private send(row: ScannedRow): boolean {
    const { cursor } = this;
    const key = this.key();
    if (key === null || !cursor.takeText(KEY_END)) {
      return false;
    }
    if (!cursor.take(OPEN)) {
      const value = cursor.takeCount();
      row.sendBare(key, value);
      return value >= 0 && cursor.take(CLOSE);
    }
    const offset = cursor.takeText(NULL) ? Number.NaN : cursor.takeCount();
    if (offset < 0 || !cursor.take(COMMA)) {
      return false;
    }
    const value = cursor.takeCount();
    row.send(key, offset, value);
    return value >= 0 && cursor.take(CLOSE) && cursor.take(CLOSE);
  }

  /** Behind `["poll"`. */
  private poll(row: ScannedRow): boolean {
    const { cursor } = this;
    row.poll();
    if (cursor.take(CLOSE)) {
      return true;
    }
    if (!cursor.take(COMMA) || !cursor.take(OPEN_BRACE)) {
      return false;
    }
    const first = row.keys.length;
    if (!cursor.take(CLOSE_BRACE)) {
      do {
        if (!cursor.take(QUOTE) || !this.records(row, first)) {
          return false;
        }
      } while (cursor.take(COMMA));
      if (!cursor.take(CLOSE_BRACE)) {
        return false;
      }
    }
    return cursor.take(CLOSE);
  }

  /** Behind the opening quote of a key: `4":[[17,18],[19,20]]`. */
  private records(row: ScannedRow, first: number): boolean {
    const { cursor } = this;
    const name = this.key();
    if (
      name === null ||
      !keepsOrder(row.keys, first, name) ||
      !cursor.takeText(KEY_OF_RECORDS_END)
    ) {
      return false;
    }
    const key = row.keys.push(name) - 1;
    // At least one: a key without records would be known, and no record would say so.
    do {
      if (!cursor.take(OPEN)) {
        return false;
      }
      const offset = cursor.takeCount();
      if (offset < 0 || !cursor.take(COMMA)) {
        return false;
      }
      const value = cursor.takeCount();
      if (value < 0 || !cursor.take(CLOSE)) {
        return false;
      }
      row.record(key, offset, value);
    } while (cursor.take(COMMA));
    return cursor.take(CLOSE);
  }

  /** Moves behind the characters of a key and answers it; null: it is no plain name. */
  private key(): string | null {
    const { cursor } = this;
    const { bytes, end } = cursor;
    const from = cursor.at;
    const number = cursor.takeCount();
    if (number >= 0 && cursor.peek() === QUOTE) {
      return keyOfNumber(number);
    }
    let at = from;
    let name = '';
    for (; at < end && bytes[at] !== QUOTE; at += 1) {
      const byte = bytes[at] as number;
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) {
        return null;
      }
      name += String.fromCharCode(byte);
    }
    cursor.at = at;
    return name;
  }
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
    return WHOLE_NUMBER.test(name) && WHOLE_NUMBER.test(last) && Number(last) < Number(name);
  }
  return names.length - first < MOST_NAMED_KEYS && names.indexOf(name, first) < 0;
}

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,14})$/;

function beginsWithDigit(name: string): boolean {
  const digit = name.charCodeAt(0);
  return digit >= ZERO && digit <= NINE;
}
