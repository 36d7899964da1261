/** Rare branches and kinds of deeds that a good set of seeds must have hit. */

import type { RunContext } from './context.js';
import type { Watcher } from './watch.js';

export class Probes implements Watcher {
  /** By name; those never hit are 0. */
  readonly counts: Map<string, number> = new Map();
  readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
  }

  nodeStarted(): void {}
}
