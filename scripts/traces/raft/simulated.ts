/** The traces of simulated seeds, row by row as they come. */

import type { Bug } from '../../../src/bugs/bug.js';
import { raftWatcher } from '../../../src/cli/seed-watchers.js';
import type { ExactRaft } from '../../../src/trace/exact-raft.js';
import { type Ran, runTaken } from '../simulated.js';

/** Runs the seed; `take` is told every row of Raft, and ends the run by what it returns; `alone`: see {@link runTaken}. */
export function runSeed<Found>(
  seed: number,
  bugs: readonly Bug[],
  take: (node: string, row: ExactRaft) => Found | null,
  alone = false,
): Ran<Found> {
  return runTaken<readonly [node: string, row: ExactRaft], Found>(
    seed,
    bugs,
    (_context, tell) => raftWatcher((node, row) => tell([node, row])),
    ([node, row]) => take(node, row),
    alone,
  );
}
