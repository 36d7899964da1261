/** What the parts of a partition's world have in common, as bytes: batches, epochs, assignments. */

import type {
  BatchFacts,
  EpochEntry,
  PartitionAssignment,
  ReplicaBroker,
} from '../../core/partition/types.js';
import {
  type BrokerEpoch,
  type BrokerId,
  type LeaderEpoch,
  NO_LEADER,
  type Offset,
  type PartitionEpoch,
} from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import { batchOf } from './batches.js';

/** -1: none. */
export function writeEpoch(writer: PartWriter, epoch: LeaderEpoch): void {
  writer.number(epoch + 1);
}

export function readEpoch(reader: PartReader): LeaderEpoch {
  return (reader.number() - 1) as LeaderEpoch;
}

/** In the order that they have: a preferred leader comes first. */
export function writeIds(writer: PartWriter, ids: readonly BrokerId[]): void {
  writer.list(ids, (id) => writer.id(id));
}

export function readIds(reader: PartReader): BrokerId[] {
  return reader.list(() => reader.number() as BrokerId);
}

export function writeLeader(writer: PartWriter, leader: BrokerId): void {
  writer.id(leader === NO_LEADER ? null : leader);
}

export function readLeader(reader: PartReader): BrokerId {
  return reader.id<BrokerId>() ?? NO_LEADER;
}

/** Of the batches of this world nothing else differs (`batchOf`). */
export function writeBatch(writer: PartWriter, batch: BatchFacts): void {
  writer.number(batch.baseOffset);
  writeEpoch(writer, batch.leaderEpoch);
  writer.number(batch.maxTimestamp);
  writer.number(batch.baseSequence + 1);
}

export function readBatch(reader: PartReader): BatchFacts {
  const baseOffset = reader.number() as Offset;
  const leaderEpoch = readEpoch(reader);
  const name = reader.number();
  return { ...batchOf(name, reader.number() - 1), baseOffset, leaderEpoch };
}

export function writeEpochEntries(writer: PartWriter, epochs: readonly EpochEntry[]): void {
  writer.list(epochs, ({ epoch, startOffset }) => {
    writeEpoch(writer, epoch);
    writer.number(startOffset);
  });
}

export function readEpochEntries(reader: PartReader): EpochEntry[] {
  return reader.list(() => ({ epoch: readEpoch(reader), startOffset: reader.number() as Offset }));
}

export function writeAssignment(writer: PartWriter, assignment: PartitionAssignment): void {
  writeLeader(writer, assignment.leader);
  writeEpoch(writer, assignment.leaderEpoch);
  writer.number(assignment.partitionEpoch + 1);
  writeIds(writer, assignment.replicas);
  writeIds(writer, assignment.isr);
  writer.flag(assignment.leaderRecoveryState === 'recovering');
}

export function readAssignment(reader: PartReader): PartitionAssignment {
  return {
    leader: readLeader(reader),
    leaderEpoch: readEpoch(reader),
    partitionEpoch: (reader.number() - 1) as PartitionEpoch,
    replicas: readIds(reader),
    isr: readIds(reader),
    leaderRecoveryState: reader.flag() ? 'recovering' : 'recovered',
  };
}

export function writeReplicaBroker(writer: PartWriter, broker: ReplicaBroker): void {
  writer.id(broker.id);
  writer.number(broker.epoch);
  writer.flag(broker.fenced);
  writer.flag(broker.inControlledShutdown);
}

export function readReplicaBroker(reader: PartReader): ReplicaBroker {
  const id = reader.number() as BrokerId;
  const epoch = reader.number() as BrokerEpoch;
  const fenced = reader.flag();
  return { id, epoch, fenced, inControlledShutdown: reader.flag(), rack: rackOf(id) };
}

/** Every broker stands in a rack of its own. */
export function rackOf(id: number): string {
  return `rack-${id}`;
}
