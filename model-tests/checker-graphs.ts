/** Graphs written by hand, for the tests of the searches in them. */

import { COMPLETED, type DependencyGraph, PASSES } from '../src/checker/graph/dependency-graph.js';

const KIND_BITS = 5;

export type WrittenEdge = readonly [from: number, to: number, kind: number];

/** A graph of `operations`, and of `nodes` with its moments. */
export function graphOf(
  operations: number,
  nodes: number,
  edges: readonly WrittenEdge[],
): DependencyGraph {
  const sorted = [...edges].sort(([left], [right]) => left - right);
  return {
    operations,
    nodes,
    starts: Int32Array.from(
      { length: nodes + 1 },
      (_, node) => sorted.filter(([from]) => from < node).length,
    ),
    edges: Int32Array.from(sorted, ([, to, kind]) => (to << KIND_BITS) | kind),
    kinds: edges.reduce((kinds, [, , kind]) => kinds | kind, 0),
    isEmpty: false,
  };
}

/**
 * The line of time of `operations`: each event is an operation, and stands for its invocation when it is there for the
 * first time, for its completion at the second. The moments follow the operations.
 */
export function timeOf(operations: number, events: readonly number[]): WrittenEdge[] {
  const edges: WrittenEdge[] = [];
  const invoked = new Set<number>();
  let moment = operations - 1;
  for (const operation of events) {
    if (invoked.has(operation)) {
      edges.push([operation, moment + 1, COMPLETED]);
      if (moment >= operations) {
        edges.push([moment, moment + 1, PASSES]);
      }
      moment += 1;
    } else {
      invoked.add(operation);
      if (moment >= operations) {
        edges.push([moment, operation, PASSES]);
      }
    }
  }
  return edges;
}
