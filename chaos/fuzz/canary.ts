/**
 * A producer and consumer that do nothing wrong, beside all the others: the broker must go on serving them,
 * and what it has acknowledged must be there in the end.
 */

import { decodeRecords, encodeBatch } from '../../src/client/records.js';
import type { Address } from '../../src/client/routes.js';
import type { Offset, PartitionIndex, Timestamp } from '../../src/core/types/ids.js';
import { fetchApi, listOffsetsApi, produceApi } from '../../src/protocol/apis.js';
import { ErrorCode } from '../../src/protocol/errors.js';
import { Caller, NotServed } from './caller.js';

export const CANARY_TOPIC = 'fuzz-canary-7f3a9c';

const PAUSE_MS = 10;
const PRODUCE_TIMEOUT_MS = 10_000;
const READ_EVERY = 50;
const FETCH_BYTES = 1 << 20;

export class Canary {
  /** Values by the offset under which they were acknowledged. */
  readonly acknowledged: Map<number, string> = new Map();
  /** What went wrong; null: nothing. */
  problem: string | null = null;
  private readonly caller: Caller;
  private stopped = false;
  /** Log end when it began: what is before is of other runs. */
  private start = 0 as Offset;
  private readTo = 0 as Offset;

  constructor(address: Address) {
    this.caller = new Caller(address);
  }

  /** Until `stop`, or until something is wrong. */
  async run(): Promise<void> {
    try {
      this.start = await this.logEnd();
      this.readTo = this.start;
      for (let count = 1; !this.stopped; count++) {
        await this.produce(`canary ${count}`);
        if (count % READ_EVERY === 0) {
          await this.readOn();
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    } catch (error) {
      this.problem = this.describe(error);
    }
  }

  stop(): void {
    this.stopped = true;
  }

  /** Reads everything from the beginning; every acknowledged record must be there. */
  async check(): Promise<void> {
    if (this.problem !== null) {
      this.caller.close();
      return;
    }
    try {
      this.readTo = this.start;
      const missing = new Map(this.acknowledged);
      for (let before = -1; before < this.readTo; ) {
        before = this.readTo;
        for (const { offset } of await this.readOn()) {
          missing.delete(offset);
        }
      }
      if (missing.size > 0) {
        const [offset] = missing.keys();
        this.problem = `${missing.size} acknowledged records are not there, the first at ${offset}`;
      }
    } catch (error) {
      this.problem = this.describe(error);
    }
    this.caller.close();
  }

  private describe(error: unknown): string {
    if (error instanceof NotServed) {
      return `the canary is not served: ${error.message}`;
    }
    throw error;
  }

  private async logEnd(): Promise<Offset> {
    const { topics } = await this.caller.call(listOffsetsApi, 1, {
      replicaId: -1,
      topics: [{ name: CANARY_TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
    return topics[0]!.partitions[0]!.offset;
  }

  private async produce(text: string): Promise<void> {
    const timestamp = Date.now() as Timestamp;
    const records = encodeBatch([{ key: null, value: Buffer.from(text), timestamp }], null, 0);
    const { responses } = await this.caller.call(produceApi, 3, {
      acks: -1,
      timeoutMs: PRODUCE_TIMEOUT_MS,
      topicData: [{ name: CANARY_TOPIC, partitionData: [{ index: 0, records }] }],
    });
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
    if (errorCode !== ErrorCode.NONE) {
      throw new NotServed(`produce ends with error ${errorCode}`);
    }
    this.acknowledged.set(baseOffset, text);
  }

  private async readOn(): Promise<{ offset: number }[]> {
    const { responses } = await this.caller.call(fetchApi, 4, {
      replicaId: -1,
      maxWaitMs: 0,
      maxBytes: FETCH_BYTES,
      topics: [
        {
          topic: CANARY_TOPIC,
          partitions: [
            {
              partition: 0 as PartitionIndex,
              fetchOffset: this.readTo,
              partitionMaxBytes: FETCH_BYTES,
            },
          ],
        },
      ],
    });
    const { errorCode, records: bytes } = responses[0]!.partitions[0]!;
    if (errorCode !== ErrorCode.NONE) {
      throw new NotServed(`fetch ends with error ${errorCode}`);
    }
    const { records, nextOffset } = decodeRecords(bytes, this.readTo);
    for (const { offset, value } of records) {
      const expected = this.acknowledged.get(offset);
      const got = value === null ? null : Buffer.from(value).toString();
      if (expected !== got) {
        throw new NotServed(`offset ${offset} holds ${got}, not ${expected}`);
      }
    }
    this.readTo = nextOffset;
    return records;
  }
}
