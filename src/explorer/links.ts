/**
 * How every state was first reached: from which other one, by which of its steps. Six bytes a state are
 * enough to walk the shortest way to it again, so no state is kept once its successors are known.
 */

import { assert } from '../core/types/assert.js';

/** Steps that one state may have. */
export const MAXIMUM_STEPS = 0xffff;

export class Links {
  length = 0;
  private parents: Uint32Array = new Uint32Array(1 << 12);
  private steps: Uint16Array = new Uint16Array(1 << 12);

  push(parent: number, step: number): void {
    assert(step <= MAXIMUM_STEPS, 'a state with more steps than a link can name');
    if (this.length === this.parents.length) {
      const parents = new Uint32Array(this.length * 2);
      parents.set(this.parents);
      this.parents = parents;
      const steps = new Uint16Array(this.length * 2);
      steps.set(this.steps);
      this.steps = steps;
    }
    this.parents[this.length] = parent;
    this.steps[this.length++] = step;
  }

  /** The steps from the initial state (number 0) to the state of that number. */
  pathTo(state: number): number[] {
    const path: number[] = [];
    for (let at = state; at !== 0; at = this.parents[at]!) {
      path.push(this.steps[at]!);
    }
    return path.reverse();
  }
}
