/**
 * The explorer's engine against the plainest search there is (texts of states in a set), and against
 * numbers that other model checkers found in the same world.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToyRaft, type ToyState } from '../bench/toy-raft.js';
import { explore, follow } from '../src/explorer/explore.js';
import { hashBytes, newFingerprint } from '../src/explorer/fingerprint.js';
import { FingerprintTable, SharedFingerprintTable } from '../src/explorer/fingerprint-table.js';
import { permutationsOf } from '../src/explorer/permutations.js';

const SMALL = { terms: 2, entries: 1, messages: 2, restarts: 0 };
const MANY = { maximumStates: 2_000_000 };

interface Plain {
  readonly states: readonly ToyState[];
  readonly transitions: number;
  /** Depth of the first state in which something is wrong. */
  readonly violatedAt: number | null;
}

/** Every state once, by its text. */
function plainSearch(world: ToyRaft): Plain {
  const states = [world.initial()];
  const depths = [0];
  const known = new Set([JSON.stringify(states[0])]);
  let transitions = 0;
  for (let i = 0; i < states.length; i++) {
    if (world.violation(states[i]!) !== null) {
      return { states, transitions, violatedAt: depths[i]! };
    }
    world.successors(states[i]!, (successor) => {
      const text = JSON.stringify(successor);
      transitions++;
      if (!known.has(text)) {
        known.add(text);
        states.push(structuredClone(successor));
        depths.push(depths[i]! + 1);
      }
    });
  }
  return { states, transitions, violatedAt: null };
}

const small = new ToyRaft(SMALL);
const plain = plainSearch(small);

