/**
 * A correct cluster with consumer groups: members that process exactly once under rebalances, plain clients that are told
 * where logs end, committed positions, deleted records and a compacted log. Like checker-model.ts it shares nothing with
 * the checker or the core, and takes everything random from a tape.
 */

import type { CheckOptions } from '../src/checker/result.js';
import type { LogEnd, Row } from '../src/history/rows.js';
import { type BareRow, type Draw, number } from './checker-model.js';

interface Entry {
  readonly value: number;
  readonly recordKey: string | undefined;
  state: 'open' | 'committed' | 'aborted' | 'compacted';
}
type Log = Entry[];
type Polled = Record<string, unknown[]>;
/** What an open operation still has to do, in order; each part takes effect at one moment. */
type Part = () => void;

interface Client {
  process: number;
  readonly isMember: boolean;
  owned: readonly string[];
  positions: Map<string, number>;
  parts: Part[];
  /** Of an open transaction: aborts it, as the group has moved on. */
  doom: Part | null;
  begunAt: number;
}

const PLAIN_KEYS = ['in', 'in2', 'out', 'old', 'changes'] as const;
const INPUTS = ['in', 'in2'] as const;
/** Nobody reads it back; its topic is deleted in the end. */
const GONE = 'gone';
/** Rows after which a transaction that is open is aborted. */
const LONGEST_TRANSACTION = 300;

export interface GroupHistory {
  readonly rows: Row[];
  /** What the cluster and its workload promise. */
  readonly options: CheckOptions;
}

/** A history of `steps` steps; without members nothing is excused by a group. */
export function groupHistory(draw: Draw, steps: number): GroupHistory {
  const hasMembers = draw(3) > 0;
  const world = new World(draw, hasMembers);
  for (let step = 0; step < steps; step += 1) {
    world.step();
  }
  world.finish();
  return {
    rows: number(world.rows),
    options: {
      compacted: new Set(['changes']),
      abandoned: new Set([GONE]),
      transactionTimeout: 2 * LONGEST_TRANSACTION * 1000,
      ...(hasMembers
        ? { subscribe: true, exactlyOnce: { outputs: { in: 'out', in2: 'out' } } }
        : {}),
    },
  };
}

class World {
  readonly rows: BareRow[] = [];
  private readonly draw: Draw;
  private readonly logs = new Map<string, Log>([...PLAIN_KEYS, GONE].map((key) => [key, []]));
  private readonly clients: Client[];
  /** Of the members' group, and of another one that is only committed to. */
  private readonly consumed = new Map<string, number>(INPUTS.map((key) => [key, 0]));
  private committed: number | null = null;
  private logStart = 0;
  /** Of the compacted log, where it ends as far as anybody was told. */
  private toldEnd = 0;
  private generation = 0;
  private nextProcess = 0;
  private nextValue = 1;
  /** Requests that nobody waits for any more. */
  private late: Part[] = [];
  /** Unknown transactions of members: each ends before its keys are given to another. */
  private pending: Part[] = [];

  constructor(draw: Draw, hasMembers: boolean) {
    this.draw = draw;
    const kinds = hasMembers ? [false, false, true, true] : [false, false, false];
    this.clients = kinds.map((isMember) => this.fresh(isMember));
    this.rows.push({ process: 'nemesis', type: 'info', f: 'phase', value: 'main' });
    for (const member of this.clients.filter(({ isMember }) => isMember)) {
      this.subscribe(member);
    }
    this.rebalance();
  }

  step(): void {
    for (const client of this.clients) {
      if (client.doom !== null && this.rows.length - client.begunAt > LONGEST_TRANSACTION) {
        client.doom();
      }
    }
    const client = this.clients[this.draw(this.clients.length)]!;
    const part = client.parts.shift();
    if (part !== undefined) {
      part();
    } else if (client.isMember) {
      this.invokeMember(client);
    } else {
      this.invokePlain(client);
    }
    if (this.draw(5) === 4) {
      this.late.shift()?.();
    }
    if (this.draw(30) === 29) {
      this.compact();
    }
  }

  private fresh(isMember: boolean): Client {
    this.nextProcess += 1;
    const process = this.nextProcess - 1;
    const positions = new Map<string, number>();
    return { process, isMember, owned: [], positions, parts: [], doom: null, begunAt: 0 };
  }

  private replace(client: Client): void {
    Object.assign(client, this.fresh(client.isMember));
    if (client.isMember) {
      this.rebalance();
    }
  }

  private say(client: Client, type: string, f: string, value: unknown, more: object = {}): void {
    this.rows.push({ process: client.process, type, f, value, ...more });
  }

  private log(key: string): Log {
    return this.logs.get(key)!;
  }

  // The group.

  /** A new generation: open transactions are fenced, unknown ones are over, all keys are given out anew. */
  private rebalance(): void {
    this.generation += 1;
    for (const end of this.pending.splice(0)) {
      end();
    }
    const members = this.clients.filter(({ isMember }) => isMember);
    members.forEach((member, at) => {
      member.doom?.();
      member.owned = INPUTS.filter((_, key) => (key + this.generation) % members.length === at);
      member.positions = new Map(member.owned.map((key) => [key, this.consumed.get(key)!]));
      const group = { group: 'members', generation: this.generation };
      this.say(member, 'ok', 'owned', member.owned, group);
    });
  }

