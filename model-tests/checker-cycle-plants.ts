/** Anomalies of dependencies between operations, planted into sound histories. */

import type { AnomalyName, CheckOptions } from '../src/checker/result.js';
import type { MicroOperation, Row } from '../src/history/rows.js';
import { type BareRow, type Draw, type ModelHistory, number } from './checker-model.js';
import { append, end, FRESH, neighbours, operation, type Plant } from './checker-plants.js';
import { serialHistory } from './checker-serial-model.js';

const WITH_WW: CheckOptions = { wwDeps: true };

/** What ww edges find in sound histories, too. */
const BY_INTERLEAVING: readonly AnomalyName[] = [
  'G0',
  'G1c',
  'G0-realtime',
  'G1c-realtime',
  'PL-1-cycle-exists',
  'PL-2-cycle-exists',
  'strong-PL-1-cycle-exists',
  'strong-PL-2-cycle-exists',
];

const value = (count: number): number => FRESH + count;

function send(key: string, offset: number | null, count: number): MicroOperation {
  return ['send', key, [offset, value(count)]];
}

function poll(key: string, ...records: (readonly [number, number])[]): MicroOperation {
  return ['poll', { [key]: records.map(([offset, count]) => [offset, value(count)]) }];
}

function txn(process: number, ...micros: MicroOperation[]): BareRow[] {
  return operation(process, 'ok', 'txn', micros);
}

/** Operations that are all open before the first one ends. */
function together(...operations: BareRow[][]): BareRow[] {
  return [...operations.map((rows) => rows[0]!), ...operations.map((rows) => rows[1]!)];
}

function writeCycle(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    together(
      txn(0, send('x', at, 0), send('y', at + 1, 1)),
      txn(1, send('x', at + 1, 2), send('y', at, 3)),
    ),
    txn(2, poll('x', [at, 0], [at + 1, 2]), poll('y', [at, 3], [at + 1, 1])),
  );
}

/** Each of two transactions saw the other one. */
function readCycle(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    together(
      txn(0, send('x', at, 0), poll('y', [at, 1])),
      txn(1, send('y', at, 1), poll('x', [at, 0])),
    ),
  );
}

/** A write stands before one that was done when it began. */
function writeTimeCycle(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    txn(0, send('x', at + 1, 1)),
    txn(1, send('x', at, 0)),
    txn(2, poll('x', [at, 0], [at + 1, 1])),
  );
}

/** A transaction is seen, and afterwards still sees what begins only then. */
function readTimeCycle(history: ModelHistory): Row[] {
  const at = end(history);
  const [begin, complete] = txn(0, send('x', at, 0), poll('y', [at, 1])) as [BareRow, BareRow];
  return append(history, [begin], txn(1, poll('x', [at, 0])), txn(2, send('y', at, 1)), [complete]);
}

/** A reader passes by the second record of a transaction whose first one it returns. */
function readPast(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    together(
      txn(0, send('x', at, 0), send('x', at + 2, 2)),
      txn(1, send('x', at + 1, 1), send('x', at + 3, 3)),
    ),
    txn(2, poll('x', [at, 0], [at + 1, 1], [at + 3, 3])),
    txn(3, poll('x', [at, 0], [at + 1, 1], [at + 2, 2], [at + 3, 3])),
  );
}

/** An unknown transaction commits on one key and aborts on the other. */
function halfMissing(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    operation(0, 'info', 'txn', [send('x', at, 0), send('y', null, 1)]),
    txn(1, poll('x', [at, 0])),
    txn(2, send('y', at, 2)),
    txn(3, poll('y', [at, 2])),
  );
}

/** A reader sees what somebody wrote who had seen the record that it passes by. */
function missedCause(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    txn(0, send('x', at, 0)),
    txn(1, send('x', at + 1, 1)),
    txn(2, send('x', at + 2, 2)),
    txn(3, poll('x', [at + 1, 1]), send('y', at, 3)),
    txn(4, poll('x', [at, 0], [at + 2, 2]), poll('y', [at, 3])),
    txn(5, poll('x', [at, 0], [at + 1, 1], [at + 2, 2])),
  );
}

/** Two transactions pass by each other's record. */
function missedEachOther(history: ModelHistory): Row[] {
  const at = end(history);
  const one = txn(0, poll('x', [at, 0], [at + 2, 2]), send('y', at + 1, 5));
  const other = txn(1, poll('y', [at, 4], [at + 2, 6]), send('x', at + 1, 1));
  return append(
    history,
    [one[0]!, other[0]!],
    txn(2, send('x', at, 0), send('y', at, 4)),
    txn(3, send('x', at + 2, 2), send('y', at + 2, 6)),
    [one[1]!, other[1]!],
    txn(
      4,
      poll('x', [at, 0], [at + 1, 1], [at + 2, 2]),
      poll('y', [at, 4], [at + 1, 5], [at + 2, 6]),
    ),
  );
}

