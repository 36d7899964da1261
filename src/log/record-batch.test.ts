import { crc32c as native } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  LeaderEpoch,
  Offset,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../core/types/ids.js';
import {
  readBigInt64,
  readInt64,
  readVarint,
  readVarlong,
  sizeOfVarint,
  sizeOfVarlong,
  writeBigInt64,
  writeInt64,
  writeVarint,
  writeVarlong,
} from './bytes.js';
import { crc32cInJavaScript, useNativeCrc32c } from './crc32c.js';
import {
  ATTRIBUTES_AT,
  buildBatch,
  CONTROL_BIT,
  CORRUPT_MESSAGE,
  HEADER_BYTES,
  INVALID_RECORD,
  INVALID_TIMESTAMP,
  inspectBatches,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  MESSAGE_TOO_LARGE,
  type ProducedOptions,
  RECORD_COUNT_AT,
  readBatchHeader,
  readRecords,
  stampBatch,
  stampLogAppendTime,
  UNSUPPORTED_COMPRESSION_TYPE,
  validateProduced,
} from './record-batch.js';
import type { RecordInput } from './records.js';

const NOW = 1_700_000_000_000 as Timestamp;

const OPTIONS: ProducedOptions = {
  maxMessageBytes: 1048588,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: 10_000,
  timestampAfterMaxMs: 5_000,
  now: NOW,
  allowZstd: true,
  maxDecompressedBytes: 1 << 20,
};

/** A codec for tests: every byte turned around; 0xee in front, so that damage is seen. */
function turned(_codec: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([0xee, ...bytes.map((byte) => byte ^ 0xff)]);
}

function untouched(_codec: number, bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes[0] !== 0xee || bytes.length > limit) {
    throw new Error('damaged');
  }
  return bytes.subarray(1).map((byte) => byte ^ 0xff);
}

function record(value: string, timestamp: number = NOW): RecordInput {
  const bytes = new TextEncoder().encode(value);
  return { key: null, value: bytes, headers: [], timestamp: timestamp as Timestamp };
}

function batchOf(records: readonly RecordInput[], codec: number = 0): Uint8Array {
  const compression = codec === 0 ? {} : { compression: { codec, compress: turned } };
  return buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: -1 as LeaderEpoch,
    records,
    ...compression,
  });
}

/** `change` made to a sound batch, and the CRC made right again. */
function changed(change: (batch: Uint8Array, view: DataView) => void): Uint8Array {
  const batch = batchOf([record('one'), record('two'), record('three')]);
  const view = new DataView(batch.buffer);
  change(batch, view);
  view.setUint32(17, crc32cInJavaScript(batch.subarray(ATTRIBUTES_AT), 0));
  return batch;
}

function verdict(batch: Uint8Array, options: Partial<ProducedOptions> = {}): number {
  return validateProduced(batch, untouched, { ...OPTIONS, ...options }).error;
}

describe('integers', () => {
  it('of 64 bits survive writing and reading, and hostile ones are clipped', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = new Uint8Array(8);
        writeBigInt64(bytes, 0, value);
        expect(new DataView(bytes.buffer).getBigInt64(0)).toBe(value);
        expect(readBigInt64(bytes, 0)).toBe(value);
        const clipped = Math.min(
          Math.max(Number(value), Number.MIN_SAFE_INTEGER),
          Number.MAX_SAFE_INTEGER,
        );
        expect(readInt64(bytes, 0)).toBe(clipped);
      }),
    );
  });

  it('of 64 bits written as numbers are what a DataView reads', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bytes = new Uint8Array(8);
        writeInt64(bytes, 0, value);
        expect(new DataView(bytes.buffer).getBigInt64(0)).toBe(BigInt(value));
      }),
    );
  });

  it('as varints survive writing and reading in the size that was said', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (short, long) => {
        const bytes = new Uint8Array(20);
        const cursor = { position: 0 };
        writeVarint(bytes, cursor, short);
        expect(cursor.position).toBe(sizeOfVarint(short));
        writeVarlong(bytes, cursor, long);
        expect(cursor.position).toBe(sizeOfVarint(short) + sizeOfVarlong(long));
        const reader = { position: 0 };
        expect(readVarint(bytes, reader)).toBe(short);
        expect(readVarlong(bytes, reader)).toBe(long);
        expect(reader.position).toBe(cursor.position);
      }),
    );
  });
});

describe('CRC-32C', () => {
  it('has the check value of the standard', () => {
    expect(crc32cInJavaScript(new TextEncoder().encode('123456789'), 0)).toBe(0xe3069283);
  });

  it('equals the native one, also continued', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 200 }), (bytes, cut) => {
        const whole = native(bytes);
        const head = crc32cInJavaScript(bytes.subarray(0, cut), 0);
        expect(crc32cInJavaScript(bytes.subarray(cut), head)).toBe(whole);
      }),
    );
  });

  it('refuses a native function that computes something else', () => {
    expect(() => useNativeCrc32c((bytes) => bytes.length)).toThrow(/another value/);
    expect(() => useNativeCrc32c((bytes) => native(bytes))).toThrow(/continue/);
  });
});

