/**
 * The codec as a whole: what it writes it reads again, in every version of every message; and no
 * bytes, however damaged, make it do anything but throw a ProtocolError.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Uuid } from '../src/core/types/ids.js';
import { allApis } from '../src/protocol/apis.js';
import { decodeMessage, encodeMessage, joined } from '../src/protocol/codec.js';
import { compress, decompress } from '../src/protocol/compression.js';
import { ProtocolError } from '../src/protocol/errors.js';
import { decodeRequest, decodeRequestHeader, decodeResponse } from '../src/protocol/frame.js';
import { decodeRaftMessage } from '../src/protocol/raft-wire.js';
import type { FieldSchema, MessageSchema, StructSchema } from '../src/protocol/schema.js';
import * as coordinatorRecords from '../src/protocol/schemas/coordinator-records.js';
import * as data from '../src/protocol/schemas/data.js';
import * as metadataRecords from '../src/protocol/schemas/metadata-records.js';
import { uuidFromBytes } from '../src/protocol/uuid.js';

type Value = Readonly<Record<string, unknown>>;
/** The codec asks for typed values; these come from the schema itself. */
const encode = encodeMessage as (
  schema: MessageSchema,
  version: number,
  value: Value,
) => Uint8Array[];

const schemas: MessageSchema[] = [
  ...allApis().flatMap((api) =>
    api.request === api.response ? [api.request] : [api.request, api.response],
  ),
  ...Object.values(metadataRecords),
  ...Object.values(coordinatorRecords),
  ...Object.values(data),
];

function versionsOf(schema: MessageSchema): number[] {
  const [first, last] = schema.versions;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

// ------------------------------------------------------------------------------------- arbitraries

const inRange = (range: readonly [number, number] | undefined, version: number): boolean =>
  range === undefined || (version >= range[0] && version <= range[1]);

const bytesOf = (maximum: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ maxLength: maximum });

function scalar(type: Exclude<FieldSchema['type'], StructSchema>): fc.Arbitrary<unknown> {
  switch (type) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f });
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff });
    case 'int32':
      return fc.integer();
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 'int64':
    case 'clipped64':
      return fc.maxSafeInteger();
    case 'opaque64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float64':
      return fc.double({ noNaN: true });
    case 'uuid':
      return fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((bytes): Uuid => uuidFromBytes(bytes, 0));
    case 'string':
      return fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.string({ unit: 'grapheme', maxLength: 4 }),
        fc.string({ minLength: 120, maxLength: 300 }),
      );
    case 'bytes':
    case 'records':
      return bytesOf(200);
  }
}

function arbitraryField(field: FieldSchema, version: number): fc.Arbitrary<unknown> {
  const nullable = field.nullable !== undefined && inRange(field.nullable, version);
  const { array, nullable: _, ...element } = field;
  let value: fc.Arbitrary<unknown>;
  if (array) {
    value = fc.array(arbitraryField(element, version), { maxLength: 3 });
  } else if (typeof field.type === 'object') {
    value = arbitraryStruct(field.type, version);
  } else {
    value = scalar(field.type);
  }
  return nullable ? fc.option(value, { freq: 4 }) : value;
}

/** A value with every field that `version` carries and no other. */
function arbitraryStruct(struct: StructSchema, version: number): fc.Arbitrary<Value> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of struct.fields) {
    if (inRange(field.versions, version)) {
      fields[field.name] = arbitraryField(field, version);
    }
  }
  return fc.record(fields);
}

/** `actual` has the fields of `expected`, deeply; it may have more (defaults of other versions). */
function expectToHold(actual: unknown, expected: unknown, path: string): void {
  if (expected instanceof Uint8Array) {
    expect(Buffer.compare(actual as Uint8Array, expected), path).toBe(0);
  } else if (Array.isArray(expected)) {
    expect((actual as unknown[]).length, path).toBe(expected.length);
    expected.forEach((element, index) => {
      expectToHold((actual as unknown[])[index], element, `${path}[${index}]`);
    });
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, value] of Object.entries(expected)) {
      expectToHold((actual as Value)[name], value, `${path}.${name}`);
    }
  } else {
    expect(actual === expected || Object.is(actual, expected), `${path}: ${actual}`).toBe(true);
  }
}

// ------------------------------------------------------------------------------------------- tests

/** Runs `act`; whatever it throws must be a ProtocolError. */
function expectNothingWorse(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ProtocolError)) {
      throw error;
    }
  }
}

