/**
 * Receive buffers by size class. A frame's buffer is handed to its holders and comes back when the
 * last of them releases it; until then nobody writes to it.
 */

import type { Frame } from '../environment.js';

const SMALLEST_CLASS_BITS = 10;
const LARGEST_CLASS_BITS = 21;

export class BufferPool {
  private readonly free: Uint8Array[][] = [];
  private freeBytes = 0;
  private readonly maximumFreeBytes: number;

  /** Keeps at most `maximumFreeBytes` of unused buffers; more is left to the garbage collector. */
  constructor(maximumFreeBytes: number) {
    this.maximumFreeBytes = maximumFreeBytes;
    for (let bits = SMALLEST_CLASS_BITS; bits <= LARGEST_CLASS_BITS; bits++) {
      this.free.push([]);
    }
  }

  /** A buffer of at least `length` bytes with arbitrary content. */
  take(length: number): Uint8Array {
    const index = classOf(length);
    if (index >= this.free.length) {
      return uninitialized(length);
    }
    const buffer = this.free[index]!.pop();
    if (buffer !== undefined) {
      this.freeBytes -= buffer.length;
      return buffer;
    }
    return uninitialized(1 << (index + SMALLEST_CLASS_BITS));
  }

  give(buffer: Uint8Array): void {
    const index = classOf(buffer.length);
    const fits = index < this.free.length && buffer.length === 1 << (index + SMALLEST_CLASS_BITS);
    if (!fits || this.freeBytes + buffer.length > this.maximumFreeBytes) {
      return;
    }
    this.freeBytes += buffer.length;
    this.free[index]!.push(buffer);
  }
}

/**
 * A plain Uint8Array, not a Buffer: the `slice` of a Buffer is a view, and whoever slices to keep bytes
 * beyond the release of a frame would find those of a later one.
 */
function uninitialized(length: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}

function classOf(length: number): number {
  const bits = length <= 1 ? 0 : 32 - Math.clz32(length - 1);
  return Math.max(0, bits - SMALLEST_CLASS_BITS);
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
