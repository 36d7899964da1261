/**
 * How one client process reads in a trial of session guarantees (Terry et al., 1994), in one of three ways:
 *
 * - `leader`: where a log ends the leader is asked (ListOffsets, which waits for KIP-207's sake), then read;
 * - `follower`: from whichever replica (KIP-392), and its word is believed;
 * - `session`: from whichever replica, by a client that carries (offset, epoch) of each key as far as it knows the
 *   log, through its own writes, its reads, and the records that it reads, which say what their sender knew. An
 *   answer of a replica that knows less is not accepted: another one is asked.
 */

import { LATEST_TIMESTAMP } from '../../src/client/client.js';
import type { LeaderEpoch, Offset } from '../../src/core/types/ids.js';
import { NO_EPOCH } from '../../src/core/types/ids.js';
import type { RecordHeader } from '../../src/log/records.js';
import type { ClientAdapter } from '../client-adapter.js';
import type { Random } from '../random.js';
import type { KeySpace } from './keys.js';

export const READS = ['leader', 'follower', 'session'] as const;
export type Reads = (typeof READS)[number];

/** As far as a session knows the log of a key: the offset behind what is there, and the leader epoch that said so. */
interface Knowledge {
  readonly offset: number;
  readonly epoch: number;
}

export interface SessionPoll {
  readonly records: Readonly<Record<string, (readonly [offset: number, value: number])[]>>;
  /** By key, where its log ended as far as the answer said. */
  readonly ends: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, string>>;
}

interface Read {
  readonly end: number;
  readonly records: readonly (readonly [offset: number, value: number])[];
}

const MAX_BYTES = 64 * 1024;
const MAX_WAIT_MS = 5;
const HEADER = 'session';
/** A replica that lags is asked again, or another one is. */
const ATTEMPTS = 60;
const BACKOFF_MS = 15;

export class SessionReader {
  private readonly client: ClientAdapter;
  private readonly keys: KeySpace;
  private readonly reads: Reads;
  private readonly random: Random;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private readonly positions = new Map<string, number>();
  private readonly known = new Map<string, Knowledge>();
  /** Answers that were not accepted. */
  stale = 0;

  constructor(
    client: ClientAdapter,
    keys: KeySpace,
    reads: Reads,
    random: Random,
    sleep: (milliseconds: number) => Promise<void>,
  ) {
    this.client = client;
    this.keys = keys;
    this.reads = reads;
    this.random = random;
    this.sleep = sleep;
  }

  /** An own write was acknowledged. */
  wrote(key: string, offset: number): void {
    this.learn(key, { offset: offset + 1, epoch: this.known.get(key)?.epoch ?? NO_EPOCH });
  }

  /**
   * What a record that is sent now tells its readers: how far each log reached before. The leaders are asked, so
   * that it tells of all that was acknowledged, not only of what this process happens to know. Null: one of them
   * gave no answer.
   */
  async headers(keys: readonly string[]): Promise<readonly RecordHeader[] | null> {
    if (this.reads !== 'session') {
      return [];
    }
    const ends = await Promise.all(keys.map((key) => this.latest(key)));
    for (const [index, end] of ends.entries()) {
      if (typeof end === 'string') {
        return null;
      }
      this.learn(keys[index]!, end);
    }
    return [{ key: HEADER, value: Buffer.from(JSON.stringify([...this.known])) }];
  }

  /** Where the leader says that the log ends (KIP-207: not before it knows); a text: an error. */
  private async latest(key: string): Promise<Knowledge | string> {
    const at = { ...this.keys.place(key), timestamp: LATEST_TIMESTAMP };
    const outcome = await this.client.listOffsets(at);
    return outcome.type === 'ok'
      ? { offset: outcome.value.offset, epoch: outcome.value.leaderEpoch }
      : outcome.error.name;
  }

  /** Reads each of `keys` once, from where this process is. */
  async poll(keys: readonly string[]): Promise<SessionPoll> {
    const records: Record<string, (readonly [number, number])[]> = {};
    const ends: Record<string, number> = {};
    const errors: Record<string, string> = {};
    // What is learned from one key counts for the next: one after the other.
    for (const key of keys) {
      const read = await this.read(key);
      if (typeof read === 'string') {
        errors[key] = read;
        continue;
      }
      ends[key] = read.end;
      if (read.records.length > 0) {
        records[key] = [...read.records];
        this.keys.polled(key, read.records.at(-1)![0]);
      }
    }
    return { records, ends, errors };
  }

  private read(key: string): Promise<Read | string> {
    switch (this.reads) {
      case 'leader':
        return this.readLeader(key);
      case 'follower':
        return this.readAny(key, 1);
      case 'session':
        return this.readAny(key, ATTEMPTS);
    }
  }

  private async readLeader(key: string): Promise<Read | string> {
    const latest = await this.latest(key);
    if (typeof latest === 'string') {
      return latest;
    }
    const fetched = await this.fetch(key, {});
    return typeof fetched === 'string' ? fetched : { ...fetched, end: latest.offset };
  }

  /** `attempts`: 1: whatever the first replica says is believed. */
  private async readAny(key: string, attempts: number): Promise<Read | string> {
    let last = 'stale';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const known = this.known.get(key);
      const carries = attempts > 1 && known !== undefined;
      const replica = this.random.next();
      const epoch = carries ? { atLeastEpoch: known.epoch as LeaderEpoch } : {};
      const read = await this.fetch(key, { replica, ...epoch });
      if (typeof read === 'string') {
        last = read;
      } else if (carries && read.end < known.offset) {
        last = 'stale';
        this.stale++;
      } else {
        return read;
      }
      if (attempt < attempts) {
        await this.sleep(BACKOFF_MS);
      }
    }
    return last;
  }

  /** One Fetch; its records are taken only if what it says is accepted. */
  private async fetch(
    key: string,
    from: { readonly replica?: number; readonly atLeastEpoch?: LeaderEpoch },
  ): Promise<Read | string> {
    const position = this.positions.get(key) ?? 0;
    const outcome = await this.client.fetch({
      ...this.keys.place(key),
      offset: position as Offset,
      maxWait: MAX_WAIT_MS,
      maxBytes: MAX_BYTES,
      ...from,
    });
    if (outcome.type !== 'ok') {
      return outcome.error.name;
    }
    const { highWatermark, leaderEpoch, nextOffset, records } = outcome.value;
    const known = this.known.get(key);
    if (this.reads === 'session' && known !== undefined && highWatermark < known.offset) {
      return { end: highWatermark, records: [] };
    }
    this.positions.set(key, nextOffset);
    this.learn(key, { offset: Math.max(highWatermark, nextOffset), epoch: leaderEpoch });
    for (const { headers } of records) {
      this.hear(headers);
    }
    return {
      end: highWatermark,
      records: records.map(({ offset, value }) => [offset, numberOf(value)] as const),
    };
  }

  private hear(headers: readonly RecordHeader[]): void {
    const value = headers.find(({ key }) => key === HEADER)?.value;
    if (value !== null && value !== undefined) {
      const told = JSON.parse(Buffer.from(value).toString()) as [string, Knowledge][];
      for (const [key, knowledge] of told) {
        this.learn(key, knowledge);
      }
    }
  }

  private learn(key: string, { offset, epoch }: Knowledge): void {
    const known = this.known.get(key);
    this.known.set(key, {
      offset: Math.max(offset, known?.offset ?? 0),
      epoch: Math.max(epoch, known?.epoch ?? NO_EPOCH),
    });
  }
}

function numberOf(value: Uint8Array | null): number {
  return value === null ? Number.NaN : Number(Buffer.from(value).toString('latin1'));
}
