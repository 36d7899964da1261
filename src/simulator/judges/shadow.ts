/**
 * A replica's log as its machine ordered it, which outlives the process: what properties compare, and
 * what the disk must give back after a crash.
 */

import type { ObservedReplica } from '../../broker/observer.js';
import type { BatchFacts, PartitionEffect, PartitionState } from '../../core/partition/types.js';
import {
  endOf,
  indexFrom,
  type ReplicaView,
  sameBatch,
} from '../../core/properties/partition/property.js';
import type { BrokerId, Offset } from '../../core/types/ids.js';

export class Shadow implements ReplicaView {
  readonly id: BrokerId;
  log: BatchFacts[] = [];
  logStartOffset: Offset = 0 as Offset;
  logEndOffset: Offset = 0 as Offset;
  /** As the properties may see it: null also while this incarnation is not registered. */
  state: PartitionState | null = null;
  /** The replica of the running process; null: there is none. */
  running: ObservedReplica | null = null;
  incarnation = 0;
  /** Its next step is its first in this incarnation. */
  fresh = true;
  /**
   * Below it compaction may have emptied batches, or taken them away: `log` has them as they were.
   */
  cleanedEnd = 0;
  /** Batches ordered to be appended by the last step that was applied. */
  appended = 0;
  /** Its disk changed bytes of the log, which says nothing certain of itself any more. */
  rotten = false;
  /** Damaged files that had been removed from its directory when it was opened last. */
  rottenRemovals = 0;
  /** Why the disk may hold anything when the replica is opened again; null: it may not. */
  excuse: 'wiped' | 'damaged' | 'moved' | null = null;
  /** The power was lost since the replica was opened. */
  private powerLost = false;
  /** All below was carried out: it is in the page cache. */
  private written = 0;
  /** All below is on the disk, as the log said. */
  private synced = 0;
  /** Ordered to be cut off, which may not have been done yet. */
  private cut: BatchFacts[] = [];
  /** Dropped below the log start offset since compaction first ran, in log order. */
  private deleted: BatchFacts[] = [];

  constructor(id: BrokerId) {
    this.id = id;
  }

  get end(): number {
    const last = this.log[this.log.length - 1];
    return last === undefined ? this.logStartOffset : endOf(last);
  }

  /** The log as it was appended, with the deleted batches that a late answer may still carry. */
  get withDeleted(): readonly BatchFacts[] {
    return this.deleted.length === 0 ? this.log : [...this.deleted, ...this.log];
  }

  /** All below outlived a power loss for certain. */
  get durable(): number {
    return this.synced;
  }

