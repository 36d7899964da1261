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
  batchSize,
  buildBatch,
  HEADER_BYTES,
  problemOfBatch,
  readBatchHeader,
  readRecords,
} from '../log/record-batch.js';
import { compress, decompress } from '../protocol/compression.js';
import { ProtocolError } from '../protocol/errors.js';

export interface RecordToSend {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: Timestamp;
}

export interface FetchedRecord {
  readonly offset: Offset;
  readonly timestamp: Timestamp;
  /** Copies: the buffer that they were received in is used again. */
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

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
    records: records.map(({ key, value, timestamp }) => ({
      key,
      value,
      timestamp,
      headers: NO_HEADERS,
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
  bytes: Uint8Array | null,
  from: Offset,
): {
  readonly records: FetchedRecord[];
  readonly nextOffset: Offset;
  /** Of the last whole batch; NO_EPOCH: there is none. */
  readonly lastEpoch: LeaderEpoch;
} {
  const records: FetchedRecord[] = [];
  let nextOffset = from;
  let lastEpoch: LeaderEpoch = NO_EPOCH;
  let position = 0;
  while (bytes !== null && position + HEADER_BYTES <= bytes.length) {
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
      readInto(records, bytes.subarray(position, position + size), from);
    }
    nextOffset = plus(header.baseOffset, header.lastOffsetDelta + 1);
    lastEpoch = header.leaderEpoch;
    position += size;
  }
  return { records, nextOffset, lastEpoch };
}

function readInto(records: FetchedRecord[], batch: Uint8Array, from: Offset): void {
  try {
    for (const { offset, timestamp, key, value } of readRecords(batch, decompress)) {
      if (offset >= from) {
        records.push({ offset, timestamp, key: copy(key), value: copy(value) });
      }
    }
  } catch (error) {
    if (error instanceof MalformedBytes) {
      throw new ProtocolError(`a fetched record batch is malformed: ${error.message}`);
    }
    throw error;
  }
}

/** Not `slice`: that of a Node buffer is a view. */
function copy(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes);
}
