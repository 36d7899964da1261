import { describe, expect, it } from 'vitest';
import { graphOf, timeOf, type WrittenEdge } from '../../../model-tests/checker-graphs.js';
import { drawer } from '../../../model-tests/checker-scribe.js';
import { createComponentFinder } from './components.js';
import { RW, WR, WW } from './dependencies.js';
import { COMPLETED, type DependencyGraph, REAL_TIME } from './dependency-graph.js';
import { type CycleAnswer, type CycleClass, CycleSearch, type Step } from './shortest-cycle.js';

const OPERATIONS = 5;
const NODES = 2 * OPERATIONS;
const CLASSES: readonly CycleClass[] = [
  { first: WW, rest: WW },
  { first: WR, rest: WR },
  { first: WR, rest: WW | WR },
  { first: COMPLETED, rest: REAL_TIME | WR },
  { first: RW, rest: WR },
  { first: RW, rest: RW | WR },
  { first: RW, rest: REAL_TIME | WR },
];

/** Who was ok before whom, and the dependencies of one kind each. */
interface Drawn {
  readonly steps: readonly Step[];
  readonly graph: DependencyGraph;
}

function drawn(seed: number): Drawn {
  const draw = drawer(seed);
  const events = [0, 1, 2, 3, 4].flatMap((operation) => [operation, operation]);
  for (let at = events.length - 1; at > 0; at -= 1) {
    const other = draw(at + 1);
    [events[at], events[other]] = [events[other]!, events[at]!];
  }
  const edges: WrittenEdge[] = [];
  for (let count = 3 + draw(8); count > 0; count -= 1) {
    const from = draw(OPERATIONS);
    edges.push([from, (from + 1 + draw(OPERATIONS - 1)) % OPERATIONS, 1 << draw(3)]);
  }
  const steps = edges.map(([from, to, kind]): Step => ({ from, to, kind }));
  for (const from of events) {
    for (const to of new Set(events)) {
      if (events.lastIndexOf(from) < events.indexOf(to)) {
        steps.push({ from, to, kind: COMPLETED });
      }
    }
  }
  return { steps, graph: graphOf(OPERATIONS, NODES, [...edges, ...timeOf(OPERATIONS, events)]) };
}

/** Length of a shortest cycle of a class: one step of `first`, and from there back by steps of `rest`; or none. */
function shortest(steps: readonly Step[], { first, rest }: CycleClass): number | undefined {
  const lengths = steps.flatMap(({ from: start, to, kind: begins }) => {
    let ends = new Set([to]);
    for (let length = 1; (begins & first) !== 0 && length <= OPERATIONS; length += 1) {
      if (ends.has(start)) {
        return [length];
      }
      const next = steps.filter(({ from, kind }) => (kind & rest) !== 0 && ends.has(from));
      ends = new Set(next.map((step) => step.to));
    }
    return [];
  });
  return lengths.length === 0 ? undefined : Math.min(...lengths);
}

function searchIn(graph: DependencyGraph, limit = 1_000_000): (wanted: CycleClass) => CycleAnswer {
  const finder = createComponentFinder(graph);
  const search = new CycleSearch(graph, finder, limit);
  const all = Int32Array.from({ length: graph.nodes }, (_, node) => node);
  return (wanted) => search.find(all, wanted);
}

/** Whether `cycle` is one of the class, of steps that there are. */
function isCycle(
  cycle: readonly Step[],
  { first, rest }: CycleClass,
  steps: readonly Step[],
): boolean {
  return cycle.every(
    ({ from, to, kind }, at) =>
      steps.some((step) => step.from === from && step.to === to && step.kind === kind) &&
      (kind & (at === 0 ? first : rest)) !== 0 &&
      to === cycle[(at + 1) % cycle.length]?.from,
  );
}

describe('the search for a cycle', () => {
  it('finds a shortest one of each class, or that there is none', () => {
    const found = new Set<string>();
    for (let seed = 1; seed <= 150; seed += 1) {
      const { steps, graph } = drawn(seed);
      const search = searchIn(graph);
      for (const wanted of CLASSES) {
        const { cycle, isUnknown } = search(wanted);
        const length = shortest(steps, wanted);
        const isRight = cycle === null || isCycle(cycle, wanted, steps);
        if (cycle?.length !== length || isUnknown || !isRight) {
          expect.fail(`seed ${seed}, ${JSON.stringify({ wanted, cycle, length, isUnknown })}`);
        }
        found.add(`${wanted.first} ${wanted.rest}: ${length}`);
      }
    }
    // The graphs are of use: of each class there are cycles of two lengths or more, and none.
    expect(found.size).toBeGreaterThanOrEqual(3 * CLASSES.length);
  });

  // A ring of four, which leads to a pair.
  const RING: readonly WrittenEdge[] = [
    [0, 1, WR],
    [0, 4, WR],
    [1, 2, WR],
    [2, 3, WR],
    [3, 0, WR],
    [4, 5, WR],
    [5, 4, WR],
  ];

  it('within the limit it goes on for a shorter one; beyond it takes what it has', () => {
    const search = (limit: number): number | undefined =>
      searchIn(graphOf(6, 6, RING), limit)({ first: WR, rest: WR }).cycle?.length;
    // From 0 it is 5 edges around the ring, from 1, 2 and 3 then 3, 4 and 4 to see that it is not shorter from
    // there, as what leads out of the ring is not followed. Then comes the pair.
    expect([0, 15, 16, 1000].map(search)).toEqual([4, 4, 2, 2]);
  });

  it('goes on beyond the limit while there must be one', () => {
    const edges: readonly WrittenEdge[] = [
      [0, 1, WW],
      [1, 0, WR],
    ];
    const answer = searchIn(graphOf(2, 2, edges), 0)({ first: WR, rest: WW | WR });
    expect(answer).toEqual({
      cycle: [
        { from: 1, to: 0, kind: WR },
        { from: 0, to: 1, kind: WW },
      ],
      isUnknown: false,
    });
  });

  it('ends as unknown where the class asks for more than a component, and the limit is spent', () => {
    const misses: readonly WrittenEdge[] = [
      [0, 1, RW],
      [1, 0, RW],
    ];
    const single = { first: RW, rest: WR };
    const answer = (limit: number, edges = misses): CycleAnswer =>
      searchIn(graphOf(2, 2, edges), limit)(single);
    // Two edges from each of the two.
    expect(answer(4)).toEqual({ cycle: null, isUnknown: false });
    expect(answer(3)).toEqual({ cycle: null, isUnknown: true });
    const cycle = [
      { from: 0, to: 1, kind: RW },
      { from: 1, to: 0, kind: WR },
    ];
    expect(answer(0, [...misses, [1, 0, WR]])).toEqual({ cycle, isUnknown: false });
  });

  it('passes each moment once in a search from one node, and none from which no way leads back', () => {
    // 1 and 2 are ok before 3 begins, and before 4, which leads nowhere.
    const edges: readonly WrittenEdge[] = [
      [0, 1, RW],
      [1, 2, WR],
      [3, 0, RW],
      ...timeOf(5, [0, 1, 2, 1, 2, 3, 4, 4, 3]),
    ];
    const isUnknown = (limit: number): boolean =>
      searchIn(graphOf(5, 9, edges), limit)({ first: RW, rest: REAL_TIME | WR }).isUnknown;
    // From 0: its own edge, two of 1, one of the first moment, three of the second, one of 2, two of 3. Then each of
    // the others: two, one and three (0 is behind 3), and one and three of the moments.
    expect([19, 20].map(isUnknown)).toEqual([true, false]);
  });
});
