/**
 * Parts as bytes, said once: a codec writes a value and reads it again, and those of larger things are put
 * together of those of smaller ones.
 */

import type { PartReader, PartWriter } from './part-writer.js';

export interface Codec<Value> {
  write(writer: PartWriter, value: Value): void;
  /** What was written without renaming. */
  read(reader: PartReader): Value;
}

/** Numbers from `least` to 255 more. */
export function numberFrom<Value extends number>(least: number): Codec<Value> {
  return {
    write: (writer, value) => writer.number(value - least),
    read: (reader) => (reader.number() + least) as Value,
  };
}

export const flag: Codec<boolean> = {
  write: (writer, value) => writer.flag(value),
  read: (reader) => reader.flag(),
};

export function oneOf<Value>(...all: readonly Value[]): Codec<Value> {
  return {
    write: (writer, value) => writer.oneOf(all, value),
    read: (reader) => reader.oneOf(all),
  };
}

/** What is the same in every state of a world: no byte of it. */
export function always<Value>(make: () => Value): Codec<Value> {
  return { write: () => undefined, read: make };
}

export function listOf<Value>(codec: Codec<Value>): Codec<Value[]> & Codec<readonly Value[]> {
  return {
    write: (writer: PartWriter, values: readonly Value[]) =>
      writer.list(values, (value) => codec.write(writer, value)),
    read: (reader: PartReader) => reader.list(() => codec.read(reader)),
  };
}

export function nullable<Value>(codec: Codec<Value>): Codec<Value | null> {
  return {
    write: (writer, value) => writer.nullable(value, (each) => codec.write(writer, each)),
    read: (reader) => reader.nullable(() => codec.read(reader)),
  };
}

/** The fields in the order in which `fields` names them. */
export function recordOf<Value extends object>(
  fields: {
    readonly [Field in keyof Value]-?: Codec<Value[Field]>;
  },
): Codec<Value> {
  const names = Object.keys(fields) as (keyof Value)[];
  return {
    write(writer, value) {
      for (const name of names) {
        fields[name].write(writer, value[name]);
      }
    },
    read(reader) {
      const value: Partial<Value> = {};
      for (const name of names) {
        value[name] = fields[name].read(reader);
      }
      return value as Value;
    },
  };
}

/** Sorted by the ids that the keys have under the renaming; `idOf`: the id that a key is. */
export function mapOf<Key, Value>(
  key: Codec<Key>,
  value: Codec<Value>,
  idOf: (key: Key) => number,
): Codec<Map<Key, Value>> {
  return {
    write(writer, map) {
      writer.byId(
        map,
        ([each]) => idOf(each),
        ([each, held]) => {
          key.write(writer, each);
          value.write(writer, held);
        },
      );
    },
    read: (reader) => new Map(reader.list(() => [key.read(reader), value.read(reader)])),
  };
}
