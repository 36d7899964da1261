/**
 * A broker as bytes: every field of the machine's state but for what never changes in a world (topic,
 * partition, config) and for stamps, which are all the same.
 */

import type {
  FollowerProgress,
  LeaderState,
  PartitionState,
  ProducerEntry,
} from '../../core/partition/types.js';
import { fail } from '../../core/types/assert.js';
import {
  type BrokerEpoch,
  type BrokerId,
  NO_TIMESTAMP,
  type Offset,
  type PartitionEpoch,
  type ProducerEpoch,
  type ProducerId,
  type Stamp,
  type Timestamp,
} from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import { PRODUCER } from './batches.js';
import type { Disk, ExploredBroker } from './broker.js';
import {
  readAssignment,
  readBatch,
  readEpochEntries,
  readIds,
  readReplicaBroker,
  writeAssignment,
  writeBatch,
  writeEpochEntries,
  writeIds,
  writeReplicaBroker,
} from './codec.js';
import { PARTITION, TOPIC_ID } from './controller.js';
import { type AlterPacket, readPacket, writePacket } from './packets.js';

const ROLES: readonly PartitionState['role'][] = ['none', 'follower', 'leader'];
const ACKS: readonly (-1 | 0 | 1)[] = [-1, 0, 1];
const STAMP = 0 as Stamp;

export function writeBroker(writer: PartWriter, broker: ExploredBroker): void {
  writer.id(broker.id);
  writer.number(broker.epoch);
  writer.flag(broker.isUp);
  writer.flag(broker.isClean);
  writer.flag(broker.isFetching);
  writer.number(broker.timers);
  writer.nullable(broker.altering, (packet) => writePacket(writer, packet));
  writer.nullable(broker.queued, (packet) => writePacket(writer, packet));
  writeDisk(writer, broker.disk);
  writer.nullable(broker.replica, (replica) => writeReplica(writer, replica));
}

/** `minIsr`: the world's min.insync.replicas, which is no part of a state. */
export function readBroker(reader: PartReader, minIsr: number): ExploredBroker {
  const id = reader.number() as BrokerId;
  return {
    id,
    epoch: reader.number() as BrokerEpoch,
    isUp: reader.flag(),
    isClean: reader.flag(),
    isFetching: reader.flag(),
    timers: reader.number(),
    altering: reader.nullable(() => readAlteration(reader)),
    queued: reader.nullable(() => readAlteration(reader)),
    disk: readDisk(reader),
    replica: reader.nullable(() => readReplica(reader, id, minIsr)),
  };
}

function readAlteration(reader: PartReader): AlterPacket {
  const packet = readPacket(reader);
  return packet.type === 'alter' ? packet : fail('a broker sends the controller something else');
}

function writeDisk(writer: PartWriter, disk: Disk): void {
  writer.list(disk.log, (batch) => writeBatch(writer, batch));
  writer.number(disk.logStart);
  writeEpochEntries(writer, disk.epochs);
  writer.number(disk.highWatermark);
}

function readDisk(reader: PartReader): Disk {
  return {
    log: reader.list(() => readBatch(reader)),
    logStart: reader.number() as Offset,
    epochs: readEpochEntries(reader),
    highWatermark: reader.number() as Offset,
  };
}

function writeReplica(writer: PartWriter, state: PartitionState): void {
  writer.oneOf(ROLES, state.role);
  writeAssignment(writer, state);
  writer.byId(
    state.brokers.values(),
    ({ id }) => id,
    (broker) => writeReplicaBroker(writer, broker),
  );
  writer.number(state.logStartOffset);
  writer.number(state.logEndOffset);
  writer.number(state.nextOffset);
  writer.nullable(state.pendingTruncation, (offset) => writer.number(offset));
  writer.number(state.highWatermark);
  writer.number(state.leaderHighWatermark);
  writeEpochEntries(writer, state.epochs);
  writer.nullable(state.producers.get(PRODUCER) ?? null, (entry) => writeProducer(writer, entry));
  writer.nullable(state.leaderState, (leaderState) => writeLeaderState(writer, leaderState));
}

