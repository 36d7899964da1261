/**
 * The newest batches in memory. Followers and tailing consumers read what was just written: it is
 * served from the very buffers it was received in, without a copy or a system call.
 */

import type { BatchFacts } from '../core/partition/types.js';
import { assert } from '../core/types/assert.js';
import type { Offset } from '../core/types/ids.js';
import type { Frame } from '../environment/environment.js';
import { ReadBuffers } from './read-buffers.js';

/** One part of an append: whole batches in one buffer. */
interface TailPart {
  readonly tail: LogTail;
  readonly bytes: Uint8Array;
  readonly batches: readonly BatchFacts[];
  readonly firstOffset: Offset;
  /** Offset behind the last batch. */
  readonly endOffset: Offset;
  readonly owner: Frame | null;
  cached: boolean;
}

/** Memory that all logs of a broker share for their tails; the oldest part goes first. */
export class TailBudget {
  /** For what is older than the tails, and must be read from disk. */
  readonly readBuffers: ReadBuffers = new ReadBuffers();
  readonly limit: number;
  private used = 0;
  private queue: TailPart[] = [];
  private head = 0;

  constructor(limitBytes: number) {
    this.limit = limitBytes;
  }

  get usedBytes(): number {
    return this.used;
  }

  add(part: TailPart): void {
    this.queue.push(part);
    this.used += part.bytes.length;
    while (this.used > this.limit && this.head < this.queue.length) {
      const oldest = this.queue[this.head++]!;
      if (oldest.cached) {
        oldest.tail.evictOldest(oldest);
      }
    }
    // The consumed front is cut off now and then, so that adding stays constant in the mean.
    if (this.head > 1024 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }

  removed(part: TailPart): void {
    assert(part.cached, 'a part left the tail twice');
    part.cached = false;
    this.used -= part.bytes.length;
    assert(this.used >= 0, 'the tail budget is overdrawn');
    part.owner?.release();
  }
}

/** What a read from the tail hands out. */
export interface TailRead {
  readonly parts: Uint8Array[];
  readonly bytes: number;
  readonly firstOffset: Offset;
  readonly owners: readonly Frame[];
}

/** The cached end of one log: contiguous up to the log's end. */
export class LogTail {
  private readonly budget: TailBudget;
  private parts: TailPart[] = [];
  private head = 0;

  constructor(budget: TailBudget) {
    this.budget = budget;
  }

  /** Appends one part that holds `batches`; retains `owner`. */
  add(bytes: Uint8Array, batches: readonly BatchFacts[], owner: Frame | null): void {
    assert(batches.length > 0, 'a cached part without batches');
    const first = batches[0]!;
    const last = batches[batches.length - 1]!;
    owner?.retain();
    const part: TailPart = {
      tail: this,
      bytes,
      batches,
      firstOffset: first.baseOffset,
      endOffset: (last.baseOffset + last.lastOffsetDelta + 1) as Offset,
      owner,
      cached: true,
    };
    this.parts.push(part);
    this.budget.add(part);
  }

  /** Adds several parts; each holds whole batches, in the order of `batches`. */
  addParts(
    parts: readonly Uint8Array[],
    batches: readonly BatchFacts[],
    owner: Frame | null,
  ): void {
    if (parts.length === 1) {
      this.add(parts[0]!, batches, owner);
      return;
    }
    let next = 0;
    for (const part of parts) {
      const first = next;
      let length = 0;
      while (length < part.length) {
        length += batches[next++]!.sizeInBytes;
      }
      assert(length === part.length, 'a part does not hold whole batches');
      this.add(part, batches.slice(first, next), owner);
    }
    assert(next === batches.length, 'batches without bytes');
  }

  /** The budget needs room: `part` is this tail's oldest. */
  evictOldest(part: TailPart): void {
    assert(this.parts[this.head] === part, 'not the oldest part of this tail');
    this.head++;
    this.budget.removed(part);
    if (this.head > 64 && this.head * 2 > this.parts.length) {
      this.parts = this.parts.slice(this.head);
      this.head = 0;
    }
  }

  /** What ends at or below `offset` is read from the files from now on: they hold less. */
  dropBelow(offset: Offset): void {
    while (this.parts.length > this.head && this.parts[this.head]!.endOffset <= offset) {
      this.evictOldest(this.parts[this.head]!);
    }
  }

  /** The log now ends at `offset`. A cut inside a part forgets all: the tail must stay contiguous. */
  truncateTo(offset: Offset): void {
    while (this.parts.length > this.head && this.parts[this.parts.length - 1]!.endOffset > offset) {
      this.budget.removed(this.parts.pop()!);
    }
    if (this.parts.length > this.head && this.parts[this.parts.length - 1]!.endOffset !== offset) {
      this.clear();
    }
  }

  clear(): void {
    while (this.parts.length > this.head) {
      this.budget.removed(this.parts.pop()!);
    }
  }

  /** null: `from` is older than what is cached. */
  read(from: Offset, upTo: Offset, maxBytes: number, atLeastOneBatch: boolean): TailRead | null {
    const index = this.indexOf(from);
    if (index < 0) {
      return null;
    }
    const parts: Uint8Array[] = [];
    const owners: Frame[] = [];
    let bytes = 0;
    let firstOffset = -1 as Offset;
    let full = false;
    for (let i = index; i < this.parts.length && !full; i++) {
      const part = this.parts[i]!;
      let position = 0;
      let start = 0;
      let end = 0;
      for (const batch of part.batches) {
        const size = batch.sizeInBytes;
        const endOffset = batch.baseOffset + batch.lastOffsetDelta + 1;
        if (endOffset <= from) {
          start = position + size;
          end = start;
        } else if (
          endOffset > upTo ||
          (bytes + (end - start) + size > maxBytes &&
            !(atLeastOneBatch && bytes + (end - start) === 0))
        ) {
          full = true;
          break;
        } else {
          firstOffset = firstOffset < 0 ? batch.baseOffset : firstOffset;
          end = position + size;
        }
        position += size;
      }
      if (end > start) {
        const whole = start === 0 && end === part.bytes.length;
        parts.push(whole ? part.bytes : part.bytes.subarray(start, end));
        bytes += end - start;
        if (part.owner !== null) {
          part.owner.retain();
          owners.push(part.owner);
        }
      }
    }
    return { parts, bytes, firstOffset, owners };
  }

  /** Index of the first part that ends behind `from`, or -1 if the tail begins behind it. */
  private indexOf(from: Offset): number {
    let low = this.head;
    let high = this.parts.length;
    if (low === high || this.parts[low]!.firstOffset > from) {
      return -1;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.parts[middle]!.endOffset > from) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
