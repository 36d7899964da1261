/**
 * The dependencies of a history and its real time as one graph in typed arrays.
 *
 * Real time is a line of moments, so it needs no edge from each operation to each later one: an ok
 * operation leads to the moment at which it completed, a moment to the next one and to the
 * operations invoked between the two. What is reachable so is exactly what Elle's reduced graph
 * reaches (elle/core.clj, realtime-graph), with three edges an operation.
 */

import { Int32Column } from '../columns.js';
import type { Facts } from '../facts.js';
import { NONE, OK } from '../recorded-history.js';
import { type EdgeOptions, eachEdge, isNode, type VisitEdge } from './dependencies.js';
import type { VersionTable } from './versions.js';

/** From an operation to the moment at which it was ok. */
export const COMPLETED = 8;
/** From a moment to the next one, and to the operations invoked between the two. */
export const PASSES = 16;
/** All of real time, in a mask of kinds. */
export const REAL_TIME: number = COMPLETED | PASSES;

const KIND_BITS = 5;
const KIND_MASK = (1 << KIND_BITS) - 1;

/** Nodes are the operations of the history, by their numbers, then the moments. */
export interface DependencyGraph {
  readonly operations: number;
  readonly nodes: number;
  /** Edges of node n are at `starts[n]` to below `starts[n + 1]`. */
  readonly starts: Int32Array;
  /** Target and kind of each edge: see {@link targetOf} and {@link kindOf}. */
  readonly edges: Int32Array;
  /** Kinds of its edges, as a mask. */
  readonly kinds: number;
  /** No operation depends on another, and none began after another was done. */
  readonly isEmpty: boolean;
}

export function targetOf(graph: DependencyGraph, edge: number): number {
  return (graph.edges[edge] as number) >>> KIND_BITS;
}

/** Kind of an edge: one bit. */
export function kindOf(graph: DependencyGraph, edge: number): number {
  return (graph.edges[edge] as number) & KIND_MASK;
}

export function buildGraph(
  facts: Facts,
  table: VersionTable,
  options: EdgeOptions,
): DependencyGraph {
  const operations = facts.history.operationType.length;
  const moments = countMoments(facts);
  const nodes = operations + moments;
  // Kept as they come: to ask for all of them a second time costs more than the memory.
  const sources = new Int32Column();
  const drawn = new Int32Column();
  const starts = new Int32Array(nodes + 1);
  let kinds = 0;
  let isEmpty = true;
  const draw: VisitEdge = (from, to, kind) => {
    sources.push(from);
    drawn.push((to << KIND_BITS) | kind);
    starts[from + 1] = (starts[from + 1] as number) + 1;
    kinds |= kind;
    isEmpty &&= to >= operations;
  };
  eachEdge(facts, table, options, draw);
  eachRealTimeEdge(facts, draw);
  for (let node = 0; node < nodes; node += 1) {
    starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number);
  }
  const edges = new Int32Array(drawn.length);
  const filled = starts.slice(0, nodes);
  for (let each = 0; each < drawn.length; each += 1) {
    const from = sources.at(each);
    const edge = filled[from] as number;
    filled[from] = edge + 1;
    edges[edge] = drawn.at(each);
  }
  return { operations, nodes, starts, edges, kinds, isEmpty };
}

function countMoments(facts: Facts): number {
  let moments = 0;
  eachEvent(facts, (_operation, isCompletion) => {
    moments += isCompletion ? 1 : 0;
  });
  return moments;
}

function eachRealTimeEdge(facts: Facts, visit: VisitEdge): void {
  const first = facts.history.operationType.length;
  let moment = NONE;
  eachEvent(facts, (operation, isCompletion) => {
    if (isCompletion) {
      const next = moment === NONE ? first : moment + 1;
      visit(operation, next, COMPLETED);
      if (moment !== NONE) {
        visit(moment, next, PASSES);
      }
      moment = next;
    } else if (moment !== NONE) {
      visit(moment, operation, PASSES);
    }
  });
}

/** Invocations and ok completions of nodes, in the order of the history. */
function eachEvent(facts: Facts, visit: (operation: number, isCompletion: boolean) => void): void {
  const { history } = facts;
  for (let row = 0; row < history.rowOperation.length; row += 1) {
    const operation = history.rowOperation.at(row);
    if (operation === NONE || !isNode(facts, operation)) {
      continue;
    }
    if (row === history.operationInvoke.at(operation)) {
      visit(operation, false);
    } else if (
      row === history.operationComplete.at(operation) &&
      history.operationType.at(operation) === OK
    ) {
      visit(operation, true);
    }
  }
}
