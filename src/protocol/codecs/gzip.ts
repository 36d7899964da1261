/** Codec 1: gzip (RFC 1952), by node:zlib. */
import type * as zlib from 'node:zlib';
import { load } from './load.js';

export function gzipCompress(bytes: Uint8Array): Uint8Array {
  return (load('node:zlib') as typeof zlib).gzipSync(bytes);
}

/** Throws on damage and beyond `limit` bytes. */
export function gzipDecompress(bytes: Uint8Array, limit: number): Uint8Array {
  // node:zlib takes no output limit of 0.
  const options = { maxOutputLength: Math.max(limit, 1) };
  return (load('node:zlib') as typeof zlib).gunzipSync(bytes, options);
}
