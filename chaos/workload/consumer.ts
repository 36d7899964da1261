/** Polls of one client process: assigned keys, a position in each, and what a poll of all returns. */

import type { Offset } from '../../src/core/types/ids.js';
import { ErrorCode } from '../../src/protocol/errors.js';
import type { ClientAdapter } from '../client-adapter.js';
import type { KeySpace } from './keys.js';

export type PolledByKey = Record<string, (readonly [offset: number, value: number | string])[]>;

export interface PollResult {
  /** Some key answered. */
  readonly answered: boolean;
  readonly records: PolledByKey;
  readonly errors: Readonly<Record<string, string>>;
}

export interface PollOptions {
  readonly maxWait: number;
  readonly maxBytes: number;
}

interface Position {
  offset: Offset;
  /** Polls in a row that were told that the position is out of range. */
  outOfRange: number;
}

export class Consumer {
  private readonly client: ClientAdapter;
  private readonly keys: KeySpace;
  private positions = new Map<string, Position>();

  constructor(client: ClientAdapter, keys: KeySpace) {
    this.client = client;
    this.keys = keys;
  }

  assigned(): string[] {
    return [...this.positions.keys()];
  }

  /** Positions of keys still listed are kept, unless the consumer starts over. */
  assign(keys: readonly string[], seekToBeginning: boolean): void {
    const positions = new Map<string, Position>();
    for (const key of keys) {
      const kept = seekToBeginning ? undefined : this.positions.get(key);
      positions.set(key, kept ?? { offset: 0 as Offset, outOfRange: 0 });
    }
    this.positions = positions;
  }

  positionOf(key: string): number {
    return this.positions.get(key)?.offset ?? 0;
  }

  seek(key: string, offset: number): void {
    const position = this.positions.get(key);
    if (position !== undefined) {
      position.offset = offset as Offset;
    }
  }

  /** Most polls in a row in which a position was beyond the log: it will not come back by itself. */
  stuckFor(): number {
    return Math.max(0, ...[...this.positions.values()].map(({ outOfRange }) => outOfRange));
  }

  /** Fetches all of `keys` (all that are assigned) once. */
  async poll(options: PollOptions, keys: readonly string[] = this.assigned()): Promise<PollResult> {
    const outcomes = await Promise.all(
      keys.map((key) =>
        this.client.fetch({
          ...this.keys.place(key),
          offset: this.positionOf(key) as Offset,
          ...options,
        }),
      ),
    );
    const records: PolledByKey = {};
    const errors: Record<string, string> = {};
    for (const [index, key] of keys.entries()) {
      const outcome = outcomes[index];
      const position = this.positions.get(key);
      if (outcome === undefined || position === undefined) {
        continue;
      }
      if (outcome.type !== 'ok') {
        errors[key] = outcome.error.name;
        const outOfRange = outcome.error.code === ErrorCode.OFFSET_OUT_OF_RANGE;
        position.outOfRange = outOfRange ? position.outOfRange + 1 : 0;
        continue;
      }
      position.outOfRange = 0;
      position.offset = outcome.value.nextOffset;
      if (outcome.value.records.length > 0) {
        records[key] = outcome.value.records.map(({ offset, value }) => [offset, numberOf(value)]);
        this.keys.polled(key, outcome.value.records.at(-1)?.offset ?? -1);
      }
    }
    return { answered: Object.keys(errors).length < keys.length, records, errors };
  }
}

/** Values are numbers in digits; anything else was never sent and is shown as it is. */
function numberOf(value: Uint8Array | null): number | string {
  const text = value === null ? 'null' : Buffer.from(value).toString('latin1');
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : `not sent: ${text}`;
}
