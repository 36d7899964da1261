/** Compiles a schema and a version into a function that reads it. */
import { assert } from '../core/types/assert.js';
import { defaultOf, inRange, isNullable, isStruct, taggedFields } from './defaults.js';
import { FunctionSource, memberName } from './function-source.js';
import * as read from './reader.js';
import type { FieldSchema, ScalarType, StructSchema } from './schema.js';

export type Read = (reader: read.Reader) => unknown;

/** A function that reads a `struct` as `version` has it. */
export function compileReader(struct: StructSchema, version: number, flexible: boolean): Read {
  const compiler = new ReaderCompiler(version, flexible);
  return compiler.source.compile(compiler.struct(struct)) as Read;
}

/** Its methods answer expressions over `reader`, or names of functions of one. */
class ReaderCompiler {
  readonly source: FunctionSource = new FunctionSource(read);
  private readonly version: number;
  private readonly flexible: boolean;

  constructor(version: number, flexible: boolean) {
    this.version = version;
    this.flexible = flexible;
  }

  struct(struct: StructSchema): string {
    const tagged = this.flexible ? taggedFields(struct, this.version) : [];
    const body: string[] = [];
    // Every field in every version, in one order: the values of a schema share one hidden class.
    const members = struct.fields.map((field, index) => {
      if (field.tag === undefined && inRange(field.versions, this.version)) {
        body.push(`const field${index} = ${this.field(field)};`);
      } else {
        body.push(`let field${index} = ${this.source.constant(defaultOf(field))};`);
      }
      return `${memberName(field.name)}: field${index}`;
    });
    if (tagged.length > 0) {
      body.push(...this.tags(struct, tagged));
    } else if (this.flexible) {
      body.push('skipTaggedFields(reader);');
    }
    body.push(`return { ${members.join(', ')} };`);
    return this.source.define('reader', body);
  }

  private tags(struct: StructSchema, tagged: readonly FieldSchema[]): string[] {
    const cases = tagged.map((field) => {
      // As in Kafka's generated code, it ends where it ends, whatever its size was said to be.
      const variable = `field${struct.fields.indexOf(field)}`;
      return `case ${field.tag!}: ${variable} = ${this.field(field)}; break;`;
    });
    return [
      'for (let left = readUnsignedVarint(reader); left > 0; left -= 1) {',
      'const tag = readUnsignedVarint(reader);',
      'const size = readUnsignedVarint(reader);',
      'switch (tag) {',
      ...cases,
      'default: readView(reader, size);',
      '}',
      '}',
    ];
  }

  private field(field: FieldSchema): string {
    if (field.array) {
      return `${this.array(field)}(reader)`;
    }
    const nullable = isNullable(field, this.version);
    const type = field.type;
    if (isStruct(type)) {
      const value = `${this.struct(type)}(reader)`;
      // A struct that may be null has a byte before it: negative for null.
      return nullable ? `(readInt8(reader) < 0 ? null : ${value})` : value;
    }
    const compact = this.flexible && field.classicLength !== true;
    const orNull = nullable ? 'null' : this.source.constant(field.name);
    switch (type) {
      case 'string':
        return `readString(reader, ${compact ? 'readCompactLength' : 'readInt16'}(reader), ${orNull})`;
      case 'bytes':
      case 'records':
        return `readBytes(reader, ${compact ? 'readCompactLength' : 'readInt32'}(reader), ${orNull})`;
      default:
        return `${SCALARS[type]}(reader)`;
    }
  }

  private array(field: FieldSchema): string {
    const { array: _, nullable: __, ...element } = field;
    const name = this.source.constant(field.name);
    const nullable = isNullable(field, this.version);
    // No element is smaller, so a length that cannot be true is found before anything is built.
    const least = Math.max(1, leastSize(element, this.version, this.flexible));
    return this.source.define('reader', [
      `const length = ${this.flexible ? 'readCompactLength' : 'readInt32'}(reader);`,
      `if (length < 0) { return ${nullable ? 'null' : `nullOf(${name})`}; }`,
      `checkCount(reader, length, ${least}, ${name});`,
      'const elements = [];',
      'for (let index = 0; index < length; index += 1) {',
      `elements.push(${this.field(element)});`,
      '}',
      'return elements;',
    ]);
  }
}

/** What reads a value whose size does not depend on the version. */
const SCALARS: Readonly<
  Record<Exclude<ScalarType, 'string' | 'bytes' | 'records'>, keyof typeof read>
> = {
  bool: 'readBool',
  int8: 'readInt8',
  int16: 'readInt16',
  uint16: 'readUint16',
  int32: 'readInt32',
  uint32: 'readUint32',
  int64: 'readInt64',
  opaque64: 'readOpaqueInt64',
  clipped64: 'readClippedInt64',
  float64: 'readFloat64',
  uuid: 'readUuid',
};

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
