/** Compiles a schema and a version into a function that writes it. */
import { fail } from '../core/types/assert.js';
import { defaultOf, inRange, isNullable, isStruct, taggedFields } from './defaults.js';
import { FunctionSource, memberName } from './function-source.js';
import type { FieldSchema, ScalarType, StructSchema } from './schema.js';
import * as write from './writer.js';

// A compiled writer takes values of one field, whose type the schema knows and the compiler does not.
export type Write = (writer: write.Writer, value: unknown) => void;

/** A function that writes a `struct` as `version` has it. */
export function compileWriter(struct: StructSchema, version: number, flexible: boolean): Write {
  const compiler = new WriterCompiler(version, flexible);
  return compiler.source.compile(compiler.struct(struct)) as Write;
}

/** Its methods answer statements that write the value of a variable into `writer`, or names of functions. */
class WriterCompiler {
  readonly source: FunctionSource = new FunctionSource({ ...write, fail });
  private readonly version: number;
  private readonly flexible: boolean;

  constructor(version: number, flexible: boolean) {
    this.version = version;
    this.flexible = flexible;
  }

  struct(struct: StructSchema): string {
    const body: string[] = [];
    for (const [index, field] of struct.fields.entries()) {
      if (field.tag === undefined && inRange(field.versions, this.version)) {
        const given = `field${index}`;
        body.push(
          `let ${given} = value.${memberName(field.name)};`,
          `if (${given} === undefined) { ${given} = ${this.source.constant(defaultOf(field))}; }`,
          this.field(field, given),
        );
      }
    }
    if (this.flexible) {
      body.push(...this.tags(taggedFields(struct, this.version)));
    }
    return this.source.define('writer, value', body);
  }

  /** Tagged fields are written only where they are not the default (KIP-482). */
  private tags(tagged: readonly FieldSchema[]): string[] {
    const given = (field: FieldSchema): string => `value.${memberName(field.name)}`;
    const tests = tagged.map(
      (field) => `const tag${field.tag!} = !${this.defaultTest(field)}(${given(field)});`,
    );
    const count = tagged.map((field) => `(tag${field.tag!} ? 1 : 0)`).join(' + ');
    const writes = tagged.map((field) => {
      const writeField = this.source.define('writer, value', [this.field(field, 'value')]);
      return (
        `if (tag${field.tag!}) { writeUnsignedVarint(writer, ${field.tag!}); ` +
        `writeSized(writer, ${writeField}, ${given(field)}); }`
      );
    });
    return [...tests, `writeUnsignedVarint(writer, ${count || '0'});`, ...writes];
  }

  /** The name of a function that tells whether a value given for `field` is its default. */
  private defaultTest(field: FieldSchema): string {
    return this.source.define('value', [`return value === undefined || ${this.isDefault(field)};`]);
  }

  /** For a `value` that is given. */
  private isDefault(field: FieldSchema): string {
    const type = field.type;
    if (field.default === null) {
      return 'value === null';
    }
    if (field.array) {
      return '(value !== null && value.length === 0)';
    }
    if (isStruct(type)) {
      const members = type.fields.map(
        (member) => `${this.defaultTest(member)}(value.${memberName(member.name)})`,
      );
      return `(value !== null && ${members.join(' && ') || 'true'})`;
    }
    if (type === 'bytes') {
      return '(value !== null && partsLength(value) === 0)';
    }
    return `value === ${this.source.constant(defaultOf(field))}`;
  }

  private field(field: FieldSchema, given: string): string {
    const type = field.type;
    if (field.array) {
      return this.unlessNull(field, given, NULL_LENGTH, `${this.array(field)}(writer, ${given});`);
    }
    if (isStruct(type)) {
      const writeStruct = `${this.struct(type)}(writer, ${given});`;
      // A struct that may be null has a byte before it: negative for null.
      return isNullable(field, this.version)
        ? `if (${given} === null) { writeInt8(writer, -1); } else { writeInt8(writer, 1); ${writeStruct} }`
        : writeStruct;
    }
    const compact = this.flexible && field.classicLength !== true;
    switch (type) {
      case 'string':
        return this.unlessNull(
          field,
          given,
          'writeInt16(writer, -1);',
          `writeString(writer, ${given}, ${compact});`,
        );
      case 'bytes':
      case 'records': {
        const put = type === 'bytes' ? 'copyParts' : 'writeParts';
        return this.unlessNull(
          field,
          given,
          NULL_LENGTH,
          `${lengthWriter(compact)}(writer, partsLength(${given})); ${put}(writer, ${given});`,
        );
      }
      default:
        return `${SCALARS[type]}(writer, ${given});`;
    }
  }

  private array(field: FieldSchema): string {
    const { array: _, nullable: __, ...element } = field;
    return this.source.define('writer, elements', [
      'const length = elements.length;',
      `${lengthWriter(this.flexible)}(writer, length);`,
      'for (let index = 0; index < length; index += 1) {',
      'const element = elements[index];',
      this.field(element, 'element'),
      '}',
    ]);
  }

  /** `writeValue` for what is there; for null `classicNull`, or what says it in a compact length. */
  private unlessNull(
    field: FieldSchema,
    given: string,
    classicNull: string,
    writeValue: string,
  ): string {
    const compact = this.flexible && field.classicLength !== true;
    const refusal = this.source.constant(
      `${field.name} must not be null in version ${this.version}`,
    );
    const nullable = isNullable(field, this.version);
    const compactNull = 'writeUnsignedVarint(writer, 0);';
    const writeNull = nullable ? (compact ? compactNull : classicNull) : `fail(${refusal});`;
    return `if (${given} === null) { ${writeNull} } else { ${writeValue} }`;
  }
}

const NULL_LENGTH = 'writeInt32(writer, -1);';

function lengthWriter(compact: boolean): keyof typeof write {
  return compact ? 'writeCompactLength' : 'writeInt32';
}

const SCALARS: Readonly<
  Record<Exclude<ScalarType, 'string' | 'bytes' | 'records'>, keyof typeof write>
> = {
  bool: 'writeBool',
  int8: 'writeInt8',
  int16: 'writeInt16',
  uint16: 'writeUint16',
  int32: 'writeInt32',
  uint32: 'writeUint32',
  int64: 'writeInt64',
  clipped64: 'writeInt64',
  opaque64: 'writeOpaqueInt64',
  float64: 'writeFloat64',
  uuid: 'writeUuid',
};