describe('the toy world', () => {
  test('an encoded state is the state again, and no two are encoded alike', () => {
    const bytes = new Uint8Array(small.maximumBytes);
    const seen = new Set<string>();
    for (const state of plain.states) {
      const end = small.encode(state, bytes, 0);
      expect(end).toBeLessThanOrEqual(small.maximumBytes);
      seen.add(bytes.slice(0, end).join());
      expect(small.decode(bytes, 0, end)).toEqual(state);
    }
    expect(seen.size).toBe(plain.states.length);
  });

  test('a renamed state has the same orbit, and the orbits are the states', () => {
    const fingerprint = newFingerprint();
    const orbits = new Map<string, Set<string>>();
    const texts = new Set<string>();
    for (const state of plain.states) {
      const orbit = Array.from({ length: small.permutations }, (_, permutation) => {
        small.fingerprint(state, permutation, 0, fingerprint);
        return fingerprint.join();
      });
      texts.add(orbit[0]!);
      const members = new Set(orbit);
      const name = [...members].sort()[0]!;
      expect(orbits.get(name) ?? members).toEqual(members);
      orbits.set(name, members);
    }
    expect(texts.size).toBe(plain.states.length);
    const sizes = [...orbits.values()].map(({ size }) => size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(plain.states.length);
    expect(explore(small, MANY).states).toBe(orbits.size);
  });
});

describe('explore', () => {
  test('counts what TLC and stateright count', () => {
    const { states, transitions, ended } = explore(small, { ...MANY, symmetry: false });
    // They count the initial state among the generated ones.
    expect([states, transitions + 1, ended]).toEqual([15_808, 36_346, 'complete']);
    expect([plain.states.length, plain.transitions]).toEqual([states, transitions]);
    const larger = explore(new ToyRaft({ ...SMALL, messages: 3, restarts: 1 }), MANY);
    expect([larger.states, larger.transitions + 1]).toEqual([280_942, 1_131_849]);
  });

  test.each([1, 2, 3])('finds the same with fingerprints of seed %i', (seed) => {
    const { states, transitions, depth, deadlocks } = explore(small, { ...MANY, seed });
    const again = explore(small, MANY);
    expect([states, transitions, depth, deadlocks]).toEqual([
      again.states,
      again.transitions,
      again.depth,
      again.deadlocks,
    ]);
  });

  test.each([
    ['two-votes', 'ElectionSafety', { terms: 1, entries: 1, messages: 3, restarts: 0 }],
    ['vote-forgotten', 'ElectionSafety', { terms: 1, entries: 1, messages: 3, restarts: 1 }],
    ['figure-8', 'LeaderCompleteness', { terms: 4, entries: 1, messages: 2, restarts: 0 }],
  ])('finds %s with a shortest trace', (bug, property, bounds) => {
    expect(explore(new ToyRaft(bounds), { maximumStates: 60_000 }).violation).toBeNull();
    const world = new ToyRaft({ ...bounds, bug });
    const { violation, ended } = explore(world, MANY);
    expect(ended).toBe('violated');
    expect(violation?.violation.property).toBe(property);
    const states = follow(world, violation!.path);
    const last = states.at(-1)!;
    expect(world.violation(world.decode(last, 0, last.length))?.property).toBe(property);
    for (const state of states.slice(0, -1)) {
      expect(world.violation(world.decode(state, 0, state.length))).toBeNull();
    }
    if (bug !== 'figure-8') {
      expect(violation!.path.length).toBe(plainSearch(world).violatedAt);
    }
  });

  test('says what was never reached, and what ends', () => {
    const { witnesses } = explore(new ToyRaft({ ...SMALL, entries: 0 }), MANY);
    expect([...witnesses]).toEqual([
      ['a leader', 3],
      ['a commit', null],
    ]);
    const { deadlocks, firstDeadlock } = explore(small, { ...MANY, symmetry: false });
    const silent = plain.states.filter((state) => {
      let steps = 0;
      small.successors(state, () => steps++);
      return steps === 0;
    });
    expect(deadlocks).toBe(silent.length);
    const last = follow(small, firstDeadlock!).at(-1)!;
    expect(silent).toContainEqual(small.decode(last, 0, last.length));
  });

  test('stops at its limits and says so', () => {
    expect(explore(small, { maximumStates: 500 })).toMatchObject({ ended: 'full', states: 500 });
    const stopped = explore(small, { ...MANY, symmetry: false, goesOn: () => false });
    expect(stopped).toMatchObject({ ended: 'stopped', states: 4 });
  });
});

describe('fingerprints', () => {
  const tables = [
    ['of one thread', () => new FingerprintTable(70_000)],
    ['of several', () => new SharedFingerprintTable(SharedFingerprintTable.memoryFor(70_000))],
  ] as const;
  test.each(tables)('a table %s holds what was put in, once', (_, table) => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            lane,
            lane.filter((high) => high !== 0),
          ),
        ),
        (pairs) => {
          const added = table();
          const known = new Set<string>();
          for (const pair of pairs) {
            // In shared memory a low lane of 0 is kept as 1.
            const key = `${added instanceof SharedFingerprintTable ? pair[0] || 1 : pair[0]}:${pair[1]}`;
            expect(added.add(Int32Array.from(pair))).toBe(!known.has(key));
            known.add(key);
          }
        },
      ),
    );
    const full = table();
    const fingerprint = newFingerprint();
    const addAll = (): number => {
      let added = 0;
      for (let i = 0; i < 70_000; i++) {
        hashBytes(Uint8Array.of(i, i >> 8, i >> 16), 0, 3, 0, fingerprint);
        added += full.add(fingerprint) ? 1 : 0;
      }
      return added;
    };
    expect([addAll(), addAll()]).toEqual([70_000, 0]);
  });

  test('every bit of the input moves about half of each lane', () => {
    const bytes = new Uint8Array(20);
    const before = newFingerprint();
    const after = newFingerprint();
    const moved = [0, 0];
    for (let bit = 0; bit < 160; bit++) {
      bytes.fill(7);
      hashBytes(bytes, 0, 20, 0, before);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      hashBytes(bytes, 0, 20, 0, after);
      for (const each of [0, 1]) {
        moved[each]! += bitsOf(before[each]! ^ after[each]!);
      }
    }
    for (const each of moved) {
      expect(each / 160).toBeGreaterThan(14);
      expect(each / 160).toBeLessThan(18);
    }
  });

  test('renamings begin with none', () => {
    expect(permutationsOf(3)).toHaveLength(6);
    expect(permutationsOf(3)[0]).toEqual([0, 1, 2]);
  });
});

const lane = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer());

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) {
    count++;
  }
  return count;
}
