/** Cuts a byte stream into frames: 4 bytes of length (big endian), then that many bytes. */

import { type BufferPool, PooledFrame } from './buffer-pool.js';

/**
 * A frame longer than this is not given its whole buffer before its bytes have arrived: a peer that
 * announces 100 MiB and sends nothing costs 1 MiB.
 */
const TRUSTED_FRAME_BYTES = 1 << 20;

export class FrameAssembler {
  private readonly pool: BufferPool;
  private readonly maximumBytes: number;
  private readonly onFrame: (frame: PooledFrame) => void;
  private readonly head = new Uint8Array(4);
  private headBytes = 0;
  private length = 0;
  private body: Uint8Array | null = null;
  private bodyBytes = 0;

  constructor(pool: BufferPool, maximumBytes: number, onFrame: (frame: PooledFrame) => void) {
    this.pool = pool;
    this.maximumBytes = maximumBytes;
    this.onFrame = onFrame;
  }

  /** Bytes of the frame that has begun and is not complete. */
  get partialBytes(): number {
    return this.body === null ? 0 : this.bodyBytes;
  }

  /** Takes the next `end` bytes of `chunk`. Answers what is wrong with the stream, or null. */
  feed(chunk: Uint8Array, end: number): string | null {
    let at = 0;
    while (at < end) {
      if (this.body === null) {
        while (this.headBytes < 4 && at < end) {
          this.head[this.headBytes++] = chunk[at++]!;
        }
        if (this.headBytes < 4) {
          return null;
        }
        const problem = this.begin();
        if (problem !== null) {
          return problem;
        }
      }
      at = this.fill(chunk, at, end);
    }
    return null;
  }

  /** Gives the unfinished frame's buffer back. */
  abandon(): void {
    if (this.body !== null) {
      this.pool.give(this.body);
      this.body = null;
    }
  }

  private begin(): string | null {
    const [a, b, c, d] = this.head as unknown as [number, number, number, number];
    this.length = ((a << 24) | (b << 16) | (c << 8) | d) >> 0;
    this.headBytes = 0;
    if (this.length < 0 || this.length > this.maximumBytes) {
      return `a frame of ${this.length} bytes was announced; at most ${this.maximumBytes} are taken`;
    }
    this.body = this.pool.take(Math.min(this.length, TRUSTED_FRAME_BYTES));
    this.bodyBytes = 0;
    if (this.length === 0) {
      this.finish();
    }
    return null;
  }

  private fill(chunk: Uint8Array, at: number, end: number): number {
    if (this.body === null) {
      return at;
    }
    const wanted = Math.min(this.length - this.bodyBytes, end - at);
    if (this.bodyBytes + wanted > this.body.length) {
      this.grow(this.bodyBytes + wanted);
    }
    const part = at === 0 && wanted === chunk.length ? chunk : chunk.subarray(at, at + wanted);
    this.body.set(part, this.bodyBytes);
    this.bodyBytes += wanted;
    if (this.bodyBytes === this.length) {
      this.finish();
    }
    return at + wanted;
  }

  private grow(needed: number): void {
    const old = this.body!;
    const larger = this.pool.take(Math.min(this.length, Math.max(needed, old.length * 2)));
    larger.set(old.subarray(0, this.bodyBytes));
    this.pool.give(old);
    this.body = larger;
  }

  private finish(): void {
    const body = this.body!;
    this.body = null;
    this.onFrame(new PooledFrame(this.pool, body, this.length));
  }
}
