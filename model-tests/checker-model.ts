/**
 * A correct log with clients, in a few lines, and the histories they produce. The checker must never
 * convict one. It shares nothing with the checker or the core: offsets are array positions.
 *
 * Everything random comes from a tape of numbers; a tape that has run out answers 0, so that short
 * tapes are simple histories and fast-check can shrink.
 */

import type { MicroOperation, Row, RowType } from '../src/history/rows.js';

/** Draws numbers from 0 to below `n`. */
export type Draw = (n: number) => number;

export function drawFrom(tape: readonly number[]): Draw {
  let position = 0;
  return (n) => {
    const drawn = tape[position] ?? 0;
    position += 1;
    return drawn % n;
  };
}

type LogEntry = { readonly value: number | null; state: 'open' | 'committed' | 'aborted' };

/** A row whose index and time come when it is written. */
export type BareRow = { readonly [name: string]: unknown };

interface Client {
  process: number;
  /** Next offset to poll, by key. */
  positions: Map<string, number>;
  open: OpenOperation | null;
}

interface OpenOperation {
  readonly f: string;
  readonly micros: MicroOperation[];
  readonly done: MicroOperation[];
  readonly entries: LogEntry[];
  readonly rewind: Map<string, number>;
  readonly pipelined: boolean;
  attempts: number;
}

const CLIENTS = 3;

export interface ModelHistory {
  readonly rows: Row[];
  /** What stands in the log in the end: committed (offset, value) pairs by key, all of them read. */
  readonly logs: ReadonlyMap<string, readonly (readonly [offset: number, value: number])[]>;
}

/** A history of `steps` steps on a log that keeps every promise. */
export function modelHistory(draw: Draw, steps: number): ModelHistory {
  const world = new World(draw);
  world.note({ process: 'nemesis', type: 'info', f: 'phase', value: 'main' });
  for (let step = 0; step < steps; step += 1) {
    world.step(draw(CLIENTS));
  }
  world.finish();
  return { rows: number(world.rows), logs: world.committed() };
}

/** Gives rows their indexes and times. */
export function number(rows: readonly BareRow[]): Row[] {
  return rows.map((row, index) => ({ ...row, index, time: index * 1000 }) as unknown as Row);
}

class World {
  readonly rows: BareRow[] = [];
  private readonly draw: Draw;
  private readonly logs = new Map<string, LogEntry[]>([
    ['x', []],
    ['y', []],
  ]);
  private readonly clients: Client[] = [];
  private nextProcess = CLIENTS;
  private nextValue = 1;
  /** Requests whose answer nobody waits for any more; they may still take effect, in order. */
  private readonly late: (() => void)[] = [];

  constructor(draw: Draw) {
    this.draw = draw;
    for (let process = 0; process < CLIENTS; process += 1) {
      this.clients.push({ process, positions: new Map(), open: null });
    }
  }

  note(row: BareRow): void {
    this.rows.push(row);
  }

  committed(): Map<string, [number, number][]> {
    const committed = new Map<string, [number, number][]>();
    for (const [key, log] of this.logs) {
      const records = log.flatMap((entry, offset): [number, number][] =>
        entry.state === 'committed' && entry.value !== null ? [[offset, entry.value]] : [],
      );
      committed.set(key, records);
    }
    return committed;
  }

  /** One step of one client: invoke, do a part, or complete. */
  step(which: number): void {
    const client = this.clients[which] as Client;
    if (client.open === null) {
      this.invoke(client);
    } else if (client.open.done.length < client.open.micros.length && this.draw(4) !== 3) {
      this.work(client, client.open);
    } else {
      this.complete(client, client.open);
    }
    if (this.late.length > 0 && this.draw(5) === 4) {
      this.late.shift()?.();
    }
  }

