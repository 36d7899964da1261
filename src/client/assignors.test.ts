import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ASSIGNORS,
  type Candidate,
  COOPERATIVE_STICKY,
  RANGE,
  ROUND_ROBIN,
  type Shares,
} from './assignors.js';

/** Members a, b, ... that want `topics`; what they own, and since when. */
function candidate(memberId: string, owned: readonly string[] = [], generation = -1): Candidate {
  return { memberId, topics: ['t', 'u'], owned: owned.map(place), generation };
}

function place(name: string): Candidate['owned'][number] {
  return { topic: name.slice(0, 1), partition: Number(name.slice(1)) as never };
}

function told(shares: Shares): Record<string, string> {
  return Object.fromEntries(
    [...shares].map(([id, places]) => [
      id,
      places.map(({ topic, partition }) => `${topic}${partition}`).join(' '),
    ]),
  );
}

const COUNTS = new Map([
  ['t', 5],
  ['u', 2],
]);

describe('range', () => {
  test('gives each topic out in stretches, the longer ones to the first', () => {
    const members = ['c', 'a', 'b'].map((id) => candidate(id));
    expect(told(RANGE.assign(members, COUNTS))).toEqual({ a: 't0 t1 u0', b: 't2 t3 u1', c: 't4' });
  });
});

describe('roundrobin', () => {
  test('gives all partitions of all topics out in turn', () => {
    const members = ['a', 'b', 'c'].map((id) => candidate(id));
    expect(told(ROUND_ROBIN.assign(members, COUNTS))).toEqual({
      a: 't0 t3 u1',
      b: 't1 t4',
      c: 't2 u0',
    });
  });
});

describe('cooperative-sticky', () => {
  const one = new Map([['t', 5]]);

  test('leaves what is owned where it is, and gives what has to move to nobody yet (KIP-429)', () => {
    const before = [candidate('a', ['t0', 't1', 't2', 't3', 't4'], 3), candidate('b')];
    expect(told(COOPERATIVE_STICKY.assign(before, one))).toEqual({ a: 't0 t1 t2', b: '' });
    const after = [candidate('a', ['t0', 't1', 't2'], 4), candidate('b', [], 4)];
    expect(told(COOPERATIVE_STICKY.assign(after, one))).toEqual({ a: 't0 t1 t2', b: 't3 t4' });
  });

  test('what nobody owns any more is given out at once', () => {
    const left = [candidate('b', ['t3', 't4'], 4), candidate('c')];
    expect(told(COOPERATIVE_STICKY.assign(left, one))).toEqual({ b: 't3 t4 t0', c: 't1 t2' });
  });

  test('the claim of a member that missed a generation is void (KAFKA-12984)', () => {
    const claims = [candidate('a', ['t0', 't1'], 3), candidate('b', ['t0', 't1', 't2'], 4)];
    expect(told(COOPERATIVE_STICKY.assign(claims, one))).toEqual({ a: 't3 t4', b: 't0 t1 t2' });
  });

  test('a partition that two claim in one generation stays with neither by right', () => {
    const claims = [candidate('a', ['t0', 't1'], 4), candidate('b', ['t1', 't2'], 4)];
    const shares = COOPERATIVE_STICKY.assign(claims, one);
    expect([...shares.values()].flat().length).toBe(5);
  });
});

describe.each(ASSIGNORS.map((assignor) => [assignor.name, assignor] as const))(
  '%s',
  (_name, assignor) => {
    test('gives no partition twice, all of them in the end, and evenly', () => {
      fc.assert(
        fc.property(
          fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }),
          fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }),
          fc.nat({ max: 13 }),
          (before, after, partitions) => {
            const counts = new Map([['t', partitions]]);
            let shares: Shares = new Map();
            for (const [generation, members] of [before, before, after, after].entries()) {
              const claims = members.map((id) => {
                const owned = assignor.isCooperative ? (shares.get(id) ?? []) : [];
                return { memberId: id, topics: ['t'], owned, generation };
              });
              const earlier = shares;
              shares = assignor.assign(claims, counts);
              expect([...shares.keys()].sort()).toEqual([...members].sort());
              const given = [...shares.values()].flat().map(({ partition }) => partition);
              expect(new Set(given).size).toBe(given.length);
              expectNoneMovesAtOnce(assignor.isCooperative, earlier, shares, members);
            }
            const sizes = [...shares.values()].map((places) => places.length);
            expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(partitions);
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          },
        ),
        { numRuns: 300 },
      );
    });
  },
);

/** G-COOP: what one who is still there owned is with it, or with nobody. */
function expectNoneMovesAtOnce(
  isCooperative: boolean,
  before: Shares,
  after: Shares,
  members: readonly string[],
): void {
  const owners = new Map(
    [...before].flatMap(([id, places]) => places.map(({ partition }) => [partition, id] as const)),
  );
  for (const [id, places] of isCooperative ? after : []) {
    for (const { partition } of places) {
      const owner = owners.get(partition);
      expect(owner === undefined || owner === id || !members.includes(owner)).toBe(true);
    }
  }
}
