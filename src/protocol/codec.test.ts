import { describe, expect, it } from 'vitest';
import { AssertionError } from '../core/types/assert.js';
import type { Uuid } from '../core/types/ids.js';
import { decodeMessage, encodeMessage, joined } from './codec.js';
import { ProtocolError } from './errors.js';
import { readUnsignedVarint, startReader } from './reader.js';
import type { FieldSchema, MessageSchema } from './schema.js';
import { fetchRequest, fetchResponse } from './schemas/fetch.js';
import { listOffsetsRequest } from './schemas/list-offsets.js';
import { metadataRequest } from './schemas/metadata.js';
import { produceRequest } from './schemas/produce.js';
import { isUuid, uuidFromBytes, uuidToBytes } from './uuid.js';

type AnyValue = Readonly<Record<string, unknown>>;

/** A schema with one version, flexible from 0. */
function flexible(...fields: FieldSchema[]): MessageSchema<AnyValue> {
  return { name: 'Test', key: -1, versions: [0, 0], flexible: 0, fields };
}

const hex = (parts: readonly Uint8Array[]): string => Buffer.from(joined(parts)).toString('hex');
const bytes = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('encode', () => {
  it('passes records through without copying them, in parts or whole', () => {
    const whole = Uint8Array.of(1, 2, 3);
    const parts = [Uint8Array.of(4), new Uint8Array(0), Uint8Array.of(5, 6)];
    const encoded = encodeMessage(fetchResponse, 12, {
      responses: [
        {
          topic: 't',
          partitions: [
            { partitionIndex: 0, records: whole },
            { partitionIndex: 1, records: parts },
            { partitionIndex: 2, records: null },
          ],
        },
      ],
    });
    expect(encoded).toContain(whole);
    expect(encoded).toContain(parts[0]);
    expect(encoded).toContain(parts[2]);
    const decoded = decodeMessage(fetchResponse, 12, joined(encoded));
    const partitions = decoded.responses[0]!.partitions;
    expect(partitions.map(({ records }) => records && [...records])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      null,
    ]);
  });

  it('never writes into bytes that it handed out', () => {
    const first = encodeMessage(metadataRequest, 9, { topics: [{ name: 'first' }] });
    const before = hex(first);
    for (let index = 0; index < 3000; index += 1) {
      encodeMessage(metadataRequest, 9, { topics: [{ name: `other-${index}` }] });
    }
    expect(hex(first)).toBe(before);
  });

  it('does not mix messages when an encode failed half-way or runs inside another', () => {
    expect(() => encodeMessage(metadataRequest, 9, { topics: [{ name: null }] })).toThrow(
      AssertionError,
    );
    const inner: Uint8Array[][] = [];
    const topics = [
      { name: 'a topic before the other' },
      {
        get name() {
          inner.push(encodeMessage(metadataRequest, 9, { topics: [{ name: 'inner' }] }));
          return 'outer';
        },
      },
    ];
    const outer = joined(encodeMessage(metadataRequest, 9, { topics }));
    expect(decodeMessage(metadataRequest, 9, outer).topics).toMatchObject([
      { name: 'a topic before the other' },
      { name: 'outer' },
    ]);
    expect(decodeMessage(metadataRequest, 9, joined(inner[0]!)).topics).toMatchObject([
      { name: 'inner' },
    ]);
  });

  it('grows beyond any slab, with strings that are not ASCII', () => {
    const topics = Array.from({ length: 4000 }, (_, index) => ({ name: `thème-${index}-☃` }));
    const decoded = decodeMessage(
      metadataRequest,
      4,
      joined(encodeMessage(metadataRequest, 4, { topics })),
    );
    expect(decoded.topics).toMatchObject(topics);
  });

  it('refuses values that do not fit their type', () => {
    const schema = (type: FieldSchema['type']): MessageSchema<AnyValue> =>
      flexible({ name: 'x', type });
    const bad: [FieldSchema['type'], unknown][] = [
      ['int8', 128],
      ['int16', -32_769],
      ['uint16', -1],
      ['int32', 2 ** 31],
      ['uint32', 2 ** 32],
      ['int64', 2 ** 53],
      ['int64', 0.5],
      ['opaque64', 2n ** 63n],
      ['string', 'x'.repeat(32_768)],
      ['string', 'ö'.repeat(16_384)],
      ['uuid', 'short'],
      ['string', null],
    ];
    for (const [type, x] of bad) {
      expect(() => encodeMessage(schema(type), 0, { x }), `${String(type)} ${x}`).toThrow(
        AssertionError,
      );
    }
    expect(() => encodeMessage(fetchRequest, 19, {})).toThrow(AssertionError);
  });

  it('leaves out tagged fields that have their default, and writes the others by ascending tag', () => {
    const schema = flexible(
      { name: 'late', type: 'string', tag: 2, default: 'x' },
      { name: 'early', type: 'int8', tag: 0 },
    );
    expect(hex(encodeMessage(schema, 0, { late: 'x', early: 0 }))).toBe('00');
    expect(hex(encodeMessage(schema, 0, { late: '', early: 5 }))).toBe('02000105020101');
    const long = 'y'.repeat(200);
    const whole = joined(encodeMessage(schema, 0, { late: long }));
    expect(decodeMessage(schema, 0, whole)).toEqual({ late: long, early: 0 });
  });
});

