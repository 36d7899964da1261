/** Encodes and decodes messages by their schema. */
import type { Encodable, MessageSchema } from './schema.js';

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
  throw new Error(`not built yet: ${schema.name} ${version} ${value}`);
}

/**
 * The message that fills `bytes` from `position` to the end. Byte fields are views of `bytes`.
 * Throws only `ProtocolError`.
 */
export function decodeMessage<T>(
  schema: MessageSchema<T>,
  version: number,
  bytes: Uint8Array,
  position = 0,
): T {
  throw new Error(`not built yet: ${schema.name} ${version} ${bytes.length} ${position}`);
}
