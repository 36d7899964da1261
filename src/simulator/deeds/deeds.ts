/** Carries out the choices of a scenario when their moments come, within what must be survived. */

import type { RunContext } from '../context.js';
import type { Occurrence } from '../events.js';
import type { Outcome } from '../scenario.js';
import type { Watcher } from '../watch.js';

export class Deeds implements Watcher {
  /** By the choices' names; complete once `end` was called. */
  readonly outcomes: Map<string, Outcome> = new Map();
  private readonly context: RunContext;

  constructor(context: RunContext) {
    this.context = context;
    for (const { name } of context.scenario.choices) {
      this.outcomes.set(name, null);
    }
  }

  /** The main phase begins: moments count from now. */
  begin(): void {
    this.context.watching.deed('main', 'phase', null, 'begins');
  }

  /** No deed begins any more; whatever lasts is ended: links whole, clocks true, disks well, nodes up. */
  end(): void {
    this.context.watching.deed('main', 'phase', null, 'ends');
  }

  occurred(_occurrence: Occurrence): void {}
}