  private subscribe(member: Client): void {
    this.say(member, 'invoke', 'subscribe', INPUTS, { group: 'members' });
    this.say(member, 'ok', 'subscribe', INPUTS, { group: 'members' });
  }

  private invokeMember(member: Client): void {
    const choice = this.draw(12);
    if (choice === 0) {
      this.subscribe(member);
      this.rebalance();
    } else if (choice === 1) {
      this.say(member, 'invoke', 'crash', null);
      this.say(member, 'info', 'crash', null);
      this.replace(member);
      this.subscribe(member);
    } else {
      this.process(member);
    }
  }

  /** Polls, sends what it polled to the output, and commits both: in one transaction. */
  private process(member: Client): void {
    const micros: unknown[] = [];
    const written: Entry[] = [];
    const from = new Map(member.positions);
    const generation = this.generation;
    this.say(member, 'invoke', 'txn', [['poll']]);
    member.begunAt = this.rows.length;
    const end = (state: 'committed' | 'aborted', reached = member.positions): void => {
      for (const entry of written) {
        entry.state = state;
      }
      if (state === 'committed') {
        for (const [key, position] of reached) {
          this.consumed.set(key, position);
        }
      }
    };
    const complete = (type: string, told: readonly unknown[] = micros): void => {
      member.doom = null;
      member.parts = [];
      const moved = this.generation === generation ? {} : { rebalanceLog: [{ keys: [...INPUTS] }] };
      this.say(member, type, 'txn', told, moved);
    };
    const poll = (): void => {
      const { polled, values } = this.poll(member, member.owned, false);
      micros.push(['poll', polled]);
      const sends = values.map((value) => (): void => {
        const entry: Entry = { value, recordKey: undefined, state: 'open' };
        written.push(entry);
        micros.push(['send', 'out', [this.log('out').push(entry) - 1, value]]);
      });
      member.parts.unshift(...sends);
    };
    const finish = (): void => {
      const roll = this.draw(6);
      if (roll === 0) {
        // Without an answer: it ends before the keys are given to another.
        const reached = member.positions;
        this.pending.push(() => end(this.draw(2) === 0 ? 'committed' : 'aborted', reached));
        // Who does not live to tell what it polled has told what it sent.
        const isUntold = this.draw(3) === 0;
        complete('info', isUntold ? micros.map(withoutRecords) : micros);
        this.replace(member);
        this.subscribe(member);
      } else if (roll === 1) {
        member.doom!();
      } else {
        end('committed');
        member.doom = null;
        member.parts.push(() => complete('ok'));
      }
    };
    member.doom = (): void => {
      end('aborted');
      member.positions = from;
      complete('fail');
    };
    member.parts = [poll, finish];
    if (this.draw(3) === 2) {
      member.parts.splice(1, 0, poll);
    }
  }

  // Plain clients.

  private invokePlain(client: Client): void {
    const choice = this.draw(20);
    if (choice < 8) {
      this.send(client);
    } else if (choice < 14) {
      this.read(client);
    } else if (choice < 16) {
      this.commitPosition(client);
    } else if (choice < 18) {
      this.askPosition(client);
    } else if (choice < 19) {
      this.deleteRecords(client);
    } else {
      this.assign(client);
    }
  }

  private send(client: Client): void {
    const key = (['in', 'in2', 'old', 'changes', 'out', GONE] as const)[this.draw(6)]!;
    const value = this.nextValue++;
    const recordKey = key === 'changes' ? ['a', 'b', 'c'][this.draw(3)] : undefined;
    const details = {
      headers: `h${value}`,
      ...(recordKey === undefined ? {} : { key: recordKey }),
    };
    this.say(client, 'invoke', 'send', [['send', key, [null, value, details]]]);
    const entry: Entry = { value, recordKey, state: 'committed' };
    const append = (): number => this.log(key).push(entry) - 1;
    const roll = this.draw(8);
    const answer =
      (type: string, sent: unknown): Part =>
      () => {
        this.say(client, type, 'send', [['send', key, sent]]);
        if (type === 'info') {
          this.replace(client);
        }
      };
    if (roll === 0) {
      client.parts = [answer('fail', value)];
    } else if (roll === 1) {
      if (this.draw(2) === 0) {
        this.late.push(append);
      }
      client.parts = [answer('info', [null, value])];
    } else {
      client.parts = [
        (): void => {
          const offset = append();
          const tell = answer('ok', [offset, value]);
          client.parts.push(() => {
            this.tell(key, offset);
            tell();
          });
        },
      ];
    }
  }

  private read(client: Client): void {
    this.say(client, 'invoke', 'poll', [['poll']]);
    client.parts = [
      (): void => {
        const { polled, ends } = this.poll(client, PLAIN_KEYS, this.draw(2) === 0);
        client.parts.push(() => this.say(client, 'ok', 'poll', [['poll', polled]], { ends }));
      },
    ];
  }