  private invoke(client: Client): void {
    const choice = this.draw(12);
    if (choice === 11) {
      this.crash(client);
    } else if (choice === 10) {
      this.assign(client);
    } else {
      const f = choice < 4 ? 'send' : choice < 7 ? 'poll' : 'txn';
      const pipelined = f === 'send' && this.draw(3) === 2;
      const length = f === 'txn' || pipelined ? 1 + this.draw(4) : 1;
      const micros = Array.from({ length }, (): MicroOperation => {
        const isPoll = f === 'poll' || (f === 'txn' && this.draw(2) === 1);
        return isPoll ? ['poll'] : ['send', pipelined ? 'x' : this.key(), [null, this.nextValue++]];
      });
      const open = { f, micros, done: [], entries: [], rewind: new Map(), pipelined, attempts: 0 };
      client.open = open;
      this.rows.push({
        process: client.process,
        type: 'invoke',
        f,
        value: micros,
        ...(pipelined ? { pipelined } : {}),
      });
    }
  }

  private key(): string {
    return this.draw(2) === 0 ? 'x' : 'y';
  }

  /** The next micro-operation takes effect. */
  private work(client: Client, open: OpenOperation): void {
    const micro = open.micros[open.done.length] as MicroOperation;
    if (micro[0] === 'poll') {
      open.done.push(['poll', this.poll(client, open)]);
      return;
    }
    const [, key, sent] = micro;
    const value = (sent as [null, number])[1];
    if (this.draw(4) === 3) {
      open.attempts += 1;
      const row = { process: client.process, f: 'attempt', attempt: open.attempts };
      this.rows.push({ ...row, type: 'info', value: [micro], error: 'timeout' });
    }
    const entry: LogEntry = { value, state: open.f === 'txn' ? 'open' : 'committed' };
    open.entries.push(entry);
    open.done.push(['send', key, [this.append(key, entry), value]]);
  }

  private append(key: string, entry: LogEntry): number {
    const log = this.logs.get(key) as LogEntry[];
    if (this.draw(6) === 5) {
      log.push({ value: null, state: 'aborted' });
    }
    return log.push(entry) - 1;
  }

  /** Up to three records of each key from its position, below the last stable offset. */
  private poll(client: Client, open: OpenOperation): { [key: string]: [number, number][] } {
    const polled: { [key: string]: [number, number][] } = {};
    for (const [key, log] of this.logs) {
      const from = client.positions.get(key) ?? 0;
      if (!open.rewind.has(key)) {
        open.rewind.set(key, from);
      }
      let offset = from;
      const records: [number, number][] = [];
      while (offset < log.length && records.length < 3) {
        const entry = log[offset] as LogEntry;
        if (entry.state === 'open') {
          break;
        }
        if (entry.state === 'committed' && entry.value !== null) {
          records.push([offset, entry.value]);
        }
        offset += 1;
      }
      client.positions.set(key, offset);
      if (records.length > 0) {
        polled[key] = records;
      }
    }
    return polled;
  }

  private complete(client: Client, open: OpenOperation): void {
    client.open = null;
    const isWhole = open.done.length === open.micros.length;
    if (open.pipelined) {
      this.completePipelined(client, open);
      return;
    }
    const roll = this.draw(6);
    const type: RowType = roll === 5 ? 'info' : roll === 4 || !isWhole ? 'fail' : 'ok';
    if (type !== 'ok') {
      for (const [key, position] of open.rewind) {
        client.positions.set(key, position);
      }
    }
    // A send of its own is in the log as soon as it is done, so it can no longer fail.
    const outcome = type === 'fail' && open.f === 'send' && isWhole ? 'info' : type;
    const rest = open.micros
      .slice(open.done.length)
      .map(
        (micro): MicroOperation =>
          micro[0] === 'send' && outcome === 'fail'
            ? ['send', micro[1], (micro[2] as [null, number])[1]]
            : micro,
      );
    this.end(client, open, outcome, [...open.done, ...rest]);
    this.settle(open, outcome, isWhole);
  }

