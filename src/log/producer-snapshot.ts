/**
 * Producer snapshots (`<offset>.snapshot`): the producers' state as of an offset, in Kafka's format,
 * version 1. Kafka keeps one batch per producer there; we write an entry for each of the last five,
 * oldest first, because a restart must not forget duplicates. A reader that knows one entry per
 * producer keeps the last.
 */

import type { LogRules } from '../core/log/rules.js';
import { incrementSequence, MAX_SEQUENCE } from '../core/partition/producer-state.js';
import type { ProducerBatch, ProducerEntry } from '../core/partition/types.js';
import type { Offset, ProducerEpoch, ProducerId, Timestamp } from '../core/types/ids.js';
import type { FileSystem } from '../environment/environment.js';
import {
  readBigInt64,
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeBigInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from './bytes.js';
import { crc32c } from './crc32c.js';
import { offsetFileName, offsetOfFileName, SNAPSHOT_SUFFIX } from './segment.js';

const VERSION = 1;
const CRC_AT = 2;
const COUNT_AT = 6;
const ENTRIES_AT = 10;
/** id 8, epoch 2, last sequence 4, last offset 8, offset delta 4, timestamp 8, 4 + 8 for transactions. */
const ENTRY_BYTES = 46;

interface Row {
  readonly id: ProducerId;
  readonly epoch: ProducerEpoch;
  readonly lastSequence: number;
  readonly lastOffset: Offset;
  readonly offsetDelta: number;
  readonly timestamp: Timestamp;
}

/** The bytes of a snapshot, producers in the order of their ids. */
export function encodeProducers(producers: ReadonlyMap<ProducerId, ProducerEntry>): Uint8Array {
  const rows: Row[] = [];
  for (const id of [...producers.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    rows.push(...rowsOf(id, producers.get(id)!));
  }
  const bytes = new Uint8Array(ENTRIES_AT + rows.length * ENTRY_BYTES);
  writeInt16(bytes, 0, VERSION);
  writeInt32(bytes, COUNT_AT, rows.length);
  let at = ENTRIES_AT;
  for (const row of rows) {
    writeBigInt64(bytes, at, row.id);
    writeInt16(bytes, at + 8, row.epoch);
    writeInt32(bytes, at + 10, row.lastSequence);
    writeInt64(bytes, at + 14, row.lastOffset);
    writeInt32(bytes, at + 22, row.offsetDelta);
    writeInt64(bytes, at + 26, row.timestamp);
    writeInt32(bytes, at + 34, -1);
    writeInt64(bytes, at + 38, -1);
    at += ENTRY_BYTES;
  }
  writeInt32(bytes, CRC_AT, crc32c(bytes, COUNT_AT));
  return bytes;
}

function rowsOf(id: ProducerId, entry: ProducerEntry): Row[] {
  const { epoch } = entry;
  const rows: Row[] = entry.batches.map((batch) => ({
    id,
    epoch,
    lastSequence: batch.lastSequence,
    lastOffset: batch.lastOffset,
    offsetDelta: batch.lastOffset - batch.baseOffset,
    timestamp: batch.timestamp,
  }));
  if (rows.length === 0 || rows.at(-1)!.timestamp !== entry.lastTimestamp) {
    // No batch carries the newest timestamp (a control batch did): a row without one comes first.
    rows.unshift({
      id,
      epoch,
      lastSequence: -1,
      lastOffset: -1 as Offset,
      offsetDelta: 0,
      timestamp: entry.lastTimestamp,
    });
  }
  return rows;
}

/** The producers in a snapshot; null: it is damaged, torn or of another version. */
export function decodeProducers(bytes: Uint8Array): Map<ProducerId, ProducerEntry> | null {
  if (
    bytes.length < ENTRIES_AT ||
    readInt16(bytes, 0) !== VERSION ||
    readUint32(bytes, CRC_AT) !== crc32c(bytes, COUNT_AT) ||
    bytes.length !== ENTRIES_AT + readInt32(bytes, COUNT_AT) * ENTRY_BYTES
  ) {
    return null;
  }
  const producers = new Map<ProducerId, ProducerEntry>();
  const stated = new Map<ProducerId, Timestamp>();
  for (let at = ENTRIES_AT; at < bytes.length; at += ENTRY_BYTES) {
    const id = readBigInt64(bytes, at) as ProducerId;
    const epoch = readInt16(bytes, at + 8) as ProducerEpoch;
    const timestamp = readInt64(bytes, at + 26) as Timestamp;
    const entry = producers.get(id) ?? { epoch, batches: [], lastTimestamp: timestamp };
    producers.set(id, entry);
    if (readInt32(bytes, at + 10) < 0) {
      stated.set(id, timestamp);
    } else {
      entry.batches.push(batchAt(bytes, at, timestamp));
    }
    entry.lastTimestamp = stated.get(id) ?? timestamp;
  }
  return producers;
}

function batchAt(bytes: Uint8Array, at: number, timestamp: Timestamp): ProducerBatch {
  const lastSequence = readInt32(bytes, at + 10);
  const lastOffset = readInt64(bytes, at + 14);
  const delta = readInt32(bytes, at + 22);
  // Backwards around the wrap: adding the rest of the circle is subtracting.
  const baseSequence =
    delta === 0 ? lastSequence : incrementSequence(lastSequence, MAX_SEQUENCE + 1 - delta);
  return {
    baseSequence,
    lastSequence,
    baseOffset: (lastOffset - delta) as Offset,
    lastOffset: lastOffset as Offset,
    timestamp,
  };
}

/** Offsets of the snapshots in a directory, ascending. */
export function listSnapshots(files: FileSystem, directory: string): Offset[] {
  const offsets: Offset[] = [];
  for (const name of files.list(directory)) {
    const offset = offsetOfFileName(name, SNAPSHOT_SUFFIX);
    if (offset !== null) {
      offsets.push(offset);
    }
  }
  return offsets;
}

export function snapshotPath(directory: string, offset: Offset): string {
  return `${directory}/${offsetFileName(offset, SNAPSHOT_SUFFIX)}`;
}

/**
 * Writes the snapshot as of `offset`, to the page cache: its CRC tells a torn one, and recovery then
 * takes an older one.
 */
export function writeSnapshot(
  files: FileSystem,
  directory: string,
  offset: Offset,
  producers: ReadonlyMap<ProducerId, ProducerEntry>,
): void {
  const path = snapshotPath(directory, offset);
  if (files.exists(path)) {
    if (decodeProducers(files.readWhole(path)) !== null) {
      // It says the same (the state is a function of the log before), and may be on disk already.
      return;
    }
    files.remove(path);
  }
  const file = files.open(path, 'create');
  files.write(file, 0, [encodeProducers(producers)]);
  files.close(file);
}

/** Makes the snapshot as of `offset` durable; nothing happens if there is none. */
export function syncSnapshot(files: FileSystem, directory: string, offset: Offset): void {
  const path = snapshotPath(directory, offset);
  if (files.exists(path)) {
    const file = files.open(path, 'readWrite');
    files.syncNow(file);
    files.close(file);
    files.syncDirectory(directory);
  }
}

/** The newest sound snapshot of a log that ends at `offset`; offset -1 and no producers if there is none. */
export function loadSnapshot(
  files: FileSystem,
  directory: string,
  offset: Offset,
  rules: LogRules,
): { offset: Offset; producers: Map<ProducerId, ProducerEntry> } {
  for (const candidate of listSnapshots(files, directory).reverse()) {
    if (rules.mayUseSnapshot(candidate, offset)) {
      const producers = decodeProducers(files.readWhole(snapshotPath(directory, candidate)));
      if (producers !== null) {
        return { offset: candidate, producers };
      }
      files.remove(snapshotPath(directory, candidate));
    }
  }
  return { offset: -1 as Offset, producers: new Map() };
}

/** Removes the snapshots for which `stale` says so; whether there were any. */
export function removeSnapshots(
  files: FileSystem,
  directory: string,
  stale: (offset: Offset) => boolean,
): boolean {
  const removed = listSnapshots(files, directory).filter(stale);
  for (const offset of removed) {
    files.remove(snapshotPath(directory, offset));
  }
  return removed.length > 0;
}
