/** Tells all watchers when something happens that a deed can be tied to. */

import type { RunContext } from './context.js';
import type { Watcher } from './watch.js';

export class Triggers implements Watcher {
  readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  nodeStarted(): void {}
}