  /** Commits or aborts what a transaction wrote; an unknown one may end either way, also later. */
  private settle(open: OpenOperation, outcome: RowType, isWhole: boolean): void {
    const commits = outcome === 'ok' || (outcome === 'info' && isWhole && this.draw(2) === 1);
    const end = (): void => {
      for (const entry of open.entries) {
        if (entry.state === 'open') {
          entry.state = commits ? 'committed' : 'aborted';
        }
      }
    };
    if (outcome === 'info') {
      this.late.push(end);
    } else {
      end();
    }
    const unsent = open.micros[open.done.length];
    if (outcome === 'info' && open.f === 'send' && unsent?.[0] === 'send' && this.draw(2) === 1) {
      const value = (unsent[2] as [null, number])[1];
      this.late.push(() => {
        this.append(unsent[1], { value, state: 'committed' });
      });
    }
  }

  /** Each batch in flight: acknowledged, unknown though done, unknown and late or lost, refused. */
  private completePipelined(client: Client, open: OpenOperation): void {
    const sends: MicroOperation[] = open.done.map((micro) =>
      this.draw(4) === 3 ? ['send', 'x', [null, (micro[2] as [number, number])[1]]] : micro,
    );
    const refused = this.draw(2) === 1;
    for (const micro of open.micros.slice(open.done.length)) {
      const value = ((micro as MicroOperation)[2] as [null, number])[1];
      sends.push(refused ? ['send', 'x', value] : ['send', 'x', [null, value]]);
      if (!refused && this.draw(2) === 1) {
        this.late.push(() => {
          this.append('x', { value, state: 'committed' });
        });
      }
    }
    const isAcknowledged = (micro: MicroOperation): boolean =>
      Array.isArray(micro[2]) && micro[2][0] !== null;
    const none = sends.every((micro) => typeof micro[2] === 'number');
    const type = sends.every(isAcknowledged) ? 'ok' : none ? 'fail' : 'info';
    this.end(client, open, type, sends);
  }

  private end(
    client: Client,
    open: OpenOperation,
    type: RowType,
    value: readonly MicroOperation[],
  ): void {
    this.rows.push({
      process: client.process,
      type,
      f: open.f,
      value: type === 'info' && this.draw(8) === 7 && !open.pipelined ? null : value,
      ...(open.pipelined ? { pipelined: true } : {}),
    });
    if (type === 'info') {
      this.replace(client);
    }
  }

  private replace(client: Client): void {
    client.process = this.nextProcess;
    client.positions = new Map();
    this.nextProcess += 1;
  }

  private crash(client: Client): void {
    const row = { process: client.process, f: 'crash', value: null };
    this.rows.push({ ...row, type: 'invoke' }, { ...row, type: 'info' });
    this.replace(client);
  }

  private assign(client: Client): void {
    const keys = this.draw(2) === 0 ? ['x', 'y'] : ['y'];
    const seeks = this.draw(2) === 1;
    const type = this.draw(4) === 3 ? 'fail' : 'ok';
    const row = { process: client.process, f: 'assign', value: keys, seekToBeginning: seeks };
    this.rows.push({ ...row, type: 'invoke' }, { ...row, type });
    if (type === 'ok') {
      for (const key of [...client.positions.keys()]) {
        if (seeks || !keys.includes(key)) {
          client.positions.set(key, 0);
        }
      }
    }
  }

  /** Everything is answered, what was on its way arrives, and a fresh client reads it all. */
  finish(): void {
    for (const client of this.clients) {
      if (client.open !== null) {
        this.complete(client, client.open);
      }
    }
    for (const arrive of this.late) {
      arrive();
    }
    this.note({ process: 'nemesis', type: 'info', f: 'phase', value: 'final' });
    const reader = this.clients[0] as Client;
    this.crash(reader);
    const row = { process: reader.process, f: 'poll' };
    this.rows.push(
      { ...row, type: 'invoke', value: [['poll']] },
      { ...row, type: 'ok', value: [['poll', Object.fromEntries(this.committed())]] },
    );
  }
}
