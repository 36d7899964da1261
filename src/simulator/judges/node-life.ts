/** Judges how the lives of nodes end. */

import type { RunContext } from '../context.js';
import type { WatchedNode, Watcher } from '../watch.js';

export class NodeLife implements Watcher {
  readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  nodeEnded(_node: WatchedNode, _how: string): void {}
}