function readReplica(
  reader: PartReader,
  self: BrokerId,
  minInsyncReplicas: number,
): PartitionState {
  const offset = (): Offset => reader.number() as Offset;
  const role = reader.oneOf(ROLES);
  return {
    self,
    topicId: TOPIC_ID,
    partition: PARTITION,
    config: { minInsyncReplicas },
    role,
    ...readAssignment(reader),
    brokers: new Map(reader.list(() => readReplicaBroker(reader)).map((each) => [each.id, each])),
    logStartOffset: offset(),
    logEndOffset: offset(),
    nextOffset: offset(),
    pendingTruncation: reader.nullable(offset),
    highWatermark: offset(),
    leaderHighWatermark: offset(),
    epochs: readEpochEntries(reader),
    producers: readProducers(reader),
    leaderState: reader.nullable(() => readLeaderState(reader)),
  };
}

function writeProducer(writer: PartWriter, entry: ProducerEntry): void {
  writer.number(entry.epoch);
  writer.number(entry.lastTimestamp);
  writer.list(entry.batches, (batch) => {
    writer.number(batch.baseSequence);
    writer.number(batch.lastSequence);
    writer.number(batch.baseOffset);
    writer.number(batch.lastOffset);
    writer.number(batch.timestamp);
  });
}

function readProducers(reader: PartReader): Map<ProducerId, ProducerEntry> {
  const entry = reader.nullable(() => ({
    epoch: reader.number() as ProducerEpoch,
    lastTimestamp: reader.number() as Timestamp,
    batches: reader.list(() => ({
      baseSequence: reader.number(),
      lastSequence: reader.number(),
      baseOffset: reader.number() as Offset,
      lastOffset: reader.number() as Offset,
      timestamp: reader.number() as Timestamp,
    })),
  }));
  return new Map(entry === null ? [] : [[PRODUCER, entry]]);
}

function writeLeaderState(writer: PartWriter, leaderState: LeaderState): void {
  writer.number(leaderState.epochStartOffset);
  writer.byId(
    leaderState.followers,
    ([id]) => id,
    ([id, progress]) => {
      writer.id(id);
      writer.number(progress.brokerEpoch + 1);
      writer.number(progress.logEndOffset + 1);
      writer.number(progress.leaderEndAtFetch + 1);
      writer.number(progress.logStartOffset + 1);
      writer.flag(progress.lagging);
    },
  );
  writer.nullable(leaderState.inflight, ({ isr, brokerEpochs, partitionEpoch }) => {
    writeIds(writer, isr);
    writer.list(brokerEpochs, (epoch) => writer.number(epoch + 1));
    writer.number(partitionEpoch);
  });
  writer.list(leaderState.waiting, ({ token, acks, requiredOffset, baseOffset }) => {
    writer.number(token);
    writer.oneOf(ACKS, acks);
    writer.number(requiredOffset);
    writer.number(baseOffset);
  });
  writer.list(leaderState.deleting, ({ token, requiredOffset }) => {
    writer.number(token);
    writer.number(requiredOffset);
  });
}

function readLeaderState(reader: PartReader): LeaderState {
  return {
    epochStartOffset: reader.number() as Offset,
    followers: new Map(reader.list(() => [reader.number() as BrokerId, readProgress(reader)])),
    inflight: reader.nullable(() => ({
      isr: readIds(reader),
      brokerEpochs: reader.list(() => (reader.number() - 1) as BrokerEpoch),
      partitionEpoch: reader.number() as PartitionEpoch,
    })),
    waiting: reader.list(() => ({
      token: reader.number(),
      acks: reader.oneOf(ACKS),
      requiredOffset: reader.number() as Offset,
      baseOffset: reader.number() as Offset,
      logAppendTime: NO_TIMESTAMP,
    })),
    deleting: reader.list(() => ({
      token: reader.number(),
      requiredOffset: reader.number() as Offset,
    })),
  };
}

function readProgress(reader: PartReader): FollowerProgress {
  return {
    brokerEpoch: (reader.number() - 1) as BrokerEpoch,
    logEndOffset: (reader.number() - 1) as Offset,
    leaderEndAtFetch: (reader.number() - 1) as Offset,
    logStartOffset: (reader.number() - 1) as Offset,
    lagging: reader.flag(),
    lastFetchStamp: STAMP,
    lastCaughtUpStamp: STAMP,
  };
}
