/**
 * Two correct groups that do work: one processes before it commits, the other commits before it processes. Members die
 * amid their work, are replaced, and go on as zombies whose commits are refused. Shares nothing with the checker or
 * the core, and takes everything random from a tape.
 */

import type { CheckOptions } from '../src/checker/result.js';
import type { Row } from '../src/history/rows.js';
import { type BareRow, type Draw, number } from './checker-model.js';

const KEYS = ['x', 'y'] as const;
const PLACES = 2;

interface Member {
  process: number;
  generation: number;
  /** A static member; the other place of a group is a dynamic one's. */
  readonly instance: string | null;
  owned: readonly string[];
  positions: Map<string, number>;
  /** What it still has to do, in order. */
  parts: (() => void)[];
}

interface Group {
  readonly name: string;
  readonly processesFirst: boolean;
  generation: number;
  readonly members: Member[];
  readonly committed: Map<string, number>;
}

export interface WorkerHistory {
  readonly rows: Row[];
  readonly options: CheckOptions;
}

export function workerHistory(draw: Draw, steps: number): WorkerHistory {
  const world = new World(draw);
  for (let step = 0; step < steps; step += 1) {
    world.step();
  }
  world.finish();
  return {
    rows: number(world.rows),
    options: { atLeastOnce: new Set(['least']), atMostOnce: new Set(['most']) },
  };
}

class World {
  readonly rows: BareRow[] = [];
  private readonly draw: Draw;
  private readonly logs = new Map<string, number[]>(KEYS.map((key) => [key, []]));
  private readonly groups: readonly Group[];
  private readonly zombies: { readonly group: Group; readonly member: Member }[] = [];
  private nextProcess = 10;
  private nextValue = 1;

  constructor(draw: Draw) {
    this.draw = draw;
    this.rows.push({ process: 'nemesis', type: 'info', f: 'phase', value: 'main' });
    this.groups = ['least', 'most'].map((name, at) => ({
      name,
      processesFirst: at === 0,
      generation: 0,
      members: Array.from({ length: PLACES }, (_, place) => this.fresh(place === 0 ? name : null)),
      committed: new Map(),
    }));
    for (const group of this.groups) {
      this.rebalance(group);
    }
  }

  step(): void {
    const group = this.groups[this.draw(2)]!;
    const choice = this.draw(20);
    if (choice < 4) {
      this.send();
    } else if (choice === 4) {
      this.ask(group);
    } else if (choice === 5) {
      this.rebalance(group);
    } else if (choice === 6) {
      this.replace(group, this.draw(PLACES));
    } else if (choice === 7 && this.zombies.length > 0) {
      const { group: of, member } = this.zombies[this.draw(this.zombies.length)]!;
      this.go(of, member);
    } else {
      this.go(group, group.members[this.draw(PLACES)]!);
    }
  }

  /** The members do all there is, and a fresh client reads everything. */
  finish(): void {
    this.rows.push({ process: 'nemesis', type: 'info', f: 'phase', value: 'final' });
    this.send();
    for (const group of this.groups) {
      this.rebalance(group);
      for (const member of [...group.members]) {
        for (let turn = 0; turn < 200 && this.isBehind(group, member); turn += 1) {
          this.go(group, member, true);
        }
      }
      this.ask(group);
    }
    const all = [...this.logs].map(([key, log]) => [key, log.map((value, at) => [at, value])]);
    this.say(this.nextProcess, 'invoke', 'poll', [['poll']]);
    this.say(this.nextProcess, 'ok', 'poll', [['poll', Object.fromEntries(all)]]);
  }

  private say(process: number, type: string, f: string, value: unknown, more: object = {}): void {
    this.rows.push({ process, type, f, value, ...more });
  }

  private fresh(instance: string | null): Member {
    this.nextProcess += 1;
    const process = this.nextProcess - 1;
    return { process, generation: -1, instance, owned: [], positions: new Map(), parts: [] };
  }

