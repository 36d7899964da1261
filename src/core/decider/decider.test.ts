import { describe, expect, test } from 'vitest';
import {
  type DeciderEffect,
  type DeciderFunctions,
  type DeciderInput,
  type DeciderState,
  initialDecider,
  stepDecider,
} from './decider.js';

/** A counter: `add` appends its parts, `read` appends nothing and answers the sum. */
interface Sum {
  total: number;
  offset: number;
}
type Command = { readonly add: readonly number[] };
type Input = DeciderInput<Sum, Command, number>;
type Effect = DeciderEffect<number, number>;

const counter: DeciderFunctions<Sum, Command, number, number, null> = {
  clone: (state) => ({ ...state }),
  decide: (state, command) => ({
    records: command.add,
    response: state.total + command.add.reduce((a, b) => a + b, 0),
  }),
  evolve: (state, record, offset) => {
    state.total += record;
    state.offset = offset;
  },
};

function start(): DeciderState<Sum, number> {
  return initialDecider({ total: 0, offset: -1 });
}

function feed(decider: DeciderState<Sum, number>, ...inputs: readonly Input[]): Effect[] {
  const effects: Effect[] = [];
  for (const input of inputs) {
    stepDecider(counter, decider, input, effects, null);
  }
  return effects;
}

function add(token: number, base: number, ...parts: number[]): Input {
  return { type: 'command', token, base, command: { add: parts } };
}

function committed(base: number, ...records: number[]): Input {
  return { type: 'committed', base, records, upTo: base + records.length - 1 };
}

const activate: Input = { type: 'activate', term: 7 };

describe('a decider', () => {
  test('refuses commands while it is not active', () => {
    expect(feed(start(), add(1, 0, 5))).toEqual([{ type: 'refuse', token: 1 }]);
  });

  test('appends in its term, decides on what is pending, and answers in the order of commitment', () => {
    const decider = start();
    expect(feed(decider, activate, add(1, 10, 1, 2), add(2, 12, 4))).toEqual([
      { type: 'append', term: 7, base: 10, records: [1, 2] },
      { type: 'append', term: 7, base: 12, records: [4] },
    ]);
    expect(decider.active?.pending).toEqual({ total: 7, offset: 12 });
    expect(decider.committed.total).toBe(0);
    expect(feed(decider, committed(10, 1))).toEqual([]);
    expect(feed(decider, committed(11, 2))).toEqual([{ type: 'respond', token: 1, response: 3 }]);
    expect(feed(decider, committed(12, 4))).toEqual([{ type: 'respond', token: 2, response: 7 }]);
    expect(decider.active?.pending).toEqual(decider.committed);
  });

  test('lets a response without records wait for the newest record that it saw', () => {
    const decider = start();
    feed(decider, activate, add(1, 3, 5));
    expect(feed(decider, add(2, 4))).toEqual([]);
    expect(feed(decider, committed(3, 5))).toEqual([
      { type: 'respond', token: 1, response: 5 },
      { type: 'respond', token: 2, response: 5 },
    ]);
    expect(feed(decider, add(3, 4))).toEqual([{ type: 'respond', token: 3, response: 5 }]);
  });

  test('drops what is pending when leadership is lost, and the outcome is unknown', () => {
    const decider = start();
    feed(decider, activate, add(1, 0, 5), add(2, 1));
    expect(feed(decider, { type: 'deactivate' })).toEqual([
      { type: 'refuse', token: 1 },
      { type: 'refuse', token: 2 },
    ]);
    // The record survived after all: it is committed, and nobody is answered twice.
    expect(feed(decider, committed(0, 5))).toEqual([]);
    expect(decider.committed.total).toBe(5);
    feed(decider, { type: 'activate', term: 8 });
    expect(feed(decider, add(3, 2))).toEqual([{ type: 'respond', token: 3, response: 5 }]);
  });

  test('starts a new term from what is committed, also without a deactivation in between', () => {
    const decider = start();
    feed(decider, activate, add(1, 0, 5));
    expect(feed(decider, { type: 'activate', term: 9 })).toEqual([{ type: 'refuse', token: 1 }]);
    expect(feed(decider, add(2, 0, 1))).toEqual([
      { type: 'append', term: 9, base: 0, records: [1] },
    ]);
    expect(decider.active?.pending.total).toBe(1);
  });

  test('gives each record its own offset, and moves with empty commitments', () => {
    const decider = start();
    feed(decider, committed(4, 1, 1), { type: 'committed', base: 6, records: [], upTo: 9 });
    expect(decider.committed).toEqual({ total: 2, offset: 5 });
    expect(decider.committedOffset).toBe(9);
  });

  test('is restored while it is passive only', () => {
    const decider = start();
    const restored: Input = { type: 'restored', state: { total: 40, offset: 3 }, upTo: 3 };
    feed(decider, restored, activate);
    expect(feed(decider, add(1, 4))).toEqual([{ type: 'respond', token: 1, response: 40 }]);
    expect(() => feed(decider, restored)).toThrow('restored');
  });

  test('ends the node where commitment goes back or the log would overwrite', () => {
    const decider = start();
    feed(decider, committed(0, 1, 2), activate, add(1, 2, 3));
    expect(() => feed(decider, { type: 'committed', base: 0, records: [], upTo: 0 })).toThrow();
    expect(() => feed(decider, add(2, 2, 3))).toThrow('overwrite');
  });
});