/** Write skew: each of two transactions polled all there was, but not what the other one sent. */
function writeSkew(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    txn(2, send('x', at, 0), send('y', at, 2)),
    together(
      txn(0, poll('x', [at, 0]), send('y', at + 1, 3)),
      txn(1, poll('y', [at, 2]), send('x', at + 1, 1)),
    ),
    txn(3, poll('x', [at, 0], [at + 1, 1]), poll('y', [at, 2], [at + 1, 3])),
  );
}

/** One of two transactions polled half of what the other one sent. */
function halfPolled(history: ModelHistory): Row[] {
  const at = end(history);
  return append(
    history,
    txn(0, send('x', at, 0)),
    txn(1, send('x', at + 1, 1), send('y', at, 2)),
    txn(2, poll('x', [at, 0]), poll('y', [at, 2])),
    txn(3, poll('x', [at, 0], [at + 1, 1])),
  );
}

/** Members of a group consume a value twice, pass one by, or send nothing for one. */
function notOnce(history: ModelHistory, draw: Draw): Row[] | null {
  const near = neighbours(history, draw);
  if (near === null) {
    return null;
  }
  const subscribe = (process: number): BareRow[] => {
    const row = { process: FRESH + process, f: 'subscribe', value: ['x'] };
    return [
      { ...row, type: 'invoke' },
      { ...row, type: 'ok' },
    ];
  };
  const consume = (process: number, which: number): BareRow[] =>
    operation(process, 'ok', 'txn', [['poll', { x: [near[which]!] }]]);
  const wrong = [
    consume(1, 0),
    consume(1, 2),
    operation(1, 'ok', 'txn', [['poll', { z: [[0, FRESH]] }]]),
  ];
  return append(
    history,
    operation(2, 'ok', 'send', [['send', 'z', [0, FRESH]]]),
    operation(3, 'ok', 'poll', [['poll', { z: [[0, FRESH]] }]]),
    subscribe(0),
    subscribe(1),
    consume(0, 0),
    wrong[draw(3)]!,
  );
}

const SERIAL = { model: serialHistory, options: { rwDeps: true } } as const;

export const CYCLE_PLANTS: readonly Plant[] = [
  { anomaly: 'G0', also: BY_INTERLEAVING, options: WITH_WW, verdict: 'valid', into: writeCycle },
  {
    anomaly: 'PL-1-cycle-exists',
    also: BY_INTERLEAVING,
    options: WITH_WW,
    verdict: 'valid',
    into: writeCycle,
  },
  { anomaly: 'G1c', also: ['PL-2-cycle-exists'], into: readCycle },
  { anomaly: 'G1c', also: BY_INTERLEAVING, options: WITH_WW, into: readCycle },
  { anomaly: 'PL-2-cycle-exists', also: ['G1c'], into: readCycle },
  {
    anomaly: 'G0-realtime',
    also: [...BY_INTERLEAVING, 'append-order'],
    options: WITH_WW,
    into: writeTimeCycle,
  },
  {
    anomaly: 'strong-PL-1-cycle-exists',
    also: [...BY_INTERLEAVING, 'append-order'],
    options: WITH_WW,
    into: writeTimeCycle,
  },
  { anomaly: 'G1c-realtime', also: ['strong-PL-2-cycle-exists'], into: readTimeCycle },
  { anomaly: 'strong-PL-2-cycle-exists', also: ['G1c-realtime'], into: readTimeCycle },
  {
    anomaly: 'empty-transaction-graph',
    also: [],
    verdict: 'inconclusive',
    into: () => number(operation(0, 'ok', 'poll', [['poll', {}]])),
  },
  { anomaly: 'torn-read', also: ['int-poll-skip', 'g-single'], into: readPast },
  { anomaly: 'torn-read', also: [], into: halfMissing },
  { anomaly: 'g-single', also: ['int-poll-skip'], into: missedCause },
  { anomaly: 'g-single', also: [], ...SERIAL, into: halfPolled },
  {
    anomaly: 'g-single',
    also: [],
    model: serialHistory,
    options: { rwDeps: true, wwDeps: true },
    into: halfPolled,
  },
  { anomaly: 'g2', also: ['int-poll-skip'], into: missedEachOther },
  { anomaly: 'g2', also: [], ...SERIAL, into: writeSkew },
  {
    anomaly: 'cycle-search-timeout',
    also: [],
    model: serialHistory,
    options: { rwDeps: true, cycleSteps: 0 },
    verdict: 'inconclusive',
    into: writeSkew,
  },
  {
    anomaly: 'exactly-once',
    also: [],
    options: { subscribe: true, exactlyOnce: { outputs: { z: 'x' } } },
    into: notOnce,
  },
];
