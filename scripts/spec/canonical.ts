/** One text per value of a specification, whatever order its parts were put together in. */

import type { QuintValue } from './quint-evaluator.js';

/** What the evaluator keeps inside a value; which fields are there tells the kind. */
interface Inside {
  readonly label?: string;
  readonly value?: unknown;
  readonly list?: Iterable<QuintValue>;
  readonly map?: { entries(): Iterable<[unknown, unknown]> };
  readonly isSetLike?: boolean;
}

/** Values are immutable and most of a state is shared with the state before it. */
const known = new WeakMap<QuintValue, string>();

/**
 * Equal values, equal texts, and the other way round: `5`, `true`, `"text"`, `[list, or tuple]`, `{set}`,
 * `<key: value>` of maps and records, `Label(value)`.
 */
export function canonicalText(value: QuintValue): string {
  let text = known.get(value);
  if (text === undefined) {
    text = textOf(value, canonicalText);
    known.set(value, text);
  }
  return text;
}

/** The same of a value that shares little with others: nothing is remembered. */
export function canonicalTextOnce(value: QuintValue): string {
  return textOf(value, canonicalTextOnce);
}

/** The field of a record. */
export function fieldOf(record: QuintValue, name: string): QuintValue {
  const { map } = record as unknown as { readonly map: ReadonlyMap<string, QuintValue> };
  return map.get(name)!;
}

function textOf(value: QuintValue, textOfPart: (part: QuintValue) => string): string {
  const { label, value: content, list, map, isSetLike } = value as QuintValue & Inside;
  if (label !== undefined) {
    const inner = textOfPart(content as QuintValue);
    return inner === '[]' ? label : `${label}(${inner})`;
  }
  if (list !== undefined) {
    return `[${[...list].map(textOfPart).join(', ')}]`;
  }
  if (map !== undefined) {
    return `<${[...map.entries()]
      .map((pair) => pairText(pair, textOfPart))
      .sort()
      .join(', ')}>`;
  }
  if (isSetLike === true) {
    const members = [...(value as unknown as Iterable<QuintValue>)].map(textOfPart);
    return `{${members.sort().join(', ')}}`;
  }
  if (typeof content === 'string') {
    return JSON.stringify(content);
  }
  if (typeof content === 'bigint' || typeof content === 'boolean') {
    return String(content);
  }
  throw new Error('a value of a kind that no state may hold');
}

/** Of a record by field name, of a map by the key's own text. */
function pairText(
  [key, content]: [unknown, unknown],
  textOfPart: (part: QuintValue) => string,
): string {
  const name = typeof key === 'string' ? key : textOfPart(key as QuintValue);
  return `${name}: ${textOfPart(content as QuintValue)}`;
}