  private tell(key: string, offset: number): void {
    this.toldEnd = key === 'changes' ? Math.max(this.toldEnd, offset + 1) : this.toldEnd;
  }

  /** Some records of each key below its last stable offset, and where it ends. */
  private poll(
    client: Client,
    keys: readonly string[],
    all: boolean,
    end = Number.POSITIVE_INFINITY,
  ): { polled: Polled; values: number[]; ends: Record<string, LogEnd> } {
    const polled: Polled = {};
    const values: number[] = [];
    const ends: Record<string, LogEnd> = {};
    for (const key of keys) {
      const log = this.log(key);
      const stable = lastStable(log);
      ends[key] = stable === log.length ? log.length : [log.length, stable];
      let offset = Math.max(client.positions.get(key) ?? 0, key === 'old' ? this.logStart : 0);
      const records: unknown[] = [];
      const bound = key === 'changes' ? Math.min(stable, end) : stable;
      while (offset < bound && (all || records.length < 2)) {
        const { value, recordKey, state } = log[offset]!;
        if (state === 'committed') {
          const more = recordKey === undefined ? {} : { key: recordKey };
          const details = key === 'out' ? [] : [{ headers: `h${value}`, ...more }];
          records.push([offset, value, ...details]);
          this.tell(key, offset);
          values.push(value);
        }
        offset += 1;
      }
      client.positions.set(key, offset);
      if (records.length > 0) {
        polled[key] = records;
      }
    }
    return { polled, values, ends };
  }

  private commitPosition(client: Client): void {
    const value = { in: this.draw(50) };
    const commit = (): void => {
      this.committed = value.in;
    };
    const group = { group: 'another' };
    this.say(client, 'invoke', 'commit', value, group);
    const roll = this.draw(6);
    if (roll === 0) {
      if (this.draw(2) === 0) {
        this.late.push(commit);
      }
      client.parts = [
        (): void => {
          this.say(client, 'info', 'commit', value, group);
          this.replace(client);
        },
      ];
    } else if (roll === 1) {
      client.parts = [(): void => this.say(client, 'fail', 'commit', value, group)];
    } else {
      client.parts = [commit, (): void => this.say(client, 'ok', 'commit', value, group)];
    }
  }

  private askPosition(client: Client): void {
    const group = { group: 'another' };
    this.say(client, 'invoke', 'committed', { in: null }, group);
    client.parts = [
      (): void => {
        const value = { in: this.committed };
        client.parts.push(() => this.say(client, 'ok', 'committed', value, group));
      },
    ];
  }

  private deleteRecords(client: Client): void {
    const to = this.draw(this.log('old').length + 1);
    this.say(client, 'invoke', 'delete-records', { old: to });
    const take = (): void => {
      this.logStart = Math.max(this.logStart, to);
    };
    if (this.draw(4) === 0) {
      this.late.push(take);
      client.parts = [
        (): void => {
          this.say(client, 'info', 'delete-records', { old: to });
          this.replace(client);
        },
      ];
      return;
    }
    client.parts = [
      (): void => {
        take();
        const start = this.logStart;
        client.parts.push(() => this.say(client, 'ok', 'delete-records', { old: start }));
      },
    ];
  }

  private assign(client: Client): void {
    const more = { seekToBeginning: true };
    this.say(client, 'invoke', 'assign', PLAIN_KEYS, more);
    this.say(client, 'ok', 'assign', PLAIN_KEYS, more);
    client.positions = new Map();
  }

  /** Of each record key the newest record stays. */
  private compact(): void {
    const newest = new Set<string>();
    for (const entry of this.log('changes').toReversed()) {
      if (newest.has(entry.recordKey!) && this.draw(2) === 0) {
        entry.state = 'compacted';
      }
      newest.add(entry.recordKey!);
    }
  }

  /** All is answered, what was on its way arrives, and a fresh client reads everything that stays. */
  finish(): void {
    for (const client of [...this.clients]) {
      while (client.parts.length > 0) {
        client.parts.shift()!();
      }
    }
    for (const part of [...this.late, ...this.pending]) {
      part();
    }
    this.rows.push({ process: 'nemesis', type: 'info', f: 'phase', value: 'final' });
    const reader = this.fresh(false);
    // What nobody was told of may supersede what is read, and need not be read itself.
    this.compact();
    const end = this.draw(2) === 0 ? this.toldEnd : Number.POSITIVE_INFINITY;
    const { polled, ends } = this.poll(reader, PLAIN_KEYS, true, end);
    this.say(reader, 'invoke', 'poll', [['poll']]);
    this.say(reader, 'ok', 'poll', [['poll', polled]], { ends });
  }
}

function withoutRecords(micro: unknown): unknown {
  const [f] = micro as readonly [string];
  return f === 'poll' ? ['poll'] : micro;
}

function lastStable(log: Log): number {
  const open = log.findIndex(({ state }) => state === 'open');
  return open < 0 ? log.length : open;
}
