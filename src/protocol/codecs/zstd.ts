/**
 * Codec 4: Zstandard (RFC 8878). node:zlib where it has zstd (Node 22.15), else the reference
 * implementation as WebAssembly (@bokuweb/zstd-wasm, a fixed version: its loader is used from inside,
 * because its own entry starts asynchronously).
 */
import type { readFileSync } from 'node:fs';
import type { dirname, join } from 'node:path';
import type * as zlib from 'node:zlib';
import { load } from './load.js';

/** Kafka's default (compression.zstd.level). */
const LEVEL = 3;

interface Zstd {
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array, limit: number): Uint8Array;
}

let zstd: Zstd | null = null;

function implementation(): Zstd {
  zstd ??= nativeZstd() ?? wasmZstd();
  return zstd;
}

export function zstdCompress(bytes: Uint8Array): Uint8Array {
  return implementation().compress(bytes);
}

/** Throws on damage and beyond `limit` bytes. */
export function zstdDecompress(bytes: Uint8Array, limit: number): Uint8Array {
  return implementation().decompress(bytes, limit);
}

interface NativeZstd {
  zstdCompressSync?(bytes: Uint8Array): Uint8Array;
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

function nativeZstd(): Zstd | null {
  const native = load('node:zlib') as typeof zlib & NativeZstd;
  const { zstdCompressSync, zstdDecompressSync } = native;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) {
    return null;
  }
  return {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (bytes, limit) =>
      zstdDecompressSync(bytes, { maxOutputLength: Math.max(limit, 1) }),
  };
}

/** The part of the WebAssembly API that is used; it belongs to the DOM's types, which are not here. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
}

/** The part of the package's inner module that is used. Sizes and addresses are bytes. */
interface WasmModule {
  instantiateWasm?: (imports: object, receive: (instance: object) => void) => object;
  init(): void;
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(address: number): void;
  _ZSTD_isError(result: number): number;
  _ZSTD_compressBound(size: number): number;
  _ZSTD_compress(to: number, capacity: number, from: number, size: number, level: number): number;
  _ZSTD_decompress(to: number, capacity: number, from: number, size: number): number;
}

/** ZSTD_error_dstSize_tooSmall, as ZSTD_isError's callers see it: negated. */
const TARGET_TOO_SMALL = -70;

function wasmZstd(): Zstd {
  const { dirname: directoryOf, join: path } = load('node:path') as {
    dirname: typeof dirname;
    join: typeof join;
  };
  const { readFileSync: read } = load('node:fs') as { readFileSync: typeof readFileSync };
  const directory = directoryOf(load.resolve('@bokuweb/zstd-wasm'));
  const { Module: wasm } = load(path(directory, 'zstd.js')) as { Module: WasmModule };
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  wasm.instantiateWasm = (imports, receive) => {
    const module = new api.Module(read(path(directory, 'zstd.wasm')));
    receive(new api.Instance(module, imports));
    return {};
  };
  wasm.init();
  return {
    compress: (bytes) => {
      const bound = wasm._ZSTD_compressBound(bytes.length);
      const result = transform(wasm, bytes, bound, (to, from) =>
        wasm._ZSTD_compress(to, bound, from, bytes.length, LEVEL),
      );
      return required(result);
    },
    decompress: (bytes, limit) => decompressGrowing(wasm, bytes, limit),
  };
}

/** The frame may not say how much it holds, so room is guessed, and grown up to `limit`. */
function decompressGrowing(wasm: WasmModule, bytes: Uint8Array, limit: number): Uint8Array {
  let capacity = Math.min(limit, Math.max(65_536, bytes.length * 4));
  for (;;) {
    const room = capacity;
    const result = transform(wasm, bytes, room, (to, from) =>
      wasm._ZSTD_decompress(to, room, from, bytes.length),
    );
    if (result !== TARGET_TOO_SMALL || capacity >= limit) {
      return required(result);
    }
    capacity = Math.min(limit, capacity * 4);
  }
}

function required(result: Uint8Array | number): Uint8Array {
  if (typeof result === 'number') {
    throw new Error(`zstd error ${-result}`);
  }
  return result;
}

/** Runs `call` on copies in the module's memory; answers the bytes made, or the error (negative). */
function transform(
  wasm: WasmModule,
  bytes: Uint8Array,
  capacity: number,
  call: (to: number, from: number) => number,
): Uint8Array | number {
  const from = wasm._malloc(Math.max(bytes.length, 1));
  const to = wasm._malloc(Math.max(capacity, 1));
  try {
    if (from === 0 || to === 0) {
      throw new Error(`no memory for ${capacity} bytes`);
    }
    wasm.HEAPU8.set(bytes, from);
    const result = call(to, from);
    if (wasm._ZSTD_isError(result) !== 0) {
      return result | 0;
    }
    return wasm.HEAPU8.slice(to, to + result);
  } finally {
    wasm._free(from);
    wasm._free(to);
  }
}
