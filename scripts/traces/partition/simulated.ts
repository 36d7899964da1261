/** The partitions of a simulated seed, row by row as they come. */

import type { Bug } from '../../../src/bugs/bug.js';
import { partitionWatcher } from '../../../src/cli/seed-watchers.js';
import { type Ran, runTaken } from '../simulated.js';
import type { PartitionRow } from './acceptance.js';

/** Runs the seed; `take` is told every row of every partition, and ends the run by what it returns; `alone`: see {@link runTaken}. */
export function runPartitions<Found>(
  seed: number,
  bugs: readonly Bug[],
  take: (row: PartitionRow) => Found | null,
  alone = false,
): Ran<Found> {
  return runTaken<PartitionRow, Found>(
    seed,
    bugs,
    (context, tell) =>
      partitionWatcher(context, {
        replica: (_node, row) => tell(row),
        decision: (_node, row) => tell(row),
      }),
    take,
    alone,
  );
}
