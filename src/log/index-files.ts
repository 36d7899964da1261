/**
 * The sparse indexes of a segment: offset to position (.index) and timestamp to offset (.timeindex),
 * Kafka's entry formats. They are kept in memory while the segment is written and stored when it is
 * closed or flushed; after an unclean stop they are made anew from the log.
 */

import { assert } from '../core/types/assert.js';
import type { Offset, Timestamp } from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';
import { readInt32, readInt64, writeInt32, writeInt64 } from './bytes.js';

/** Entries of one size, ascending, loaded when they are needed. */
class EntryFile {
  path: string;
  private readonly files: FileSystem;
  private readonly entryBytes: number;
  private bytes: Uint8Array | null;
  private length = 0;
  /** How much of `bytes` the file holds, from its beginning on. */
  private stored = 0;

  constructor(files: FileSystem, path: string, entryBytes: number, fresh: boolean) {
    this.files = files;
    this.path = path;
    this.entryBytes = entryBytes;
    this.bytes = fresh ? new Uint8Array(0) : null;
  }

  get count(): number {
    this.load();
    return this.length / this.entryBytes;
  }

  /** The memory that holds entry `index` at `index * entryBytes`. */
  entries(): Uint8Array {
    return this.load();
  }

  /** Room for one more entry; answers where it goes. */
  grow(): number {
    const bytes = this.load();
    const at = this.length;
    if (at + this.entryBytes > bytes.length) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, 16 * this.entryBytes));
      larger.set(bytes);
      this.bytes = larger;
    }
    this.length = at + this.entryBytes;
    return at;
  }

  cutTo(count: number): void {
    this.load();
    assert(count * this.entryBytes <= this.length, 'an index cannot be cut to more than it has');
    this.length = count * this.entryBytes;
    this.stored = Math.min(this.stored, this.length);
  }

  store(sync: boolean): void {
    if (this.bytes === null) {
      return;
    }
    const file = this.files.open(this.path, 'create');
    if (this.length > this.stored) {
      this.files.write(file, this.stored, [this.bytes.subarray(this.stored, this.length)]);
    }
    if (this.files.size(file) > this.length) {
      this.files.truncate(file, this.length);
    }
    if (sync) {
      this.files.syncNow(file);
    }
    this.files.close(file);
    this.stored = this.length;
  }

  /** Gives the memory back; only what is stored can be loaded again. */
  unload(): void {
    if (this.stored === this.length) {
      this.bytes = null;
    }
  }

  private load(): Uint8Array {
    if (this.bytes === null) {
      // A file that is cut inside an entry, or was enlarged in advance by Kafka, is judged by
      // `isSane` of its owner.
      this.bytes = this.files.exists(this.path)
        ? this.files.readWhole(this.path)
        : new Uint8Array(0);
      this.length = this.bytes.length - (this.bytes.length % this.entryBytes);
      this.stored = this.length;
    }
    return this.bytes;
  }
}

/** Bytes of an entry: relative offset (4), position (4). */
export const OFFSET_ENTRY_BYTES = 8;
/** Bytes of an entry: timestamp (8), relative offset (4). */
export const TIME_ENTRY_BYTES = 12;

/** Last offsets of some batches, with their positions. */
export class OffsetIndex {
  readonly file: EntryFile;
  private readonly baseOffset: Offset;

  constructor(files: FileSystem, path: string, baseOffset: Offset, fresh: boolean) {
    this.file = new EntryFile(files, path, OFFSET_ENTRY_BYTES, fresh);
    this.baseOffset = baseOffset;
  }

  append(lastOffset: Offset, position: number): void {
    const at = this.file.grow();
    writeInt32(this.file.entries(), at, lastOffset - this.baseOffset);
    writeInt32(this.file.entries(), at + 4, position);
  }

  /** A position at or before the batch that holds `offset`. */
  lookup(offset: Offset): number {
    const index = this.entryAtOrBelow(offset);
    return index < 0 ? 0 : readInt32(this.file.entries(), index * OFFSET_ENTRY_BYTES + 4);
  }

  /** Position of the last batch that has an entry; 0: none has. */
  lastPosition(): number {
    return this.lookup(Number.MAX_SAFE_INTEGER as Offset);
  }

  truncateTo(offset: Offset): void {
    this.file.cutTo(this.entryAtOrBelow((offset - 1) as Offset) + 1);
  }

  /** Whether the entries rise and stay within a segment of `size` bytes. */
  isSane(size: number): boolean {
    const bytes = this.file.entries();
    let offset = -1;
    let position = -1;
    for (let at = 0; at < this.file.count * OFFSET_ENTRY_BYTES; at += OFFSET_ENTRY_BYTES) {
      if (readInt32(bytes, at) <= offset || readInt32(bytes, at + 4) <= position) {
        return false;
      }
      offset = readInt32(bytes, at);
      position = readInt32(bytes, at + 4);
    }
    return position < size;
  }

  private entryAtOrBelow(offset: Offset): number {
    const bytes = this.file.entries();
    let low = 0;
    let high = this.file.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.baseOffset + readInt32(bytes, middle * OFFSET_ENTRY_BYTES) <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
}

/** (largest timestamp so far, last offset of the batch that brought it), rising in both. */
export class TimeIndex {
  readonly file: EntryFile;
  private readonly baseOffset: Offset;

  constructor(files: FileSystem, path: string, baseOffset: Offset, fresh: boolean) {
    this.file = new EntryFile(files, path, TIME_ENTRY_BYTES, fresh);
    this.baseOffset = baseOffset;
  }

  /** Adds an entry if it says more than the last one. */
  maybeAppend(timestamp: Timestamp, offset: Offset): void {
    const last = this.last();
    if (timestamp < 0 || (last !== null && timestamp <= last.timestamp)) {
      return;
    }
    const at = this.file.grow();
    writeInt64(this.file.entries(), at, timestamp);
    writeInt32(this.file.entries(), at + 8, offset - this.baseOffset);
  }

  last(): { timestamp: Timestamp; offset: Offset } | null {
    const count = this.file.count;
    return count === 0 ? null : this.entry(count - 1);
  }

  /** Up to this offset every timestamp is below `timestamp`. */
  lookup(timestamp: Timestamp): Offset {
    let low = 0;
    let high = this.file.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entry(middle).timestamp < timestamp) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low === 0 ? this.baseOffset : this.entry(low - 1).offset;
  }

  truncateTo(offset: Offset): void {
    let count = this.file.count;
    while (count > 0 && this.entry(count - 1).offset >= offset) {
      count--;
    }
    this.file.cutTo(count);
  }

  isSane(endOffset: Offset): boolean {
    let timestamp = -1;
    let offset = -1;
    for (let i = 0; i < this.file.count; i++) {
      const entry = this.entry(i);
      if (entry.timestamp <= timestamp || entry.offset <= offset) {
        return false;
      }
      timestamp = entry.timestamp;
      offset = entry.offset;
    }
    return offset < endOffset;
  }

  private entry(index: number): { timestamp: Timestamp; offset: Offset } {
    const bytes = this.file.entries();
    const at = index * TIME_ENTRY_BYTES;
    return {
      timestamp: readInt64(bytes, at) as Timestamp,
      offset: (this.baseOffset + readInt32(bytes, at + 8)) as Offset,
    };
  }
}
