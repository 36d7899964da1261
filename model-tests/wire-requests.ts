/** Requests of every served API and version: valid ones with likely and unlikely values, and damaged ones. */

import fc from 'fast-check';
import type { LeaderEpoch, Offset, Timestamp, Uuid } from '../src/core/types/ids.js';
import { buildBatch } from '../src/log/record-batch.js';
import type { Api } from '../src/protocol/api-table.js';
import { allApis } from '../src/protocol/apis.js';
import { joined } from '../src/protocol/codec.js';
import { compress } from '../src/protocol/compression.js';
import { encodeRequest } from '../src/protocol/frame.js';
import type { FieldSchema, StructSchema } from '../src/protocol/schema.js';
import { uuidFromBytes } from '../src/protocol/uuid.js';

export interface ServedVersion {
  readonly api: Api;
  readonly version: number;
}

/** Every version of every API that the client listener answers. */
export function servedVersions(): ServedVersion[] {
  return allApis().flatMap((api) =>
    api.served === null
      ? []
      : Array.from({ length: api.served[1] - api.served[0] + 1 }, (_, index) => ({
          api,
          version: api.served![0] + index,
        })),
  );
}

export function recordBatch(
  values: readonly string[],
  options: { readonly timestamp?: number; readonly codec?: number } = {},
): Uint8Array {
  const { timestamp = 1_767_225_600_000, codec = 0 } = options;
  return buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: -1 as LeaderEpoch,
    records: values.map((value) => ({
      timestamp: timestamp as Timestamp,
      key: null,
      value: new TextEncoder().encode(value),
      headers: [],
    })),
    compression: { codec, compress },
  });
}

// --------------------------------------------------------------------------------------- arbitraries

const inRange = (range: readonly [number, number] | undefined, version: number): boolean =>
  range === undefined || (version >= range[0] && version <= range[1]);

/** Limits, sentinels and small numbers are where code breaks. */
const int32 = fc.oneof(
  fc.constantFrom(-1, 0, 1, 2, -2, 5, 100, 0x7fffffff, -0x80000000, 0x7ffffffe),
  fc.integer(),
);
const int64 = fc.oneof(
  fc.constantFrom(-1, 0, 1, 2, -2, -3, -4, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.maxSafeInteger(),
);
const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('t', 'u', 'g', '__consumer_offsets', '1') },
  { weight: 3, arbitrary: fc.constantFrom('', '.', 'a b', 'retention.ms', 'range', 'consumer') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);
const batches = fc
  .tuple(
    fc.array(fc.string({ maxLength: 5 }), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(0, 1, 2, 3, 4),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
  )
  .map(([values, codec, damages]) => {
    const bytes = recordBatch(values, { codec });
    for (const [at, value] of damages) {
      bytes[at % bytes.length] = value;
    }
    return bytes;
  });

function scalar(type: Exclude<FieldSchema['type'], StructSchema>): fc.Arbitrary<unknown> {
  switch (type) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return fc.oneof(fc.constantFrom(0, 1, 2, 4), fc.integer({ min: -0x80, max: 0x7f }));
    case 'int16':
      return fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: -0x8000, max: 0x7fff }));
    case 'uint16':
      return fc.nat(0xffff);
    case 'int32':
      return int32;
    case 'uint32':
      return fc.nat();
    case 'int64':
    case 'clipped64':
      return int64;
    case 'opaque64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float64':
      return fc.double();
    case 'uuid':
      return fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((bytes): Uuid => uuidFromBytes(bytes, 0));
    case 'string':
      return names;
    case 'bytes':
      return fc.uint8Array({ maxLength: 20 });
    case 'records':
      return fc.oneof(batches, fc.uint8Array({ maxLength: 80 }));
  }
}

/** Values that lead past the first check, for fields that name something. */
const LIKELY: Readonly<Record<string, readonly unknown[]>> = {
  topic: ['t'],
  name: ['t', 'max.message.bytes'],
  groupId: ['g'],
  memberId: [''],
  partition: [0, 1],
  partitionIndex: [0, 1],
  partitionIndexes: [0, 1],
  index: [0, 1],
  currentLeaderEpoch: [-1, 0],
  sessionId: [0],
  sessionEpoch: [-1],
  acks: [-1, 0, 1],
  transactionalId: [null],
  replicaId: [-1],
  resourceType: [2, 4],
  resourceName: ['t', ''],
  numPartitions: [-1],
  replicationFactor: [-1],
};

function field(schema: FieldSchema, version: number): fc.Arbitrary<unknown> {
  const likely = schema.array ? undefined : LIKELY[schema.name];
  const any = anyValue(schema, version);
  return likely === undefined
    ? any
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...likely) }, { weight: 1, arbitrary: any });
}

function anyValue(schema: FieldSchema, version: number): fc.Arbitrary<unknown> {
  const nullable = schema.nullable !== undefined && inRange(schema.nullable, version);
  const { array, nullable: _, ...element } = schema;
  let value: fc.Arbitrary<unknown>;
  if (array) {
    value = fc.array(field(element as FieldSchema, version), { maxLength: 3 });
  } else if (typeof schema.type === 'object') {
    value = struct(schema.type, version);
  } else {
    value = scalar(schema.type);
  }
  return nullable ? fc.option(value, { freq: 5 }) : value;
}

function struct(schema: StructSchema, version: number): fc.Arbitrary<Record<string, unknown>> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const each of schema.fields) {
    if (inRange(each.versions, version)) {
      fields[each.name] = field(each, version);
    }
  }
  return fc.record(fields);
}

/** A request frame that decodes. */
export function arbitraryRequest({ api, version }: ServedVersion): fc.Arbitrary<Uint8Array> {
  return struct(api.request, version).map((body) =>
    joined(encodeRequest(api, version, { correlationId: 1, clientId: 'fuzz' }, body as never)),
  );
}

/** `frame` with bytes changed, cut off, put in or added behind its head. */
export function damaged(frame: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    kind: fc.constantFrom('set', 'cut', 'insert', 'append'),
    at: fc.nat(),
    value: fc.nat(255),
  });
  return fc
    .tuple(frame, fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([bytes, changes]) => {
      let result = [...bytes];
      for (const { kind, at, value } of changes) {
        // API key and version stay: other tests are about those.
        const place = 4 + (at % Math.max(1, result.length - 4));
        if (kind === 'set') {
          result[place] = value;
        } else if (kind === 'cut') {
          result = result.slice(0, place);
        } else if (kind === 'insert') {
          result.splice(place, 0, value);
        } else {
          result.push(value);
        }
      }
      return Uint8Array.from(result);
    });
}