describe('building and reading', () => {
  const nullable = fc.option(fc.uint8Array({ maxLength: 30 }), { nil: null });
  const records = fc.array(
    fc.record({
      key: nullable,
      value: nullable,
      headers: fc.array(fc.record({ key: fc.string(), value: nullable }), { maxLength: 3 }),
      timestamp: fc.nat({ max: 2 ** 40 }).map((time) => time as Timestamp),
    }),
    { minLength: 1, maxLength: 20 },
  );

  it('gives the same records, offsets and header, compressed or not', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(0, 1, 4), fc.nat(), (input, codec, base) => {
        const batch = buildBatch({
          baseOffset: base as Offset,
          leaderEpoch: 7 as LeaderEpoch,
          records: input,
          producerId: 4711n as ProducerId,
          producerEpoch: 3 as ProducerEpoch,
          baseSequence: 12,
          transactional: true,
          ...(codec === 0 ? {} : { compression: { codec, compress: turned } }),
        });
        expect(readBatchHeader(batch, 0)).toMatchObject({
          baseOffset: base,
          lastOffsetDelta: input.length - 1,
          sizeInBytes: batch.length,
          leaderEpoch: 7,
          maxTimestamp: Math.max(...input.map((one) => one.timestamp)),
          producerId: 4711n,
          producerEpoch: 3,
          baseSequence: 12,
          isTransactional: true,
          isControl: false,
          compression: codec,
          recordCount: input.length,
        });
        expect(inspectBatches(batch)).toMatchObject({ batches: [{ baseOffset: base }] });
        expect(readRecords(batch, untouched)).toEqual(
          input.map((one, i) => ({ ...one, offset: base + i })),
        );
      }),
    );
  });

  it('stamps what the leader assigns without touching the CRC', () => {
    const batch = batchOf([record('a'), record('b')]);
    stampBatch(batch, 0, (2 ** 40) as Offset, 9 as LeaderEpoch);
    expect(inspectBatches(batch)).toMatchObject({
      batches: [{ baseOffset: 2 ** 40, leaderEpoch: 9 }],
    });
    stampLogAppendTime(batch, 0, (NOW + 5) as Timestamp);
    expect(inspectBatches(batch).error).toBeUndefined();
    expect(readRecords(batch, untouched).map((one) => one.timestamp)).toEqual([NOW + 5, NOW + 5]);
  });

  it('finds every flipped bit behind the epoch, every cut and another magic', () => {
    const batch = batchOf([record('a'), record('b')]);
    for (let bit = MAGIC_AT * 8; bit < batch.length * 8; bit++) {
      const damaged = batch.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(inspectBatches(damaged).error).toBe(bit >> 3 === MAGIC_AT ? 'magic' : 'corrupt');
    }
    for (let length = 1; length < batch.length; length++) {
      expect(inspectBatches(batch.subarray(0, length)).error).toBe('truncated');
    }
    const two = Buffer.concat([batch, batch.subarray(0, 70)]);
    expect(inspectBatches(two)).toMatchObject({ error: 'truncated', position: batch.length });
  });
});

