/**
 * Codec 3: the LZ4 frame format (lz4_Frame_format.md 1.6.2, lz4_Block_format.md) as Kafka takes it:
 * independent blocks and a correct header checksum. Checksums that are there are verified.
 */
import { ProtocolError } from '../errors.js';
import { xxhash32 } from './xxhash32.js';

const MAGIC = 0x184d2204;
const VERSION = 0x40;
const VERSION_MASK = 0xc0;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
/** Largest block by its code in the header, 4 to 7. */
const BLOCK_BYTES: readonly number[] = [0, 0, 0, 0, 65_536, 262_144, 1_048_576, 4_194_304];
const RAW_BLOCK = 0x8000_0000;

/** The largest block that this side writes, as Kafka's clients do. */
const OWN_BLOCK_CODE = 4;
const LEAST_MATCH = 4;
/** The last match starts at least so far before the end, and the last bytes are literals. */
const MATCH_START_MARGIN = 12;
const LAST_LITERALS = 5;
const FARTHEST_MATCH = 65_535;
const HASH_BITS = 14;

export function lz4Compress(bytes: Uint8Array): Uint8Array {
  const blockBytes = BLOCK_BYTES[OWN_BLOCK_CODE]!;
  const blocks = Math.ceil(bytes.length / blockBytes);
  // Header 7, length of each block 4 (never larger than raw), end mark 4.
  const output = new Uint8Array(11 + bytes.length + 4 * blocks);
  const view = new DataView(output.buffer);
  view.setUint32(0, MAGIC, true);
  output[4] = VERSION | INDEPENDENT_BLOCKS;
  output[5] = OWN_BLOCK_CODE << 4;
  output[6] = headerChecksum(output, 4, 6);
  let position = 7;
  const scratch = new Uint8Array(blockBytes);
  const table = new Int32Array(1 << HASH_BITS);
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = bytes.subarray(start, start + blockBytes);
    table.fill(-1);
    const length = compressBlock(block, scratch, table);
    if (length === 0) {
      view.setUint32(position, (RAW_BLOCK | block.length) >>> 0, true);
      output.set(block, position + 4);
      position += 4 + block.length;
    } else {
      view.setUint32(position, length, true);
      output.set(scratch.subarray(0, length), position + 4);
      position += 4 + length;
    }
  }
  view.setUint32(position, 0, true);
  return output.subarray(0, position + 4);
}

function headerChecksum(bytes: Uint8Array, start: number, end: number): number {
  return (xxhash32(bytes, start, end) >>> 8) & 0xff;
}

function littleEndian32(bytes: Uint8Array, position: number): number {
  return (
    bytes[position]! |
    (bytes[position + 1]! << 8) |
    (bytes[position + 2]! << 16) |
    (bytes[position + 3]! << 24)
  );
}

/** Greedy search with one candidate per hash. 0: `target` (as long as the block) is too small. */
function compressBlock(source: Uint8Array, target: Uint8Array, table: Int32Array): number {
  const room = Math.min(target.length, source.length - 1);
  const lastStart = source.length - MATCH_START_MARGIN;
  const matchEnd = source.length - LAST_LITERALS;
  let anchor = 0;
  let position = 0;
  let filled = 0;
  let misses = 0;
  while (position <= lastStart) {
    const word = littleEndian32(source, position);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = table[slot]!;
    table[slot] = position;
    const far = position - candidate > FARTHEST_MATCH;
    if (candidate < 0 || far || littleEndian32(source, candidate) !== word) {
      misses += 1;
      position += 1 + (misses >> 6);
      continue;
    }
    misses = 0;
    let length = LEAST_MATCH;
    while (
      position + length < matchEnd &&
      source[position + length] === source[candidate + length]
    ) {
      length += 1;
    }
    const literals = position - anchor;
    if (filled + literals + (literals + length) / 255 + 8 > room) {
      return 0;
    }
    filled = putLengths(target, filled, literals, length - LEAST_MATCH);
    target.set(source.subarray(anchor, position), filled);
    filled += literals;
    const offset = position - candidate;
    target[filled] = offset & 0xff;
    target[filled + 1] = offset >> 8;
    filled = putExtension(target, filled + 2, length - LEAST_MATCH);
    position += length;
    anchor = position;
  }
  const literals = source.length - anchor;
  if (filled + literals + literals / 255 + 8 > room) {
    return 0;
  }
  filled = putLengths(target, filled, literals, 0);
  target.set(source.subarray(anchor), filled);
  return filled + literals;
}

/** The token and what of the literals' length it does not hold. */
function putLengths(target: Uint8Array, at: number, literals: number, match: number): number {
  target[at] = (Math.min(literals, 15) << 4) | Math.min(match, 15);
  return putExtension(target, at + 1, literals);
}

function putExtension(target: Uint8Array, at: number, length: number): number {
  let position = at;
  if (length >= 15) {
    let rest = length - 15;
    for (; rest >= 255; rest -= 255) {
      target[position] = 255;
      position += 1;
    }
    target[position] = rest;
    position += 1;
  }
  return position;
}

