/** Histories written by hand, for the tests of the checker. */

import { check } from '../src/checker/check.js';
import { recordRow } from '../src/checker/record.js';
import { emptyHistory, type RecordedHistory } from '../src/checker/recorded-history.js';
import type { CheckOptions } from '../src/checker/result.js';
import type { Json, MicroOperation, Row, RowType, Value } from '../src/history/rows.js';

/** Further fields of a row. */
export type Extra = { readonly [name: string]: unknown };

/** A transaction, and what became of it. */
export type Invoked = readonly [process: number, type: RowType, value: readonly MicroOperation[]];

/** Writes histories by hand: one call is one operation, or one row of it. */
export class Scribe {
  readonly rows: Row[] = [];

  row(
    process: number | 'nemesis',
    type: RowType,
    f: string,
    value: unknown,
    extra: Extra = {},
  ): this {
    const index = this.rows.length;
    this.rows.push({ index, time: index * 1000, process, type, f, value, ...extra } as Row);
    return this;
  }

  /** An operation from invocation to completion. */
  op(
    process: number,
    type: RowType,
    f: string,
    value: readonly MicroOperation[],
    extra: Extra = {},
  ): this {
    const invoked = value.map((micro) =>
      micro[0] === 'send' ? ['send', micro[1], [null, sentValue(micro)]] : ['poll'],
    );
    return this.row(process, 'invoke', f, invoked).row(process, type, f, value, extra);
  }

  /** Transactions that are all open before the first one completes, in this order. */
  together(...operations: readonly Invoked[]): this {
    for (const [process, , value] of operations) {
      const invoked = value.map((micro) =>
        micro[0] === 'send' ? ['send', micro[1], [null, sentValue(micro)]] : ['poll'],
      );
      this.row(process, 'invoke', 'txn', invoked);
    }
    for (const [process, type, value] of operations) {
      this.row(process, type, 'txn', value);
    }
    return this;
  }

  send(
    process: number,
    key: string,
    offset: number | null,
    value: Value,
    type: RowType = 'ok',
  ): this {
    return this.op(process, type, 'send', [['send', key, [offset, value]]]);
  }

  poll(
    process: number,
    key: string,
    records: readonly [number, Value][],
    type: RowType = 'ok',
  ): this {
    return this.op(process, type, 'poll', [['poll', { [key]: records }]]);
  }

  assign(process: number, keys: readonly string[], type: RowType = 'ok', extra: Extra = {}): this {
    const f = (extra.f as string | undefined) ?? 'assign';
    const { f: _f, ...rest } = extra;
    return this.row(process, 'invoke', f, keys, rest).row(process, type, f, keys, rest);
  }

  /** Sends of `count` values 1, 2, ... at offsets 0, 1, ... of key a, by process 9. */
  log(count: number, key = 'a'): this {
    for (let offset = 0; offset < count; offset += 1) {
      this.send(9, key, offset, offset + 1);
    }
    return this;
  }

  /** A poll by process 8 of what `log(count)` wrote, so that everything was read. */
  readLog(count: number, key = 'a'): this {
    const records = Array.from({ length: count }, (_, i): [number, Value] => [i, i + 1]);
    return this.poll(8, key, records);
  }
}

function sentValue(micro: MicroOperation): Json {
  const sent = micro[2] as readonly [number | null, Value] | Value;
  return Array.isArray(sent) ? (sent[1] as Value) : (sent as Value);
}

export function write(): Scribe {
  return new Scribe();
}

/** What `scribe` wrote, as rules see it. */
export function recorded(scribe: Scribe): RecordedHistory {
  const history = emptyHistory();
  for (const row of scribe.rows) {
    recordRow(history, row);
  }
  return history;
}

/** Counts of what convicts. */
export function convicted(scribe: Scribe, options: CheckOptions = {}): Record<string, number> {
  const result = check(scribe.rows, options);
  return Object.fromEntries(Object.keys(result.anomalies).map((n) => [n, result.counts[n] ?? 0]));
}

/** Numbers below `bound`, the same in each run. */
export function drawer(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % bound;
  };
}
