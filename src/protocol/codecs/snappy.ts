/**
 * Codec 2: Snappy. Java and sarama write the framing of xerial's snappy-java, others bare blocks;
 * both are read, xerial's is written. Block format: google/snappy, format_description.txt.
 */
import { ProtocolError } from '../errors.js';
import { load } from './load.js';

/** 0x82 "SNAPPY" 0, then version and lowest compatible version, both 1. */
const XERIAL_HEADER: Uint8Array = Uint8Array.of(
  ...[0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0],
  ...[0, 0, 0, 1, 0, 0, 0, 1],
);
const XERIAL_MAGIC_BYTES = 8;
/** snappy-java's default. */
const XERIAL_BLOCK_BYTES = 32_768;

interface SnappyLibrary {
  compress(bytes: Uint8Array): Uint8Array;
}

export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const { compress } = load('snappyjs') as SnappyLibrary;
  const blocks: Uint8Array[] = [];
  let length = XERIAL_HEADER.length;
  for (let start = 0; start < bytes.length; start += XERIAL_BLOCK_BYTES) {
    const block = compress(bytes.subarray(start, start + XERIAL_BLOCK_BYTES));
    blocks.push(block);
    length += 4 + block.length;
  }
  const framed = new Uint8Array(length);
  const view = new DataView(framed.buffer);
  framed.set(XERIAL_HEADER);
  let position = XERIAL_HEADER.length;
  for (const block of blocks) {
    view.setInt32(position, block.length);
    framed.set(block, position + 4);
    position += 4 + block.length;
  }
  return framed;
}

/** Throws `ProtocolError` on damage and beyond `limit` bytes. */
export function snappyDecompress(bytes: Uint8Array, limit: number): Uint8Array {
  if (!isXerial(bytes)) {
    return decompressBlock(bytes, limit);
  }
  if (bytes.length < XERIAL_HEADER.length) {
    throw new ProtocolError('a snappy header is cut off');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let total = 0;
  let position = XERIAL_HEADER.length;
  while (position < bytes.length) {
    const length = bytes.length - position < 4 ? -1 : view.getInt32(position);
    position += 4;
    if (length < 0 || length > bytes.length - position) {
      throw new ProtocolError(`a snappy block of ${length} bytes at ${position}`);
    }
    const block = decompressBlock(bytes.subarray(position, position + length), limit - total);
    blocks.push(block);
    total += block.length;
    position += length;
  }
  const whole = new Uint8Array(total);
  let filled = 0;
  for (const block of blocks) {
    whole.set(block, filled);
    filled += block.length;
  }
  return whole;
}

function isXerial(bytes: Uint8Array): boolean {
  for (let index = 0; index < XERIAL_MAGIC_BYTES; index += 1) {
    if (bytes[index] !== XERIAL_HEADER[index]) {
      return false;
    }
  }
  return true;
}

/** A copy makes at most 64 bytes of 3. */
const MOST_EXPANSION = 22;

/** One block; every element is checked against both ends. */
function decompressBlock(bytes: Uint8Array, limit: number): Uint8Array {
  let position = 0;
  let size = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[position];
    position += 1;
    if (byte === undefined || position > 5) {
      throw new ProtocolError('a snappy length is malformed');
    }
    size += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      break;
    }
  }
  if (size > limit || size > bytes.length * MOST_EXPANSION) {
    throw new ProtocolError(`snappy: ${size} bytes of ${bytes.length}, ${limit} allowed`);
  }
  const output = new Uint8Array(size);
  let filled = 0;
  while (position < bytes.length) {
    const tag = bytes[position]!;
    const kind = tag & 3;
    position += 1;
    if (kind === 0) {
      const extra = Math.max((tag >> 2) - 59, 0);
      const length = (extra === 0 ? tag >> 2 : littleEndian(bytes, position, extra)) + 1;
      position += extra;
      if (length > bytes.length - position || length > size - filled) {
        throw new ProtocolError('a snappy literal is too long');
      }
      output.set(bytes.subarray(position, position + length), filled);
      position += length;
      filled += length;
      continue;
    }
    const width = kind === 3 ? 4 : kind;
    const low = littleEndian(bytes, position, width);
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1 ? low + ((tag >> 5) << 8) : low;
    position += width;
    if (offset === 0 || offset > filled || length > size - filled) {
      throw new ProtocolError('a snappy copy is out of range');
    }
    for (const end = filled + length; filled < end; filled += 1) {
      output[filled] = output[filled - offset]!;
    }
  }
  if (filled !== size) {
    throw new ProtocolError(`snappy made ${filled} of ${size} bytes`);
  }
  return output;
}

function littleEndian(bytes: Uint8Array, position: number, width: number): number {
  if (width > bytes.length - position) {
    throw new ProtocolError('a snappy element is cut off');
  }
  let value = 0;
  for (let index = width - 1; index >= 0; index -= 1) {
    value = value * 256 + bytes[position + index]!;
  }
  return value;
}
