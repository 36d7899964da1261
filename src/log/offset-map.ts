/** Which record of a key is the newest, for the keys of the dirty part of a log (Kafka: OffsetMap). */

import type { Offset } from '../core/types/ids.js';

/** About what an entry takes besides its key. */
const ENTRY_BYTES = 64;
const NONE = -1 as Offset;

// Each byte is a character of its own, so that two keys are equal when their texts are.
const decoder = new TextDecoder('latin1');

export class OffsetMap {
  private readonly offsets = new Map<string, Offset>();
  private readonly limit: number;
  private used = 0;

  /** `limitBytes`: log.cleaner.dedupe.buffer.size. */
  constructor(limitBytes: number) {
    this.limit = limitBytes;
  }

  /** No more keys should be put in. */
  get isFull(): boolean {
    return this.used >= this.limit;
  }

  get size(): number {
    return this.offsets.size;
  }

  /** The record at `offset` is newer than all before. */
  put(key: Uint8Array, offset: Offset): void {
    const text = decoder.decode(key);
    if (!this.offsets.has(text)) {
      this.used += ENTRY_BYTES + key.length;
    }
    this.offsets.set(text, offset);
  }

  /** -1: no record of that key was put in. */
  newest(key: Uint8Array): Offset {
    return this.offsets.get(decoder.decode(key)) ?? NONE;
  }
}
