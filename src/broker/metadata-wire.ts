/**
 * Metadata records to and from the record batches of the metadata log, framed as Kafka frames them:
 * frame version, record id and version as varints, then the record (MetadataRecordSerde).
 */

import type { MetadataRecord } from '../core/metadata/types.js';
import { present } from '../core/types/assert.js';
import { type LeaderEpoch, NO_TIMESTAMP, type Offset, type Timestamp } from '../core/types/ids.js';
import { buildBatch, readRecords } from '../log/record-batch.js';
import { decodeMessage, encodeMessage } from '../protocol/codec.js';
import { decompress } from '../protocol/compression.js';
import { ProtocolError } from '../protocol/errors.js';
import type { MessageSchema } from '../protocol/schema.js';
import {
  brokerRegistrationChangeRecord,
  configRecord,
  featureLevelRecord,
  noOpRecord,
  partitionChangeRecord,
  partitionRecord,
  producerIdsRecord,
  registerBrokerRecord,
  removeTopicRecord,
  topicRecord,
  unregisterBrokerRecord,
} from '../protocol/schemas/metadata-records.js';

const FRAME_VERSION = 1;

/** Versions written: those of metadata.version 4.0 with eligible leader replicas. */
const WRITTEN: Readonly<Record<MetadataRecord['type'], [MessageSchema<never>, number]>> = {
  RegisterBrokerRecord: [registerBrokerRecord as MessageSchema<never>, 3],
  UnregisterBrokerRecord: [unregisterBrokerRecord as MessageSchema<never>, 0],
  BrokerRegistrationChangeRecord: [brokerRegistrationChangeRecord as MessageSchema<never>, 2],
  TopicRecord: [topicRecord as MessageSchema<never>, 0],
  RemoveTopicRecord: [removeTopicRecord as MessageSchema<never>, 0],
  PartitionRecord: [partitionRecord as MessageSchema<never>, 2],
  PartitionChangeRecord: [partitionChangeRecord as MessageSchema<never>, 2],
  ConfigRecord: [configRecord as MessageSchema<never>, 0],
  ProducerIdsRecord: [producerIdsRecord as MessageSchema<never>, 0],
  FeatureLevelRecord: [featureLevelRecord as MessageSchema<never>, 0],
  NoOpRecord: [noOpRecord as MessageSchema<never>, 0],
};

const TYPE_BY_KEY = new Map<number, MetadataRecord['type']>(
  (Object.keys(WRITTEN) as MetadataRecord['type'][]).map((type) => [WRITTEN[type][0].key, type]),
);

/** One record as it stands in a batch. */
export function encodeMetadataRecord(record: MetadataRecord): Uint8Array {
  const [schema, version] = WRITTEN[record.type];
  const parts = encodeMessage(schema, version, record as never);
  const length = parts.reduce((sum, part) => sum + part.length, 3);
  const bytes = new Uint8Array(length);
  // All three are below 128: one byte each.
  bytes[0] = FRAME_VERSION;
  bytes[1] = schema.key;
  bytes[2] = version;
  let at = 3;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function decodeMetadataRecord(bytes: Uint8Array): MetadataRecord {
  const [frame, key, version] = bytes;
  const type = TYPE_BY_KEY.get(key ?? -1);
  if (frame !== FRAME_VERSION || type === undefined || version === undefined) {
    throw new ProtocolError(`metadata record of unknown kind: frame ${frame}, id ${key}`);
  }
  const value = decodeMessage(WRITTEN[type][0], version, bytes, 3) as object;
  return { type, ...value } as MetadataRecord;
}

/** Records that are appended, and so committed, together. */
export function encodeMetadataBatch(
  records: readonly MetadataRecord[],
  timestamp: Timestamp = NO_TIMESTAMP,
): Uint8Array {
  return buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: 0 as LeaderEpoch,
    records: records.map((record) => ({
      key: null,
      value: encodeMetadataRecord(record),
      headers: [],
      timestamp,
    })),
  });
}

export function decodeMetadataBatch(batch: Uint8Array): MetadataRecord[] {
  return readRecords(batch, decompress).map((record) =>
    decodeMetadataRecord(present(record.value, 'a metadata record without value')),
  );
}