describe('decode', () => {
  it('answers views of the bytes it was given, not copies', () => {
    const value = {
      acks: -1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: Uint8Array.of(9, 9) }] }],
    };
    const frame = joined(encodeMessage(produceRequest, 7, value));
    const records = decodeMessage(produceRequest, 7, frame).topicData[0]!.partitionData[0]!.records;
    expect(records!.buffer).toBe(frame.buffer);
    expect([...records!]).toEqual([9, 9]);
  });

  it('skips tags it does not know, quietly (KIP-482)', () => {
    const schema = flexible({ name: 'x', type: 'int8', tag: 1 });
    expect(decodeMessage(schema, 0, bytes('03 00 02 ffff 01 01 07 63 00'))).toEqual({ x: 7 });
  });

  it('reads a tagged field that it knows to its own end, whatever its size is said to be, as Kafka does', () => {
    const schema = flexible({ name: 'x', type: 'int16', tag: 0 });
    for (const text of ['01 00 02 0102', '02 00 03 0102 05 00', '01 00 7f 0102', '01 00 00 0102']) {
      expect(decodeMessage(schema, 0, bytes(text)), text).toEqual({ x: 258 });
    }
    for (const text of ['01 00 03 010203', '01 00 01 01', '01 05 7f 0102', '02 00 02 0102']) {
      expect(() => decodeMessage(schema, 0, bytes(text)), text).toThrow(ProtocolError);
    }
  });

  it('refuses an int64 beyond 53 bits, clips a timestamp to search for, keeps ids whole', () => {
    const schema = flexible(
      { name: 'offset', type: 'int64' },
      { name: 'bound', type: 'clipped64' },
      { name: 'id', type: 'opaque64' },
    );
    const most = '7fffffffffffffff';
    const least = '8000000000000000';
    const safe = '001fffffffffffff';
    expect(decodeMessage(schema, 0, bytes(`${safe} ${most} ${most} 00`))).toEqual({
      offset: Number.MAX_SAFE_INTEGER,
      bound: Number.MAX_SAFE_INTEGER,
      id: 2n ** 63n - 1n,
    });
    expect(decodeMessage(schema, 0, bytes(`ffffffffffffffff ${least} ${least} 00`))).toEqual({
      offset: -1,
      bound: Number.MIN_SAFE_INTEGER,
      id: -(2n ** 63n),
    });
    for (const wide of [most, least, '0020000000000000', '0020000000000001']) {
      expect(() => decodeMessage(schema, 0, bytes(`${wide} ${most} ${most} 00`))).toThrow(
        ProtocolError,
      );
    }
    const timestamp = listOffsetsRequest.fields.find(({ name }) => name === 'topics');
    expect(JSON.stringify(timestamp)).toContain('"type":"clipped64"');
  });

  it('does not believe a length that the bytes cannot hold', () => {
    const schema = flexible({
      name: 'x',
      type: { fields: [{ name: 'y', type: 'int32' }] },
      array: true,
    });
    // 2^32 - 2 elements; and 3 in room for 2.
    for (const text of ['ffffffff0f', '04 00000001 00 00000002 00 00', '']) {
      expect(() => decodeMessage(schema, 0, bytes(text)), text).toThrow(ProtocolError);
    }
    expect(() => decodeMessage(metadataRequest, 4, bytes('7fffffff 0000 00'))).toThrow(
      ProtocolError,
    );
  });

  it('takes any negative length for null, as Kafka does', () => {
    for (const length of ['ffffffff', 'fffffffe', '80000000']) {
      expect(decodeMessage(metadataRequest, 4, bytes(`${length} 01`)).topics, length).toBe(null);
    }
    const name = flexible({ name: 'x', type: 'string', nullable: [0, 0] });
    expect(decodeMessage({ ...name, flexible: null }, 0, bytes('8000'))).toEqual({ x: null });
    // Compact lengths are int32 too.
    for (const length of ['00', 'ffffffff0f', '8180808008']) {
      expect(decodeMessage(name, 0, bytes(`${length} 00`)), length).toEqual({ x: null });
    }
  });

  it('does not loop over elements that take no bytes', () => {
    const empty: MessageSchema = {
      ...flexible({ name: 'x', type: { fields: [] }, array: true }),
      flexible: null,
    };
    expect(() => decodeMessage(empty, 0, bytes('00000003'))).toThrow(ProtocolError);
  });

  it('refuses null where the version has none, and varints of more than five bytes', () => {
    const name = flexible({ name: 'x', type: 'string' });
    expect(() => decodeMessage(name, 0, bytes('00 00'))).toThrow(ProtocolError);
    expect(() => decodeMessage(name, 0, bytes('ffffffff7f 00'))).toThrow(ProtocolError);
    const read = (text: string): number => readUnsignedVarint(startReader(bytes(text), 0));
    for (const long of ['808080808000', 'ffffffffff01', '8080']) {
      expect(() => read(long), long).toThrow(ProtocolError);
    }
    expect(read('ffffffff0f')).toBe(0xffff_ffff);
    // What does not fit into 32 bits is lost, as in Kafka.
    expect([read('8180808010'), read('ffffffff1f')]).toEqual([1, 0xffff_ffff]);
  });

  it('keeps a byte order mark and replaces malformed UTF-8, as Kafka does', () => {
    const schema = flexible({ name: 'x', type: 'string' });
    expect(decodeMessage(schema, 0, bytes('04 efbbbf 00'))).toEqual({ x: '\ufeff' });
    expect(decodeMessage(schema, 0, bytes('03 61ff 00'))).toEqual({ x: 'a\ufffd' });
  });
});

describe('uuid', () => {
  it('is URL-safe base64 without padding', () => {
    const id = bytes('fbf0 0000 0000 0000 0000 0000 0000 00ff');
    expect(uuidFromBytes(id, 0)).toBe(Buffer.from(id).toString('base64url'));
    const back = new Uint8Array(18);
    uuidToBytes(uuidFromBytes(id, 0), back, 2);
    expect(Buffer.compare(back.subarray(2), id)).toBe(0);
  });

  it('has one printed form', () => {
    expect(isUuid('AAAAAAAAAAAAAAAAAAAAAA' as Uuid)).toBe(true);
    for (const text of [
      'AAAAAAAAAAAAAAAAAAAAAB',
      'AAAAAAAAAAAAAAAAAAAAA',
      'AAAAAAAAAAAAAAAAAAAAA=',
      'AAAAAAAAAAAAAAAAAAAA+A',
    ]) {
      expect(isUuid(text), text).toBe(false);
    }
  });
});
