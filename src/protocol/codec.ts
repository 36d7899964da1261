/**
 * Encodes and decodes messages by their schema. Each schema is compiled once per version into
 * functions of its own (compile-reader.ts, compile-writer.ts).
 */
import { fail } from '../core/types/assert.js';
import { compileReader, type Read } from './compile-reader.js';
import { compileWriter, type Write } from './compile-writer.js';
import { ProtocolError } from './errors.js';
import { type Reader, startReader } from './reader.js';
import type { Encodable, MessageSchema } from './schema.js';
import { finishWriter, startWriter, type Writer } from './writer.js';

/** Compiled functions of one schema, by version; filled at first use. */
interface Compiled {
  readonly reads: (Read | undefined)[];
  readonly writes: (Write | undefined)[];
}

const compiled = new WeakMap<MessageSchema, Compiled>();

function compiledOf(schema: MessageSchema, version: number): Compiled {
  if (!Number.isInteger(version) || !hasVersion(schema, version)) {
    fail(`${schema.name} has no version ${version}`);
  }
  let found = compiled.get(schema);
  if (found === undefined) {
    found = { reads: [], writes: [] };
    compiled.set(schema, found);
  }
  return found;
}

/** Whether `version` has compact lengths and tagged fields (KIP-482). */
export function isFlexible(schema: MessageSchema, version: number): boolean {
  return schema.flexible !== null && version >= schema.flexible;
}

/** Whether `schema` has `version`; the codec takes no other. */
export function hasVersion(schema: MessageSchema, version: number): boolean {
  return version >= schema.versions[0] && version <= schema.versions[1];
}

/** Reads a message in the middle of some bytes. Throws only `ProtocolError`. */
export function readMessage<T>(schema: MessageSchema<T>, version: number, reader: Reader): T {
  const { reads } = compiledOf(schema, version);
  const read = reads[version] ?? compileReader(schema, version, isFlexible(schema, version));
  reads[version] = read;
  return read(reader) as T;
}

/** Writes a message behind what `writer` holds. */
export function writeMessage<T>(
  schema: MessageSchema<T>,
  version: number,
  writer: Writer,
  value: Encodable<T>,
): void {
  const { writes } = compiledOf(schema, version);
  const write = writes[version] ?? compileWriter(schema, version, isFlexible(schema, version));
  writes[version] = write;
  write(writer, value);
}

/**
 * `value` as the body of `schema` in `version`: parts that follow each other. Fields of type
 * `records` are among them as they were given, not copied. Fields that the version lacks are left
 * out; fields that `value` lacks have their defaults.
 */
export function encodeMessage<T>(
  schema: MessageSchema<T>,
  version: number,
  value: Encodable<T>,
): Uint8Array[] {
  const writer = startWriter();
  writeMessage(schema, version, writer, value);
  return finishWriter(writer);
}

/**
 * The message that fills `bytes` from `position` to the end. Byte fields are views of `bytes`.
 * Defaults that are objects are shared and frozen. Throws only `ProtocolError`.
 */
export function decodeMessage<T>(
  schema: MessageSchema<T>,
  version: number,
  bytes: Uint8Array,
  position = 0,
): T {
  const reader = startReader(bytes, position);
  const value = readMessage(schema, version, reader);
  if (reader.position !== bytes.length) {
    throw new ProtocolError(
      `${schema.name} ${version} ends at ${reader.position} of ${bytes.length} bytes`,
    );
  }
  return value;
}

/** `parts` in one array: for tests, and for messages without records. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) {
    return parts[0]!;
  }
  let length = 0;
  for (const part of parts) {
    length += part.length;
  }
  const whole = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
