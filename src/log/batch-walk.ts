/** Going through the batches of a file, header by header or with every byte checked. */

import type { FileHandle, FileSystem } from '../environment/environment.js';
import {
  type BatchHeader,
  type BatchProblem,
  batchSize,
  HEADER_BYTES,
  MAGIC,
  MAGIC_AT,
  problemOfBatch,
  readBatchHeader,
} from './record-batch.js';

/** Bytes read at once where only headers are wanted, and where everything is. */
const HEADER_WINDOW = 4096;
const CHECK_WINDOW = 262144;

/** Where a walk ended: at `position`, because of `problem` or because there was no more. */
export interface WalkEnd {
  readonly position: number;
  readonly problem: BatchProblem | null;
}

/**
 * Visits the batches between `from` and `end`. `check`: length, CRC and counts of each; else only
 * that the headers make sense. Stops at the first unsound batch, or when `visit` answers false.
 */
export function walkBatches(
  files: FileSystem,
  file: FileHandle,
  from: number,
  end: number,
  check: boolean,
  visit: (header: BatchHeader, position: number) => boolean,
): WalkEnd {
  const window = new Window(files, file, end, check ? CHECK_WINDOW : HEADER_WINDOW);
  let position = from;
  while (position < end) {
    const problem = check ? window.problemAt(position) : window.headerProblemAt(position);
    if (problem !== null) {
      return { position, problem };
    }
    const header = readBatchHeader(window.bytes, position - window.start);
    if (!visit(header, position)) {
      break;
    }
    position += header.sizeInBytes;
  }
  return { position, problem: null };
}

/** The part of a file that is in memory. */
class Window {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  private buffer: Uint8Array;
  private readonly files: FileSystem;
  private readonly file: FileHandle;
  private readonly end: number;

  constructor(files: FileSystem, file: FileHandle, end: number, size: number) {
    this.files = files;
    this.file = file;
    this.end = end;
    this.buffer = new Uint8Array(size);
  }

  headerProblemAt(position: number): BatchProblem | null {
    if (!this.cover(position, HEADER_BYTES)) {
      return 'truncated';
    }
    const at = position - this.start;
    if (this.bytes[at + MAGIC_AT] !== MAGIC) {
      return 'magic';
    }
    const size = batchSize(this.bytes, at);
    if (size < HEADER_BYTES) {
      return 'corrupt';
    }
    return position + size > this.end ? 'truncated' : null;
  }

  problemAt(position: number): BatchProblem | null {
    const problem = this.headerProblemAt(position);
    if (problem !== null) {
      return problem;
    }
    const size = batchSize(this.bytes, position - this.start);
    if (!this.cover(position, size)) {
      return 'truncated';
    }
    return problemOfBatch(this.bytes, position - this.start);
  }

  /** Makes `length` bytes from `position` on be in the window; false if the file ends before. */
  private cover(position: number, length: number): boolean {
    if (position + length > this.end) {
      return false;
    }
    if (position >= this.start && position + length <= this.start + this.bytes.length) {
      return true;
    }
    if (length > this.buffer.length) {
      this.buffer = new Uint8Array(length);
    }
    const wanted = Math.min(this.buffer.length, this.end - position);
    const count = this.files.read(this.file, position, this.buffer.subarray(0, wanted));
    this.bytes = this.buffer.subarray(0, count);
    this.start = position;
    return count >= length;
  }
}
