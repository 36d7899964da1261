/** Records of `__consumer_offsets` to and from bytes, in Kafka's form: a version, then the message. */

import type {
  GroupMetadataValue,
  OffsetCommitValue,
  OffsetsRecord,
} from '../core/coordinator/types.js';
import type { LeaderEpoch, Offset, Timestamp } from '../core/types/ids.js';
import { buildBatch, type Decompress, readRecords } from '../log/record-batch.js';
import { decodeMessage, encodeMessage } from '../protocol/codec.js';
import type { MessageSchema } from '../protocol/schema.js';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../protocol/schemas/coordinator-records.js';

/** The key's leading number says what kind of record it is (Kafka's CoordinatorRecordType). */
const OFFSET_COMMIT_KEY = 1;
const GROUP_METADATA_KEY = 2;
/** Value versions that Kafka 4 writes without topic ids. */
const VALUE_VERSION = 3;
/** The only one that says when an offset expires: of commits that name a retention of their own (KIP-211). */
const EXPIRING_VERSION = 1;

/** A batch of these records at `baseOffset`. */
export function encodeOffsetsBatch(
  records: readonly OffsetsRecord[],
  baseOffset: number,
  leaderEpoch: LeaderEpoch,
  timestamp: Timestamp,
): Uint8Array {
  return buildBatch({
    baseOffset: baseOffset as Offset,
    leaderEpoch,
    records: records.map((record) => ({ ...keyAndValue(record), headers: [], timestamp })),
  });
}

function keyAndValue(record: OffsetsRecord): { key: Uint8Array; value: Uint8Array | null } {
  if (record.type === 'GroupMetadata') {
    return {
      key: versioned(GROUP_METADATA_KEY, groupMetadataKey, 0, { group: record.group }),
      value: record.value && versioned(VALUE_VERSION, groupMetadataValue, 3, record.value),
    };
  }
  const { group, topic, partition, value } = record;
  const version = (value?.expireTimestamp ?? -1) < 0 ? VALUE_VERSION : EXPIRING_VERSION;
  return {
    key: versioned(OFFSET_COMMIT_KEY, offsetCommitKey, 0, { group, topic, partition }),
    value: value && versioned(version, offsetCommitValue, version, value),
  };
}

function versioned<T>(
  prefix: number,
  schema: MessageSchema<T>,
  version: number,
  value: object,
): Uint8Array {
  const parts = encodeMessage(schema, version, value as never);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 2));
  bytes[0] = prefix >> 8;
  bytes[1] = prefix & 0xff;
  let at = 2;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export interface OffsetsRecordAt {
  readonly offset: Offset;
  readonly record: OffsetsRecord;
}

/** The records in these batches; kinds that this coordinator does not know are left out. */
export function decodeOffsetsBatches(bytes: Uint8Array, decompress: Decompress): OffsetsRecordAt[] {
  const records: OffsetsRecordAt[] = [];
  for (const { offset, key, value } of readRecords(bytes, decompress)) {
    const record = key === null ? null : decodeOffsetsRecord(key, value);
    if (record !== null) {
      records.push({ offset, record });
    }
  }
  return records;
}

function decodeOffsetsRecord(key: Uint8Array, value: Uint8Array | null): OffsetsRecord | null {
  const kind = prefixOf(key);
  if (kind === OFFSET_COMMIT_KEY || kind === 0) {
    const { group, topic, partition } = decodeMessage(offsetCommitKey, 0, key, 2);
    const decoded =
      value === null ? null : decodeMessage(offsetCommitValue, prefixOf(value), value, 2);
    const committed = decoded as OffsetCommitValue | null;
    return { type: 'OffsetCommit', group, topic, partition, value: committed && known(committed) };
  }
  if (kind === GROUP_METADATA_KEY) {
    const { group } = decodeMessage(groupMetadataKey, 0, key, 2);
    const decoded =
      value === null ? null : decodeMessage(groupMetadataValue, prefixOf(value), value, 2);
    // The views keep the whole batch alive: the state must not.
    const owned = decoded === null ? null : ownBytes(decoded as GroupMetadataValue);
    return { type: 'GroupMetadata', group, value: owned };
  }
  return null;
}

/** Without what this coordinator does not keep: the topic's id, which value version 4 may carry. */
function known(value: OffsetCommitValue): OffsetCommitValue {
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp } = value;
  return { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp };
}

function ownBytes(value: GroupMetadataValue): GroupMetadataValue {
  return {
    ...value,
    members: value.members.map((member) => ({
      ...member,
      subscription: member.subscription.slice(),
      assignment: member.assignment.slice(),
    })),
  };
}

function prefixOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}
