/** Compiles a schema and a version into a function that writes it. */
import { assert } from '../core/types/assert.js';
import { defaultOf, inRange, isNullable, isStruct, taggedFields } from './defaults.js';
import type { FieldSchema, Parts, ScalarType, StructSchema } from './schema.js';
import * as write from './writer.js';

// A compiled writer takes values of one field, whose type the schema knows and the compiler does not.
export type Write = (writer: write.Writer, value: unknown) => void;
type Fields = Readonly<Record<string, unknown>>;

/** A function that writes a `struct` as `version` has it. */
export function compileWriter(struct: StructSchema, version: number, flexible: boolean): Write {
  const names: string[] = [];
  const writes: Write[] = [];
  const defaults: unknown[] = [];
  for (const field of struct.fields) {
    if (field.tag === undefined && inRange(field.versions, version)) {
      names.push(field.name);
      writes.push(fieldWriter(field, version, flexible));
      defaults.push(defaultOf(field));
    }
  }
  const writeTags = flexible ? tagWriter(struct, version) : null;
  const count = names.length;
  return (writer, value) => {
    const fields = value as Fields;
    for (let index = 0; index < count; index += 1) {
      const given = fields[names[index]!];
      writes[index]!(writer, given === undefined ? defaults[index] : given);
    }
    writeTags?.(writer, value);
  };
}

/** Tagged fields are written only where they are not the default (KIP-482). */
function tagWriter(struct: StructSchema, version: number): Write {
  const tagged = taggedFields(struct, version).map((field) => ({
    tag: field.tag!,
    name: field.name,
    write: fieldWriter(field, version, true),
    isDefault: defaultTest(field),
  }));
  if (tagged.length === 0) {
    return (writer) => write.writeUnsignedVarint(writer, 0);
  }
  return (writer, value) => {
    const fields = value as Fields;
    let count = 0;
    for (const field of tagged) {
      count += field.isDefault(fields[field.name]) ? 0 : 1;
    }
    write.writeUnsignedVarint(writer, count);
    if (count === 0) {
      return;
    }
    for (const field of tagged) {
      const given = fields[field.name];
      if (!field.isDefault(given)) {
        write.writeUnsignedVarint(writer, field.tag);
        write.writeSized(writer, () => field.write(writer, given));
      }
    }
  };
}

type Test = (value: unknown) => boolean;

/** A function that tells whether a value given for `field` is its default. */
function defaultTest(field: FieldSchema): Test {
  const type = field.type;
  if (field.default === null) {
    return (value) => value === undefined || value === null;
  }
  if (field.array) {
    return (value) => value === undefined || (value !== null && (value as unknown[]).length === 0);
  }
  if (isStruct(type)) {
    const members = type.fields.map((member) => ({
      name: member.name,
      isDefault: defaultTest(member),
    }));
    return (value) =>
      value === undefined ||
      (value !== null &&
        members.every((member) => member.isDefault((value as Fields)[member.name])));
  }
  if (type === 'bytes') {
    return (value) =>
      value === undefined || (value !== null && write.partsLength(value as Parts) === 0);
  }
  const usual = defaultOf(field);
  return (value) => value === undefined || value === usual;
}

function fieldWriter(field: FieldSchema, version: number, flexible: boolean): Write {
  const nullable = isNullable(field, version);
  if (field.array) {
    return arrayWriter(field, version, flexible, nullable);
  }
  const type = field.type;
  if (isStruct(type)) {
    const writeStruct = compileWriter(type, version, flexible);
    return nullable ? nullableStruct(writeStruct) : writeStruct;
  }
  return scalarWriter(type, flexible && field.classicLength !== true, nullable, field.name);
}

function nullableStruct(writeStruct: Write): Write {
  return (writer, value) => {
    if (value === null) {
      write.writeInt8(writer, -1);
    } else {
      write.writeInt8(writer, 1);
      writeStruct(writer, value);
    }
  };
}

function arrayWriter(
  field: FieldSchema,
  version: number,
  flexible: boolean,
  nullable: boolean,
): Write {
  const { array: _, nullable: __, ...element } = field;
  const writeElement = fieldWriter(element, version, flexible);
  const writeLength = lengthWriter(flexible);
  return (writer, value) => {
    if (value === null) {
      assert(nullable, `${field.name} must not be null in version ${version}`);
      writeLength(writer, -1);
      return;
    }
    const elements = value as readonly unknown[];
    const length = elements.length;
    writeLength(writer, length);
    for (let index = 0; index < length; index += 1) {
      writeElement(writer, elements[index]);
    }
  };
}

function lengthWriter(compact: boolean): (writer: write.Writer, length: number) => void {
  return compact
    ? (writer, length) => write.writeUnsignedVarint(writer, length + 1)
    : write.writeInt32;
}

function scalarWriter(type: ScalarType, compact: boolean, nullable: boolean, name: string): Write {
  switch (type) {
    case 'string':
      return stringWriter(compact, nullable, name);
    case 'bytes':
      return bytesWriter(compact, nullable, name, write.copyParts);
    case 'records':
      return bytesWriter(compact, nullable, name, write.writeParts);
    case 'bool':
      return write.writeBool as Write;
    case 'int8':
      return write.writeInt8 as Write;
    case 'int16':
      return write.writeInt16 as Write;
    case 'uint16':
      return write.writeUint16 as Write;
    case 'int32':
      return write.writeInt32 as Write;
    case 'uint32':
      return write.writeUint32 as Write;
    case 'int64':
    case 'clipped64':
      return write.writeInt64 as Write;
    case 'opaque64':
      return write.writeOpaqueInt64 as Write;
    case 'float64':
      return write.writeFloat64 as Write;
    case 'uuid':
      return write.writeUuid as Write;
  }
}

function stringWriter(compact: boolean, nullable: boolean, name: string): Write {
  return (writer, value) => {
    if (value !== null) {
      write.writeString(writer, value as string, compact);
      return;
    }
    assert(nullable, `${name} must not be null`);
    if (compact) {
      write.writeUnsignedVarint(writer, 0);
    } else {
      write.writeInt16(writer, -1);
    }
  };
}

function bytesWriter(
  compact: boolean,
  nullable: boolean,
  name: string,
  put: (writer: write.Writer, parts: Parts) => void,
): Write {
  const writeLength = lengthWriter(compact);
  return (writer, value) => {
    if (value === null) {
      assert(nullable, `${name} must not be null`);
      writeLength(writer, -1);
      return;
    }
    writeLength(writer, write.partsLength(value as Parts));
    put(writer, value as Parts);
  };
}