/** Bytes made so far, in a buffer that grows up to `limit`. */
interface Output {
  bytes: Uint8Array;
  length: number;
  readonly limit: number;
}

/** Throws `ProtocolError` on damage and beyond `limit` bytes. */
export function lz4Decompress(bytes: Uint8Array, limit: number): Uint8Array {
  const output: Output = { bytes: new Uint8Array(0), length: 0, limit };
  let position = 0;
  do {
    position = decompressFrame(bytes, position, output);
  } while (position < bytes.length);
  return output.bytes.subarray(0, output.length);
}

function need(bytes: Uint8Array, position: number, size: number): void {
  if (size > bytes.length - position) {
    throw new ProtocolError(`lz4: ${size} bytes wanted at ${position}, ${bytes.length} there`);
  }
}

/** Reads one frame and answers where it ends. */
function decompressFrame(bytes: Uint8Array, start: number, output: Output): number {
  need(bytes, start, 7);
  const flags = bytes[start + 4]!;
  const blockBytes = BLOCK_BYTES[(bytes[start + 5]! >> 4) & 7]!;
  if (littleEndian32(bytes, start) !== MAGIC || (flags & VERSION_MASK) !== VERSION) {
    throw new ProtocolError('no lz4 frame');
  }
  if ((flags & INDEPENDENT_BLOCKS) === 0 || (flags & DICTIONARY) !== 0 || blockBytes === 0) {
    throw new ProtocolError('an lz4 frame of a kind that Kafka does not take');
  }
  let position = start + 6 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8);
  need(bytes, position, 1);
  if (bytes[position] !== headerChecksum(bytes, start + 4, position)) {
    throw new ProtocolError('the checksum of an lz4 header is wrong');
  }
  position += 1;
  const first = output.length;
  for (;;) {
    need(bytes, position, 4);
    const word = littleEndian32(bytes, position) >>> 0;
    position += 4;
    if (word === 0) {
      break;
    }
    const length = word & 0x7fff_ffff;
    const checksum = (flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4;
    need(bytes, position, length + checksum);
    if (length > blockBytes) {
      throw new ProtocolError(`an lz4 block of ${length} bytes`);
    }
    if (checksum > 0) {
      verify(bytes, position + length, xxhash32(bytes, position, position + length));
    }
    const block = bytes.subarray(position, position + length);
    if (word >= RAW_BLOCK) {
      room(output, length);
      output.bytes.set(block, output.length);
      output.length += length;
    } else {
      decompressBlock(block, output, blockBytes);
    }
    position += length + checksum;
  }
  if ((flags & CONTENT_CHECKSUM) !== 0) {
    need(bytes, position, 4);
    verify(bytes, position, xxhash32(output.bytes, first, output.length));
    position += 4;
  }
  return position;
}

function verify(bytes: Uint8Array, position: number, checksum: number): void {
  if (littleEndian32(bytes, position) >>> 0 !== checksum) {
    throw new ProtocolError('an lz4 checksum is wrong');
  }
}

function room(output: Output, size: number): void {
  const wanted = output.length + size;
  if (wanted > output.limit) {
    throw new ProtocolError(`lz4: more than ${output.limit} bytes`);
  }
  if (wanted > output.bytes.length) {
    const grown = new Uint8Array(Math.min(output.limit, Math.max(wanted, 2 * output.bytes.length)));
    grown.set(output.bytes.subarray(0, output.length));
    output.bytes = grown;
  }
}

/** Where the length that `nibble` begins ends in `source`, and the length. */
interface Extended {
  length: number;
  position: number;
}

function extend(source: Uint8Array, at: number, nibble: number, into: Extended): void {
  into.length = nibble;
  into.position = at;
  if (nibble < 15) {
    return;
  }
  for (;;) {
    need(source, into.position, 1);
    const byte = source[into.position]!;
    into.position += 1;
    into.length += byte;
    if (byte !== 255) {
      return;
    }
  }
}

function decompressBlock(source: Uint8Array, output: Output, blockBytes: number): void {
  const first = output.length;
  const extended: Extended = { length: 0, position: 0 };
  let position = 0;
  while (position < source.length) {
    const token = source[position]!;
    extend(source, position + 1, token >> 4, extended);
    position = extended.position;
    need(source, position, extended.length);
    room(output, extended.length);
    output.bytes.set(source.subarray(position, position + extended.length), output.length);
    output.length += extended.length;
    position += extended.length;
    if (position === source.length) {
      break;
    }
    need(source, position, 2);
    const offset = source[position]! | (source[position + 1]! << 8);
    extend(source, position + 2, token & 15, extended);
    position = extended.position;
    const length = extended.length + LEAST_MATCH;
    if (offset === 0 || offset > output.length - first) {
      throw new ProtocolError(`an lz4 match ${offset} bytes back`);
    }
    room(output, length);
    const bytes = output.bytes;
    for (const end = output.length + length; output.length < end; output.length += 1) {
      bytes[output.length] = bytes[output.length - offset]!;
    }
    if (output.length - first > blockBytes) {
      throw new ProtocolError('an lz4 block makes more than its header says');
    }
  }
}
