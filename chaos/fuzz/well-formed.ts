/**
 * Reads a message as the code does that Kafka generates from its definitions (MessageDataGenerator), with
 * its indulgences: any negative length is null, the fifth byte of a varint loses its high bits, a
 * known tagged field need not be as long as it says. A second reader beside `src/protocol`, slow and
 * plain, so that the fuzzer's expectations are not those of the code that it tries.
 */

import type { FieldSchema, MessageSchema, StructSchema } from '../../src/protocol/schema.js';

/** The bytes are no such message. */
export class Malformed extends Error {
  override readonly name: string = 'Malformed';
}

export class PlainReader {
  position: number;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array, position: number = 0) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.position = position;
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  skip(count: number): number {
    if (count < 0 || count > this.left) {
      throw new Malformed(`${count} bytes wanted, ${this.left} left`);
    }
    this.position += count;
    return this.position - count;
  }

  int8(): number {
    return this.bytes.readInt8(this.skip(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  /** As an int32, which it is in Kafka; a sixth byte is refused. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.skip(1)]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw new Malformed('a varint of more than five bytes');
  }

  countOfTags(): number {
    const count = this.varint();
    if (count < 0 || count > this.left) {
      throw new Malformed(`${count} tagged fields in ${this.left} bytes`);
    }
    return count;
  }
}

const inRange = (range: readonly [number, number] | undefined, version: number): boolean =>
  range === undefined || (version >= range[0] && version <= range[1]);

/** What is told of the numbers at the top of a message. */
export type Told = (name: string, value: number) => void;

/** Steps over a message; throws `Malformed` where Kafka would refuse it. */
export function skipMessage(
  reader: PlainReader,
  schema: MessageSchema,
  version: number,
  told: Told = () => {},
): void {
  const flexible = schema.flexible !== null && version >= schema.flexible;
  new MessageWalk(reader, version, flexible).struct(schema, told);
}

class MessageWalk {
  private readonly reader: PlainReader;
  private readonly version: number;
  private readonly flexible: boolean;

  constructor(reader: PlainReader, version: number, flexible: boolean) {
    this.reader = reader;
    this.version = version;
    this.flexible = flexible;
  }

  struct(struct: StructSchema, told: Told): void {
    const tagged = new Map<number, FieldSchema>();
    for (const field of struct.fields) {
      if (!inRange(field.versions, this.version)) {
        continue;
      }
      if (field.tag !== undefined) {
        tagged.set(field.tag, field);
      } else {
        this.field(field, told);
      }
    }
    if (this.flexible) {
      this.tags(tagged);
    }
  }

  private tags(tagged: ReadonlyMap<number, FieldSchema>): void {
    const { reader } = this;
    const count = reader.countOfTags();
    for (let index = 0; index < count; index++) {
      const tag = reader.varint();
      const size = reader.varint();
      const field = tagged.get(tag);
      if (field === undefined) {
        reader.skip(size);
      } else {
        this.field(field, () => {});
      }
    }
  }

  private field(field: FieldSchema, told: Told): void {
    const nullable = field.nullable !== undefined && inRange(field.nullable, this.version);
    if (field.array) {
      this.array(field, nullable);
      return;
    }
    if (typeof field.type === 'object') {
      if (!nullable || this.reader.int8() >= 0) {
        this.struct(field.type, () => {});
      }
      return;
    }
    this.scalar(field, nullable, told);
  }

  private array(field: FieldSchema, nullable: boolean): void {
    const count = this.length('int32', false);
    if (count < 0) {
      this.nullOf(field, nullable);
      return;
    }
    if (count > this.reader.left) {
      throw new Malformed(`${count} ${field.name} in ${this.reader.left} bytes`);
    }
    const { array: _, nullable: __, ...element } = field;
    for (let index = 0; index < count; index++) {
      this.field(element, () => {});
    }
  }

  private scalar(field: FieldSchema, nullable: boolean, told: Told): void {
    const { reader } = this;
    switch (field.type) {
      case 'bool':
      case 'int8':
        told(field.name, reader.int8());
        return;
      case 'int16':
      case 'uint16':
        told(field.name, reader.int16());
        return;
      case 'int32':
      case 'uint32':
        told(field.name, reader.int32());
        return;
      case 'uuid':
        reader.skip(16);
        return;
      case 'string': {
        const length = this.length('int16', field.classicLength === true);
        if (length < 0) {
          this.nullOf(field, nullable);
        } else if (length > 0x7fff) {
          throw new Malformed(`${field.name} is a string of ${length} bytes`);
        } else {
          reader.skip(length);
        }
        return;
      }
      case 'bytes':
      case 'records': {
        const length = this.length('int32', false);
        if (length < 0) {
          this.nullOf(field, nullable);
        } else {
          reader.skip(length);
        }
        return;
      }
      default:
        reader.skip(8);
    }
  }

  private length(form: 'int16' | 'int32', classic: boolean): number {
    if (this.flexible && !classic) {
      return (this.reader.varint() - 1) | 0;
    }
    return form === 'int16' ? this.reader.int16() : this.reader.int32();
  }

  private nullOf(field: FieldSchema, nullable: boolean): void {
    if (!nullable) {
      throw new Malformed(`${field.name} must not be null`);
    }
  }
}
