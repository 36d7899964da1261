/** Bytes of frames that are on their way. */

const SLAB_BYTES = 65_536;
/** What is larger gets memory of its own. */
const LARGE_BYTES = 8192;

/**
 * Frames share allocations: a typed array with memory of its own costs more than all else that is done to a
 * small frame. No byte is given out twice, so a frame may be kept, or spoilt, without touching another.
 */
export class FrameMemory {
  private slab = new Uint8Array(0);
  private used = 0;

  /** One array with the bytes of `parts` behind each other. */
  copyOf(parts: readonly Uint8Array[]): Uint8Array {
    let length = 0;
    for (let i = 0; i < parts.length; i++) {
      length += parts[i]!.length;
    }
    const bytes = this.take(length);
    let at = 0;
    for (let i = 0; i < parts.length; i++) {
      bytes.set(parts[i]!, at);
      at += parts[i]!.length;
    }
    return bytes;
  }

  private take(length: number): Uint8Array {
    if (length > LARGE_BYTES) {
      return new Uint8Array(length);
    }
    if (length > this.slab.length - this.used) {
      this.slab = new Uint8Array(SLAB_BYTES);
      this.used = 0;
    }
    const from = this.used;
    this.used += length;
    return new Uint8Array(this.slab.buffer, from, length);
  }
}
