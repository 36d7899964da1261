import { describe, expect, it } from 'vitest';
import { lz4Compress } from './codecs/lz4.js';
import { xxhash32 } from './codecs/xxhash32.js';
import { Codec, compress, decompress } from './compression.js';
import { ProtocolError } from './errors.js';

const TEXT: Uint8Array = Buffer.from('the quick brown fox. '.repeat(12));
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** What kafka-clients 4.4.0 makes of TEXT (gzip-, snappy-, lz4- and zstd-jni underneath). */
const JAVA: readonly (readonly [number, string])[] = [
  [
    Codec.GZIP,
    '1f8b08000000000000ff2bc94855282ccd4cce56482aca2fcf5348cbafd0532819198200922b6890fc000000',
  ],
  [
    Codec.SNAPPY,
    '82534e4150505900 00000001 00000001 00000024' +
      'fc015074686520717569636b2062726f776e20666f782e20fe1500fe1500fe15009a1500',
  ],
  [
    Codec.LZ4,
    '04224d18604082 20000000' +
      'ff0674686520717569636b2062726f776e20666f782e201500cf50666f782e20 00000000',
  ],
  [Codec.ZSTD, '28b52ffd0058e40000a874686520717569636b2062726f776e20666f782e200100c9484d26010000'],
];

const RAW_SNAPPY = 'fc015074686520717569636b2062726f776e20666f782e20fe1500fe1500fe15009a1500';

describe("Kafka's own compressed bytes", () => {
  it.each(JAVA)('codec %i is read', (codec, text) => {
    expect(Buffer.from(decompress(codec, hex(text), TEXT.length))).toEqual(TEXT);
    expect(() => decompress(codec, hex(text), TEXT.length - 1)).toThrow(ProtocolError);
  });

  it('bare snappy blocks are read too', () => {
    expect(Buffer.from(decompress(Codec.SNAPPY, hex(RAW_SNAPPY), 1000))).toEqual(TEXT);
  });

  it('snappy is written in the framing of xerial, which Java insists on', () => {
    const framed = compress(Codec.SNAPPY, TEXT);
    expect(Buffer.from(framed.subarray(0, 16))).toEqual(hex('82534e4150505900 00000001 00000001'));
  });

  it('lz4 is written with independent blocks of 64 KiB and the right header checksum', () => {
    const frame = compress(Codec.LZ4, TEXT);
    expect(Buffer.from(frame.subarray(0, 7))).toEqual(hex('04224d18604082'));
  });
});

describe('decompression bombs stop at the limit', () => {
  const zeros = new Uint8Array(64 * 1024 * 1024);

  it.each([Codec.GZIP, Codec.SNAPPY, Codec.LZ4, Codec.ZSTD])('codec %i', (codec) => {
    const bomb = compress(
      codec,
      zeros.subarray(0, codec === Codec.SNAPPY ? 2 ** 20 : zeros.length),
    );
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decompress(codec, bomb, 100_000)).toThrow(ProtocolError);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it('snappy does not allocate what a short block only claims', () => {
    expect(() => decompress(Codec.SNAPPY, hex('ffffffff07 00 61'), 2 ** 31)).toThrow(/bytes of 7/);
  });
});

describe('damage is a ProtocolError', () => {
  it.each(JAVA)('codec %i cut off', (codec, text) => {
    const whole = hex(text);
    for (const length of [3, 8, 19, whole.length - 1]) {
      // A frame of snappy may end between two blocks, so only what the bytes are can tell.
      if (codec !== Codec.SNAPPY || length !== 16) {
        expect(() => decompress(codec, whole.subarray(0, length), 1000), `${length}`).toThrow(
          ProtocolError,
        );
      }
    }
  });

  it('lz4: every checksum that is there is verified', () => {
    const plain = lz4Compress(TEXT);
    const header = plain.slice();
    header[6]! ^= 1;
    expect(() => decompress(Codec.LZ4, header, 1000)).toThrow(/checksum/);
    const checked = withChecksums(plain);
    expect(Buffer.from(decompress(Codec.LZ4, checked, 1000))).toEqual(TEXT);
    for (const at of [12, checked.length - 1, checked.length - 9]) {
      const damaged = checked.slice();
      damaged[at]! ^= 1;
      expect(() => decompress(Codec.LZ4, damaged, 1000), `${at}`).toThrow(/checksum/);
    }
  });

  it('lz4: blocks that depend on each other are refused, as by Kafka', () => {
    const frame = lz4Compress(TEXT).slice();
    frame[4] = 0x40;
    frame[6] = (xxhash32(frame, 4, 6) >>> 8) & 0xff;
    expect(() => decompress(Codec.LZ4, frame, 1000)).toThrow(ProtocolError);
  });

  it('snappy: copies from before the start, and blocks that make less than they say', () => {
    // Length 5, literal "a", copy of 4 bytes at offset 1: right; then offset 2, then too short.
    expect(Buffer.from(decompress(Codec.SNAPPY, hex('05 00 61 01 01'), 9)).toString()).toBe(
      'aaaaa',
    );
    expect(() => decompress(Codec.SNAPPY, hex('05 00 61 01 02'), 9)).toThrow(ProtocolError);
    expect(() => decompress(Codec.SNAPPY, hex('06 00 61 01 01'), 9)).toThrow(ProtocolError);
    expect(() => decompress(Codec.SNAPPY, hex('04 00 61 01 01'), 9)).toThrow(ProtocolError);
  });

  it('lz4: matches from before the start of the block', () => {
    const frame = (block: string): Uint8Array =>
      hex(
        `04224d18604082 ${(block.length / 2).toString(16).padStart(2, '0')}000000 ${block} 00000000`,
      );
    expect(Buffer.from(decompress(Codec.LZ4, frame('1061010010' + '62'), 99)).toString()).toBe(
      'aaaaab',
    );
    expect(() => decompress(Codec.LZ4, frame('1061020010' + '62'), 99)).toThrow(/match/);
    expect(() => decompress(Codec.LZ4, frame('1061000010' + '62'), 99)).toThrow(/match/);
  });

  it('unknown codecs', () => {
    for (const codec of [5, 7, -1]) {
      expect(() => compress(codec, TEXT)).toThrow(ProtocolError);
      expect(() => decompress(codec, TEXT, 1000)).toThrow(ProtocolError);
    }
  });
});

/** The one-block frame `plain` with block and content checksums. */
function withChecksums(plain: Uint8Array): Uint8Array {
  const block = plain.subarray(11, plain.length - 4);
  const checksum = (bytes: Uint8Array): Uint8Array => {
    const field = new Uint8Array(4);
    new DataView(field.buffer).setUint32(0, xxhash32(bytes, 0, bytes.length), true);
    return field;
  };
  const head = plain.slice(0, 7);
  head[4] = 0x60 | 0x10 | 0x04;
  head[6] = (xxhash32(head, 4, 6) >>> 8) & 0xff;
  const end = new Uint8Array(4);
  return Buffer.concat([head, plain.subarray(7, 11), block, checksum(block), end, checksum(TEXT)]);
}

describe('xxhash32', () => {
  it('has the values of the reference implementation', () => {
    const hash = (text: string): number => xxhash32(Buffer.from(text), 0, text.length);
    expect(hash('')).toBe(0x02cc5d05);
    expect(hash('a')).toBe(0x550d7456);
    expect(hash('abc')).toBe(0x32d153ff);
    expect(hash('Nobody inspects the spammish repetition')).toBe(0xe2293b2f);
  });
});
