/** Kafka's compression codecs, by the number in a batch's attributes (bits 0 to 2). */
import { assert } from '../core/types/assert.js';
import { gzipCompress, gzipDecompress } from './codecs/gzip.js';
import { lz4Compress, lz4Decompress } from './codecs/lz4.js';
import { snappyCompress, snappyDecompress } from './codecs/snappy.js';
import { zstdCompress, zstdDecompress } from './codecs/zstd.js';
import { ProtocolError } from './errors.js';

/** The numbers of the codecs. */
export const Codec = { NONE: 0, GZIP: 1, SNAPPY: 2, LZ4: 3, ZSTD: 4 } as const;

/** Compresses the records section of a batch. An unknown codec is a `ProtocolError`. */
export function compress(codec: number, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case Codec.NONE:
      return bytes;
    case Codec.GZIP:
      return gzipCompress(bytes);
    case Codec.SNAPPY:
      return snappyCompress(bytes);
    case Codec.LZ4:
      return lz4Compress(bytes);
    case Codec.ZSTD:
      return zstdCompress(bytes);
    default:
      throw new ProtocolError(`no compression codec ${codec}`);
  }
}

/**
 * The bytes that `bytes` was made of: at most `limit`, or a `ProtocolError` (a decompression bomb).
 * Damaged data and unknown codecs are a `ProtocolError` too. Codec 0 answers `bytes` itself.
 */
export function decompress(codec: number, bytes: Uint8Array, limit: number): Uint8Array {
  assert(Number.isSafeInteger(limit) && limit >= 0, 'a limit in bytes');
  switch (codec) {
    case Codec.NONE:
      return within(bytes, limit);
    case Codec.GZIP:
      return guarded(gzipDecompress, bytes, limit);
    case Codec.SNAPPY:
      return snappyDecompress(bytes, limit);
    case Codec.LZ4:
      return lz4Decompress(bytes, limit);
    case Codec.ZSTD:
      return guarded(zstdDecompress, bytes, limit);
    default:
      throw new ProtocolError(`no compression codec ${codec}`);
  }
}

function within(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length > limit) {
    throw new ProtocolError(`${bytes.length} bytes, ${limit} allowed`);
  }
  return bytes;
}

/** A library says by an exception of its own that data is damaged or too large. */
function guarded(
  library: (bytes: Uint8Array, limit: number) => Uint8Array,
  bytes: Uint8Array,
  limit: number,
): Uint8Array {
  let output: Uint8Array;
  try {
    output = library(bytes, limit);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProtocolError(`cannot decompress: ${reason}`);
  }
  return within(output, limit);
}
