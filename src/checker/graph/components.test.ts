import { describe, expect, it } from 'vitest';
import { graphOf, type WrittenEdge } from '../../../model-tests/checker-graphs.js';
import { createComponentFinder } from './components.js';
import { RW, WR, WW } from './dependencies.js';

const NODES = 4;
const PAIRS = [0, 1, 2, 3].flatMap((from) =>
  [0, 1, 2, 3].filter((to) => to !== from).map((to): [number, number] => [from, to]),
);

/** Every graph of four nodes and edges of one kind, one for each of these numbers. */
const GRAPHS = 1 << PAIRS.length;

function pairsOf(graph: number): [number, number][] {
  return PAIRS.filter((_, bit) => (graph & (1 << bit)) !== 0);
}

/** Components of more than one of `nodes`: whoever reaches each other within them. */
function expected(pairs: readonly [number, number][], nodes: readonly number[]): number[][] {
  const reaches = nodes.map((from) => {
    const reached = new Set([from]);
    for (const node of reached) {
      for (const [, to] of pairs.filter((pair) => pair[0] === node && nodes.includes(pair[1]))) {
        reached.add(to);
      }
    }
    return reached;
  });
  const groups = nodes.map((node, at) =>
    nodes.filter((other, then) => reaches[at]?.has(other) && reaches[then]?.has(node)),
  );
  return groups.filter((group, at) => group.length > 1 && group[0] === nodes[at]);
}

describe('strongly connected components', () => {
  it('are those who reach each other, in every graph of four nodes, again and again', () => {
    const subset = [1, 2, 3];
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const pairs = pairsOf(graph);
      const finder = createComponentFinder(
        graphOf(
          NODES,
          NODES,
          pairs.map(([from, to]): WrittenEdge => [from, to, WR]),
        ),
      );
      const found = [null, Int32Array.from(subset), null].map((nodes) =>
        finder.find(WR, nodes).map((component) => [...component]),
      );
      const whole = expected(pairs, [0, 1, 2, 3]);
      if (JSON.stringify(found) !== JSON.stringify([whole, expected(pairs, subset), whole])) {
        expect(found, JSON.stringify(pairs)).toEqual([whole, expected(pairs, subset), whole]);
      }
    }
  });

  it('come in the order of their smallest nodes, and only over the kinds that are asked for', () => {
    // 0 reaches the pair of 3 and 4 first, and the one of 1 and 5 over it.
    const edges: WrittenEdge[] = [
      [0, 3, WR],
      [3, 4, WR],
      [4, 3, WW | WR],
      [4, 5, WR],
      [5, 1, WW],
      [1, 5, WR],
      [2, 0, RW],
      [0, 2, RW],
    ];
    const finder = createComponentFinder(graphOf(6, 6, edges));
    const find = (kinds: number): number[][] => finder.find(kinds, null).map((nodes) => [...nodes]);
    expect(find(WW | WR)).toEqual([
      [1, 5],
      [3, 4],
    ]);
    expect(find(WR)).toEqual([[3, 4]]);
    expect(find(RW)).toEqual([[0, 2]]);
    expect(find(WW)).toEqual([]);
  });
});
