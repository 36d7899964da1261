/** Clone, canonical bytes and equality leave nothing of a state out; the log's helpers, sparse. */

import { describe, expect, it } from 'vitest';
import type { BrokerId, LogIndex, Term, Uuid } from '../types/ids.js';
import {
  canonicalWriter,
  writeBytes,
  writeNullable,
  writeNumber,
  writtenBytes,
} from './canonical.js';
import {
  assertWellFormed,
  entriesBetween,
  entriesWithin,
  lastAtOrBelow,
  lastIndex,
  lastTerm,
  termAt,
} from './log.js';
import { cloneRaft, encodeRaft, equalRaft, startRaft } from './state.js';
import type { Entry, RaftStart, RaftState } from './types.js';

const index = (value: number): LogIndex => value as LogIndex;
const term = (value: number): Term => value as Term;
const self = { id: 1 as BrokerId, directoryId: 'one' as Uuid };
const other = { id: 2 as BrokerId, directoryId: 'two' as Uuid };

function entry(base: number, last: number, of: number): Entry {
  const payload = Uint8Array.of(base, last, of);
  return { base: index(base), index: index(last), term: term(of), kind: 'data', payload };
}

function started(change: Partial<RaftStart> = {}): RaftState {
  return startRaft({
    self,
    limits: { maxAppendBytes: 1, maxInflight: 2, snapshotChunkBytes: 3 },
    bootstrap: { voters: [self, other] },
    hardState: { term: term(4), votedFor: other },
    snapshot: {
      index: index(5),
      term: term(2),
      configuration: { voters: [self, other] },
      data: Uint8Array.of(7, 8),
    },
    entries: [entry(6, 8, 2), entry(9, 9, 3), entry(10, 14, 3)],
    ...change,
  });
}

/** A state in which nothing is empty. */
function full(): RaftState {
  const filled = Object.assign(started(), {
    leader: other.id,
    votesGranted: new Set([self.id]),
    votesRefused: new Set([other.id]),
    progress: new Map([
      [
        other.id,
        {
          directoryId: other.directoryId,
          nextIndex: index(9),
          matchIndex: index(8),
          active: false,
          ackedRound: 1,
          inflight: 1,
          mode: 'probe',
          snapshotOffset: 2,
        },
      ],
    ]),
    learners: new Set([9 as BrokerId]),
    catchUp: {
      token: 4,
      voter: other,
      round: 2,
      target: index(14),
      slow: false,
      heldIndex: index(9),
      heldBytes: 3,
    },
    transfer: { token: 5, to: other.id, told: false },
    pendingReads: [{ token: 1, index: index(8), round: 2 }],
    unpersisted: [{ sequence: 3, lastIndex: index(14) }],
    waiting: [
      { after: 3, to: other.id, message: { type: 'voteReply', term: term(4), granted: true } },
      {
        after: 4,
        to: other.id,
        message: {
          type: 'appendEntries',
          term: term(4),
          prevIndex: index(9),
          prevTerm: term(3),
          entries: [entry(10, 14, 3)],
          commitIndex: index(8),
          round: 2,
        },
      },
    ],
    incoming: { index: index(20), term: term(4), chunks: [Uint8Array.of(1, 2)], length: 2 },
  } as Partial<RaftState>);
  const moved = { voters: [self] };
  const configuration: Entry = { ...entry(15, 15, 4), kind: 'configuration', configuration: moved };
  filled.entries.push(configuration);
  // The changes below reach everywhere: nothing may be shared with another state.
  return structuredClone(filled);
}

type Change = (state: RaftState) => void;

