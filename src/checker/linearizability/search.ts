/**
 * Is a history of concurrent operations linearizable (Herlihy and Wing, "Linearizability: A Correctness
 * Condition for Concurrent Objects", 1990)? The search of Wing and Gong ("Testing and Verifying Concurrent
 * Objects", 1993) with the memory of Lowe ("Testing for Linearizability", 2017): of all operations that
 * nobody had to wait for, take one, step the model, and never again enter the same set of taken operations
 * with the same state.
 *
 * It costs exponential time in the worst case, so it is only for what has no order in its answers, and
 * for parts of a history that are small. A log needs no search: its offsets are the order.
 */

import { assert } from '../../core/types/assert.js';

/** The place of an operation in the order that is being tried. */
export interface Moment {
  /** Latest call of the operations before it; -Infinity: there are none. */
  readonly after: number;
  /** Earliest return of those that stand behind it or are it. */
  readonly before: number;
}

/** A sequential object. Pure; states are values. */
export interface Model<State, Operation> {
  readonly initial: State;
  /** The state after `operation`; null: in `state` it could not have been told what it was told. */
  step(state: State, operation: Operation, moment: Moment): State | null;
  /** Equal for equal states, and for no others. */
  key(state: State): string;
}

export interface TimedOperation<Operation> {
  readonly operation: Operation;
  /** When it was called, in any unit. */
  readonly called: number;
  /** When it returned; Infinity: nobody knows whether it took effect, or when. */
  readonly returned: number;
}

export interface SearchLimits {
  /** Most steps of the model; then the answer is `unknown`. */
  readonly steps: number;
  /** Asked now and then: true ends the search as `unknown` too. */
  readonly expired?: (() => boolean) | undefined;
}

export interface Linearization<State> {
  readonly verdict: 'linearizable' | 'not linearizable' | 'unknown';
  /** The longest order that was found, as indexes of the operations: all of them if linearizable. */
  readonly longest: readonly number[];
  /** The state behind it. */
  readonly state: State;
  /** The operation that returned although no order found has room for it; null if linearizable. */
  readonly stuckAt: number | null;
  readonly steps: number;
}

/** What has something behind it: an entry, or the beginning of the list. */
interface Link {
  after: Entry | null;
}

/** A call or a return, in a doubly linked list by time. One that never came stands at its end. */
interface Entry extends Link {
  readonly index: number;
  /** Of a call: its return. Of a return: null. */
  readonly answer: Entry | null;
  before: Link;
}

/** An operation in the order that is being tried. */
interface Taking<State> {
  readonly entry: Entry;
  /** Before it. */
  readonly state: State;
  /** Of it and those before it. */
  readonly latestCall: number;
}

const EXPIRY_INTERVAL = 4096;

/** Searches an order of `operations` that the model allows and that real time allows. */
export function linearize<State, Operation>(
  model: Model<State, Operation>,
  operations: readonly TimedOperation<Operation>[],
  limits: SearchLimits,
): Linearization<State> {
  return new Search(model, operations, limits).run();
}

class Search<State, Operation> implements Moment {
  private readonly model: Model<State, Operation>;
  private readonly operations: readonly TimedOperation<Operation>[];
  private readonly limits: SearchLimits;
  private readonly head: Link;
  private readonly taken: Taken;
  private readonly stack: Taking<State>[] = [];
  private readonly seen = new Set<string>();
  private steps = 0;
  private longest: number[] = [];
  private stateBehind: State;
  private stuckAt: number | null = null;

  constructor(
    model: Model<State, Operation>,
    operations: readonly TimedOperation<Operation>[],
    limits: SearchLimits,
  ) {
    this.model = model;
    this.operations = operations;
    this.limits = limits;
    this.stateBehind = model.initial;
    this.head = linkedEvents(operations);
    this.taken = new Taken(operations);
  }

  get after(): number {
    return this.stack.at(-1)?.latestCall ?? Number.NEGATIVE_INFINITY;
  }

  get before(): number {
    // The return of an operation that is not taken is in the list, or the search would be over.
    let entry = this.head.after!;
    while (entry.answer !== null) {
      entry = entry.after!;
    }
    return this.operations[entry.index]!.returned;
  }

  run(): Linearization<State> {
    let { initial: state } = this.model;
    let entry = this.head.after;
    while (!this.taken.complete) {
      assert(entry !== null, 'behind the last call stands the return of an operation not taken');
      if (entry.answer === null) {
        this.noteProgress(entry.index, state);
        const last = this.stack.pop();
        if (last === undefined) {
          return this.answer('not linearizable');
        }
        state = last.state;
        this.taken.give(last.entry.index);
        restore(last.entry);
        entry = last.entry.after;
        continue;
      }
      if (this.spent()) {
        this.noteProgress(null, state);
        return this.answer('unknown');
      }
      const next = this.model.step(state, this.operations[entry.index]!.operation, this);
      this.steps++;
      if (next !== null && this.isNew(entry.index, next)) {
        const latestCall = Math.max(this.after, this.operations[entry.index]!.called);
        this.stack.push({ entry, state, latestCall });
        state = next;
        remove(entry);
        entry = this.head.after;
      } else {
        entry = entry.after;
      }
    }
    this.longest = this.order();
    this.stateBehind = state;
    this.stuckAt = null;
    return this.answer('linearizable');
  }

