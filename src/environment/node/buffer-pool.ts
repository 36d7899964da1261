/**
 * Receive buffers by size class. A frame's buffer is handed to its holders and comes back when the
 * last of them releases it; until then nobody writes to it.
 */

import type { Frame } from '../environment.js';

const SMALLEST_BYTES = 1024;
const LARGEST_BYTES = 4 * 1024 * 1024;

/** Four sizes to each doubling: at most a quarter of a buffer is left unused. */
const SIZES: readonly number[] = sizes();

export class BufferPool {
  private readonly free: Uint8Array[][] = SIZES.map(() => []);
  private freeBytes = 0;
  private readonly maximumFreeBytes: number;

  /** Keeps at most `maximumFreeBytes` of unused buffers; more is left to the garbage collector. */
  constructor(maximumFreeBytes: number) {
    this.maximumFreeBytes = maximumFreeBytes;
  }

  /** A buffer of at least `length` bytes with arbitrary content. */
  take(length: number): Uint8Array {
    const index = classOf(length);
    if (index >= SIZES.length) {
      return uninitialized(length);
    }
    const buffer = this.free[index]!.pop();
    if (buffer !== undefined) {
      this.freeBytes -= buffer.length;
      return buffer;
    }
    return uninitialized(SIZES[index]!);
  }

  give(buffer: Uint8Array): void {
    const index = classOf(buffer.length);
    const fits = SIZES[index] === buffer.length;
    if (!fits || this.freeBytes + buffer.length > this.maximumFreeBytes) {
      return;
    }
    this.freeBytes += buffer.length;
    this.free[index]!.push(buffer);
  }
}

function sizes(): number[] {
  const all = [SMALLEST_BYTES];
  for (let base = SMALLEST_BYTES; base < LARGEST_BYTES; base *= 2) {
    for (let quarter = 5; quarter <= 8; quarter++) {
      all.push((base / 4) * quarter);
    }
  }
  return all;
}

/** Index of the smallest size that holds `length`; beyond the last size if none does. */
function classOf(length: number): number {
  if (length <= SMALLEST_BYTES) {
    return 0;
  }
  // 2^doubling * SMALLEST < length <= 2^(doubling + 1) * SMALLEST
  const doubling = 31 - Math.clz32(length - 1) - 10;
  const base = SMALLEST_BYTES << doubling;
  return doubling * 4 + Math.ceil((length - base) / (base / 4));
}

/**
 * A plain Uint8Array, not a Buffer: the `slice` of a Buffer is a view, and whoever slices to keep bytes
 * beyond the release of a frame would find those of a later one.
 */
function uninitialized(length: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}

/** A frame whose buffer goes back to `pool` with the last release. */
export class PooledFrame implements Frame {
  readonly bytes: Uint8Array;
  private readonly buffer: Uint8Array;
  private readonly pool: BufferPool;
  private holds = 1;

  constructor(pool: BufferPool, buffer: Uint8Array, length: number) {
    this.pool = pool;
    this.buffer = buffer;
    this.bytes = buffer.length === length ? buffer : buffer.subarray(0, length);
  }

  retain(): void {
    if (this.holds <= 0) {
      throw new Error('a frame was retained after its last release');
    }
    this.holds++;
  }

  release(): void {
    this.holds--;
    if (this.holds === 0) {
      this.pool.give(this.buffer);
    } else if (this.holds < 0) {
      throw new Error('a frame was released more often than it was held');
    }
  }
}
