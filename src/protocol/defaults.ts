/** What of a schema applies in one version, and what a field is that is not there. */
import { assert } from '../core/types/assert.js';
import { ZERO_UUID } from '../core/types/ids.js';
import type { FieldSchema, StructSchema, VersionRange } from './schema.js';

const NO_BYTES: Uint8Array = new Uint8Array(0);
const NO_ELEMENTS: readonly unknown[] = Object.freeze([]);

/** Whether `version` is in `range`; no range holds every version. */
export function inRange(range: VersionRange | undefined, version: number): boolean {
  return range === undefined || (version >= range[0] && version <= range[1]);
}

/** Whether null may stand for the field in `version`. */
export function isNullable(field: FieldSchema, version: number): boolean {
  return field.nullable !== undefined && inRange(field.nullable, version);
}

export function isStruct(type: FieldSchema['type']): type is StructSchema {
  return typeof type === 'object';
}

/** The value of a field that is not there. Shared, and frozen where it is an object. */
export function defaultOf(field: FieldSchema): unknown {
  if (field.default !== undefined) {
    return field.default;
  }
  if (field.array) {
    return NO_ELEMENTS;
  }
  const type = field.type;
  if (isStruct(type)) {
    return structDefault(type);
  }
  switch (type) {
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'uuid':
      return ZERO_UUID;
    case 'opaque64':
      return 0n;
    case 'bytes':
      return NO_BYTES;
    case 'records':
      return null;
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'clipped64':
    case 'float64':
      return 0;
  }
}

function structDefault(struct: StructSchema): Readonly<Record<string, unknown>> {
  const value: Record<string, unknown> = {};
  for (const field of struct.fields) {
    value[field.name] = defaultOf(field);
  }
  return Object.freeze(value);
}

/** The tagged fields of `struct` in `version`, by ascending tag. */
export function taggedFields(struct: StructSchema, version: number): FieldSchema[] {
  const fields = struct.fields.filter(
    (field) => field.tag !== undefined && inRange(field.versions, version),
  );
  fields.sort((a, b) => a.tag! - b.tag!);
  assert(new Set(fields.map((field) => field.tag)).size === fields.length, 'tags are distinct');
  return fields;
}
