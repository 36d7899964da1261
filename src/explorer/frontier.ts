/** The states of one depth, as bytes one behind the other; they are read in the order in which they came. */

export class Frontier {
  length = 0;
  bytes: Uint8Array = new Uint8Array(1 << 16);
  private ends: Uint32Array = new Uint32Array(1 << 12);

  /** Where the next state begins; there is room for `size` bytes. */
  reserve(size: number): number {
    const at = this.length === 0 ? 0 : this.ends[this.length - 1]!;
    if (at + size > this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return at;
  }

  /** A state was written there, up to `end`. */
  push(end: number): void {
    if (this.length === this.ends.length) {
      const grown = new Uint32Array(this.ends.length * 2);
      grown.set(this.ends);
      this.ends = grown;
    }
    this.ends[this.length++] = end;
  }

  start(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1]!;
  }

  end(index: number): number {
    return this.ends[index]!;
  }

  clear(): void {
    this.length = 0;
  }
}