describe('a produced batch', () => {
  it('is accepted as it is, compressed or not', () => {
    for (const codec of [0, 1, 2, 3, 4]) {
      const batch = batchOf([record('a', NOW - 9999), record('b', NOW + 4999)], codec);
      const result = validateProduced(batch, untouched, OPTIONS);
      expect(result).toMatchObject({ error: 0, batch: { recordCount: 2, compression: codec } });
    }
  });

  it('is CORRUPT_MESSAGE with a wrong CRC, an unknown magic or an unreadable codec stream', () => {
    const batch = batchOf([record('a')]);
    batch[batch.length - 1]! ^= 1;
    expect(verdict(batch)).toBe(CORRUPT_MESSAGE);
    expect(verdict(changed((bytes) => (bytes[MAGIC_AT] = 3)))).toBe(CORRUPT_MESSAGE);
    expect(verdict(new Uint8Array(20))).toBe(CORRUPT_MESSAGE);
    expect(verdict(changed((bytes) => (bytes[ATTRIBUTES_AT + 1] = 2)))).toBe(CORRUPT_MESSAGE);
  });

  it('is MESSAGE_TOO_LARGE above max.message.bytes', () => {
    const batch = batchOf([record('a')]);
    expect(verdict(batch, { maxMessageBytes: batch.length })).toBe(0);
    expect(verdict(batch, { maxMessageBytes: batch.length - 1 })).toBe(MESSAGE_TOO_LARGE);
  });

  it('is INVALID_RECORD where it is not exactly one sound batch of a client', () => {
    const refused: readonly (readonly [string, Uint8Array])[] = [
      ['nothing', new Uint8Array(0)],
      ['less than a batch', batchOf([record('a')]).subarray(0, 50)],
      ['two batches', Buffer.concat([batchOf([record('a')]), batchOf([record('b')])])],
      ['a base offset', changed((_, view) => view.setBigInt64(0, 5n))],
      ['magic 1', changed((bytes) => (bytes[MAGIC_AT] = 1))],
      ['a control batch', changed((bytes) => (bytes[ATTRIBUTES_AT + 1] = CONTROL_BIT))],
      ['a count too low', changed((_, view) => view.setInt32(RECORD_COUNT_AT, 2))],
      ['offsets beyond its records', changed((_, view) => view.setInt32(LAST_OFFSET_DELTA_AT, 5))],
      ['no records', changed((_, view) => view.setInt32(RECORD_COUNT_AT, 0))],
      [
        'fewer records than it says',
        changed((_, view) => {
          view.setInt32(RECORD_COUNT_AT, 4);
          view.setInt32(LAST_OFFSET_DELTA_AT, 3);
        }),
      ],
      [
        'more records than it says',
        changed((_, view) => {
          view.setInt32(RECORD_COUNT_AT, 2);
          view.setInt32(LAST_OFFSET_DELTA_AT, 1);
        }),
      ],
      // Length 1, attributes 1, timestamp delta 1: the fourth byte is the offset delta.
      ['offsets that do not begin at 0', changed((bytes) => (bytes[HEADER_BYTES + 3] = 2))],
      ['a record longer than its fields', changed((bytes) => (bytes[HEADER_BYTES] = 2))],
      ['a producer id without sequence', changed((_, view) => view.setBigInt64(43, 7n))],
      ['a transaction without producer', changed((bytes) => (bytes[ATTRIBUTES_AT + 1] = 0x10))],
    ];
    for (const [what, batch] of refused) {
      expect([what, verdict(batch)]).toEqual([what, INVALID_RECORD]);
    }
    const length = batchOf([record('a')]);
    new DataView(length.buffer).setInt32(LENGTH_AT, 3);
    expect(verdict(length)).toBe(CORRUPT_MESSAGE);
  });

  it('names the record that is to blame', () => {
    const late = batchOf([record('a'), record('b', NOW + 5001), record('c')]);
    expect(validateProduced(late, untouched, OPTIONS)).toMatchObject({
      error: INVALID_TIMESTAMP,
      recordErrors: [{ index: 1 }],
    });
  });

  it('is INVALID_TIMESTAMP outside the window, which log append time does not have', () => {
    const early = batchOf([record('a', NOW - 10_001)]);
    expect(verdict(early)).toBe(INVALID_TIMESTAMP);
    expect(verdict(early, { timestampType: 'LogAppendTime' })).toBe(0);
    expect(verdict(batchOf([record('a', -1)]))).toBe(0);
    const hostile = changed((_, view) => view.setBigInt64(27, 2n ** 63n - 1n));
    expect(verdict(hostile)).toBe(INVALID_TIMESTAMP);
    const noLimit = Number.MAX_SAFE_INTEGER;
    expect(verdict(hostile, { timestampAfterMaxMs: noLimit })).toBe(0);
  });

  it('has its maximum timestamp put right, as Kafka does', () => {
    const batch = changed((_, view) => view.setBigInt64(MAX_TIMESTAMP_AT, 1n));
    const result = validateProduced(batch, untouched, OPTIONS);
    expect(result).toMatchObject({ error: 0, batch: { maxTimestamp: NOW } });
    expect(inspectBatches(batch)).toMatchObject({ batches: [{ maxTimestamp: NOW }] });
  });

  it('is UNSUPPORTED_COMPRESSION_TYPE with a codec that the request cannot use', () => {
    expect(verdict(batchOf([record('a')], 4), { allowZstd: false })).toBe(
      UNSUPPORTED_COMPRESSION_TYPE,
    );
    expect(verdict(changed((bytes) => (bytes[ATTRIBUTES_AT + 1] = 5)))).toBe(
      UNSUPPORTED_COMPRESSION_TYPE,
    );
  });

  it('never makes the check throw, whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(), (noise, at) => {
        const batch = changed((bytes) => {
          bytes.set(
            noise.subarray(0, bytes.length - HEADER_BYTES),
            HEADER_BYTES + (at % Math.max(1, bytes.length - HEADER_BYTES - noise.length)),
          );
        });
        expect([0, CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP]).toContain(verdict(batch));
      }),
      { numRuns: 500 },
    );
  });
});