  /** A step was taken. True: something was cut off; the log may be another one from `end` on. */
  apply(effects: readonly PartitionEffect[], state: PartitionState): boolean {
    this.appended = 0;
    let lost = false;
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i]!;
      if (effect.type === 'append') {
        for (const batch of effect.batches) {
          this.log.push(batch);
        }
        this.appended += effect.batches.length;
      } else if (effect.type === 'truncate') {
        this.cutFrom(effect.endOffset);
        lost = true;
      } else if (effect.type === 'resetLog') {
        this.cutFrom(0);
        this.deleted = [];
        lost = true;
      }
    }
    this.logEndOffset = state.logEndOffset;
    if (state.logStartOffset !== this.logStartOffset) {
      this.logStartOffset = state.logStartOffset;
      this.dropDeleted();
    }
    return lost;
  }

  /** Batches that reach to or beyond `offset` are to go. */
  private cutFrom(offset: number): void {
    let count = this.log.length;
    while (count > 0 && endOf(this.log[count - 1]!) > offset) {
      count--;
    }
    this.cut = this.log.splice(count);
  }

  private dropDeleted(): void {
    let count = 0;
    while (count < this.log.length && endOf(this.log[count]!) <= this.logStartOffset) {
      count++;
    }
    if (count > 0) {
      const dropped = this.log.splice(0, count);
      if (this.cleanedEnd > 0) {
        this.deleted.push(...dropped);
      }
    }
  }

  /** The effects of the last step were carried out. */
  executed(): void {
    this.written = this.end;
    if (this.cut.length > 0) {
      this.cut = [];
    }
    this.synced = Math.min(this.written, this.running!.log.recoveryPoint);
  }

  /** The node's life is over. */
  ended(power: boolean): void {
    if (this.running !== null) {
      this.synced = Math.min(this.written, this.running.log.recoveryPoint);
      // Its last act may have been to delete, which no step has told yet.
      const { logStartOffset } = this.running.log;
      this.logStartOffset = Math.max(this.logStartOffset, logStartOffset) as Offset;
      this.dropDeleted();
    }
    this.powerLost ||= power;
    this.running = null;
    this.state = null;
  }

  /** Whether the disk gave back what it had to; what not, for people. `found`: what is there. */
  missing(found: readonly BatchFacts[]): string | null {
    const expected = this.cut.length === 0 ? this.log : [...this.log, ...this.cut];
    const start = expected[0]?.baseOffset ?? this.end;
    let at = 0;
    for (let i = indexFrom(found, start); i < found.length; i++, at++) {
      const batch = found[i]!;
      while (at < expected.length && this.mayBeGone(expected[at]!, batch)) {
        at++;
      }
      if (at === expected.length) {
        return `holds a batch at ${batch.baseOffset} that it was not told to append, or to cut off`;
      }
      if (!sameBatch(batch, expected[at]!) && !this.mayBeCleaned(batch, expected[at]!)) {
        return `holds another batch at ${batch.baseOffset} than it was told to append`;
      }
    }
    const [due, why] = this.powerLost ? [this.synced, 'synced'] : [this.written, 'appended'];
    // A log that was begun anew in the middle of a batch takes that batch whole.
    const until = at === 0 ? Math.max(start, this.logStartOffset) : endOf(expected[at - 1]!);
    return until < Math.min(due, this.end)
      ? `lost what lies from ${until} on; up to ${due} everything was ${why}`
      : null;
  }

  /** Compaction may have taken `batch` away, and `next` is behind it. */
  private mayBeGone(batch: BatchFacts, next: BatchFacts): boolean {
    return endOf(batch) <= this.cleanedEnd && endOf(batch) <= next.baseOffset;
  }

  /** What is left of a batch: what of its records is judged by the properties of compaction. */
  private mayBeCleaned(found: BatchFacts, whole: BatchFacts): boolean {
    return (
      endOf(whole) <= this.cleanedEnd &&
      found.baseOffset === whole.baseOffset &&
      found.leaderEpoch === whole.leaderEpoch &&
      found.lastOffsetDelta === whole.lastOffsetDelta &&
      found.producerId === whole.producerId &&
      found.producerEpoch === whole.producerEpoch &&
      found.baseSequence === whole.baseSequence
    );
  }

  /** From now on the log is what was found; of what its disk has changed, what it was before. */
  opened(
    replica: ObservedReplica,
    incarnation: number,
    found: readonly BatchFacts[],
    rotten: boolean,
  ): void {
    const { logStartOffset, logEndOffset } = replica.state;
    this.rotten = rotten;
    // One that was moved away and back while its broker was down has its old log, compacted as it was.
    if (this.excuse !== null && (this.excuse !== 'moved' || found.length === 0)) {
      this.cleanedEnd = 0;
      this.deleted = [];
    }
    // A process that ended while it deleted may not have stored the log start: what was deleted is back then.
    const full = [...this.withDeleted, ...this.cut];
    this.log = rotten ? [...this.log, ...this.cut] : asItWas(found, full, this.cleanedEnd);
    this.running = replica;
    this.incarnation = incarnation;
    this.fresh = true;
    this.excuse = null;
    this.powerLost = false;
    this.cutFrom(logEndOffset);
    this.cut = [];
    this.logStartOffset = logStartOffset;
    this.logEndOffset = logEndOffset;
    // What is back is not deleted any more, whether as it was or as it was found.
    const back = this.log[0]?.baseOffset ?? logEndOffset;
    this.deleted = this.deleted.filter((batch) => endOf(batch) <= back);
    this.dropDeleted();
    this.written = this.end;
    this.synced = Math.min(this.written, replica.log.recoveryPoint);
  }
}

/**
 * `found`, with what compaction took away or emptied below `cleanedEnd` as `full`, which is in order, has it.
 */
export function asItWas(
  found: readonly BatchFacts[],
  full: readonly BatchFacts[],
  cleanedEnd: number,
): BatchFacts[] {
  if (cleanedEnd === 0) {
    return found.slice();
  }
  const log: BatchFacts[] = [];
  let at = 0;
  for (const batch of found) {
    while (at < full.length && endOf(full[at]!) <= batch.baseOffset) {
      if (endOf(full[at]!) <= cleanedEnd) {
        log.push(full[at]!);
      }
      at++;
    }
    const whole = full[at];
    const isSame =
      whole?.baseOffset === batch.baseOffset && whole.leaderEpoch === batch.leaderEpoch;
    log.push(isSame && endOf(whole) <= cleanedEnd ? whole : batch);
    at += isSame ? 1 : 0;
  }
  return log;
}
