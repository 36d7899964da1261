/** A partition's log as it lies on a simulated disk, read past the broker and past the disk's faults. */

import type { SimulatedFileSystem } from '../../environment/simulated/file-system.js';
import {
  type BatchHeader,
  batchSize,
  HEADER_BYTES,
  MAGIC,
  MAGIC_AT,
  problemOfBatch,
  readBatchHeader,
} from '../../log/record-batch.js';
import { LOG_SUFFIX, offsetOfFileName } from '../../log/segment.js';

export interface StoredBatch {
  readonly header: BatchHeader;
  readonly bytes: Uint8Array;
}

export interface StoredLog {
  /** In the order of the files. */
  readonly batches: StoredBatch[];
  /** What is no batch, and where; null: everything is one. */
  readonly problem: string | null;
  /** A fault of the disk changed bytes of it: it may hold anything. */
  readonly rotten: boolean;
}

/** What a reader sees in the files of `directory` of a running node. */
export function readStoredLog(files: SimulatedFileSystem, directory: string): StoredLog {
  const batches: StoredBatch[] = [];
  let rotten = false;
  for (const name of files.list(directory)) {
    const path = `${directory}/${name}`;
    if (offsetOfFileName(name, LOG_SUFFIX) === null) {
      continue;
    }
    rotten ||= files.isRotten(path);
    const bytes = contentOf(files, path);
    let position = 0;
    while (position < bytes.length) {
      const size = sizeAt(bytes, position);
      if (size === null) {
        return { batches, problem: `no batch at byte ${position} of ${path}`, rotten };
      }
      const header = readBatchHeader(bytes, position);
      batches.push({ header, bytes: bytes.subarray(position, position + size) });
      position += size;
    }
  }
  return { batches, problem: null, rotten };
}

/** The first batch that its own CRC or counts speak against; null: there is none. For people. */
export function unsoundBatch({ batches }: StoredLog): string | null {
  for (const { header, bytes } of batches) {
    const problem = problemOfBatch(bytes, 0);
    if (problem !== null) {
      return `the batch at ${header.baseOffset} is not sound (${problem})`;
    }
  }
  return null;
}

/** Whether the log of `directory` that was set aside as damaged had been damaged by its disk. */
export function wasRotten(files: SimulatedFileSystem, directory: string): boolean {
  return files
    .paths()
    .some((path) => path.startsWith(`${directory}.damaged-`) && files.isRotten(path));
}

/** Faults are for brokers. */
function contentOf(files: SimulatedFileSystem, path: string): Uint8Array {
  const { failRead } = files.faults;
  files.faults.failRead = null;
  const bytes = files.readWhole(path);
  files.faults.failRead = failRead;
  return bytes;
}

function sizeAt(bytes: Uint8Array, position: number): number | null {
  const left = bytes.length - position;
  if (left < HEADER_BYTES || bytes[position + MAGIC_AT] !== MAGIC) {
    return null;
  }
  const size = batchSize(bytes, position);
  return size < HEADER_BYTES || size > left ? null : size;
}
