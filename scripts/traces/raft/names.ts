/**
 * The numbers of one step as small ones. Of indices, rounds and terms a step of the specification asks only which is the greater,
 * and what follows next; of contents and tokens only which are the same. So an index becomes its place among those that the
 * step speaks of (0 stays 0), and steps that differ in nothing else are one. A log becomes as short as that: what lies
 * between two places is one entry.
 *
 * Servers are told apart only by what is said of them: any voter of the format may have the name of any other, and so may
 * those that were none. Where a configuration leaves out the node that steps each has its own name: of several successors
 * a leader that was removed tells the one with the least number.
 */

import type { ExactEntry, ExactMessage } from '../../../src/trace/exact-raft.js';
import { firstPlace } from '../first-place.js';
import type { TracedLog } from './traced-log.js';
import { endOf, lastEntry, placeOf } from './traced-log.js';

/** Servers of the specification by the ids of the nodes. */
export interface ServerNumbers {
  /** From 1; those of the format come first. */
  of(id: number): number;
  /** How many of the format there are. */
  readonly voters: number;
}

/** Numbers in ascending order, each once. */
class Order {
  private readonly known = new Set<number>([0]);
  private sorted: number[] | null = null;

  add(...numbers: readonly number[]): void {
    for (const number of numbers) {
      this.known.add(number);
    }
    this.sorted = null;
  }

  all(): readonly number[] {
    this.sorted ??= [...this.known].sort((a, b) => a - b);
    return this.sorted;
  }

  /** Throws where nobody added it. */
  place(number: number): number {
    const all = this.all();
    const at = firstPlace(all.length, (each) => all[each]! < number);
    if (all[at] !== number) {
      throw new Error(`${number} has no place`);
    }
    return at;
  }
}

/**
 * The texts of a step are made twice: while the names are gathered every number that is asked for gets a place; after
 * `settle` it is told.
 */
export class StepNames {
  private readonly numbers: ServerNumbers;
  private readonly indices = new Order();
  private readonly rounds = new Order();
  private readonly terms = new Order();
  private readonly servers = new Map<number, string>();
  private readonly contents = new Map<string, number>();
  private readonly tokens = new Map<number, number>();
  private readonly logs = new Set<TracedLog>();
  /** Where what lies before an entry ends: no index that is asked for. */
  private readonly borders: number[] = [];
  private denseFrom = Number.POSITIVE_INFINITY;
  private gathers = true;
  private distinguishes = false;
  private readonly self: number;
  private readonly plain: boolean;

  /** `self`: whose step it is. `plain`: servers and terms have their own numbers, for people. */
  constructor(self: number, numbers: ServerNumbers, plain: boolean) {
    this.self = self;
    this.numbers = numbers;
    this.plain = plain;
  }

  /** Who is asked for first has the first name, so what is said of servers is to be said in an order of its own. */
  server(id: number): string {
    let name = this.servers.get(id);
    if (name === undefined) {
      if (!this.gathers) {
        throw new Error(`server ${id} has no name`);
      }
      // The number is given now, so that it does not depend on what else is asked.
      name = String(this.numbers.of(id));
      this.servers.set(id, name);
    }
    return name;
  }

  /** Of a node, a disk or a message: another may be one more. */
  term(term: number): string {
    return this.termIn(term, true);
  }

  /** Of an entry. */
  entryTerm(term: number): string {
    return this.termIn(term, false);
  }

  private termIn(term: number, grows: boolean): string {
    if (this.gathers) {
      this.terms.add(term);
      if (grows) {
        this.terms.add(term + 1);
      }
      return '';
    }
    return String(this.plain ? term : this.terms.place(term));
  }

  /** From this index on every entry has a place of its own. */
  dense(index: number): void {
    this.denseFrom = Math.min(this.denseFrom, index);
  }

  /** When everything was asked for once: gives the entries of the dense part their places, and servers their names. */
  settle(): void {
    const { indices } = this;
    for (const log of this.logs) {
      for (let at = placeOf(log, this.denseFrom + 1); at < log.length; at++) {
        indices.add(log.entries[at]!.index);
      }
    }
    const asked = indices.all();
    for (const log of this.logs) {
      this.addConfigurations(log, asked);
    }
    indices.add(...this.borders);
    for (const log of this.logs) {
      this.nameVotersAtBorders(log);
      for (const index of indices.all()) {
        if (index > 0 && index <= endOf(log)) {
          this.terms.add(log.entries[placeOf(log, index)]!.term);
        }
      }
    }
    if (!this.plain && !this.distinguishes) {
      const { voters } = this.numbers;
      const next = { voter: 1, other: voters + 1 };
      for (const [id, number] of this.servers) {
        this.servers.set(id, String(Number(number) <= voters ? next.voter++ : next.other++));
      }
    }
    this.gathers = false;
  }

