/** A path through a world, told step by step. */

import { follow } from './explore.js';
import type { World } from './world.js';

/** What `told` makes of each step of `path`, from the initial state on. `after` is the world's again afterwards. */
export function stepsAlong<State, Step>(
  world: World<State>,
  path: readonly number[],
  told: (before: State, after: State) => Step,
): Step[] {
  // The last step may end in an assertion: it is told without being taken.
  const states = follow(world, path.slice(0, -1));
  return path.map((wanted, i) => {
    const bytes = states[i]!;
    const before = world.decode(bytes, 0, bytes.length);
    const steps: Step[] = [];
    let step = 0;
    world.successors(before, (after) => {
      if (step++ === wanted) {
        steps.push(told(before, after));
      }
    });
    return steps[0]!;
  });
}
