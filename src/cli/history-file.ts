/** Reads histories from files and standard input. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createReader } from '../checker/read.js';
import type { HistoryReader, ReadError, RowSink } from '../checker/reading/sink.js';
import { UsageError } from './errors.js';

const CHUNK_BYTES = 1 << 20;
/** The code of zlib for an input that ends before its last block does. */
const CUT_OFF = 'Z_BUF_ERROR';
const GZIP_MAGIC: readonly number[] = [0x1f, 0x8b];

/**
 * Hands every row of `file` to `sink`; `-` is standard input. JSON lines and EDN, also gzipped, are
 * told apart by their contents. Throws a {@link UsageError} where the file is unusable; with
 * `partial`, an end that is cut off is none.
 */
export async function readHistory(file: string, partial: boolean, sink: RowSink): Promise<void> {
  const descriptor = openHistory(file);
  try {
    const reader = createReader(sink);
    const head = readHead(descriptor);
    const isPacked = GZIP_MAGIC.every((byte, at) => head[at] === byte);
    const chunk = new Uint8Array(CHUNK_BYTES);
    // The reader is done with a chunk when it answers; what unpacks may keep one for a while.
    const allocate = (): Uint8Array => (isPacked ? new Uint8Array(CHUNK_BYTES) : chunk);
    const chunks = chunksOf(descriptor, head, allocate);
    const error = isPacked
      ? await readGzip(file, chunks, reader, partial)
      : readPlain(chunks, reader);
    if (error !== null && !(partial && error.truncated)) {
      const hint = error.truncated ? ' (--partial judges what stands before it)' : '';
      throw new UsageError(`${file}, line ${error.line}: ${error.reason}${hint}`);
    }
  } finally {
    if (descriptor !== 0) {
      closeSync(descriptor);
    }
  }
}

function readPlain(chunks: Iterable<Uint8Array>, reader: HistoryReader): ReadError | null {
  for (const chunk of chunks) {
    const error = reader.push(chunk);
    if (error !== null) {
      return error;
    }
  }
  return reader.end();
}

async function readGzip(
  file: string,
  chunks: Iterable<Uint8Array>,
  reader: HistoryReader,
  partial: boolean,
): Promise<ReadError | null> {
  let found: ReadError | null = null;
  const read = async (unpacked: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of unpacked) {
      found = reader.push(chunk);
      if (found !== null) {
        return;
      }
    }
  };
  try {
    await pipeline(chunks, createGunzip({ chunkSize: CHUNK_BYTES }), read);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isCut = code === CUT_OFF;
    if (found === null && !(isCut && partial)) {
      const hint = isCut ? ' (--partial judges what can be unpacked)' : '';
      throw new UsageError(`${file} cannot be unpacked: ${message}${hint}`);
    }
  }
  return found ?? reader.end();
}

/** The first bytes: two at least, if there are two. Pipes hand out as little as they like. */
function readHead(descriptor: number): Uint8Array {
  const head = Buffer.alloc(GZIP_MAGIC.length);
  let length = 0;
  while (length < head.length) {
    const read = readSync(descriptor, head, length, head.length - length, null);
    if (read === 0) {
      break;
    }
    length += read;
  }
  return head.subarray(0, length);
}

/** `head`, then all that follows, in memory that `allocate` hands out. */
function* chunksOf(
  descriptor: number,
  head: Uint8Array,
  allocate: () => Uint8Array,
): Generator<Uint8Array> {
  yield head;
  for (;;) {
    const chunk = allocate();
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) {
      return;
    }
    yield chunk.subarray(0, read);
  }
}

function openHistory(file: string): number {
  if (file === '-') {
    return 0;
  }
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (fstatSync(descriptor).isDirectory()) {
    closeSync(descriptor);
    throw new UsageError(`${file} is a directory; name its history.jsonl`);
  }
  return descriptor;
}