  /** Of all configurations a step can only ask for the newest at or below an index that it speaks of. */
  private addConfigurations({ entries, length }: TracedLog, asked: readonly number[]): void {
    for (const index of asked) {
      const place = Math.min(placeOf({ entries, length }, index), length - 1);
      const at = entries[place]?.configurationAt ?? -1;
      if (at >= 0 && length > 0) {
        const { base, index: end, voters } = entries[at]!;
        this.indices.add(end);
        this.borders.push(base - 1);
        this.distinguishes ||= voters!.every(([id]) => id !== this.self);
        for (const [id] of voters!) {
          this.server(id);
        }
      }
    }
  }

  /** What ends at a border may be a configuration, too, with a voter of whom nothing else speaks. */
  private nameVotersAtBorders(log: TracedLog): void {
    for (const border of this.borders) {
      const place = placeOf(log, border);
      const entry = place < log.length ? log.entries[place]! : null;
      if (entry?.index === border) {
        for (const [id] of entry.voters ?? []) {
          this.server(id);
        }
      }
    }
  }

  index(index: number): string {
    return this.placeIn(this.indices, index);
  }

  round(round: number): string {
    return this.placeIn(this.rounds, round);
  }

  private placeIn(order: Order, number: number): string {
    if (this.gathers) {
      order.add(number);
      return '';
    }
    return String(order.place(number));
  }

  /** What the places stand for, for people; null: nothing but themselves. */
  legend(): string | null {
    const places = this.indices.all();
    const isSame = places.every((index, place) => index === place);
    return isSame ? null : places.map((index, place) => `${place}: ${index}`).join(', ');
  }

  /** How many entries of the message behind its first index, as the places are. */
  entriesIn(message: ExactMessage): string {
    const prevIndex = message.prevIndex as number;
    const entries = message.entries as unknown as readonly ExactEntry[];
    const end = entries.at(-1)?.index ?? prevIndex;
    return this.gathers ? '' : String(this.indices.place(end) - this.indices.place(prevIndex));
  }

  /** How many contents have a number: the next one gets the next. */
  get contentsSoFar(): number {
    return this.contents.size;
  }

  content(content: string): number {
    return numbered(this.contents, content);
  }

  token(token: number): number {
    return numbered(this.tokens, token);
  }

  /** Texts of the entries of `log` behind `after`, up to `end`. `term`: of whose log it is. */
  entryTexts(log: TracedLog, term: number, after = 0, end: number = endOf(log)): string[] {
    if (this.gathers) {
      this.gather(log, term, end);
      return [];
    }
    const places = this.indices.all();
    const texts: string[] = [];
    const first = this.indices.place(after) + 1;
    for (let place = first; place < places.length && places[place]! <= end; place++) {
      const index = places[place]!;
      const entry = log.entries[placeOf(log, index)]!;
      const before = places[place - 1]!;
      texts.push(
        `<kind: ${this.kindText(entry, before, index)}, term: ${this.entryTerm(entry.term)}>`,
      );
    }
    return texts;
  }

  /** Of the records behind `before` up to `index`, of which `entry` has the last. */
  private kindText(
    { base, index: end, kind, content, voters, digest }: TracedLog['entries'][number],
    before: number,
    index: number,
  ): string {
    if (before < base - 1) {
      return `Data(${this.content(`${digest} to ${index - end}`)})`;
    }
    if (voters !== null) {
      const ids = voters.map(([id]) => this.server(id));
      return `Configuration({${ids.sort().join(', ')}})`;
    }
    return kind === 'noop' ? 'Noop' : `Data(${this.content(content)})`;
  }

  /** What a step may ask of a log: where it ends, and where the term of its node begins. */
  private gather(log: TracedLog, term: number, end: number): void {
    const { indices } = this;
    const { entries } = log;
    this.logs.add(log);
    indices.add(end);
    const last = lastEntry(log);
    if (last?.term === term) {
      const { base, index } = entries[last.termFrom]!;
      indices.add(index);
      this.borders.push(base - 1);
    }
  }
}

function numbered<Key>(known: Map<Key, number>, key: Key): number {
  const number = known.get(key) ?? known.size + 1;
  known.set(key, number);
  return number;
}
