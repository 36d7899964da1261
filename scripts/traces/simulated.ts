/** Runs of the simulator whose rows somebody takes as they come. */

import type { Bug } from '../../src/bugs/bug.js';
import type { RunContext } from '../../src/simulator/context.js';
import { generateScenario } from '../../src/simulator/generate.js';
import { run } from '../../src/simulator/run.js';
import type { Watcher } from '../../src/simulator/watch.js';

export interface Ran<Found> {
  /** What `take` returned last; null: nothing, to the end of the run. */
  readonly found: Found | null;
  /** The simulator's own. */
  readonly verdict: 'valid' | 'invalid' | 'inconclusive';
}

/** With which a run ends that `take` does not take on. */
const REJECTED = 'TraceAccepted';

/**
 * Runs the seed; `take` is given every row that the watcher tells, and ends the run by what it returns. `alone`: nobody else
 * does, for asking what becomes of a run that the simulator's own judges would have ended before.
 */
export function runTaken<Row, Found>(
  seed: number,
  bugs: readonly Bug[],
  watcher: (context: RunContext, tell: (row: Row) => void) => Watcher,
  take: (row: Row) => Found | null,
  alone = false,
): Ran<Found> {
  let found: Found | null = null;
  let failure: { readonly error: unknown } | null = null;
  const watch = (context: RunContext): Watcher =>
    watcher(context, (row) => {
      if (found !== null || failure !== null) {
        return;
      }
      try {
        found = take(row);
      } catch (error) {
        // What is thrown within a run is taken for the broker's.
        failure = { error };
      }
      if (found !== null || failure !== null) {
        context.violated(REJECTED, 'the specification has no such step');
      }
    });
  const ignoring = { has: (property: string): boolean => alone && property !== REJECTED };
  const scenario = generateScenario(seed);
  const { verdict } = run({ scenario, bugs, watchers: [watch], ignoring });
  if (failure !== null) {
    throw (failure as { readonly error: unknown }).error;
  }
  return { found, verdict };
}