  /** Takes the operation; gives it back, and answers false, where that was tried before. */
  private isNew(index: number, state: State): boolean {
    this.taken.take(index);
    const key = `${this.taken.key()}|${this.model.key(state)}`;
    if (this.seen.has(key)) {
      this.taken.give(index);
      return false;
    }
    this.seen.add(key);
    return true;
  }

  private spent(): boolean {
    const { steps, expired } = this.limits;
    return (
      this.steps >= steps ||
      (this.steps % EXPIRY_INTERVAL === EXPIRY_INTERVAL - 1 && (expired?.() ?? false))
    );
  }

  private noteProgress(stuckAt: number | null, state: State): void {
    if (this.stack.length > this.longest.length || this.stuckAt === null) {
      this.longest = this.order();
      this.stateBehind = state;
      this.stuckAt = stuckAt ?? this.stuckAt;
    }
  }

  private order(): number[] {
    return this.stack.map(({ entry }) => entry.index);
  }

  private answer(verdict: Linearization<State>['verdict']): Linearization<State> {
    const { longest, stateBehind, stuckAt, steps } = this;
    return { verdict, longest, state: stateBehind, stuckAt, steps };
  }
}

/**
 * Which operations are taken. Those that returned are numbered as they come. Histories have them in the order
 * of their calls, so that nearly all taken ones stand below the first that is not: the key is that number and
 * the few above it.
 */
class Taken {
  private readonly marks: Uint8Array;
  /** The place of each operation among those that returned, or -1. */
  private readonly place: Int32Array;
  /** Place of the first of them that is not taken. */
  private low = 0;
  private count = 0;
  /** Taken ones of those that never returned. */
  private readonly open: number[] = [];

  constructor(operations: readonly TimedOperation<unknown>[]) {
    let places = 0;
    this.place = Int32Array.from(operations, ({ returned }) =>
      returned < Infinity ? places++ : -1,
    );
    this.marks = new Uint8Array(places);
  }

  /** Every operation that returned is taken; the others need not have happened. */
  get complete(): boolean {
    return this.count === this.marks.length;
  }

  take(index: number): void {
    const place = this.place[index]!;
    if (place < 0) {
      this.open.push(index);
      return;
    }
    this.marks[place] = 1;
    this.count++;
    while (this.marks[this.low] === 1) {
      this.low++;
    }
  }

  /** Takes back the operation that was taken last. */
  give(index: number): void {
    const place = this.place[index]!;
    if (place < 0) {
      assert(this.open.pop() === index, 'operations are given back in reverse order');
      return;
    }
    this.marks[place] = 0;
    this.count--;
    this.low = Math.min(this.low, place);
  }

  key(): string {
    const above: number[] = [];
    for (let place = this.low + 1; above.length < this.count - this.low; place++) {
      if (this.marks[place] === 1) {
        above.push(place);
      }
    }
    const open = [...this.open].sort((left, right) => left - right);
    return `${this.low};${above.join(',')};${open.join(',')}`;
  }
}

/** The head, in front of the first event. Intervals are closed: of equal times calls come first. */
function linkedEvents(operations: readonly TimedOperation<unknown>[]): Link {
  const events: { readonly time: number; readonly place: 0 | 1; readonly entry: Entry }[] = [];
  const head: Link = { after: null };
  for (const [index, { called, returned }] of operations.entries()) {
    assert(called <= returned, 'an operation returns after its call');
    const answer: Entry = { index, answer: null, before: head, after: null };
    events.push({ time: called, place: 0, entry: { ...answer, answer } });
    events.push({ time: returned, place: 1, entry: answer });
  }
  events.sort((left, right) => left.time - right.time || left.place - right.place);
  let last: Link = head;
  for (const { entry } of events) {
    entry.before = last;
    last.after = entry;
    last = entry;
  }
  return head;
}

/** Takes a call and its return out of the list. */
function remove(call: Entry): void {
  unlink(call);
  unlink(call.answer!);
}

/** The reverse of `remove`, for the call that was removed last. */
function restore(call: Entry): void {
  link(call.answer!);
  link(call);
}

function unlink(entry: Entry): void {
  entry.before.after = entry.after;
  if (entry.after !== null) {
    entry.after.before = entry.before;
  }
}

function link(entry: Entry): void {
  entry.before.after = entry;
  if (entry.after !== null) {
    entry.after.before = entry;
  }
}
