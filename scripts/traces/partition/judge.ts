/** Lock C of partitions, for the command line: simulated seeds, and what the brokers of a trial wrote. */

import type { Bug } from '../../../src/bugs/bug.js';
import { newCounts } from '../counts.js';
import { tellEnd, tellRejection } from '../told.js';
import { readTraceFile, traceFilesIn } from '../trace-files.js';
import { openPartitionWorlds } from './open.js';
import { mergePartitions, PartitionsAcceptance } from './partitions.js';
import { runPartitions } from './simulated.js';

/** How it went, told on the console; the exit status: 1 rejected, 3 nothing was checked. */
export async function judgePartitionSeeds(
  seeds: readonly number[],
  bugs: readonly Bug[],
): Promise<number> {
  const worldsFor = await openPartitionWorlds();
  const counts = newCounts();
  const began = process.cpuUsage().user;
  let bad = 0;
  for (const seed of seeds) {
    counts.traces++;
    const before = counts.steps;
    const acceptance = new PartitionsAcceptance(worldsFor, counts);
    const { found } = runPartitions(seed, bugs, (row) => {
      const rejection = acceptance.take(row);
      return rejection === null ? null : { partition: row.partition, rejection };
    });
    if (found !== null) {
      bad++;
      tellRejection(
        `seed ${seed} is rejected at step ${counts.steps - before}, of ${found.partition}`,
        found.rejection,
      );
    }
  }
  return tellEnd(bad, counts, began);
}

/** The same of the folders of trials; throws `UnreadableTrace` where one has no traces. */
export async function judgePartitionFolders(folders: readonly string[]): Promise<number> {
  const worldsFor = await openPartitionWorlds();
  const counts = newCounts();
  const began = process.cpuUsage().user;
  let bad = 0;
  for (const folder of folders) {
    counts.traces++;
    const traces = traceFilesIn(folder).map(readTraceFile);
    const found = mergePartitions(
      traces.map(({ partitionRows }) => partitionRows),
      worldsFor,
      counts,
    );
    if (found !== null) {
      bad++;
      const { node } = traces[found.file]!;
      tellRejection(
        `${folder} is rejected at row ${found.row} of ${node} about ${found.partition}`,
        found.rejection,
      );
    }
  }
  return tellEnd(bad, counts, began);
}
