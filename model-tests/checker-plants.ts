/**
 * Anomalies planted into sound histories. Each plant is a wrong answer that a broken log could give;
 * `also` names what the same wrong answer proves besides, and nothing more may be reported.
 */

import type { AnomalyName, CheckOptions, Verdict } from '../src/checker/result.js';
import type { LogEnd, MicroOperation, Row, RowType } from '../src/history/rows.js';
import { type BareRow, type Draw, type ModelHistory, number } from './checker-model.js';

export interface Plant {
  readonly anomaly: AnomalyName;
  readonly also: readonly AnomalyName[];
  /** How such a history is judged. Default: no options. */
  readonly options?: CheckOptions;
  /** Default: invalid. */
  readonly verdict?: Verdict;
  /** The sound histories it goes into. Default: those of the log. */
  readonly model?: (draw: Draw, steps: number) => ModelHistory;
  /** The history with the anomaly, or null where it has no room for it. */
  readonly into: (history: ModelHistory, draw: Draw) => Row[] | null;
}

export const FRESH = 1_000_000;

/** Rows of one operation of a process that the history does not have. */
export function operation(
  process: number,
  type: RowType,
  f: string,
  value: MicroOperation[],
): BareRow[] {
  const invoked = value.map((micro) =>
    micro[0] === 'send' ? ['send', micro[1], [null, (micro[2] as [number, number])[1]]] : ['poll'],
  );
  const row = { process: FRESH + process, f };
  return [
    { ...row, type: 'invoke', value: invoked },
    { ...row, type, value },
  ];
}

function send(
  process: number,
  offset: number | null,
  value: number,
  type: RowType = 'ok',
): BareRow[] {
  return operation(process, type, 'send', [['send', 'x', [offset, value]]]);
}

function poll(process: number, ...records: (readonly [number, number])[]): BareRow[] {
  return operation(process, 'ok', 'poll', [['poll', { x: records }]]);
}

/** Offsets of keys, or of a group's positions. */
function told(process: number, f: string, value: object): BareRow[] {
  const row = { process: FRESH + process, f, value, group: 'g' };
  return [
    { ...row, type: 'invoke' },
    { ...row, type: 'ok' },
  ];
}

function owned(process: number): BareRow {
  return {
    process: FRESH + process,
    type: 'ok',
    f: 'owned',
    value: ['y'],
    group: 'g',
    generation: 7,
  };
}

/** A record of x whose work the group has done. */
function processed(process: number, record: readonly [number, number]): BareRow {
  return {
    process: FRESH + process,
    type: 'ok',
    f: 'processed',
    value: { x: [record] },
    group: 'g',
  };
}

/** A poll that returned nothing and was told where the log ends. */
function pollTo(process: number, logEnd: LogEnd, key = 'x'): BareRow[] {
  const [invoked, polled] = operation(process, 'ok', 'poll', [['poll', {}]]) as [BareRow, BareRow];
  return [invoked, { ...polled, ends: { [key]: logEnd } }];
}

/** The cluster says that it deleted a topic that nobody created. */
function deletionOfNothing(process: number): BareRow[] {
  const row = { process: FRESH + process, f: 'metadata', value: { op: 'delete', topic: 'x' } };
  return [
    { ...row, type: 'invoke' },
    { ...row, type: 'ok' },
  ];
}

/** `rows` at the end of the history. */
export function append(history: ModelHistory, ...rows: BareRow[][]): Row[] {
  return number([...(history.rows as unknown as BareRow[]), ...rows.flat()]);
}

/** The first offset after the log of x. */
export function end(history: ModelHistory): number {
  const log = history.logs.get('x') ?? [];
  const used = history.rows.flatMap((row) => JSON.stringify(row.value).match(/\d+/g) ?? []);
  return Math.max(0, ...log.map(([offset]) => offset), ...used.map(Number)) + 1;
}

/** Three neighbours in the log of x, or null. */
export function neighbours(
  history: ModelHistory,
  draw: Draw,
): (readonly [number, number])[] | null {
  const log = history.logs.get('x') ?? [];
  return log.length < 3 ? null : log.slice(draw(log.length - 2)).slice(0, 3);
}

/** Values of key x that an ok operation sent. */
function acknowledged(rows: readonly Row[]): Set<number> {
  const values = new Set<number>();
  for (const row of rows) {
    if (row.type === 'ok' && (row.f === 'send' || row.f === 'txn')) {
      for (const micro of row.value as readonly MicroOperation[]) {
        if (micro[0] === 'send' && micro[1] === 'x') {
          values.add((micro[2] as [number, number])[1]);
        }
      }
    }
  }
  return values;
}

