/** What the judge of the partition remembers, as bytes, and what of it can be forgotten. */

import type { BatchFacts } from '../../core/partition/types.js';
import { Batches } from '../../core/properties/partition/batches.js';
import { newPartitionGhost, type PartitionGhost } from '../../core/properties/partition/ghost.js';
import type { BrokerId, LeaderEpoch, Offset } from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import type { ExploredBroker } from './broker.js';
import { readBatch, readEpoch, writeBatch, writeEpoch } from './codec.js';

const ACKS: readonly (-1 | 0 | 1)[] = [-1, 0, 1];
/** Behind all offsets of an explored world. */
const NOWHERE = 255;

export function writeGhost(writer: PartWriter, ghost: PartitionGhost): void {
  writer.list(byNumber(ghost.leaders), ([epoch, leader]) => {
    writeEpoch(writer, epoch);
    writer.id(leader);
  });
  writer.list(byNumber(ghost.records), ([epoch, batches]) => {
    writeEpoch(writer, epoch);
    writer.list(byNumber(batches), ([, batch]) => writeBatch(writer, batch));
  });
  for (const batches of [ghost.committed, ghost.acknowledged, ghost.shown]) {
    writer.list(batches.values(), (batch) => writeBatch(writer, batch));
  }
  writer.list([...ghost.pending.keys()].sort(byProduce), (key) => {
    const { acks, batch } = ghost.pending.get(key)!;
    writeKey(writer, key);
    writer.oneOf(ACKS, acks);
    writeBatch(writer, batch);
  });
  writer.list([...ghost.answered].sort(byProduce), (key) => writeKey(writer, key));
  writer.number(ghost.highWatermark);
  writer.list(byNumber(ghost.logStarts), ([id, offset]) => {
    writer.id(id);
    writer.number(offset);
  });
  writer.list(byNumber(ghost.latest), ([epoch, offset]) => {
    writeEpoch(writer, epoch);
    writer.number(offset);
  });
  writer.number(ghost.promisesFrom);
  writer.number(Math.min(ghost.lostFrom, NOWHERE));
  writer.number(ghost.lostUpTo);
  writer.number(ghost.begunAnewAt);
}

export function readGhost(reader: PartReader): PartitionGhost {
  const map = <Key, Value>(readKey: () => Key, read: () => Value): Map<Key, Value> =>
    new Map(reader.list(() => [readKey(), read()] as const));
  const offset = (): Offset => reader.number() as Offset;
  const id = (): BrokerId => reader.number() as BrokerId;
  const epoch = (): LeaderEpoch => readEpoch(reader);
  const batch = (): BatchFacts => readBatch(reader);
  const batches = (): Batches => {
    const read = new Batches();
    for (const each of reader.list(batch)) {
      read.set(each);
    }
    return read;
  };
  const key = (): string => `${reader.number()}:${reader.number()}:${reader.number()}`;
  const unbounded = (value: number): number =>
    value === NOWHERE ? Number.POSITIVE_INFINITY : value;
  const { shownRange } = newPartitionGhost();
  return {
    leaders: map(epoch, id),
    records: map(epoch, () => new Map(reader.list(batch).map((each) => [each.baseOffset, each]))),
    committed: batches(),
    acknowledged: batches(),
    shown: batches(),
    held: new Map(),
    folds: new Map(),
    shownRange,
    pending: map(key, () => ({ acks: reader.oneOf(ACKS), batch: batch() })),
    answered: new Set(reader.list(key)),
    highWatermark: offset(),
    logStarts: map(id, offset),
    latest: map(epoch, offset),
    promisesFrom: reader.number() as LeaderEpoch,
    lostFrom: unbounded(reader.number()),
    lostUpTo: reader.number(),
    begunAnewAt: offset(),
    lostAcknowledged: 0,
  };
}

/** A copy of which nothing is shared that a judge changes. */
export function copyGhost(ghost: PartitionGhost): PartitionGhost {
  const copied = (batches: Batches): Batches => {
    const copy = new Batches();
    for (const batch of batches.values()) {
      copy.set(batch);
    }
    return copy;
  };
  return {
    ...ghost,
    leaders: new Map(ghost.leaders),
    records: new Map([...ghost.records].map(([epoch, batches]) => [epoch, new Map(batches)])),
    committed: copied(ghost.committed),
    acknowledged: copied(ghost.acknowledged),
    shown: copied(ghost.shown),
    held: new Map(),
    folds: new Map(),
    pending: new Map(ghost.pending),
    answered: new Set(ghost.answered),
    logStarts: new Map(ghost.logStarts),
    latest: new Map(ghost.latest),
  };
}

/**
 * Drops what nothing can depend on any more: produces that a dead process had to answer, log starts at the very
 * beginning, answers to ListOffsets that an earlier epoch's says too, and how much was lost.
 */
export function forgetful(ghost: PartitionGhost, broker: ExploredBroker): void {
  if (broker.replica === null) {
    const own = `${broker.id}:`;
    for (const key of ghost.pending.keys()) {
      if (key.startsWith(own)) {
        ghost.pending.delete(key);
      }
    }
    for (const key of ghost.answered) {
      if (key.startsWith(own)) {
        ghost.answered.delete(key);
      }
    }
  }
  for (const [id, offset] of ghost.logStarts) {
    if (offset === 0) {
      ghost.logStarts.delete(id);
    }
  }
  let highest = -1;
  for (const [epoch, offset] of byNumber(ghost.latest)) {
    // Before `promisesFrom` nobody is held to it; else whoever asks of this epoch asks of earlier ones too.
    if (epoch < ghost.promisesFrom || offset <= highest) {
      ghost.latest.delete(epoch);
    } else {
      highest = offset;
    }
  }
  ghost.shownRange = newPartitionGhost().shownRange;
  ghost.lostAcknowledged = 0;
}

function byNumber<Key extends number, Value>(map: ReadonlyMap<Key, Value>): [Key, Value][] {
  return [...map].sort(([a], [b]) => a - b);
}

/** `<broker>:<its epoch>:<token>`. */
function writeKey(writer: PartWriter, key: string): void {
  for (const part of key.split(':')) {
    writer.number(Number(part));
  }
}

function byProduce(a: string, b: string): number {
  const left = a.split(':').map(Number);
  const right = b.split(':').map(Number);
  return left[0]! - right[0]! || left[1]! - right[1]! || left[2]! - right[2]!;
}