/** One change for every number, string, boolean, byte and element anywhere in `value`. */
function changes(value: unknown, reach: (state: RaftState) => unknown): Change[] {
  if (value instanceof Uint8Array) {
    return [
      (state) => {
        const bytes = reach(state) as Uint8Array;
        bytes[0] = bytes[0]! ^ 1;
      },
    ];
  }
  if (value instanceof Set) {
    return [(state) => (reach(state) as Set<number>).add(77)];
  }
  if (value instanceof Map) {
    const dropped: Change = (state) => (reach(state) as Map<number, unknown>).clear();
    const inner = [...value.keys()].flatMap((key) =>
      changes(value.get(key), (state) => (reach(state) as Map<unknown, unknown>).get(key)),
    );
    return [dropped, ...inner];
  }
  const list: Change[] = [];
  if (Array.isArray(value)) {
    list.push((state) => (reach(state) as unknown[]).pop());
  }
  for (const key of Object.keys(value as object)) {
    const field = (value as Record<string, unknown>)[key];
    const parent = (state: RaftState): Record<string, unknown> =>
      reach(state) as Record<string, unknown>;
    if (typeof field === 'object' && field !== null) {
      list.push(...changes(field, (state) => parent(state)[key]));
    } else {
      list.push((state) => {
        const was = parent(state)[key];
        parent(state)[key] = typeof was === 'number' ? was + 1 : `${String(was)}!`;
        if (typeof was === 'boolean') {
          parent(state)[key] = !was;
        } else if (was === null) {
          parent(state)[key] = self;
        }
      });
    }
  }
  return list;
}

describe('the state of a node', () => {
  it('encodes everything: any change anywhere changes the bytes', () => {
    const all = changes(full(), (state) => state);
    expect(all.length).toBeGreaterThan(70);
    all.forEach((change, at) => {
      const state = full();
      change(state);
      expect(equalRaft(state, full()), `change ${at}: ${change}`).toBe(false);
    });
  });

  it('is equal to itself, and not to one of which it is the beginning', () => {
    expect(equalRaft(full(), full())).toBe(true);
    const more = full();
    more.incoming!.chunks.push(Uint8Array.of(3));
    expect([equalRaft(full(), more), equalRaft(more, full())]).toEqual([false, false]);
  });

  it('clones into an equal state that shares nothing that a step changes', () => {
    const state = full();
    const copy = cloneRaft(state);
    expect(equalRaft(copy, state)).toBe(true);
    expect(copy).toEqual(state);
    // What is absent stays absent.
    expect(cloneRaft(started())).toEqual(started());
    for (const key of Object.keys(state) as (keyof RaftState)[]) {
      const value = state[key];
      if (value instanceof Set || value instanceof Map || Array.isArray(value)) {
        expect(copy[key], key).not.toBe(value);
      }
    }
    copy.progress.get(other.id)!.nextIndex = index(1);
    copy.unpersisted[0]!.lastIndex = index(1);
    copy.incoming!.chunks.pop();
    expect(equalRaft(state, full())).toBe(true);
  });

  it('does not depend on the order in which maps and sets were filled', () => {
    const [a, b] = [full(), full()];
    const three = 3 as BrokerId;
    a.votesGranted = new Set([self.id, three]);
    b.votesGranted = new Set([three, self.id]);
    const progress = a.progress.get(other.id)!;
    a.progress = new Map([
      [three, progress],
      [other.id, progress],
    ]);
    b.progress = new Map([
      [other.id, progress],
      [three, progress],
    ]);
    expect(encodeRaft(a)).toEqual(encodeRaft(b));
  });

  it('starts with the newer term where the log is ahead of the stored one, without a vote', () => {
    const state = started({ hardState: { term: term(2), votedFor: other } });
    expect([state.term, state.votedFor]).toEqual([3, null]);
    expect(started().votedFor).toEqual(other);
  });

  it('forgets entries that the snapshot covers, and takes the voters of the format', () => {
    const covered = started({ entries: [entry(1, 5, 2), entry(6, 6, 2)] });
    expect(covered.entries.map((one) => one.index)).toEqual([6]);
    const fresh = { index: index(0), term: term(0), configuration: { voters: [] } };
    const snapshot = { ...fresh, data: new Uint8Array(0) };
    const learner = { id: 1 as BrokerId, directoryId: 'other' as Uuid };
    expect(started({ snapshot, entries: [] }).configuration.voters).toEqual([self, other]);
    expect(started({ snapshot, entries: [], self: learner }).role).toBe('learner');
  });
});