describe('every message in every version', () => {
  it.each(schemas.map((schema) => [schema.name, schema] as const))('%s', (_, schema) => {
    for (const version of versionsOf(schema)) {
      fc.assert(
        fc.property(
          arbitraryStruct(schema, version),
          fc.integer({ min: 0, max: 40 }),
          (value, at) => {
            const body = joined(encode(schema, version, value));
            // In the middle of other bytes, to find positions that are taken from the wrong start.
            const bytes = new Uint8Array(at + body.length);
            bytes.fill(0xee, 0, at);
            bytes.set(body, at);
            const decoded = decodeMessage(schema, version, bytes, at) as Value;
            expectToHold(decoded, value, schema.name);
            expect(Object.keys(decoded)).toEqual(schema.fields.map((field) => field.name));
            // Canonical: what was decoded is encoded to the same bytes.
            expect(Buffer.compare(joined(encode(schema, version, decoded)), body)).toBe(0);
          },
        ),
        { numRuns: 6 },
      );
    }
  });
});

describe('bytes that are no message', () => {
  it('cut off anywhere, or one byte too long: always a ProtocolError', () => {
    for (const schema of schemas) {
      for (const version of versionsOf(schema)) {
        const [value] = fc.sample(arbitraryStruct(schema, version), { numRuns: 1, seed: 7 });
        const whole = joined(encode(schema, version, value!));
        const steps = Math.max(1, Math.floor(whole.length / 40));
        for (let length = 0; length < whole.length; length += steps) {
          const cut = whole.subarray(0, length);
          expect(() => decodeMessage(schema, version, cut), `${schema.name} ${version}`).toThrow(
            ProtocolError,
          );
        }
        const longer = Buffer.concat([whole, Buffer.of(0)]);
        expect(() => decodeMessage(schema, version, longer)).toThrow(ProtocolError);
      }
    }
  });

  it('damaged anywhere: a message or a ProtocolError', () => {
    const cases = schemas.flatMap((schema) =>
      versionsOf(schema).map((version) => [schema, version] as const),
    );
    fc.assert(
      fc.property(
        fc
          .constantFrom(...cases)
          .chain(([schema, version]) =>
            fc.tuple(fc.constant(schema), fc.constant(version), arbitraryStruct(schema, version)),
          ),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), { minLength: 1 }),
        ([schema, version, value], damages) => {
          const bytes = joined(encode(schema, version, value)).slice();
          for (const [at, byte] of damages) {
            bytes[at % Math.max(1, bytes.length)] = byte;
          }
          expectNothingWorse(() => decodeMessage(schema, version, bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('arbitrary: a message or a ProtocolError, as frames and as bodies', () => {
    const apis = allApis();
    fc.assert(
      fc.property(bytesOf(120), fc.constantFrom(...apis), fc.nat(), (bytes, api, draw) => {
        const versions = versionsOf(api.response);
        const version = versions[draw % versions.length]!;
        expectNothingWorse(() => decodeResponse(api, version, bytes));
        expectNothingWorse(() => decodeRaftMessage(bytes));
        expectNothingWorse(() => {
          const header = decodeRequestHeader(bytes);
          expect(header.bodyPosition).toBeLessThanOrEqual(bytes.length);
          decodeRequest(api, { ...header, apiVersion: api.request.versions[1] }, bytes);
        });
      }),
      { numRuns: 3000 },
    );
  });
});

describe('compression', () => {
  const codecs = [0, 1, 2, 3, 4];
  const inputs = fc.oneof(
    bytesOf(3000),
    // Repetitions at many distances, and blocks larger than 64 KiB.
    fc
      .tuple(
        fc.array(bytesOf(40), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 60 }),
      )
      .map(([words, order]) => Buffer.concat(order.map((draw) => words[draw % words.length]!))),
    fc.tuple(fc.nat(200_000), fc.nat(255)).map(([size, byte]) => new Uint8Array(size).fill(byte)),
  );

  it.each(codecs)('codec %i gives back what it was given', (codec) => {
    fc.assert(
      fc.property(inputs, (bytes) => {
        const compressed = compress(codec, bytes);
        expect(Buffer.compare(decompress(codec, compressed, bytes.length), bytes)).toBe(0);
        if (bytes.length > 0) {
          expect(() => decompress(codec, compressed, bytes.length - 1)).toThrow(ProtocolError);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each(codecs)(
    'codec %i on damaged bytes: bytes or a ProtocolError, never above the limit',
    (codec) => {
      fc.assert(
        fc.property(bytesOf(500), fc.nat(), fc.nat(255), fc.boolean(), (bytes, at, byte, raw) => {
          const damaged = raw ? bytes : compress(codec, bytes).slice();
          damaged[at % Math.max(1, damaged.length)] = byte;
          expectNothingWorse(() => {
            expect(decompress(codec, damaged, 5000).length).toBeLessThanOrEqual(5000);
          });
        }),
        { numRuns: 300 },
      );
    },
  );
});
