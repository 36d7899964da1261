/** What is under way between brokers, and between brokers and the controller, as bytes. */

import type { EpochEnd } from '../../core/partition/rule-types.js';
import type { BatchFacts, PartitionAssignment } from '../../core/partition/types.js';
import type {
  BrokerEpoch,
  BrokerId,
  LeaderEpoch,
  Offset,
  PartitionEpoch,
} from '../../core/types/ids.js';
import type { PartReader, PartWriter } from '../part-writer.js';
import {
  readAssignment,
  readBatch,
  readEpoch,
  readIds,
  writeAssignment,
  writeBatch,
  writeEpoch,
  writeIds,
} from './codec.js';

/** A follower's fetch. */
export interface FetchPacket {
  readonly type: 'fetch';
  readonly from: BrokerId;
  readonly to: BrokerId;
  /** The follower's own, as it registered (KIP-903). */
  readonly brokerEpoch: BrokerEpoch;
  readonly logStartOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly offset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  /** Nobody waits for the answer any more: there will be none. */
  readonly isLate: boolean;
}

/** The answer, with what it is the answer to. */
export interface FetchedPacket {
  readonly type: 'fetched';
  readonly from: BrokerId;
  readonly to: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly leaderEpoch: LeaderEpoch;
  readonly offset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  readonly error: number;
  readonly diverging: EpochEnd | null;
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  readonly batches: readonly BatchFacts[];
}

/** A leader's AlterPartition. */
export interface AlterPacket {
  readonly type: 'alter';
  readonly from: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly isr: readonly BrokerId[];
  /** Of each of `isr`; -1: not known. */
  readonly isrEpochs: readonly BrokerEpoch[];
  readonly isRecovering: boolean;
  /** Nobody waits for the answer any more: there will be none. */
  readonly isLate: boolean;
}

/** The controller's answer. */
export interface AlteredPacket {
  readonly type: 'altered';
  readonly to: BrokerId;
  readonly brokerEpoch: BrokerEpoch;
  readonly requestedPartitionEpoch: PartitionEpoch;
  readonly error: number;
  readonly assignment: PartitionAssignment | null;
}

export type Packet = FetchPacket | FetchedPacket | AlterPacket | AlteredPacket;

const TYPES: readonly Packet['type'][] = ['fetch', 'fetched', 'alter', 'altered'];

export function writePacket(writer: PartWriter, packet: Packet): void {
  writer.oneOf(TYPES, packet.type);
  switch (packet.type) {
    case 'fetch':
      writer.id(packet.from);
      writer.id(packet.to);
      writer.number(packet.brokerEpoch);
      writer.number(packet.logStartOffset);
      writeEpoch(writer, packet.leaderEpoch);
      writer.number(packet.offset);
      writeEpoch(writer, packet.lastFetchedEpoch);
      writer.flag(packet.isLate);
      return;
    case 'fetched':
      writer.id(packet.from);
      writer.id(packet.to);
      writer.number(packet.brokerEpoch);
      writeEpoch(writer, packet.leaderEpoch);
      writer.number(packet.offset);
      writeEpoch(writer, packet.lastFetchedEpoch);
      writer.number(packet.error);
      writer.nullable(packet.diverging, ({ epoch, endOffset }) => {
        writeEpoch(writer, epoch);
        writer.number(endOffset + 1);
      });
      writer.number(packet.highWatermark);
      writer.number(packet.logStartOffset);
      writer.list(packet.batches, (batch) => writeBatch(writer, batch));
      return;
    case 'alter':
      writer.id(packet.from);
      writer.number(packet.brokerEpoch);
      writeEpoch(writer, packet.leaderEpoch);
      writer.number(packet.partitionEpoch);
      writeIds(writer, packet.isr);
      writer.list(packet.isrEpochs, (epoch) => writer.number(epoch + 1));
      writer.flag(packet.isRecovering);
      writer.flag(packet.isLate);
      return;
    case 'altered':
      writer.id(packet.to);
      writer.number(packet.brokerEpoch);
      writer.number(packet.requestedPartitionEpoch);
      writer.number(packet.error);
      writer.nullable(packet.assignment, (assignment) => writeAssignment(writer, assignment));
      return;
  }
}

export function readPacket(reader: PartReader): Packet {
  const type = reader.oneOf(TYPES);
  const id = (): BrokerId => reader.number() as BrokerId;
  const offset = (): Offset => reader.number() as Offset;
  const brokerEpoch = (): BrokerEpoch => reader.number() as BrokerEpoch;
  const partitionEpoch = (): PartitionEpoch => reader.number() as PartitionEpoch;
  switch (type) {
    case 'fetch':
      return {
        type,
        from: id(),
        to: id(),
        brokerEpoch: brokerEpoch(),
        logStartOffset: offset(),
        leaderEpoch: readEpoch(reader),
        offset: offset(),
        lastFetchedEpoch: readEpoch(reader),
        isLate: reader.flag(),
      };
    case 'fetched':
      return {
        type,
        from: id(),
        to: id(),
        brokerEpoch: brokerEpoch(),
        leaderEpoch: readEpoch(reader),
        offset: offset(),
        lastFetchedEpoch: readEpoch(reader),
        error: reader.number(),
        diverging: reader.nullable(() => ({
          epoch: readEpoch(reader),
          endOffset: (reader.number() - 1) as Offset,
        })),
        highWatermark: offset(),
        logStartOffset: offset(),
        batches: reader.list(() => readBatch(reader)),
      };
    case 'alter':
      return {
        type,
        from: id(),
        brokerEpoch: brokerEpoch(),
        leaderEpoch: readEpoch(reader),
        partitionEpoch: partitionEpoch(),
        isr: readIds(reader),
        isrEpochs: reader.list(() => (reader.number() - 1) as BrokerEpoch),
        isRecovering: reader.flag(),
        isLate: reader.flag(),
      };
    case 'altered':
      return {
        type,
        to: id(),
        brokerEpoch: brokerEpoch(),
        requestedPartitionEpoch: partitionEpoch(),
        error: reader.number(),
        assignment: reader.nullable(() => readAssignment(reader)),
      };
  }
}
