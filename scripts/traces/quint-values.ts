/** Values of a specification from their texts: the way back from `scripts/spec/canonical.ts`. */

import type { QuintValue } from '../spec/quint-evaluator.js';
import { quintMaker } from '../spec/quint-evaluator.js';

/** Values never change, and most of a state is that of the state before. */
const known = new Map<string, QuintValue>();
const REMEMBERED = 30_000;
/** Longer texts seldom come again. */
const LONGEST = 1_000;

/**
 * The value whose canonical text this is. A `<...>` whose keys are numbers (or that has none) is a map, any other a record; a name
 * alone is a variant without content. Throws where the text is none.
 */
export function quintValue(text: string): QuintValue {
  if (text.length > LONGEST) {
    return made(text);
  }
  let value = known.get(text);
  if (value === undefined) {
    value = made(text);
    if (known.size === REMEMBERED) {
      known.clear();
    }
    known.set(text, value);
  }
  return value;
}

function made(text: string): QuintValue {
  const label = LABEL.exec(text)?.[1];
  if (label !== undefined && text.endsWith(')')) {
    return quintMaker.mkVariant(label, quintValue(text.slice(label.length + 1, -1)));
  }
  switch (`${text[0]}${text.at(-1)}`) {
    case '[]':
      return quintMaker.mkList(membersOf(text).map(quintValue));
    case '{}':
      return quintMaker.mkSet(membersOf(text).map(quintValue));
    case '<>':
      return fieldsOf(membersOf(text));
    default:
      return leafValue(text);
  }
}

const LABEL = /^(\w+)\(/;
const NUMBER = /^-?\d+$/;
const KEY = /^(-?\w+): /;

function fieldsOf(pairs: readonly string[]): QuintValue {
  const fields = pairs.map((pair) => {
    const key = KEY.exec(pair)?.[1];
    if (key === undefined) {
      throw new Error(`no field of a canonical text: ${pair}`);
    }
    return [key, quintValue(pair.slice(key.length + 2))] as const;
  });
  return fields.every(([key]) => NUMBER.test(key))
    ? quintMaker.mkMap(fields.map(([key, value]) => [quintMaker.mkInt(Number(key)), value]))
    : quintMaker.mkRecord(fields);
}

/** What is between the outermost brackets, at the commas that are in no others. */
function membersOf(text: string): string[] {
  const members: string[] = [];
  const end = text.length - 1;
  let depth = 0;
  let from = 1;
  for (let at = 1; at < end; at++) {
    switch (text.charCodeAt(at)) {
      case OPENING.angle:
      case OPENING.square:
      case OPENING.curly:
      case OPENING.round:
        depth++;
        break;
      case CLOSING.angle:
      case CLOSING.square:
      case CLOSING.curly:
      case CLOSING.round:
        depth--;
        break;
      case QUOTE:
        at = text.indexOf('"', at + 1);
        break;
      case COMMA:
        if (depth === 0) {
          members.push(text.slice(from, at));
          from = at + ', '.length;
        }
        break;
      default:
        break;
    }
  }
  if (depth !== 0) {
    throw new Error(`brackets that do not fit: ${text}`);
  }
  return end === 1 ? members : [...members, text.slice(from, end)];
}

const OPENING = { angle: 60, square: 91, curly: 123, round: 40 } as const;
const CLOSING = { angle: 62, square: 93, curly: 125, round: 41 } as const;
const QUOTE = 34;
const COMMA = 44;

function leafValue(text: string): QuintValue {
  if (NUMBER.test(text)) {
    return quintMaker.mkInt(Number(text));
  }
  if (text === 'true' || text === 'false') {
    return quintMaker.mkBool(text === 'true');
  }
  if (text.startsWith('"')) {
    return quintMaker.mkStr(JSON.parse(text) as string);
  }
  if (!/^\w+$/.test(text)) {
    throw new Error(`no canonical text: ${text}`);
  }
  return quintMaker.mkVariant(text, quintMaker.mkTuple([]));
}
