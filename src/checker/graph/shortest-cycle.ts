/** A shortest cycle of a given class within a set of nodes, by breadth-first search. */

import { present } from '../../core/types/assert.js';
import type { ComponentFinder } from './components.js';
import { COMPLETED, type DependencyGraph, kindOf, targetOf } from './dependency-graph.js';

/** One step of a cycle, between operations. Of real time the kind is COMPLETED. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /** One kind. */
  readonly kind: number;
}

/** A class of cycles: one edge of kind `first`, then edges of kinds `rest`. COMPLETED is in a mask with PASSES only. */
export interface CycleClass {
  readonly first: number;
  readonly rest: number;
}

export interface CycleAnswer {
  readonly cycle: readonly Step[] | null;
  /** The limit stopped the search before it found one or knew that there is none. */
  readonly isUnknown: boolean;
}

/** Searches one graph; keeps its arrays from one search to the next. */
export class CycleSearch {
  private readonly graph: DependencyGraph;
  private readonly finder: ComponentFinder;
  /** Edges that one search may look at. */
  private readonly limit: number;
  private readonly member: Int32Array;
  private readonly seen: Int32Array;
  private readonly parent: Int32Array;
  private readonly parentKind: Uint8Array;
  private readonly queue: Int32Array;
  private queued = 0;
  private groups = 0;
  private searches = 0;
  private steps = 0;

  constructor(graph: DependencyGraph, finder: ComponentFinder, limit: number) {
    this.graph = graph;
    this.finder = finder;
    this.limit = limit;
    this.member = new Int32Array(graph.nodes);
    this.seen = new Int32Array(graph.nodes);
    this.parent = new Int32Array(graph.nodes);
    this.parentKind = new Uint8Array(graph.nodes);
    this.queue = new Int32Array(graph.nodes);
  }

  /**
   * A shortest cycle of the class `wanted` within `nodes`. Where `rest` includes `first`, an edge
   * of `first` inside a strongly connected component proves one, so that the limit can only cost
   * its shortness; otherwise the limit may leave the question open.
   */
  find(nodes: Int32Array, { first, rest }: CycleClass): CycleAnswer {
    this.steps = 0;
    const isCertain = (first & rest) === first;
    let best: readonly Step[] | null = null;
    for (const part of this.finder.find(first | rest, nodes)) {
      this.groups += 1;
      for (const node of part) {
        this.member[node] = this.groups;
      }
      for (const node of part) {
        const cycle = this.searchFrom(node, first, rest, best === null ? Infinity : best.length);
        best = cycle ?? best;
        if (this.steps > this.limit && (best !== null || !isCertain)) {
          return { cycle: best, isUnknown: best === null };
        }
      }
    }
    return { cycle: best, isUnknown: false };
  }

  /** A cycle through `start` that begins with an edge of `first` and is shorter than `bound`. */
  private searchFrom(
    start: number,
    first: number,
    rest: number,
    bound: number,
  ): readonly Step[] | null {
    this.searches += 1;
    this.queued = 0;
    this.expand(start, start, first);
    let from = 0;
    // Operations in the queue up to `to` are `length` edges away from the start.
    for (let length = 1; from < this.queued && length + 1 < bound; length += 1) {
      for (const to = this.queued; from < to; from += 1) {
        const node = this.queue[from] as number;
        if (this.expand(node, start, rest)) {
          return this.cycleTo(start);
        }
      }
    }
    return null;
  }

  /** Follows the edges of `kinds` from `node`; answers whether one leads to `start`. */
  private expand(node: number, start: number, kinds: number): boolean {
    const { graph } = this;
    const end = graph.starts[node + 1] as number;
    for (let edge = graph.starts[node] as number; edge < end; edge += 1) {
      this.steps += 1;
      const kind = kindOf(graph, edge);
      const target = targetOf(graph, edge);
      if ((kind & kinds) === 0 || this.member[target] !== this.member[start]) {
        continue;
      }
      const reached =
        kind === COMPLETED
          ? this.passTime(node, target, start)
          : this.reach(target, node, kind, start);
      if (reached) {
        return true;
      }
    }
    return false;
  }

  private reach(target: number, node: number, kind: number, start: number): boolean {
    if (target === start) {
      this.parent[start] = node;
      this.parentKind[start] = kind;
      return true;
    }
    if (this.seen[target] !== this.searches) {
      this.seen[target] = this.searches;
      this.parent[target] = node;
      this.parentKind[target] = kind;
      this.queue[this.queued] = target;
      this.queued += 1;
    }
    return false;
  }

  /** Reaches all operations invoked after `moment`. A moment seen before has reached them. */
  private passTime(node: number, moment: number, start: number): boolean {
    const { graph } = this;
    let next = moment;
    while (next >= 0 && this.seen[next] !== this.searches) {
      const now = next;
      this.seen[now] = this.searches;
      next = -1;
      const end = graph.starts[now + 1] as number;
      for (let edge = graph.starts[now] as number; edge < end; edge += 1) {
        this.steps += 1;
        const target = targetOf(graph, edge);
        if (this.member[target] !== this.member[start]) {
          continue;
        }
        if (target >= graph.operations) {
          next = target;
        } else if (this.reach(target, node, COMPLETED, start)) {
          return true;
        }
      }
    }
    return false;
  }

  private cycleTo(start: number): Step[] {
    const cycle: Step[] = [];
    let to = start;
    do {
      const from = present(this.parent[to], 'the node was reached');
      cycle.push({ from, to, kind: this.parentKind[to] as number });
      to = from;
    } while (to !== start);
    return cycle.reverse();
  }
}
