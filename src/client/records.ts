/** Records into batches and out of them, as a client sees them. */

import { assert } from '../core/types/assert.js';
import type {
  LeaderEpoch,
  Offset,
  ProducerEpoch,
  ProducerId,
  Timestamp,
} from '../core/types/ids.js';
import {
  NO_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  plus,
} from '../core/types/ids.js';
import { MalformedBytes } from '../log/bytes.js';
import {
  type BatchHeader,
  batchSize,
  buildBatch,
  HEADER_BYTES,
  problemOfBatch,
  readBatchHeader,
  readBatchRecords,
} from '../log/record-batch.js';
import type { RecordHeader, RecordView } from '../log/records.js';
import { compress, decompress } from '../protocol/compression.js';
import { ProtocolError } from '../protocol/errors.js';

export interface RecordToSend {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: Timestamp;
  readonly headers?: readonly RecordHeader[];
}

export interface FetchedRecord {
  readonly offset: Offset;
  readonly timestamp: Timestamp;
  /** Parts of a copy: the buffer that they were received in is used again. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

const NO_BYTES = new Uint8Array(0);
const NO_HEADERS: readonly never[] = [];

/** One batch as a client sends it: base offset 0, no leader epoch. */
export function encodeBatch(
  records: readonly RecordToSend[],
  producer: {
    readonly producerId: ProducerId;
    readonly producerEpoch: ProducerEpoch;
    readonly baseSequence: number;
  } | null,
  compression: number,
): Uint8Array {
  assert(records.length > 0, 'a batch holds a record');
  return buildBatch({
    baseOffset: 0 as Offset,
    leaderEpoch: NO_EPOCH,
    records: records.map(({ key, value, timestamp, headers }) => ({
      key,
      value,
      timestamp,
      headers: headers ?? NO_HEADERS,
    })),
    producerId: producer?.producerId ?? NO_PRODUCER_ID,
    producerEpoch: producer?.producerEpoch ?? NO_PRODUCER_EPOCH,
    baseSequence: producer?.baseSequence ?? NO_SEQUENCE,
    compression: { codec: compression, compress },
  });
}

/**
 * The records at or after `from` in the batches of a fetch. The last batch may be cut off (KIP-74),
 * the first may begin before `from`. Control batches hold no records for a client. Throws
 * `ProtocolError` where bytes are damaged.
 */
export function decodeRecords(
  received: Uint8Array | null,
  from: Offset,
): {
  readonly records: FetchedRecord[];
  readonly nextOffset: Offset;
  /** Of the last whole batch; NO_EPOCH: there is none. */
  readonly lastEpoch: LeaderEpoch;
} {
  // Not `slice`: that of a Node buffer is a view. One copy for all keys and values.
  const bytes = received === null ? NO_BYTES : new Uint8Array(received);
  const records: FetchedRecord[] = [];
  let nextOffset = from;
  let lastEpoch: LeaderEpoch = NO_EPOCH;
  let position = 0;
  while (position + HEADER_BYTES <= bytes.length) {
    const size = batchSize(bytes, position);
    if (position + size > bytes.length) {
      break;
    }
    const problem = problemOfBatch(bytes, position);
    if (problem !== null) {
      throw new ProtocolError(`a fetched record batch is ${problem}`);
    }
    const header = readBatchHeader(bytes, position);
    if (!header.isControl) {
      readInto(records, bytes, position, header, from);
    }
    nextOffset = plus(header.baseOffset, header.lastOffsetDelta + 1);
    lastEpoch = header.leaderEpoch;
    position += size;
  }
  return { records, nextOffset, lastEpoch };
}

function readInto(
  records: FetchedRecord[],
  bytes: Uint8Array,
  position: number,
  header: BatchHeader,
  from: Offset,
): void {
  const read: RecordView[] = [];
  try {
    readBatchRecords(bytes, position, header, decompress, read);
    for (const { offset, timestamp, key, value, headers } of read) {
      if (offset >= from) {
        records.push({ offset, timestamp, key, value, headers });
      }
    }
  } catch (error) {
    if (error instanceof MalformedBytes) {
      throw new ProtocolError(`a fetched record batch is malformed: ${error.message}`);
    }
    throw error;
  }
}
