/**
 * Texts of abstract values, as `scripts/spec/canonical.ts` writes the values of a specification: equal values,
 * equal texts. Here they are put together from the code's state, and taken apart again to tell a difference.
 */

/** The fields of a record in the order of its text. */
interface Order {
  readonly keys: readonly string[];
  /** `key: `, behind the first one's place with a comma. */
  readonly labels: readonly string[];
}

/** By the keys of a record as it was put together. */
const orders = new Map<string, Order>();
/** Of records there are few; of maps with other keys every time there is no end. */
const MOST_ORDERS = 1_000;

/** A record or a map: `<key: value, ...>`. Of a map the keys are texts of values. */
export function recordText(fields: Readonly<Record<string, string>>): string {
  const { keys, labels } = orderOf(Object.keys(fields));
  let text = '<';
  for (let i = 0; i < keys.length; i++) {
    text += labels[i]! + fields[keys[i]!]!;
  }
  return `${text}>`;
}

function orderOf(given: readonly string[]): Order {
  const shape = given.join();
  let order = orders.get(shape);
  if (order === undefined) {
    // No key with its colon begins another one, so the pairs stand in the order of these.
    const labels = given.map((key) => `${key}: `).sort();
    const keys = labels.map((label) => label.slice(0, -': '.length));
    order = { keys, labels: labels.map((label, i) => (i === 0 ? label : `, ${label}`)) };
    if (orders.size === MOST_ORDERS) {
      orders.clear();
    }
    orders.set(shape, order);
  }
  return order;
}

/** A set: equal members count once. */
export function setText(members: Iterable<string>): string {
  return `{${[...new Set(members)].sort().join(', ')}}`;
}

export function listText(members: readonly string[]): string {
  return `[${members.join(', ')}]`;
}

/** A variant of a sum type with what it holds. */
export function variantText(label: string, inner: string): string {
  return `${label}(${inner})`;
}

/** A text taken apart. A leaf is a number, a truth value, a text or a variant without content. */
export type Tree =
  | { readonly kind: 'leaf'; readonly text: string }
  | { readonly kind: 'list' | 'set'; readonly members: readonly Tree[]; readonly text: string }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Tree>; readonly text: string }
  | {
      readonly kind: 'variant';
      readonly label: string;
      readonly inner: Tree;
      readonly text: string;
    };

/** The tree of a canonical text; throws if it is none. */
export function parseText(text: string): Tree {
  const reader = { text, at: 0 };
  const tree = parseValue(reader);
  if (reader.at !== text.length) {
    throw new Error(`no canonical text from ${reader.at} on: ${text}`);
  }
  return tree;
}

/** A field of a record; throws if it has none of that name. */
export function fieldOf(tree: Tree, name: string): Tree {
  const field = tree.kind === 'record' ? tree.fields.get(name) : undefined;
  if (field === undefined) {
    throw new Error(`no ${name} in ${tree.text}`);
  }
  return field;
}

interface Reader {
  readonly text: string;
  at: number;
}

const LEAF = /-?\w+|"(?:[^"\\]|\\.)*"/y;

function parseValue(reader: Reader): Tree {
  const from = reader.at;
  const here = (): string => reader.text.slice(from, reader.at);
  switch (reader.text[from]) {
    case '[': {
      const members = parseAll(reader, ']', parseValue);
      return { kind: 'list', members, text: here() };
    }
    case '{': {
      const members = parseAll(reader, '}', parseValue);
      return { kind: 'set', members, text: here() };
    }
    case '<': {
      const fields = new Map(parseAll(reader, '>', parsePair));
      return { kind: 'record', fields, text: here() };
    }
    default: {
      LEAF.lastIndex = from;
      const label = LEAF.exec(reader.text)?.[0];
      if (label === undefined) {
        throw new Error(`no canonical text from ${from} on: ${reader.text}`);
      }
      reader.at += label.length;
      if (reader.text[reader.at] !== '(') {
        return { kind: 'leaf', text: label };
      }
      const [inner] = parseAll(reader, ')', parseValue);
      return { kind: 'variant', label, inner: inner!, text: here() };
    }
  }
}

function parsePair(reader: Reader): [string, Tree] {
  const key = parseValue(reader).text;
  reader.at += ': '.length;
  return [key, parseValue(reader)];
}

/** From the opening bracket on, up to `close`. */
function parseAll<T>(reader: Reader, close: string, parse: (reader: Reader) => T): T[] {
  const all: T[] = [];
  reader.at++;
  while (reader.text[reader.at] !== close) {
    all.push(parse(reader));
    if (reader.text[reader.at] === ',') {
      reader.at += ', '.length;
    } else if (reader.text[reader.at] !== close) {
      throw new Error(`no ${close} at ${reader.at}: ${reader.text}`);
    }
  }
  reader.at++;
  return all;
}

/** What differs between two texts, a line each: as deep as records go; of a set what came and what went. */
export function changesBetween(path: string, before: string, after: string): string[] {
  return before === after ? [] : changes(path, parseText(before), parseText(after));
}

function changes(path: string, before: Tree, after: Tree): string[] {
  if (before.text === after.text) {
    return [];
  }
  if (before.kind === 'record' && after.kind === 'record') {
    const keys = [...new Set([...before.fields.keys(), ...after.fields.keys()])];
    return keys.flatMap((key) => {
      const was = before.fields.get(key);
      const is = after.fields.get(key);
      return was !== undefined && is !== undefined
        ? changes(`${path}.${key}`, was, is)
        : [`${path}.${key} is ${is?.text ?? 'gone'}`];
    });
  }
  if (before.kind === 'set' && after.kind === 'set') {
    const was = new Set(before.members.map(({ text }) => text));
    const is = new Set(after.members.map(({ text }) => text));
    return [
      ...[...is].filter((text) => !was.has(text)).map((text) => `${path} has now ${text}`),
      ...[...was].filter((text) => !is.has(text)).map((text) => `${path} has no more ${text}`),
    ];
  }
  return [`${path} is now ${after.text}`];
}
