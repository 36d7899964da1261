/** Canonical bytes of a partition's state: equal states, whatever their history, give equal bytes. */

import type { ProducerId } from '../types/ids.js';
import type { LeaderState, PartitionState, ProducerEntry } from './types.js';

/** A growing buffer. Numbers are written as 64-bit floats: one form for each, -1 included. */
interface Writer {
  bytes: Uint8Array;
  view: DataView;
  length: number;
}

function reserve(writer: Writer, count: number): number {
  const at = writer.length;
  writer.length += count;
  if (writer.length > writer.bytes.length) {
    const larger = new Uint8Array(Math.max(writer.length, writer.bytes.length * 2));
    larger.set(writer.bytes);
    writer.bytes = larger;
    writer.view = new DataView(larger.buffer);
  }
  return at;
}

function putByte(writer: Writer, value: number): void {
  const at = reserve(writer, 1);
  writer.bytes[at] = value;
}

function putNumber(writer: Writer, value: number): void {
  const at = reserve(writer, 8);
  writer.view.setFloat64(at, value);
}

function putNumbers(writer: Writer, values: readonly number[]): void {
  putNumber(writer, values.length);
  for (const value of values) {
    putNumber(writer, value);
  }
}

function putText(writer: Writer, text: string): void {
  putNumber(writer, text.length);
  for (let i = 0; i < text.length; i++) {
    const at = reserve(writer, 2);
    writer.view.setUint16(at, text.charCodeAt(i));
  }
}

/**
 * Canonical bytes of `state`. Stamps are left out: they are opaque, and a state that differs only in
 * them behaves the same until a host's timer fires.
 */
export function encodePartition(state: PartitionState): Uint8Array {
  const bytes = new Uint8Array(512);
  const writer: Writer = { bytes, view: new DataView(bytes.buffer), length: 0 };
  putNumber(writer, state.self);
  putText(writer, state.topicId);
  putNumber(writer, state.partition);
  putNumber(writer, state.config.minInsyncReplicas);
  putByte(writer, state.role === 'leader' ? 2 : state.role === 'follower' ? 1 : 0);
  putNumber(writer, state.leader);
  putNumber(writer, state.leaderEpoch);
  putNumber(writer, state.partitionEpoch);
  putNumbers(writer, state.replicas);
  putNumbers(writer, state.isr);
  putByte(writer, state.leaderRecoveryState === 'recovering' ? 1 : 0);
  putNumber(writer, state.brokers.size);
  for (const id of [...state.brokers.keys()].sort((a, b) => a - b)) {
    const broker = state.brokers.get(id)!;
    putNumber(writer, broker.id);
    putNumber(writer, broker.epoch);
    putByte(writer, (broker.fenced ? 1 : 0) + (broker.inControlledShutdown ? 2 : 0));
    putText(writer, broker.rack ?? '');
  }
  putNumber(writer, state.logStartOffset);
  putNumber(writer, state.logEndOffset);
  putNumber(writer, state.nextOffset);
  putByte(writer, state.pendingTruncation === null ? 0 : 1);
  putNumber(writer, state.pendingTruncation ?? 0);
  putNumber(writer, state.highWatermark);
  putNumber(writer, state.leaderHighWatermark);
  putNumber(writer, state.epochs.length);
  for (const entry of state.epochs) {
    putNumber(writer, entry.epoch);
    putNumber(writer, entry.startOffset);
  }
  putProducers(writer, state.producers);
  putLeaderState(writer, state.leaderState);
  return writer.bytes.slice(0, writer.length);
}

function putProducers(writer: Writer, producers: ReadonlyMap<ProducerId, ProducerEntry>): void {
  putNumber(writer, producers.size);
  for (const id of [...producers.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    const entry = producers.get(id)!;
    const at = reserve(writer, 8);
    writer.view.setBigInt64(at, BigInt.asIntN(64, id));
    putNumber(writer, entry.epoch);
    putNumber(writer, entry.lastTimestamp);
    putNumber(writer, entry.batches.length);
    for (const batch of entry.batches) {
      putNumber(writer, batch.baseSequence);
      putNumber(writer, batch.lastSequence);
      putNumber(writer, batch.baseOffset);
      putNumber(writer, batch.lastOffset);
      putNumber(writer, batch.timestamp);
    }
  }
}

function putLeaderState(writer: Writer, leaderState: LeaderState | null): void {
  putByte(writer, leaderState === null ? 0 : 1);
  if (leaderState === null) {
    return;
  }
  putNumber(writer, leaderState.epochStartOffset);
  putNumber(writer, leaderState.followers.size);
  for (const id of [...leaderState.followers.keys()].sort((a, b) => a - b)) {
    const follower = leaderState.followers.get(id)!;
    putNumber(writer, id);
    putNumber(writer, follower.brokerEpoch);
    putNumber(writer, follower.logEndOffset);
    putNumber(writer, follower.leaderEndAtFetch);
    putNumber(writer, follower.logStartOffset);
    putByte(writer, follower.lagging ? 1 : 0);
  }
  putByte(writer, leaderState.inflight === null ? 0 : 1);
  if (leaderState.inflight !== null) {
    putNumbers(writer, leaderState.inflight.isr);
    putNumbers(writer, leaderState.inflight.brokerEpochs);
    putNumber(writer, leaderState.inflight.partitionEpoch);
  }
  putNumber(writer, leaderState.waiting.length);
  for (const waiting of leaderState.waiting) {
    putNumber(writer, waiting.token);
    putNumber(writer, waiting.acks);
    putNumber(writer, waiting.requiredOffset);
    putNumber(writer, waiting.baseOffset);
    putNumber(writer, waiting.logAppendTime);
  }
  putNumber(writer, leaderState.deleting.length);
  for (const deletion of leaderState.deleting) {
    putNumber(writer, deletion.token);
    putNumber(writer, deletion.requiredOffset);
  }
}
