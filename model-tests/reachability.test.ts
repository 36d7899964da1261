/** That a goal can be reached from everywhere: a small graph by hand and by the plainest search, and a partition. */

import { describe, expect, test } from 'vitest';
import { findBug } from '../src/bugs/registry.js';
import { explore, follow } from '../src/explorer/explore.js';
import { finishHigh, finishLow, notZero } from '../src/explorer/fingerprint.js';
import { restOf } from '../src/explorer/partition/rest.js';
import type { PartitionScope } from '../src/explorer/partition/scope.js';
import { PartitionWorld } from '../src/explorer/partition/world.js';
import { exploreToGoal, type Goal, reachability } from '../src/explorer/reachability.js';
import type { World } from '../src/explorer/world.js';

/** A world whose states are numbers, and whose steps are a table. */
function worldOf(steps: readonly (readonly number[])[]): World<number> {
  return {
    permutations: 1,
    maximumBytes: 1,
    witnesses: [],
    initial: () => 0,
    successors(state, visit) {
      for (const next of steps[state]!) {
        visit(next, null, 0);
      }
    },
    fingerprint(state, _permutation, seed, into) {
      into[0] = finishLow(state ^ seed);
      into[1] = notZero(finishHigh(state + 7));
    },
    encode(state, bytes, at) {
      bytes[at] = state;
      return at + 1;
    },
    decode: (bytes, at) => bytes[at]!,
    violation: () => null,
  };
}

const MOST = { maximumStates: 1_000 };

describe('a goal', () => {
  test('that cannot be reached from everywhere: the nearest state that cannot, and the way there', () => {
    // 2 and 3 go round for ever; 4 ends; 5 is the goal, and no end.
    const world = worldOf([[1, 4], [2, 5], [3], [2], [], [0]]);
    const goal: Goal<number> = { isReached: (at) => at === 5, isOwed: () => true };
    expect(reachability(world, goal, MOST)).toEqual({
      ended: 'complete',
      states: 6,
      transitions: 7,
      goals: 1,
      owing: 6,
      stuck: [1],
      depth: 2,
    });
    const owed = { ...goal, isOwed: (at: number) => at !== 4 };
    const { stuck } = reachability(world, owed, MOST);
    expect(follow(world, stuck!).at(-1)).toEqual(Uint8Array.of(2));
    expect(exploreToGoal(world, owed, MOST)).toMatchObject({
      ended: 'violated',
      violation: { violation: { property: 'Converges' }, path: [0, 0] },
    });
  });

  test.each([
    ['nobody owes', { isReached: () => true, isOwed: () => false }],
    ['there is none of', { isReached: () => false, isOwed: () => false }],
  ])('that %s proves nothing', (_name, goal) => {
    const { ended, witnesses } = exploreToGoal(worldOf([[1], [0]]), goal, MOST);
    expect(ended).toBe('complete');
    expect(witnesses.get('rest')).toBeNull();
  });

  test('of a graph that is not complete nothing is said', () => {
    const goal = { isReached: () => false, isOwed: () => true };
    const found = exploreToGoal(worldOf([[1], [2], [0]]), goal, { maximumStates: 2 });
    expect(found).toMatchObject({ ended: 'full', violation: null });
  });

  test('is found from where the plainest search finds it, in any graph', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const size = 2 + (seed % 9);
      const steps = Array.from({ length: size }, (_, at) =>
        Array.from(
          { length: (finishLow(seed * 31 + at) >>> 0) % 3 },
          (_, i) => (finishLow(seed * 977 + at * 13 + i) >>> 0) % size,
        ),
      );
      const isReached = (at: number): boolean => at === size - 1;
      const reaches = (at: number, seen = new Set<number>()): boolean =>
        isReached(at) ||
        (!seen.has(at) && steps[at]!.some((next) => reaches(next, new Set([...seen, at]))));
      const { stuck } = reachability(worldOf(steps), { isReached, isOwed: () => true }, MOST);
      const reachable = new Set([0]);
      for (const at of reachable) {
        for (const next of steps[at]!) {
          reachable.add(next);
        }
      }
      expect(stuck === null).toBe([...reachable].every((at) => reaches(at)));
    }
  });
});

describe('a partition', () => {
  const SCOPE: PartitionScope = {
    name: 'rest',
    title: 'elections without a record in them',
    replicas: 2,
    minIsr: 1,
    rests: true,
    leaderEpochs: 3,
    partitionEpochs: 5,
    messages: 2,
    behind: 1,
    records: 1,
    fences: 1,
  };
  const few = { maximumStates: 60_000 };

  test('can get in sync again from everywhere, and its states are those of the other search', () => {
    const world = new PartitionWorld(SCOPE);
    const { states, transitions } = explore(world, few);
    const found = reachability(world, restOf(world), few);
    expect(found).toMatchObject({ ended: 'complete', states, transitions, stuck: null });
    // Else it would say nothing.
    expect(found.owing).toBeGreaterThan(1_000);
    expect(found.goals).toBeGreaterThan(100);
  });

  test('cannot, where the epoch of an election without a record outlives a truncation', () => {
    const scope = { ...SCOPE, records: 0, leaderEpochs: 4, partitionEpochs: 6, fences: 2 };
    const bug = findBug('epoch-entry-at-end-kept')!;
    for (const planted of [{}, bug]) {
      const world = new PartitionWorld({ ...scope, leaderRecords: 1 }, planted);
      const { ended, violation } = exploreToGoal(world, restOf(world), {
        maximumStates: 150_000,
      });
      expect(ended).toBe(planted === bug ? 'violated' : 'complete');
      expect(violation?.violation.property).toBe(planted === bug ? 'Converges' : undefined);
    }
  }, 120_000);
});
