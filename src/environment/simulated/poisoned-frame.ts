import type { Frame } from '../environment.js';

/** A frame that is overwritten at its last release, so that use after release shows as damage. */
export class PoisonedFrame implements Frame {
  readonly bytes: Uint8Array;
  private holds = 1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  retain(): void {
    if (this.holds <= 0) {
      throw new Error('a frame was retained after its last release');
    }
    this.holds++;
  }

  release(): void {
    this.holds--;
    if (this.holds < 0) {
      throw new Error('a frame was released more often than it was held');
    }
    if (this.holds === 0) {
      this.bytes.fill(0xdb);
    }
  }
}
