/** Lock C of partitions, for the command line: simulated seeds, and what the brokers of a trial wrote. */

import { join } from 'node:path';
import type { Bug } from '../../../src/bugs/bug.js';
import type { Counts } from '../counts.js';
import { newCounts } from '../counts.js';
import { tellEnd, tellRejection } from '../told.js';
import { readTraceFile, seedTraceRows, seedTracesIn, traceFilesIn } from '../trace-files.js';
import type { PartitionRow } from './acceptance.js';
import type { WorldsFor } from './open.js';
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

/**
 * The same of folders: of trials, or of simulated seeds, of which `shareOf` chooses. Throws `UnreadableTrace` where there is
 * no trace.
 */
export async function judgePartitionFolders(
  folders: readonly string[],
  shareOf: (files: readonly string[]) => readonly string[],
): Promise<number> {
  const worldsFor = await openPartitionWorlds();
  const counts = newCounts();
  const began = process.cpuUsage().user;
  let bad = 0;
  for (const folder of folders) {
    const seeds = seedTracesIn(folder);
    bad +=
      seeds.length > 0
        ? judgeSeedTraces(worldsFor, folder, shareOf(seeds), counts)
        : judgeTrial(worldsFor, folder, counts);
  }
  return tellEnd(bad, counts, began);
}

function judgeSeedTraces(
  worldsFor: WorldsFor,
  folder: string,
  files: readonly string[],
  counts: Counts,
): number {
  let bad = 0;
  let unseen = 0;
  for (const file of files) {
    counts.traces++;
    const acceptance = new PartitionsAcceptance(worldsFor, counts);
    let row = 0;
    for (const { exact } of seedTraceRows(join(folder, file), 'partition')) {
      row++;
      const { partition } = exact as PartitionRow;
      const rejection = acceptance.take(exact as PartitionRow);
      if (rejection !== null) {
        bad++;
        tellRejection(`${file} is rejected at row ${row} of ${partition}`, rejection);
        break;
      }
    }
    unseen += row === 0 ? 1 : 0;
  }
  if (unseen > 0) {
    console.log(`${unseen} of ${files.length} seeds have no row of a partition`);
  }
  return bad;
}

function judgeTrial(worldsFor: WorldsFor, folder: string, counts: Counts): number {
  counts.traces++;
  const traces = traceFilesIn(folder).map(readTraceFile);
  const found = mergePartitions(
    traces.map(({ partitionRows }) => partitionRows),
    worldsFor,
    counts,
  );
  if (found === null) {
    return 0;
  }
  const { node } = traces[found.file]!;
  tellRejection(
    `${folder} is rejected at row ${found.row} of ${node} about ${found.partition}`,
    found.rejection,
  );
  return 1;
}
