/**
 * A row of a common shape, read from bytes without making objects: an operation whose keys are plain
 * names and whose values are whole numbers. Nearly all rows of a history are such, and at a million
 * operations the objects of JSON.parse are half of the time of a check. Whatever is in the least
 * unusual is not scanned but parsed.
 */

import {
  INVOKE,
  NONE,
  POLL,
  POLL_BARE,
  POLL_ROW,
  RECORD,
  SEND,
  SEND_BARE,
  SEND_ROW,
} from '../recorded-history.js';

const INITIAL_MICROS = 1024;
/** Of a number that is read without parsing: more digits could pass Number.MAX_SAFE_INTEGER. */
export const MOST_DIGITS = 15;
const LARGEST_PROCESS = 0x7fffffff;
const ZERO = 48;

/** The fields of one row, and its micro-operations in columns. Reused for row after row. */
export class ScannedRow {
  // No small integers at first: V8 compiles everything that reads a row again when a field turns from one into a double.
  index: number = Number.NaN;
  time: number = Number.NaN;
  process = 0;
  /** Code of the type, as in ../recorded-history.ts. */
  type = 0;
  /** Code of f: SEND_ROW, POLL_ROW or TXN_ROW. */
  kind = 0;
  /** False: the value is null. */
  hasValue = true;
  /** Number of micro-operations. */
  count = 0;
  /** SEND, SEND_BARE (the bare value, whatever the type of the row), POLL, POLL_BARE, RECORD. */
  kinds: Uint8Array = new Uint8Array(INITIAL_MICROS);
  /** Positions in `keys`. */
  keyAt: Int32Array = new Int32Array(INITIAL_MICROS);
  values: Float64Array = new Float64Array(INITIAL_MICROS);
  /** NaN: none known. */
  offsets: Float64Array = new Float64Array(INITIAL_MICROS);
  readonly keys: string[] = [];
  sends = 0;
  polls = 0;

  begin(): void {
    this.hasValue = true;
    this.count = 0;
    this.keys.length = 0;
    this.sends = 0;
    this.polls = 0;
  }

  send(key: string, offset: number, value: number): void {
    this.sends += 1;
    this.push(SEND, this.keys.push(key) - 1, offset, value);
  }

  sendBare(key: string, value: number): void {
    this.sends += 1;
    this.push(SEND_BARE, this.keys.push(key) - 1, Number.NaN, value);
  }

  /** One that tells what it returned; its records follow. */
  poll(): void {
    this.polls += 1;
    this.push(POLL, NONE, Number.NaN, NONE);
  }

  pollBare(): void {
    this.polls += 1;
    this.push(POLL_BARE, NONE, Number.NaN, NONE);
  }

  /** A record of the key at `key` in `keys`. */
  record(key: number, offset: number, value: number): void {
    this.push(RECORD, key, offset, value);
  }

  private push(kind: number, key: number, offset: number, value: number): void {
    if (this.count === this.kinds.length) {
      this.grow();
    }
    const at = this.count;
    this.kinds[at] = kind;
    this.keyAt[at] = key;
    this.offsets[at] = offset;
    this.values[at] = value;
    this.count = at + 1;
  }

  private grow(): void {
    const length = this.kinds.length * 2;
    const { kinds, keyAt, values, offsets } = this;
    this.kinds = new Uint8Array(length);
    this.keyAt = new Int32Array(length);
    this.values = new Float64Array(length);
    this.offsets = new Float64Array(length);
    this.kinds.set(kinds);
    this.keyAt.set(keyAt);
    this.values.set(values);
    this.offsets.set(offsets);
  }
}

/** A text and what it stands for. */
export type Word = readonly [text: Uint8Array, code: number];

/**
 * A place in bytes. Whoever expects what does not come ends up behind everything: nothing comes any
 * more, so that only the end need be looked at.
 */
export class ByteCursor {
  bytes: Uint8Array = new Uint8Array(0);
  /** -1: something that was expected did not come. */
  at = 0;
  private end = 0;

  begin(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  fail(): void {
    this.at = -1;
    this.end = -1;
  }

  /** The next byte, or -1. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] as number) : -1;
  }

  /** Moves behind `byte` if it comes next. */
  take(byte: number): boolean {
    if (this.peek() === byte) {
      this.at += 1;
      return true;
    }
    return false;
  }

  /** Moves behind `text` if it comes next. */
  takeText(text: Uint8Array): boolean {
    const { bytes, at } = this;
    const { length } = text;
    if (at + length > this.end) {
      return false;
    }
    for (let i = 0; i < length; i += 1) {
      if (bytes[at + i] !== text[i]) {
        return false;
      }
    }
    this.at = at + length;
    return true;
  }

  /** Moves behind a whole number from 0 without leading zeros and answers it; -1: there is none. */
  takeCount(): number {
    const { bytes, at: from, end } = this;
    let number = 0;
    let at = from;
    for (; at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) {
        break;
      }
      number = number * 10 + digit;
    }
    const digits = at - from;
    if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && bytes[from] === ZERO)) {
      return -1;
    }
    this.at = at;
    return number;
  }

  expect(byte: number): void {
    if (!this.take(byte)) {
      this.fail();
    }
  }

  expectText(text: Uint8Array): void {
    if (!this.takeText(text)) {
      this.fail();
    }
  }

  expectCount(): number {
    const count = this.takeCount();
    if (count < 0) {
      this.fail();
    }
    return count;
  }

  /** The code of the word that comes. */
  expectWord(words: readonly Word[]): number {
    for (const [text, code] of words) {
      if (this.takeText(text)) {
        return code;
      }
    }
    this.fail();
    return NONE;
  }

  /** Whether something stands before the `close` that ends it; moves behind a `close` that comes next. */
  isBefore(close: number): boolean {
    return this.peek() >= 0 && !this.take(close);
  }
}

/** Whether `row` can be what it says; checked here because no parser looks at it. */
export function isConsistent({ process, kind, type, sends, polls, hasValue }: ScannedRow): boolean {
  const mixes = (kind === SEND_ROW && polls > 0) || (kind === POLL_ROW && sends > 0);
  return process <= LARGEST_PROCESS && !mixes && (hasValue || type !== INVOKE);
}

/** The names of small numbers are made once: a history has them in nearly every row. */
const SMALL_KEYS: readonly string[] = Array.from({ length: 4096 }, (_, number) => String(number));

/** The key that is the whole number `number`. */
export function keyOfNumber(number: number): string {
  return SMALL_KEYS[number] ?? String(number);
}

/** `text` in ASCII. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
