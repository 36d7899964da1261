/**
 * Buffers for reads from disk, used again after their release: a fresh megabyte for each read costs
 * more than the read, first to be zeroed, then to be collected.
 */

const STEP_BYTES = 64 * 1024;
const KEPT_BYTES = 16 * 1024 * 1024;

export class ReadBuffers {
  private readonly free = new Map<number, Uint8Array[]>();
  private keptBytes = 0;

  /** A buffer of at least `length` bytes with arbitrary content. */
  take(length: number): Uint8Array {
    const size = Math.max(1, Math.ceil(length / STEP_BYTES)) * STEP_BYTES;
    const buffer = this.free.get(size)?.pop();
    if (buffer === undefined) {
      return new Uint8Array(size);
    }
    this.keptBytes -= size;
    return buffer;
  }

  /** What gives `buffer` back, once, however often it is called. */
  releaseOf(buffer: Uint8Array | null): () => void {
    let left = buffer;
    return () => {
      if (left !== null) {
        this.give(left);
        left = null;
      }
    };
  }

  /** Gives a buffer back that `take` handed out; nobody may look at it any more. */
  give(buffer: Uint8Array): void {
    if (this.keptBytes + buffer.length > KEPT_BYTES) {
      return;
    }
    this.keptBytes += buffer.length;
    const list = this.free.get(buffer.length);
    if (list === undefined) {
      this.free.set(buffer.length, [buffer]);
    } else {
      list.push(buffer);
    }
  }
}
