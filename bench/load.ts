/**
 * Load that costs the client little, so that the brokers are what is measured: batches are encoded
 * once and sent again and again, fetched batches are checked (length, CRC) and counted but not taken
 * apart. One connection carries one partition's requests, several in flight.
 */

import { FETCH, PRODUCE } from '../src/client/apis.js';
import { BrokerConnection, type ClientWorld } from '../src/client/connection.js';
import { encodeBatch } from '../src/client/records.js';
import type { Address } from '../src/client/routes.js';
import type { Offset, PartitionIndex, Timestamp } from '../src/core/types/ids.js';
import { nodeEnvironment } from '../src/environment/node/environment.js';
import {
  batchSize,
  HEADER_BYTES,
  problemOfBatch,
  readBatchHeader,
} from '../src/log/record-batch.js';

export const RECORD_BYTES = 1024;
/** Framing of one record in a batch: lengths, deltas and no key or headers. */
const RECORD_OVERHEAD_BYTES = 12;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
/** max.partition.fetch.bytes of Kafka's consumer. */
const FETCH_BYTES = 1024 * 1024;

let shared: ClientWorld | null = null;

function world(): ClientWorld {
  shared ??= nodeEnvironment();
  return shared;
}

function connect(address: Address): BrokerConnection {
  const options = { ...address, clientId: 'bench', maxFrameBytes: MAX_FRAME_BYTES };
  return new BrokerConnection(world(), options, () => {});
}

/** As many records of 1 KiB as fit into `batchBytes` (batch.size), at least one. */
export function makeBatch(batchBytes: number): { bytes: Uint8Array; records: number } {
  const fitting = (batchBytes - HEADER_BYTES) / (RECORD_BYTES + RECORD_OVERHEAD_BYTES);
  const records = Math.max(1, Math.floor(fitting));
  const timestamp = Date.now() as Timestamp;
  const all = Array.from({ length: records }, () => {
    const value = new Uint8Array(RECORD_BYTES);
    crypto.getRandomValues(value);
    return { key: null, value, timestamp };
  });
  return { bytes: encodeBatch(all, null, 0), records };
}

/** One connection that produces to one partition. */
export class ProduceChannel {
  private readonly connection: BrokerConnection;
  private readonly topic: string;
  private readonly partition: PartitionIndex;
  private readonly acks: -1 | 1;

  constructor(address: Address, topic: string, partition: PartitionIndex, acks: -1 | 1) {
    this.connection = connect(address);
    this.topic = topic;
    this.partition = partition;
    this.acks = acks;
  }

  /** Sends one batch; `done` once it is acknowledged. What goes wrong ends the measurement. */
  send(records: Uint8Array, done: () => void): void {
    const { topic, partition, acks } = this;
    const body = {
      transactionalId: null,
      acks,
      timeoutMs: REQUEST_TIMEOUT_MILLISECONDS,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    };
    const { api, version } = PRODUCE;
    this.connection.call(api, version, body, REQUEST_TIMEOUT_MILLISECONDS, (result) => {
      if (result.type !== 'answered') {
        throw new Error(`produce: ${result.error.message}`);
      }
      const code = result.body.responses[0]?.partitionResponses[0]?.errorCode;
      if (code !== 0) {
        throw new Error(`produce: error code ${code}`);
      }
      done();
    });
  }

  close(): void {
    this.connection.close();
  }
}

/**
 * Keeps `inFlight` batches on each channel for `seconds`. `onAcknowledged` hears of each batch.
 * Resolves when everything sent is acknowledged.
 */
export async function produceFor(
  channels: readonly ProduceChannel[],
  batch: Uint8Array,
  inFlight: number,
  seconds: number,
  onAcknowledged: () => void,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  await new Promise<void>((resolve) => {
    let open = 0;
    const send = (channel: ProduceChannel): void => {
      open++;
      channel.send(batch, () => {
        open--;
        onAcknowledged();
        if (performance.now() < end) {
          send(channel);
        } else if (open === 0) {
          resolve();
        }
      });
    };
    for (const channel of channels) {
      for (let i = 0; i < inFlight; i++) {
        send(channel);
      }
    }
  });
}

/** Reads a partition from its start until `records` were counted. Resolves to the bytes received. */
export async function consumeAll(
  address: Address,
  topic: string,
  partition: PartitionIndex,
  records: number,
): Promise<number> {
  const connection = connect(address);
  let offset = 0 as Offset;
  let received = 0;
  while (offset < records) {
    const { next, length } = await fetchOnce(connection, topic, partition, offset);
    if (next === offset) {
      throw new Error(`${topic}-${partition} ends at ${offset}, before ${records}`);
    }
    received += length;
    offset = next;
  }
  connection.close();
  return received;
}

interface FetchedBytes {
  /** Where to go on. */
  readonly next: Offset;
  readonly length: number;
}

/** The bytes are checked at once: their buffer is used again when the callback returns. */
function fetchOnce(
  connection: BrokerConnection,
  topic: string,
  partition: PartitionIndex,
  fetchOffset: Offset,
): Promise<FetchedBytes> {
  const body = {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    isolationLevel: 0,
    topics: [
      {
        topic,
        partitions: [
          { partition, currentLeaderEpoch: -1, fetchOffset, partitionMaxBytes: FETCH_BYTES },
        ],
      },
    ],
  };
  const { api, version } = FETCH;
  return new Promise((resolve, reject) => {
    connection.call(api, version, body, REQUEST_TIMEOUT_MILLISECONDS, (result) => {
      const answer =
        result.type === 'answered' ? result.body.responses[0]?.partitions[0] : undefined;
      if (answer?.errorCode !== 0) {
        reject(new Error(`fetch: ${JSON.stringify(answer?.errorCode ?? result)}`));
        return;
      }
      const bytes = answer.records ?? new Uint8Array(0);
      resolve({ next: endOfBatches(bytes, fetchOffset), length: bytes.length });
    });
  });
}

/** Offset behind the last whole batch in `bytes`; the last one may be cut off (KIP-74). */
function endOfBatches(bytes: Uint8Array, from: Offset): Offset {
  let next = from;
  let position = 0;
  while (position + HEADER_BYTES <= bytes.length) {
    const size = batchSize(bytes, position);
    if (position + size > bytes.length) {
      break;
    }
    const problem = problemOfBatch(bytes, position);
    if (problem !== null) {
      throw new Error(`a fetched batch is ${problem}`);
    }
    const { baseOffset, lastOffsetDelta } = readBatchHeader(bytes, position);
    next = (baseOffset + lastOffsetDelta + 1) as Offset;
    position += size;
  }
  return next;
}
