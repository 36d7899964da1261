/** Compiles a schema and a version into a function that reads it. */
import { assert } from '../core/types/assert.js';
import { defaultOf, inRange, isNullable, isStruct, taggedFields } from './defaults.js';
import { ProtocolError } from './errors.js';
import * as read from './reader.js';
import type { FieldSchema, ScalarType, StructSchema } from './schema.js';
import { MAX_STRING_BYTES } from './writer.js';

export type Read = (reader: read.Reader) => unknown;
type Length = (reader: read.Reader) => number;

/** A function that reads a `struct` as `version` has it. */
export function compileReader(struct: StructSchema, version: number, flexible: boolean): Read {
  const names: string[] = [];
  const reads: (Read | null)[] = [];
  const absent: unknown[] = [];
  for (const field of struct.fields) {
    const inBody = field.tag === undefined && inRange(field.versions, version);
    names.push(field.name);
    reads.push(inBody ? fieldReader(field, version, flexible) : null);
    absent.push(defaultOf(field));
  }
  const count = names.length;
  const readTags = flexible ? tagReader(struct, version) : null;
  return (reader) => {
    const value: Record<string, unknown> = {};
    // Every field in every version, in one order: the values of a schema share one hidden class.
    for (let index = 0; index < count; index += 1) {
      const readField = reads[index]!;
      value[names[index]!] = readField === null ? absent[index] : readField(reader);
    }
    readTags?.(reader, value);
    return value;
  };
}

function tagReader(
  struct: StructSchema,
  version: number,
): (reader: read.Reader, value: Record<string, unknown>) => void {
  const known = new Map<number, { readonly name: string; readonly read: Read }>();
  for (const field of taggedFields(struct, version)) {
    known.set(field.tag!, { name: field.name, read: fieldReader(field, version, true) });
  }
  if (known.size === 0) {
    return read.skipTaggedFields;
  }
  return (reader, value) => {
    const count = read.readUnsignedVarint(reader);
    for (let index = 0; index < count; index += 1) {
      const field = known.get(read.readUnsignedVarint(reader));
      const size = read.readUnsignedVarint(reader);
      if (field === undefined) {
        read.readView(reader, size);
      } else {
        value[field.name] = readSized(reader, size, field.read);
      }
    }
  };
}

/** What `readField` makes of exactly the next `size` bytes. */
function readSized(reader: read.Reader, size: number, readField: Read): unknown {
  const end = reader.end;
  if (size > end - reader.position) {
    throw new ProtocolError(`a tagged field of ${size} bytes, ${end - reader.position} left`);
  }
  reader.end = reader.position + size;
  const value = readField(reader);
  if (reader.position !== reader.end) {
    throw new ProtocolError(`a tagged field ends ${reader.end - reader.position} bytes late`);
  }
  reader.end = end;
  return value;
}

function fieldReader(field: FieldSchema, version: number, flexible: boolean): Read {
  const nullable = isNullable(field, version);
  if (field.array) {
    return arrayReader(field, version, flexible, nullable);
  }
  const type = field.type;
  if (isStruct(type)) {
    const readStruct = compileReader(type, version, flexible);
    return nullable ? nullableStruct(readStruct) : readStruct;
  }
  return scalarReader(type, flexible && field.classicLength !== true, nullable, field.name);
}

/** A struct that may be null has a byte before it: negative for null. */
function nullableStruct(readStruct: Read): Read {
  return (reader) => (read.readInt8(reader) < 0 ? null : readStruct(reader));
}

function arrayReader(
  field: FieldSchema,
  version: number,
  flexible: boolean,
  nullable: boolean,
): Read {
  const readLength: Length = flexible ? read.readCompactLength : read.readLength;
  const { array: _, nullable: __, ...element } = field;
  const readElement = fieldReader(element, version, flexible);
  // No element is smaller, so a length that cannot be true is found before anything is built.
  const least = Math.max(1, leastSize(element, version, flexible));
  return (reader) => {
    const length = readLength(reader);
    if (length < 0) {
      if (!nullable) {
        throw new ProtocolError(`${field.name} must not be null`);
      }
      return null;
    }
    if (length * least > reader.end - reader.position) {
      throw new ProtocolError(`${length} ${field.name} in ${reader.end - reader.position} bytes`);
    }
    const elements: unknown[] = [];
    for (let index = 0; index < length; index += 1) {
      elements.push(readElement(reader));
    }
    return elements;
  };
}

function scalarReader(type: ScalarType, compact: boolean, nullable: boolean, name: string): Read {
  switch (type) {
    case 'string':
      return stringReader(compact, nullable, name);
    case 'bytes':
    case 'records':
      return bytesReader(compact, nullable, name);
    case 'bool':
      return read.readBool;
    case 'int8':
      return read.readInt8;
    case 'int16':
      return read.readInt16;
    case 'uint16':
      return read.readUint16;
    case 'int32':
      return read.readInt32;
    case 'uint32':
      return read.readUint32;
    case 'int64':
      return read.readInt64;
    case 'opaque64':
      return read.readOpaqueInt64;
    case 'clipped64':
      return read.readClippedInt64;
    case 'float64':
      return read.readFloat64;
    case 'uuid':
      return read.readUuid;
  }
}

function stringReader(compact: boolean, nullable: boolean, name: string): Read {
  const readLength: Length = compact ? read.readCompactLength : read.readShortLength;
  return (reader) => {
    const length = readLength(reader);
    if (length < 0) {
      return nullOf(nullable, name);
    }
    if (length > MAX_STRING_BYTES) {
      throw new ProtocolError(`${name} is a string of ${length} bytes`);
    }
    return read.readUtf8(reader, length);
  };
}

function bytesReader(compact: boolean, nullable: boolean, name: string): Read {
  const readLength: Length = compact ? read.readCompactLength : read.readLength;
  return (reader) => {
    const length = readLength(reader);
    return length < 0 ? nullOf(nullable, name) : read.readView(reader, length);
  };
}

function nullOf(nullable: boolean, name: string): null {
  if (!nullable) {
    throw new ProtocolError(`${name} must not be null`);
  }
  return null;
}

/** The fewest bytes that a field takes in `version`. */
function leastSize(field: FieldSchema, version: number, flexible: boolean): number {
  if (field.array) {
    return flexible ? 1 : 4;
  }
  const type = field.type;
  if (isStruct(type)) {
    return isNullable(field, version) ? 1 : leastStructSize(type, version, flexible);
  }
  switch (type) {
    case 'string':
      return flexible && field.classicLength !== true ? 1 : 2;
    case 'bytes':
    case 'records':
      return flexible ? 1 : 4;
    case 'bool':
    case 'int8':
      return 1;
    case 'int16':
    case 'uint16':
      return 2;
    case 'int32':
    case 'uint32':
      return 4;
    case 'int64':
    case 'opaque64':
    case 'clipped64':
    case 'float64':
      return 8;
    case 'uuid':
      return 16;
  }
}

function leastStructSize(struct: StructSchema, version: number, flexible: boolean): number {
  let size = flexible ? 1 : 0;
  for (const field of struct.fields) {
    if (field.tag === undefined && inRange(field.versions, version)) {
      size += leastSize(field, version, flexible);
    }
  }
  assert(size >= 0, 'sizes are not negative');
  return size;
}