  private send(): void {
    const key = KEYS[this.draw(2)]!;
    const value = this.nextValue++;
    const log = this.logs.get(key)!;
    this.say(0, 'invoke', 'send', [['send', key, [null, value]]]);
    this.say(0, 'ok', 'send', [['send', key, [log.push(value) - 1, value]]]);
  }

  private ask({ name, committed }: Group): void {
    const none = { x: null, y: null };
    const told = { x: committed.get('x') ?? null, y: committed.get('y') ?? null };
    this.say(1, 'invoke', 'committed', none, { group: name });
    this.say(1, 'ok', 'committed', told, { group: name });
  }

  private rebalance(group: Group): void {
    group.generation += 1;
    group.members.forEach((member, place) => {
      // What it has in hand it throws away.
      member.parts = [];
      member.owned = KEYS.filter((_, key) => (key + group.generation) % PLACES === place);
      this.enter(group, member);
    });
  }

  private enter(group: Group, member: Member): void {
    member.generation = group.generation;
    member.positions = new Map(member.owned.map((key) => [key, group.committed.get(key) ?? 0]));
    const { instance, generation } = member;
    const more = { group: group.name, generation, ...(instance === null ? {} : { instance }) };
    this.say(member.process, 'ok', 'owned', member.owned, more);
  }

  /** Another process takes the place; the old one is dead, or goes on without knowing. */
  private replace(group: Group, place: number): void {
    const old = group.members[place]!;
    const next = this.fresh(old.instance);
    group.members[place] = next;
    if (this.draw(2) === 0) {
      this.zombies.push({ group, member: old });
    }
    if (old.instance === null) {
      this.rebalance(group);
    } else {
      next.owned = old.owned;
      this.enter(group, next);
    }
  }

  private isBehind(group: Group, member: Member): boolean {
    return (
      member.parts.length > 0 ||
      member.owned.some((key) => (group.committed.get(key) ?? 0) < this.logs.get(key)!.length)
    );
  }

  private go(group: Group, member: Member, calm = false): void {
    const part = member.parts.shift();
    if (part !== undefined) {
      part();
      return;
    }
    const key = member.owned[this.draw(Math.max(1, member.owned.length))];
    const from = key === undefined ? 0 : member.positions.get(key)!;
    const values =
      key === undefined ? [] : this.logs.get(key)!.slice(from, from + 1 + this.draw(3));
    if (key === undefined || values.length === 0) {
      return;
    }
    const to = from + values.length;
    const records = { [key]: values.map((value, at) => [from + at, value]) };
    const process = (): void =>
      this.say(member.process, 'ok', 'processed', records, { group: group.name });
    if (group.processesFirst) {
      member.parts = [process, () => this.commit(group, member, key, to, calm, () => {})];
    } else {
      member.parts = [() => this.commit(group, member, key, to, calm, process)];
    }
  }

  private commit(
    group: Group,
    member: Member,
    key: string,
    to: number,
    calm: boolean,
    then: () => void,
  ): void {
    const { process, generation, instance } = member;
    const more = { group: group.name, generation, ...(instance === null ? {} : { instance }) };
    const isMember = group.members.includes(member) && generation === group.generation;
    const isUnknown = !calm && this.draw(8) === 0;
    const isDone = isMember && (!isUnknown || this.draw(2) === 0);
    this.say(process, 'invoke', 'commit', { [key]: to }, more);
    if (isDone) {
      group.committed.set(key, to);
      member.positions.set(key, to);
    }
    this.say(process, isUnknown ? 'info' : isDone ? 'ok' : 'fail', 'commit', { [key]: to }, more);
    if (isUnknown) {
      this.bury(group, member);
    } else if (isDone) {
      member.parts = [then];
    }
  }

  private bury(group: Group, member: Member): void {
    const place = group.members.indexOf(member);
    const at = this.zombies.findIndex((zombie) => zombie.member === member);
    if (at >= 0) {
      this.zombies.splice(at, 1);
    }
    if (place >= 0) {
      group.members[place] = this.fresh(member.instance);
      this.rebalance(group);
    }
  }
}
