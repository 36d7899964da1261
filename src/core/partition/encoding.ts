/** Canonical bytes of a partition's state: equal states, whatever their history, give equal bytes. */

import {
  type CanonicalWriter,
  canonicalWriter,
  writeAll,
  writeBoolean,
  writeNullable,
  writeNumber,
  writeText,
  writtenBytes,
} from '../raft/canonical.js';
import type { BrokerId, ProducerId } from '../types/ids.js';
import type { FollowerProgress, LeaderState, PartitionState, ProducerEntry } from './types.js';

/**
 * Canonical bytes of `state`. Stamps are left out: they are opaque, and a state that differs only in
 * them behaves the same until a host's timer fires.
 */
export function encodePartition(state: PartitionState): Uint8Array {
  const writer = canonicalWriter();
  writeNumber(writer, state.self);
  writeText(writer, state.topicId);
  writeNumber(writer, state.partition);
  writeNumber(writer, state.config.minInsyncReplicas);
  writeText(writer, state.role);
  writeNumber(writer, state.leader);
  writeNumber(writer, state.leaderEpoch);
  writeNumber(writer, state.partitionEpoch);
  writeAll(writer, state.replicas, writeNumber);
  writeAll(writer, state.isr, writeNumber);
  writeText(writer, state.leaderRecoveryState);
  writeAll(writer, byId(state.brokers), (to, [, broker]) => {
    writeNumber(to, broker.id);
    writeNumber(to, broker.epoch);
    writeBoolean(to, broker.fenced);
    writeBoolean(to, broker.inControlledShutdown);
    writeNullable(to, broker.rack, writeText);
  });
  writeNumber(writer, state.logStartOffset);
  writeNumber(writer, state.logEndOffset);
  writeNumber(writer, state.nextOffset);
  writeNullable(writer, state.pendingTruncation, writeNumber);
  writeNumber(writer, state.highWatermark);
  writeNumber(writer, state.leaderHighWatermark);
  writeAll(writer, state.epochs, (to, entry) => {
    writeNumber(to, entry.epoch);
    writeNumber(to, entry.startOffset);
  });
  writeAll(writer, byId(state.producers), writeProducer);
  writeNullable(writer, state.leaderState, writeLeaderState);
  return writtenBytes(writer);
}

/** What a map holds, in the one order that does not depend on how it was filled. */
function byId<Id extends BrokerId | ProducerId, T>(map: ReadonlyMap<Id, T>): [Id, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function writeProducer(
  writer: CanonicalWriter,
  [id, entry]: readonly [ProducerId, ProducerEntry],
): void {
  writeText(writer, String(id));
  writeNumber(writer, entry.epoch);
  writeNumber(writer, entry.lastTimestamp);
  writeAll(writer, entry.batches, (to, batch) => {
    writeNumber(to, batch.baseSequence);
    writeNumber(to, batch.lastSequence);
    writeNumber(to, batch.baseOffset);
    writeNumber(to, batch.lastOffset);
    writeNumber(to, batch.timestamp);
  });
}

function writeLeaderState(writer: CanonicalWriter, leaderState: LeaderState): void {
  writeNumber(writer, leaderState.epochStartOffset);
  writeAll(writer, byId(leaderState.followers), writeFollower);
  writeNullable(writer, leaderState.inflight, (to, { isr, brokerEpochs, partitionEpoch }) => {
    writeAll(to, isr, writeNumber);
    writeAll(to, brokerEpochs, writeNumber);
    writeNumber(to, partitionEpoch);
  });
  writeAll(writer, leaderState.waiting, (to, waiting) => {
    writeNumber(to, waiting.token);
    writeNumber(to, waiting.acks);
    writeNumber(to, waiting.requiredOffset);
    writeNumber(to, waiting.baseOffset);
    writeNumber(to, waiting.logAppendTime);
  });
  writeAll(writer, leaderState.deleting, (to, deletion) => {
    writeNumber(to, deletion.token);
    writeNumber(to, deletion.requiredOffset);
  });
}

function writeFollower(
  writer: CanonicalWriter,
  [id, follower]: readonly [BrokerId, FollowerProgress],
): void {
  writeNumber(writer, id);
  writeNumber(writer, follower.brokerEpoch);
  writeNumber(writer, follower.logEndOffset);
  writeNumber(writer, follower.leaderEndAtFetch);
  writeNumber(writer, follower.logStartOffset);
  writeBoolean(writer, follower.lagging);
}
