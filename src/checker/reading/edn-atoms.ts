/** The parts of EDN that hold nothing else: numbers, keywords, symbols, characters, escapes. */

import type { Json } from '../../history/rows.js';

const WHOLE = /^[+-]?(0|[1-9][0-9]*)N?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]+)N?$/;
const OCTAL = /^([+-]?)0([0-7]+)N?$/;
const RADIX = /^([+-]?)([1-9][0-9]?)[rR]([0-9a-zA-Z]+)$/;
const RATIO = /^[+-]?[0-9]+\/[0-9]+$/;
const DECIMAL = /^[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?M?$/;
const NUMERIC = /^[+-]?[0-9]/;
/** What no symbol or keyword holds: marks of macros, and control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the purpose
const NO_NAME = /[@^~`\\\u0000-\u001f\u007f]/;

/** What the token says; undefined: nothing that is known. */
export function atomOf(token: string): Json | undefined {
  if (NUMERIC.test(token)) {
    return numberOf(token);
  }
  switch (token) {
    case 'nil':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
    default: {
      const name = token.startsWith(':') ? token.slice(1) : token;
      const isName = name !== '' && !name.startsWith(':') && !NO_NAME.test(name);
      return isName && !name.startsWith("'") ? name : undefined;
    }
  }
}

function numberOf(token: string): Json | undefined {
  if (WHOLE.test(token)) {
    return whole(token.replace('N', '').replace('+', ''));
  }
  if (RATIO.test(token)) {
    return token;
  }
  const hexadecimal = HEXADECIMAL.exec(token);
  if (hexadecimal !== null) {
    return inRadix(hexadecimal[1] as string, 16, hexadecimal[2] as string);
  }
  const octal = OCTAL.exec(token);
  if (octal !== null) {
    return inRadix(octal[1] as string, 8, octal[2] as string);
  }
  const radix = RADIX.exec(token);
  if (radix !== null) {
    return inRadix(radix[1] as string, Number(radix[2]), radix[3] as string);
  }
  if (!DECIMAL.test(token)) {
    return undefined;
  }
  const number = Number(token.replace('M', ''));
  return Number.isFinite(number) ? number : token;
}

/** A number where a double holds it exactly, its digits otherwise. */
function whole(digits: string): Json {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number + 0 : digits;
}

function inRadix(sign: string, radix: number, digits: string): Json | undefined {
  let number = 0n;
  for (const digit of digits) {
    const value = Number.parseInt(digit, 36);
    if (radix > 36 || value >= radix) {
      return undefined;
    }
    number = number * BigInt(radix) + BigInt(value);
  }
  return whole(`${sign === '-' ? '-' : ''}${number}`);
}

const NAMED_CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['return', '\r'],
  ['space', ' '],
  ['tab', '\t'],
  ['backspace', '\b'],
  ['formfeed', '\f'],
]);

/** The character that is written as `\name`; undefined: there is none. */
export function characterOf(name: string): string | undefined {
  if ([...name].length === 1) {
    return name;
  }
  const unicode = /^u([0-9a-fA-F]{4})$/.exec(name);
  if (unicode !== null) {
    return String.fromCharCode(Number.parseInt(unicode[1] as string, 16));
  }
  const octal = /^o([0-3]?[0-7]{1,2})$/.exec(name);
  if (octal !== null) {
    return String.fromCharCode(Number.parseInt(octal[1] as string, 8));
  }
  return NAMED_CHARACTERS.get(name);
}

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['r', '\r'],
  ['n', '\n'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ['\\', '\\'],
]);
const ESCAPE = /\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|[0-7]{1,2}|[\s\S])/g;

/** The contents of a string with its escapes undone; undefined: one of them is unknown. */
export function unescapeString(text: string): string | undefined {
  let isKnown = true;
  const unescaped = text.replace(ESCAPE, (_, sequence: string) => {
    if (sequence.length === 5) {
      return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    }
    const octal = Number.parseInt(sequence, 8);
    if (!Number.isNaN(octal)) {
      return String.fromCharCode(octal);
    }
    isKnown &&= ESCAPED.has(sequence);
    return ESCAPED.get(sequence) as string;
  });
  return isKnown ? unescaped : undefined;
}
