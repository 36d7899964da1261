/** Judges how the lives of brokers end: by a fault, in good order, or not at all. */

import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

/**
 * `BrokerKeepsRunning`: a broker ends itself only where its disk gives it reason to. A line on the way
 * out is no excuse: whoever asked it to serve must find it serving.
 */
export class NodeLife implements Watcher {
  private readonly context: RunContext;
  /** Names of nodes whose disks were hurt so far. */
  private readonly excused = new Set<string>();

  constructor(context: RunContext) {
    this.context = context;
  }

  deed(_name: string, type: string, node: string | null, phase: 'begins' | 'ends'): void {
    if (type === 'disk' && phase === 'begins' && node !== null) {
      this.excused.add(node);
    }
  }

  nodeEnded(node: WatchedNode): void {
    // Null where it was killed, lost power or was told to end.
    const { stopped } = this.context.cluster.nodes[node.index]!;
    if (stopped !== null && !this.excused.has(node.name)) {
      this.context.violated('BrokerKeepsRunning', `it ended itself: ${stopped.line}`, node.name);
    }
  }
}
