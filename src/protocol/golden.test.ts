/**
 * Bytes of an independent implementation: the message classes of kafka-clients 4.4.0 (and of its
 * metadata and coordinator jars) wrote them from the JSON values beside them, by way of their own
 * JSON converters.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allApis } from './apis.js';
import { decodeMessage, encodeMessage, joined } from './codec.js';
import { defaultOf } from './defaults.js';
import type { FieldSchema, MessageSchema, StructSchema } from './schema.js';
import * as coordinatorRecords from './schemas/coordinator-records.js';
import * as data from './schemas/data.js';
import * as metadataRecords from './schemas/metadata-records.js';

interface Golden {
  readonly message: string;
  readonly version: number;
  /** JSON text, with all digits of int64; of the lowest and highest versions only. */
  readonly value?: string;
  readonly hex: string;
}

const file = new URL('./golden/kafka-clients-4.4.0.json', import.meta.url);
const goldens = JSON.parse(readFileSync(file, 'utf8')) as Golden[];

const schemas: ReadonlyMap<string, MessageSchema> = new Map(
  [
    ...allApis().flatMap((api) => [api.request, api.response]),
    ...Object.values<MessageSchema>(metadataRecords),
    ...Object.values<MessageSchema>(coordinatorRecords),
    ...Object.values<MessageSchema>(data),
  ].map((schema) => [schema.name, schema]),
);

/** `value` as JSON text with the fields of `version` only, as Kafka's converters take it. */
function structText(struct: StructSchema, version: number, value: unknown): string {
  const fields = struct.fields.filter(
    ({ versions }) => versions === undefined || (version >= versions[0] && version <= versions[1]),
  );
  const members = fields.map((field) => {
    const member = (value as Readonly<Record<string, unknown>>)[field.name];
    return `"${field.name}":${fieldText(field, version, member)}`;
  });
  return `{${members.join(',')}}`;
}

function fieldText(field: FieldSchema, version: number, value: unknown): string {
  if (value === null) {
    return 'null';
  }
  if (field.array) {
    const { array: _, ...element } = field;
    const elements = value as readonly unknown[];
    return `[${elements.map((member) => fieldText(element, version, member)).join(',')}]`;
  }
  if (typeof field.type === 'object') {
    return structText(field.type, version, value);
  }
  if (value instanceof Uint8Array) {
    return JSON.stringify(Buffer.from(value).toString('base64'));
  }
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
}

describe("Kafka's own bytes", () => {
  it('are there for all records, both directions of all APIs, and every version that is served', () => {
    expect(goldens.length).toBeGreaterThan(150);
    const unseen = [...schemas.keys()].filter(
      (name) => !goldens.some(({ message }) => message === name),
    );
    for (const { request, response, served, key } of allApis()) {
      if (key >= 10_000) {
        continue;
      }
      for (let version = served?.[0] ?? 0; version <= (served?.[1] ?? -1); version += 1) {
        for (const { name } of [request, response]) {
          const found = goldens.some(
            (golden) => golden.message === name && golden.version === version,
          );
          expect(found, `${name} ${version}`).toBe(true);
        }
      }
    }
    expect(unseen.sort()).toEqual([
      ...[
        'ConfirmLeaderRequest',
        'ConfirmLeaderResponse',
        'HelloRequest',
        'HelloResponse',
        'RaftMessage',
      ],
      ...['ReadTopicRequest', 'ReadTopicResponse'],
    ]);
  });

  it.each(goldens.map((golden) => [`${golden.message} ${golden.version}`, golden] as const))(
    '%s',
    (_, golden) => {
      const schema = schemas.get(golden.message)!;
      const bytes = Buffer.from(golden.hex, 'hex');
      const value = decodeMessage(schema, golden.version, bytes);
      if (golden.value !== undefined) {
        expect(structText(schema, golden.version, value)).toBe(golden.value);
      }
      const encode = encodeMessage as (
        schema: MessageSchema,
        version: number,
        value: unknown,
      ) => Uint8Array[];
      expect(Buffer.from(joined(encode(schema, golden.version, value))).toString('hex')).toBe(
        golden.hex,
      );
    },
  );

  it('absent fields have the defaults of the definitions', () => {
    const fetch = schemas.get('FetchRequest')!;
    const byName = new Map(fetch.fields.map((field) => [field.name, defaultOf(field)]));
    expect(byName.get('maxBytes')).toBe(0x7fff_ffff);
    expect(byName.get('sessionEpoch')).toBe(-1);
    expect(byName.get('replicaState')).toEqual({ replicaId: -1, replicaEpoch: -1 });
    expect(byName.get('clusterId')).toBe(null);
  });
});
