/**
 * Parses forms of EDN (the extensible data notation of Clojure, github.com/edn-format/edn, and what
 * Clojure's printer adds to it) from bytes into what JSON can say: keywords, symbols and characters
 * become strings without their marks, sets and lists become lists, tags are dropped and what they
 * stand before is kept, keys of maps become strings, whole numbers too large for a double and ratios
 * become strings.
 */

import type { Json } from '../../history/rows.js';
import { atomOf, characterOf, unescapeString } from './edn-atoms.js';
import { excerpt } from './sink.js';

/** What stands at `position` is no EDN. */
export class EdnError extends Error {
  override readonly name: string = 'EdnError';
  readonly position: number;

  constructor(position: number, reason: string) {
    super(reason);
    this.position = position;
  }
}

/** The bytes end inside of a form. */
export class EdnIncomplete extends Error {
  override readonly name: string = 'EdnIncomplete';
}

/** A key of a map and what it stands for. */
export interface EdnField {
  readonly name: string;
  readonly value: Json;
  /** Place of the key. */
  readonly at: number;
}

const DEEPEST = 500;

const QUOTE = 0x22;
const HASH = 0x23;
const OPEN_LIST = 0x28;
const CLOSE_LIST = 0x29;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const OPEN = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;
const CARET = 0x5e;
const UNDERSCORE = 0x5f;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const NEWLINE = 0x0a;

/** Parses form after form from one run of bytes; `at` is where it stands. */
export class EdnParser {
  at = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private depth = 0;
  private readonly decoder = new TextDecoder();

  /** Begins to read `bytes` at `at`. */
  begin(bytes: Uint8Array, at: number): void {
    this.bytes = bytes;
    this.at = at;
    this.depth = 0;
  }

