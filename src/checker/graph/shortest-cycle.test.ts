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

  // The first steps from 0 lead to 1, 2 and 3, only that from 3 back; 4 and 5 are a pair.
  const RING: readonly WrittenEdge[] = [
    [0, 1, WR],
    [1, 2, WR],
    [2, 3, WR],
    [3, 0, WR],
    [4, 5, WR],
    [5, 4, WR],
  ];

  it('within the limit it goes on for a shorter one; beyond it takes what it has', () => {
    const wanted = { first: WR, rest: WR };
    const length = (limit: number): number | undefined =>
      searchIn(graphOf(6, 6, RING), limit)(wanted).cycle?.length;
    // Thirteen edges prove that nothing is shorter from any node of the ring; then comes the pair.
    expect([0, 12, 13, 1000].map(length)).toEqual([4, 4, 2, 2]);
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
});
