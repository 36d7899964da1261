/**
 * Strongly connected components: Tarjan (1972, "Depth-first search and linear graph algorithms"),
 * with an own stack, over the edges of some kinds and the nodes of a set.
 */

import { type DependencyGraph, kindOf, targetOf } from './dependency-graph.js';

const UNSEEN = -1;
/** Beyond the order of any node that is not done. */
const DONE = 0x7fffffff;

/** Finds components; keeps its arrays from one search to the next. */
export interface ComponentFinder {
  /**
   * Components of more than one node within `nodes` (all nodes, if null), over edges of `kinds`,
   * in the order of their smallest nodes; nodes in ascending order.
   */
  find(kinds: number, nodes: Int32Array | null): Int32Array[];
}

export function createComponentFinder(graph: DependencyGraph): ComponentFinder {
  return new Finder(graph);
}

class Finder implements ComponentFinder {
  private readonly graph: DependencyGraph;
  private readonly all: Int32Array;
  /** Order of discovery, UNSEEN or DONE. */
  private readonly order: Int32Array;
  private readonly low: Int32Array;
  /** Next edge to follow. */
  private readonly next: Int32Array;
  /** The root, and the nodes from it to the one that is explored. */
  private readonly path: Int32Array;
  private readonly open: Int32Array;
  private discovered = 0;
  private opened = 0;

  constructor(graph: DependencyGraph) {
    this.graph = graph;
    this.all = new Int32Array(graph.nodes).map((_, node) => node);
    this.order = new Int32Array(graph.nodes).fill(DONE);
    this.low = new Int32Array(graph.nodes);
    this.next = new Int32Array(graph.nodes);
    this.path = new Int32Array(graph.nodes + 1);
    this.open = new Int32Array(graph.nodes);
  }

  find(kinds: number, nodes: Int32Array | null): Int32Array[] {
    const { order } = this;
    const searched = nodes ?? this.all;
    // Nodes outside the set are as good as done.
    for (const node of searched) {
      order[node] = UNSEEN;
    }
    this.discovered = 0;
    const components: Int32Array[] = [];
    for (const node of searched) {
      if (order[node] === UNSEEN) {
        this.explore(node, kinds, components);
      }
    }
    return components.sort((left, right) => (left[0] as number) - (right[0] as number));
  }

  private explore(root: number, kinds: number, components: Int32Array[]): void {
    const { graph, order, low, next, path } = this;
    path[0] = root;
    path[1] = this.discover(root);
    let depth = 1;
    while (depth > 0) {
      const node = path[depth] as number;
      const end = graph.starts[node + 1] as number;
      let edge = next[node] as number;
      let descends = false;
      for (; edge < end && !descends; edge += 1) {
        if ((kindOf(graph, edge) & kinds) === 0) {
          continue;
        }
        const target = targetOf(graph, edge);
        const seen = order[target] as number;
        if (seen === UNSEEN) {
          depth += 1;
          path[depth] = this.discover(target);
          descends = true;
        } else {
          low[node] = Math.min(low[node] as number, seen);
        }
      }
      next[node] = edge;
      if (descends) {
        continue;
      }
      if (low[node] === order[node]) {
        this.close(node, components);
      }
      depth -= 1;
      const parent = path[depth] as number;
      low[parent] = Math.min(low[parent] as number, low[node] as number);
    }
  }

  private discover(node: number): number {
    this.order[node] = this.discovered;
    this.low[node] = this.discovered;
    this.next[node] = this.graph.starts[node] as number;
    this.discovered += 1;
    this.open[this.opened] = node;
    this.opened += 1;
    return node;
  }

  /** All nodes opened since `root` are its component. */
  private close(root: number, components: Int32Array[]): void {
    const { order, open } = this;
    const end = this.opened;
    let node = -1;
    while (node !== root) {
      this.opened -= 1;
      node = open[this.opened] as number;
      order[node] = DONE;
    }
    if (end - this.opened > 1) {
      components.push(open.slice(this.opened, end).sort());
    }
  }
}
