/** Kafka's compression codecs, by the number in a batch's attributes (bits 0 to 2). */

export const Codec = { NONE: 0, GZIP: 1, SNAPPY: 2, LZ4: 3, ZSTD: 4 } as const;

/** Compresses the records section of a batch. An unknown codec is a `ProtocolError`. */
export function compress(codec: number, bytes: Uint8Array): Uint8Array {
  throw new Error(`not built yet: ${codec} ${bytes.length}`);
}

/**
 * The bytes that `bytes` was made of: at most `limit`, or a `ProtocolError` (a decompression bomb).
 * Damaged data and unknown codecs are a `ProtocolError` too.
 */
export function decompress(codec: number, bytes: Uint8Array, limit: number): Uint8Array {
  throw new Error(`not built yet: ${codec} ${bytes.length} ${limit}`);
}
