/**
 * Big histories for measuring the checker: clients of a log that keeps every promise, written as text
 * row by row, so that a million operations need no memory. The mixture resembles the one of Jepsen's
 * Kafka workload: sends, polls and transactions of both, each value read by every process, a few
 * failed and unknown operations, offsets lost to the markers of transactions.
 */

import type { MicroOperation, Row } from '../src/history/rows.js';

/** `plain`: sends and polls only; `txn`: a tenth of the operations are transactions of both. */
export type HistoryMixture = 'plain' | 'txn';

export interface HistorySize {
  readonly mixture: HistoryMixture;
  /** Sends, polls and transactions. */
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
}

/** What the history holds, for a check of the checker. */
export interface HistoryFacts {
  rows: number;
  records: number;
}

interface Client {
  process: number;
  /** Offset to poll next, by key. */
  readonly positions: number[];
  readonly rewound: number[];
  open: { readonly f: 'send' | 'poll' | 'txn'; readonly micros: MicroOperation[] } | null;
}

/** Most records of one key that one poll returns. */
const MOST_RECORDS = 250;
/** Of a thousand operations this many fail, and as many stay unknown. */
const FAILED_PER_THOUSAND = 10;

/** Calls `visit` with each row of a history of `size`. Always the same one for the same size. */
export function writeHistory(size: HistorySize, visit: (row: Row) => void): HistoryFacts {
  const writer = new Writer(size, visit);
  writer.write();
  return writer.facts;
}

class Writer {
  readonly facts: HistoryFacts = { rows: 0, records: 0 };
  private readonly size: HistorySize;
  private readonly visit: (row: Row) => void;
  /** Values by key and offset; null: a marker, or what an aborted transaction wrote. */
  private readonly logs: (number | null)[][];
  private readonly clients: Client[];
  private nextProcess: number;
  private nextValue = 0;
  private time = 0;
  private state = 0x2545f491;

  constructor(size: HistorySize, visit: (row: Row) => void) {
    this.size = size;
    this.visit = visit;
    this.logs = Array.from({ length: size.keys }, () => []);
    this.nextProcess = size.processes;
    this.clients = Array.from({ length: size.processes }, (_, process) => ({
      process,
      positions: this.logs.map(() => 0),
      rewound: this.logs.map(() => 0),
      open: null,
    }));
  }

  write(): void {
    this.phase('main');
    for (const client of this.clients) {
      this.assign(client);
    }
    let begun = 0;
    while (begun < this.size.operations - this.clients.length) {
      const client = this.clients[this.draw(this.clients.length)]!;
      if (client.open === null) {
        begun += 1;
        this.invoke(client, this.draw(100));
      } else {
        this.complete(client);
      }
    }
    for (const client of this.clients.filter(({ open }) => open !== null)) {
      this.complete(client);
    }
    this.phase('final');
    for (const client of this.clients) {
      this.invoke(client, 50);
      this.complete(client, true);
    }
  }

  /** Below `n`, by xorshift. */
  private draw(n: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % n;
  }

  private push(row: object): void {
    this.time += 1000 + this.draw(50_000);
    this.visit({ index: this.facts.rows, time: this.time, ...row } as unknown as Row);
    this.facts.rows += 1;
  }

  private phase(value: string): void {
    this.push({ process: 'nemesis', type: 'info', f: 'phase', value });
  }

  private assign({ process }: Client): void {
    const value = this.logs.map((_, key) => String(key));
    this.push({ process, type: 'invoke', f: 'assign', value });
    this.push({ process, type: 'ok', f: 'assign', value });
  }

  private invoke(client: Client, choice: number): void {
    const hasTxns = this.size.mixture === 'txn';
    const f = choice < 45 ? 'send' : choice < 90 || !hasTxns ? 'poll' : 'txn';
    const length = f === 'txn' ? 2 + this.draw(3) : 1;
    const micros = Array.from({ length }, (): MicroOperation => {
      if (f === 'poll' || (f === 'txn' && this.draw(3) === 0)) {
        return ['poll'];
      }
      this.nextValue += 1;
      return ['send', String(this.draw(this.size.keys)), [null, this.nextValue]];
    });
    client.open = { f, micros };
    this.push({ process: client.process, type: 'invoke', f, value: micros });
  }

  private complete(client: Client, readsAll = false): void {
    const { f, micros } = client.open!;
    client.open = null;
    const roll = readsAll ? 0 : this.draw(1000);
    const type =
      roll >= 1000 - FAILED_PER_THOUSAND
        ? 'fail'
        : roll >= 1000 - 2 * FAILED_PER_THOUSAND
          ? 'info'
          : 'ok';
    const keeps = type === 'ok' || (type === 'info' && this.draw(2) === 0);
    const polled = micros.map((micro) =>
      micro[0] === 'poll' ? this.poll(client, readsAll) : null,
    );
    const value = micros.map((micro, i): MicroOperation => {
      if (micro[0] === 'poll') {
        return ['poll', polled[i]!];
      }
      const sent = (micro[2] as [null, number])[1];
      if (!keeps) {
        return type === 'fail' ? ['send', micro[1], sent] : micro;
      }
      const log = this.logs[Number(micro[1])]!;
      const offset = log.push(sent) - 1;
      if (f === 'txn' && this.draw(2) === 0) {
        log.push(null);
      }
      return ['send', micro[1], [type === 'ok' ? offset : null, sent]];
    });
    this.push({ process: client.process, type, f, value });
    client.positions.forEach((position, key) => {
      if (type === 'ok') {
        client.rewound[key] = position;
      } else {
        client.positions[key] = client.rewound[key]!;
      }
    });
    if (type === 'info') {
      client.process = this.nextProcess;
      this.nextProcess += 1;
      this.assign(client);
    }
  }

  private poll(client: Client, readsAll: boolean): { [key: string]: [number, number][] } {
    const polled: { [key: string]: [number, number][] } = {};
    this.logs.forEach((log, key) => {
      const from = client.positions[key]!;
      const to = readsAll ? log.length : Math.min(log.length, from + MOST_RECORDS);
      const records: [number, number][] = [];
      for (let offset = from; offset < to; offset++) {
        const value = log[offset]!;
        if (value !== null) {
          records.push([offset, value]);
        }
      }
      client.positions[key] = to;
      if (records.length > 0) {
        polled[String(key)] = records;
        this.facts.records += records.length;
      }
    });
    return polled;
  }
}