describe('canonical bytes', () => {
  it('tell whether something is absent, whatever follows', () => {
    const bytes = (values: readonly (number | null)[]): Uint8Array => {
      const writer = canonicalWriter();
      for (const value of values) {
        writeNullable(writer, value, writeNumber);
      }
      return writtenBytes(writer);
    };
    const lists = [[], [null], [1], [1, null], [null, 1], [1, 1]];
    expect(new Set(lists.map((list) => bytes(list).join())).size).toBe(lists.length);
    // Not by a mark alone that could be part of what follows.
    const absent = canonicalWriter();
    writeNullable(absent, null, writeNumber);
    writeNumber(absent, 1);
    expect(writtenBytes(absent)).not.toEqual(bytes([1]));
  });

  it('are those that were written, as a list of their own, however many', () => {
    const writer = canonicalWriter();
    writeNumber(writer, 7);
    const first = writtenBytes(writer);
    expect(first).toHaveLength(8);
    // More than twice of what there is room for.
    const long = Uint8Array.from({ length: 2_000 }, (_, at) => at);
    writeBytes(writer, long);
    expect(writtenBytes(writer)).toHaveLength(8 + 8 + 2_000);
    expect(writtenBytes(writer).subarray(16)).toEqual(long);
    expect(new DataView(first.buffer).getFloat64(0)).toBe(7);
  });
});

describe('what is written of a message', () => {
  it('does not depend on the order of its fields, and tells kinds of values apart', () => {
    const bytes = (message: object): Uint8Array => {
      const state = started();
      state.waiting = [{ after: 1, to: other.id, message: message as never }];
      return encodeRaft(state);
    };
    const one = bytes({ a: 1, b: 'x', c: [true], d: Uint8Array.of(1) });
    expect(bytes({ d: Uint8Array.of(1), c: [true], b: 'x', a: 1 })).toEqual(one);
    const others = [
      { a: '1', b: 'x', c: [true], d: Uint8Array.of(1) },
      { a: 1, b: 'x', c: [1], d: Uint8Array.of(1) },
      { a: 1, b: 'x', c: [true], d: [1] },
      { a: 1, b: 'x', c: { 0: true }, d: Uint8Array.of(1) },
      { a: 1, b: 'x', c: [true], e: Uint8Array.of(1) },
      { a: 1, b: 'x', c: [false], d: Uint8Array.of(1) },
      { a: 1, b: 'x', c: [true], d: { 0: 1 } },
    ];
    for (const message of others) {
      expect(bytes(message)).not.toEqual(one);
    }
  });
});

describe('a log whose indexes are not dense', () => {
  const log = started;

  it('knows terms only where an entry ends', () => {
    expect([5, 8, 9, 14].map((at) => termAt(log(), index(at)))).toEqual([2, 2, 3, 3]);
    expect([4, 6, 7, 10, 15].map((at) => termAt(log(), index(at)))).toEqual(Array(5).fill(null));
    expect([lastIndex(log()), lastTerm(log())]).toEqual([14, 3]);
  });

  it('goes down to the nearest end of an entry', () => {
    expect([4, 5, 7, 8, 13, 99].map((at) => lastAtOrBelow(log(), index(at)))).toEqual([
      0, 5, 5, 8, 9, 14,
    ]);
  });

  it('slices by index and by size', () => {
    const ends = (entries: readonly Entry[]): number[] => entries.map((one) => one.index);
    expect(ends(entriesBetween(log(), index(5), index(9)))).toEqual([8, 9]);
    expect(ends(entriesBetween(log(), index(8), index(13)))).toEqual([9]);
    expect(ends(entriesWithin(log(), index(5), 1))).toEqual([8]);
    expect(ends(entriesWithin(log(), index(5), 6))).toEqual([8, 9]);
    expect(ends(entriesWithin(log(), index(14), 6))).toEqual([]);
  });

  it('refuses a log that goes back', () => {
    const { snapshot } = log();
    expect(() => assertWellFormed({ snapshot, entries: [entry(3, 4, 2)] })).toThrow(/follows/);
    expect(() => assertWellFormed({ snapshot, entries: [entry(6, 6, 1)] })).toThrow(/term/);
    const wrong = (one: Entry) => () => assertWellFormed({ snapshot, entries: [one] });
    expect(wrong(entry(5, 5, 2))).toThrow('entry 5 follows 5');
    expect(wrong(entry(8, 7, 2))).toThrow('entry 7 begins behind its end');
    const odd = 'entry 6 of kind configuration, with a configuration or without';
    expect(wrong({ ...entry(6, 6, 2), kind: 'configuration' })).toThrow(odd);
    const configuration = { voters: [self] };
    expect(wrong({ ...entry(6, 6, 2), configuration })).toThrow('of kind data');
    expect(wrong({ ...entry(6, 6, 2), kind: 'configuration', configuration })).not.toThrow();
  });
});