  /**
   * Moves over space, comments and discarded forms; answers the byte after them, or -1 if the bytes
   * end before it. Where it throws it stands at the form to discard.
   */
  skip(): number {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) {
        return -1;
      }
      if (isSpace(byte)) {
        this.at += 1;
      } else if (byte === SEMICOLON) {
        const end = this.bytes.indexOf(NEWLINE, this.at);
        if (end < 0) {
          return -1;
        }
        this.at = end + 1;
      } else if (byte === HASH && this.bytes[this.at + 1] === UNDERSCORE) {
        const from = this.at;
        this.at += 2;
        try {
          this.nested(() => this.form());
        } catch (error) {
          this.at = from;
          throw error;
        }
      } else {
        return byte;
      }
    }
  }

  /** The next form. */
  form(): Json {
    const byte = this.skip();
    const from = this.at;
    if (byte === -1) {
      throw new EdnIncomplete();
    }
    switch (byte) {
      case QUOTE:
        return this.string();
      case BACKSLASH:
        return this.character();
      case HASH:
        return this.nested(() => this.dispatched());
      case CARET:
        this.at += 1;
        return this.nested(() => {
          this.form();
          return this.form();
        });
      case OPEN:
        this.at += 1;
        return this.nested(() => this.items(CLOSE, from));
      case OPEN_LIST:
        this.at += 1;
        return this.nested(() => this.items(CLOSE_LIST, from));
      case OPEN_BRACE:
        return this.nested(() => this.map(''));
      case CLOSE:
      case CLOSE_LIST:
      case CLOSE_BRACE:
        throw new EdnError(from, `unbalanced: ${String.fromCharCode(byte)} closes nothing`);
      default:
        return this.atom();
    }
  }

  /**
   * Moves over the tags at `at` and answers the namespace of a namespaced map, if that is what comes
   * next: the bytes behind are those of the tagged form.
   */
  tags(): string {
    while (this.skip() === HASH) {
      this.at += 1;
      const next = this.bytes[this.at];
      if (next === COLON) {
        return this.namespace();
      }
      if (next === undefined) {
        throw new EdnIncomplete();
      }
      if (!isLetter(next)) {
        throw this.unknown(this.at - 1);
      }
      this.token();
    }
    return '';
  }

  /**
   * The map whose opening brace is the next byte, field by field. Where `onlyKeywords`, a key that is
   * none ends it at once: behind a row whose brace is missing the next row would be taken for a key.
   */
  fields(namespace: string, onlyKeywords: boolean, visit: (field: EdnField) => void): void {
    const from = this.at;
    this.at += 1;
    for (;;) {
      const byte = this.skip();
      if (byte === CLOSE_BRACE) {
        this.at += 1;
        return;
      }
      const at = this.at;
      this.refuseClose(byte, from);
      if (onlyKeywords && byte !== COLON && byte !== -1) {
        const hint = byte === QUOTE ? '; of JSON there is one row on each line, and no list' : '';
        throw new EdnError(at, `the fields of a row are named by keywords${hint}`);
      }
      const name = this.key(byte, namespace);
      const next = this.skip();
      if (next === CLOSE_BRACE) {
        throw new EdnError(at, `the key ${excerpt(name)} has no value`);
      }
      this.refuseClose(next, from);
      visit({ name, value: this.form(), at });
    }
  }

  private key(byte: number, namespace: string): string {
    const form = this.form();
    const name = typeof form === 'string' ? form : JSON.stringify(form);
    if (byte !== COLON || namespace === '') {
      return name;
    }
    return name.startsWith('_/')
      ? name.slice(2)
      : name.includes('/')
        ? name
        : `${namespace}/${name}`;
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > DEEPEST) {
      throw new EdnError(this.at, `nested more than ${DEEPEST} deep`);
    }
    const result = read();
    this.depth -= 1;
    return result;
  }

  private items(close: number, from: number): Json[] {
    const items: Json[] = [];
    for (;;) {
      const byte = this.skip();
      if (byte === close) {
        this.at += 1;
        return items;
      }
      this.refuseClose(byte, from);
      items.push(this.form());
    }
  }

  private map(namespace: string): Json {
    const map = new Map<string, Json>();
    this.fields(namespace, false, ({ name, value, at }) => {
      if (map.has(name)) {
        throw new EdnError(at, `a map has two keys that read as ${excerpt(name)}`);
      }
      map.set(name, value);
    });
    return Object.fromEntries(map);
  }

  /** `byte` is not what closes the form at `from`. */
  private refuseClose(byte: number, from: number): void {
    if (byte === CLOSE || byte === CLOSE_LIST || byte === CLOSE_BRACE) {
      const opened = String.fromCharCode(this.bytes[from] as number);
      throw new EdnError(
        this.at,
        `unbalanced: ${opened} is closed by ${String.fromCharCode(byte)}`,
      );
    }
  }

  /** Behind a `#`: a set, a pattern, a variable, a symbolic number, a namespaced map, or a tag. */
  private dispatched(): Json {
    const from = this.at;
    this.at += 1;
    const byte = this.bytes[this.at];
    if (byte === undefined) {
      throw new EdnIncomplete();
    }
    switch (byte) {
      case OPEN_BRACE:
        this.at += 1;
        return this.items(CLOSE_BRACE, from + 1);
      case QUOTE:
        return this.pattern();
      case 0x27:
      case HASH:
        this.at += 1;
        return this.token();
      case COLON:
        return this.map(this.namespace());
      default:
        if (!isLetter(byte)) {
          throw this.unknown(from);
        }
        this.token();
        return this.form();
    }
  }

  /** At the colon of `#:name{`; moves to the brace. */
  private namespace(): string {
    const from = this.at - 1;
    this.at += 1;
    const name = this.token();
    const byte = this.skip();
    if (byte === -1) {
      throw new EdnIncomplete();
    }
    if (name === '' || byte !== OPEN_BRACE) {
      throw this.unknown(from);
    }
    return name;
  }

  private atom(): Json {
    const from = this.at;
    const token = this.token();
    const atom = atomOf(token);
    if (atom === undefined) {
      throw this.unknown(from);
    }
    return atom;
  }

  /** The characters up to the next delimiter. */
  private token(): string {
    const from = this.at;
    this.at = this.endOfToken(from);
    if (this.at >= this.bytes.length) {
      throw new EdnIncomplete();
    }
    return this.text(from, this.at);
  }

  /** The place of the first delimiter from `from` on, or the end of the bytes. */
  private endOfToken(from: number): number {
    let at = from;
    let byte = this.bytes[at];
    while (byte !== undefined && !isDelimiter(byte)) {
      at += 1;
      byte = this.bytes[at];
    }
    return at;
  }

  private character(): string {
    const from = this.at;
    // The first byte belongs to it even where it would delimit otherwise.
    this.at += 2;
    this.token();
    const character = characterOf(this.text(from + 1, this.at));
    if (character === undefined) {
      throw this.unknown(from);
    }
    return character;
  }

  private string(): string {
    const from = this.at;
    const end = this.endOfString(from);
    this.at = end + 1;
    const text = this.text(from + 1, end);
    const unescaped = unescapeString(text);
    if (unescaped === undefined) {
      throw new EdnError(from, `a string with an unknown escape: ${excerpt(text)}`);
    }
    return unescaped;
  }

  /** A regular expression keeps its backslashes. */
  private pattern(): string {
    const from = this.at;
    const end = this.endOfString(from);
    this.at = end + 1;
    return this.text(from + 1, end);
  }

  /** The place of the quote that closes the string at `from`. */
  private endOfString(from: number): number {
    const { bytes } = this;
    let at = from + 1;
    while (bytes[at] !== QUOTE) {
      if (bytes[at] === undefined) {
        throw new EdnIncomplete();
      }
      at += bytes[at] === BACKSLASH ? 2 : 1;
    }
    return at;
  }

  private text(from: number, to: number): string {
    return this.decoder.decode(this.bytes.subarray(from, to));
  }

  /** The error of a token that is not known. */
  unknown(from: number): EdnError {
    const token = this.text(from, this.endOfToken(from + 1));
    return new EdnError(from, `unknown token: ${excerpt(token)}`);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x2c || (byte >= 0x09 && byte <= 0x0d);
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function isDelimiter(byte: number): boolean {
  return (
    isSpace(byte) ||
    byte === QUOTE ||
    byte === OPEN_LIST ||
    byte === CLOSE_LIST ||
    byte === OPEN ||
    byte === CLOSE ||
    byte === OPEN_BRACE ||
    byte === CLOSE_BRACE ||
    byte === SEMICOLON
  );
}
