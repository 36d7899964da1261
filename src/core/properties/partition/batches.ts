/** Batches in the order of their base offsets, one at each: what a judge remembers of a partition. */

import type { BatchFacts } from '../../partition/types.js';
import type { Offset } from '../../types/ids.js';
import { endOf, indexFrom, sameBatch } from './property.js';

export class Batches {
  private list: BatchFacts[] = [];

  get size(): number {
    return this.list.length;
  }

  /** First offset behind the last batch; 0 without one. */
  get end(): number {
    const last = this.list[this.list.length - 1];
    return last === undefined ? 0 : endOf(last);
  }

  /** In the order of their offsets; to be read at once. */
  values(): readonly BatchFacts[] {
    return this.list;
  }

  /** Puts `batch` at its base offset. False: that very batch was there. */
  set(batch: BatchFacts): boolean {
    const { list } = this;
    const last = list[list.length - 1];
    if (last === undefined || last.baseOffset < batch.baseOffset) {
      list.push(batch);
      return true;
    }
    const at = indexFrom(list, batch.baseOffset);
    const known = list[at]!;
    if (known.baseOffset === batch.baseOffset) {
      list[at] = batch;
      return !sameBatch(known, batch);
    }
    list.splice(at, 0, batch);
    return true;
  }

  /** Forgets what is wholly below `offset`. */
  dropBelow(offset: Offset): void {
    let count = 0;
    while (count < this.list.length && endOf(this.list[count]!) <= offset) {
      count++;
    }
    if (count > 0) {
      this.list.splice(0, count);
    }
  }

  /** Forgets all others. */
  keep(which: (batch: BatchFacts) => boolean): void {
    this.list = this.list.filter(which);
  }
}