/** The history without `value` in any poll of x. */
function withoutReads(rows: readonly Row[], value: number): Row[] {
  return rows.map((row) => {
    if (!Array.isArray(row.value)) {
      return row;
    }
    const kept = (row.value as readonly unknown[]).map((micro) => {
      const polled = Array.isArray(micro) && micro[0] === 'poll' ? micro[1] : undefined;
      if (polled?.x === undefined) {
        return micro;
      }
      const x = polled.x.filter((record: [number, number]) => record[1] !== value);
      return ['poll', { ...polled, x }];
    });
    return { ...row, value: kept } as Row;
  });
}

export const LOG_PLANTS: readonly Plant[] = [
  {
    // An acknowledged record vanishes from all reads.
    anomaly: 'lost-write',
    also: ['unseen', 'poll-skip', 'int-poll-skip', 'torn-read', 'g-single', 'g2'],
    into: (history, draw) => {
      const known = acknowledged(history.rows);
      const log = (history.logs.get('x') ?? [])
        .slice(0, -1)
        .filter(([, value]) => known.has(value));
      const lost = log.length === 0 ? undefined : log[draw(log.length)];
      return lost === undefined ? null : withoutReads(history.rows, lost[1]);
    },
  },
  {
    // A retry was appended a second time.
    anomaly: 'duplicate',
    also: [
      'int-nonmonotonic-poll',
      'int-poll-skip',
      'nonmonotonic-poll',
      'poll-skip',
      'int-nonmonotonic-send',
      'nonmonotonic-send',
      'int-send-skip',
      'torn-read',
      'g-single',
      'g2',
    ],
    into: (history, draw) => {
      const log = history.logs.get('x') ?? [];
      const twice = log.length === 0 ? undefined : log[draw(log.length)];
      return twice === undefined ? null : append(history, poll(0, [end(history), twice[1]]));
    },
  },
  {
    // Two leaders gave out the same offset.
    anomaly: 'inconsistent-offsets',
    also: ['lost-write', 'unseen'],
    into: (history, draw) => {
      const log = history.logs.get('x') ?? [];
      const victim = log.length === 0 ? undefined : log[draw(log.length)];
      if (victim === undefined) {
        return null;
      }
      const [begin, complete] = send(0, victim[0], FRESH) as [BareRow, BareRow];
      return number([begin, ...(history.rows as unknown as BareRow[]), complete]);
    },
  },
  {
    anomaly: 'G1a',
    also: [],
    into: (history) =>
      append(history, send(0, null, FRESH, 'fail'), poll(1, [end(history), FRESH])),
  },
  {
    anomaly: 'phantom',
    also: [],
    into: (history) => append(history, poll(0, [end(history), FRESH])),
  },
  {
    anomaly: 'precommitted-read',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(
        history,
        operation(0, 'ok', 'txn', [
          ['send', 'x', [offset, FRESH]],
          ['poll', { x: [[offset, FRESH]] }],
        ]),
      );
    },
  },
  {
    anomaly: 'append-order',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(
        history,
        send(0, offset + 1, FRESH + 1),
        send(1, offset, FRESH),
        poll(2, [offset, FRESH], [offset + 1, FRESH + 1]),
      );
    },
  },
  {
    anomaly: 'nonlinearizable-metadata',
    also: [],
    into: (history) => append(history, deletionOfNothing(0)),
  },
  {
    anomaly: 'commit-regression',
    also: [],
    into: (history) =>
      append(
        history,
        told(0, 'commit', { y: 5 }),
        told(0, 'commit', { y: 8 }),
        told(1, 'committed', { y: 5 }),
      ),
  },
  {
    anomaly: 'double-ownership',
    also: [],
    into: (history) => append(history, [owned(0)], [owned(1)]),
  },
  {
    anomaly: 'zombie-commit',
    also: [],
    into: (history) => {
      const old = told(1, 'commit', { y: 5 }).map((row) => ({ ...row, generation: 6 }));
      return append(history, [owned(0)], old);
    },
  },
  {
    anomaly: 'processed-twice',
    also: [],
    options: { atMostOnce: new Set(['g']) },
    into: (history, draw) => {
      const record = neighbours(history, draw)?.[0];
      return record === undefined
        ? null
        : append(history, [processed(0, record)], [processed(1, record)]);
    },
  },
  {
    anomaly: 'never-processed',
    also: [],
    options: { atLeastOnce: new Set(['g']) },
    into: (history) => {
      const offset = end(history);
      return append(
        history,
        send(0, offset, FRESH),
        poll(2, [offset, FRESH]),
        told(1, 'commit', { x: offset + 1 }),
        ...(history.logs.get('x') ?? []).map((record) => [processed(1, record)]),
      );
    },
  },
  {
    anomaly: 'read-your-writes',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(history, send(0, offset, FRESH), pollTo(0, offset), poll(2, [offset, FRESH]));
    },
  },
  {
    anomaly: 'monotonic-reads',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(history, send(1, offset, FRESH), poll(0, [offset, FRESH]), pollTo(0, offset));
    },
  },
  {
    anomaly: 'consistent-prefix',
    also: [],
    into: (history) => {
      const offset = end(history);
      const effect = [['send', 'effects', [0, FRESH]] as MicroOperation];
      const seen = [['poll', { effects: [[0, FRESH]] }] as MicroOperation];
      return append(
        history,
        send(1, offset, FRESH),
        operation(2, 'ok', 'send', effect),
        operation(0, 'ok', 'poll', seen),
        pollTo(0, offset),
        poll(3, [offset, FRESH]),
      );
    },
  },
  {
    anomaly: 'record-damage',
    also: [],
    into: (history) => {
      const offset = end(history);
      const [invoked, sent] = send(0, offset, FRESH) as [BareRow, BareRow];
      const value = [['send', 'x', [null, FRESH, { key: 'k', timestamp: 1 }]]];
      const damaged: MicroOperation[] = [
        ['poll', { x: [[offset, FRESH, { key: 'k', timestamp: 2 }]] }],
      ];
      return append(history, [{ ...invoked, value }, sent], operation(1, 'ok', 'poll', damaged));
    },
  },
  {
    anomaly: 'below-log-start',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(
        history,
        send(0, offset, FRESH),
        told(1, 'log-start', { x: offset + 1 }),
        poll(2, [offset, FRESH]),
      );
    },
  },
  {
    anomaly: 'compaction-loss',
    also: ['unseen'],
    options: { compacted: new Set(['compacted']) },
    into: (history) => {
      const sends = [0, 1, 2].map((offset) => {
        const details = { key: offset === 1 ? 'a' : 'b' };
        const value = [['send', 'compacted', [null, FRESH + offset, details]]];
        const rows = operation(0, 'ok', 'send', [
          ['send', 'compacted', [offset, FRESH + offset]],
        ]) as [BareRow, BareRow];
        return [{ ...rows[0], value }, rows[1]];
      });
      const rest = [['poll', { compacted: [[2, FRESH + 2]] }] as MicroOperation];
      return append(history, ...sends, operation(1, 'ok', 'poll', rest));
    },
  },
  {
    anomaly: 'stuck-transaction',
    also: [],
    options: { transactionTimeout: 1000 },
    into: (history) => append(history, pollTo(0, [9, 3], 'open'), pollTo(0, [9, 3], 'open')),
  },
  {
    anomaly: 'nonmonotonic-send',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(
        history,
        send(0, null, FRESH + 1, 'info'),
        send(0, offset, FRESH),
        poll(2, [offset, FRESH], [offset + 1, FRESH + 1]),
      );
    },
  },
  {
    anomaly: 'int-nonmonotonic-send',
    also: [],
    into: (history) => {
      const offset = end(history);
      return append(
        history,
        operation(0, 'ok', 'txn', [
          ['send', 'x', [offset + 1, FRESH + 1]],
          ['send', 'x', [offset, FRESH]],
        ]),
        poll(2, [offset, FRESH], [offset + 1, FRESH + 1]),
      );
    },
  },
  {
    anomaly: 'int-send-skip',
    also: [],
    verdict: 'valid',
    into: (history) => {
      const offset = end(history);
      const [begin, complete] = send(1, offset + 1, FRESH + 1) as [BareRow, BareRow];
      const txn = operation(0, 'ok', 'txn', [
        ['send', 'x', [offset, FRESH]],
        ['send', 'x', [offset + 2, FRESH + 2]],
      ]);
      const read = poll(2, [offset, FRESH], [offset + 1, FRESH + 1], [offset + 2, FRESH + 2]);
      return append(history, [begin], txn, [complete], read);
    },
  },
  {
    anomaly: 'poll-skip',
    also: [],
    into: (history, draw) => {
      const [first, , third] = neighbours(history, draw) ?? [];
      return first === undefined || third === undefined
        ? null
        : append(history, poll(0, first), poll(0, third));
    },
  },
  {
    anomaly: 'nonmonotonic-poll',
    also: [],
    into: (history, draw) => {
      const [first, second] = neighbours(history, draw) ?? [];
      return first === undefined || second === undefined
        ? null
        : append(history, poll(0, second), poll(0, draw(2) === 0 ? first : second));
    },
  },
  {
    anomaly: 'int-poll-skip',
    also: ['torn-read', 'g-single', 'g2'],
    into: (history, draw) => {
      const [first, , third] = neighbours(history, draw) ?? [];
      return first === undefined || third === undefined
        ? null
        : append(history, poll(0, first, third));
    },
  },
  {
    anomaly: 'int-nonmonotonic-poll',
    also: [],
    into: (history, draw) => {
      const [first, second] = neighbours(history, draw) ?? [];
      return first === undefined || second === undefined
        ? null
        : append(history, poll(0, second, draw(2) === 0 ? first : second));
    },
  },
  {
    anomaly: 'unseen',
    also: [],
    into: (history) => append(history, send(0, end(history), FRESH)),
  },
];
